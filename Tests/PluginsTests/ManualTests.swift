import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// What a manual says is what the plugin does: every field, every setting.
struct ManualTests {
  @Test(arguments: builtIn.map { "\($0.description.name)" })
  func theManualIsWhole(plugin: String) throws {
    let manual = try #require(builtIn.first { "\($0.description.name)" == plugin }).description
      .manual
    #expect(!manual.summary.isEmpty && !manual.details.isEmpty && !manual.fields.isEmpty)
    #expect(manual.example.hasPrefix("[\(plugin)") || plugin.hasPrefix("snmp__"))
    #expect(manual.fields.allSatisfy { !$0.meaning.isEmpty })
    #expect(manual.settings.allSatisfy { !$0.meaning.isEmpty && !$0.standard.isEmpty })
    let text = manual.text(for: plugin)
    #expect(text.hasPrefix("\(plugin): "))
    for line in text.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
  }

  @Test(arguments: GoldenTests.cases)
  func everyFieldIsExplained(plugin: String, machine: String) throws {
    let names = try local(plugin).manual.fields.flatMap { $0.name.components(separatedBy: ", ") }
    for field in try fields(of: plugin, on: machine) {
      #expect(explains(names, field), "\(field)")
    }
  }

  /// Whoever sets a limit finds it in the manual; and what the manual promises, it does.
  @Test(arguments: GoldenTests.plugins)
  func everyLimitIsExplained(plugin: String) throws {
    let manual = try local(plugin).manual
    let names = manual.settings.flatMap {
      $0.name.replacing("env.", with: "").split(separator: ", ")
    }
    .map(String.init)
    let machine = "linux-6.18"
    let plain = try config(of: plugin, on: machine, [:])
    for kind in ["warning", "critical"] {
      let general = try config(of: plugin, on: machine, [kind: "123:456"])
      #expect((general != plain) == names.contains(kind), "\(kind)")
      for field in try fields(of: plugin, on: machine) where field != "ksm_sharing" {
        let own = try config(of: plugin, on: machine, ["\(field)_\(kind)": "123:456"])
        #expect((own != plain) == explains(names, "\(field)_\(kind)"), "\(field)_\(kind)")
      }
    }
  }

  /// All other settings, as the sources name them.
  @Test func everySettingIsExplained() throws {
    let folder = "\(fixtures)/../../plugins"
    let shared = [
      "FileSystems.swift": ["df", "df_inode"], "MountChoice.swift": ["df", "df_inode", "tmpfs"],
      "MemoryBounds.swift": ["memory_available", "memory_pressure", "swap_usage"],
      "MemoryRoom.swift": ["memory_available"], "PressureLook.swift": ["memory_pressure"],
      "DiskLabels.swift": ["diskstats"],
      "DiskChoice.swift": ["diskstats"],
      "ServerChoice.swift": ["web_processes"], "TreeView.swift": ["web_processes"],
      "NTPSettings.swift": [
        "ntp_peers", "ntp_offset", "ntp_", "ntp_states", "chrony", "chrony_", "chrony_drift",
        "chrony_status",
      ],
    ]
    var found = 0
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    for file in files where file.hasSuffix(".swift") {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      let name = (file as NSString).lastPathComponent
      let own = text.firstMatch(of: /name: StaticString = "(\w+)"/).map { [String($0.1)] }
      for setting in text.matches(of: /(?:settings\[|patterns\()"(\w+)"/) {
        let plugins = try #require(shared[name] ?? own, "\(file): whose setting is it?")
        for plugin in plugins {
          let manual = try #require(builtIn.first { "\($0.description.name)" == plugin })
            .description.manual
          #expect(manual.settings.contains { $0.name == setting.1 }, "\(plugin): \(setting.1)")
        }
        found += 1
      }
    }
    #expect(found >= 10)
  }

  /// A reboot sets counters back: only a DERIVE that cannot fall, or a COUNTER with a bound below what passing
  /// 2^32 in five minutes would look like, shows no flood then.
  @Test(arguments: GoldenTests.cases)
  func noCounterSpikesAfterAReboot(plugin: String, machine: String) throws {
    let (config, _) = try answers(of: plugin, on: "\(fixtures)/\(plugin)/\(machine)")
    for graph in ConfigAnswer(Array(config.utf8).span, service: plugin).graphs {
      for field in graph.fields {
        switch field["type"] ?? "GAUGE" {
        case "GAUGE": break
        case "DERIVE": #expect(field["min"] == "0", "\(field.name)")
        case "COUNTER":
          let most = try #require(field["max"].flatMap(Double.init), "\(field.name)")
          #expect(most < 0x1p32 / 300, "\(field.name)")
        case let type: Issue.record("\(field.name) is a \(type)")
        }
      }
    }
  }

  // MARK: Helpers

  private func config(
    of plugin: String, on machine: String, _ settings: [String: String]
  ) throws -> String {
    try answers(of: plugin, on: "\(fixtures)/\(plugin)/\(machine)", settings: settings).config
  }

  private func fields(of plugin: String, on machine: String) throws -> [String] {
    let text = try config(of: plugin, on: machine, [:])
    return ConfigAnswer(Array(text.utf8).span, service: plugin).graphs.flatMap(\.fields).map(\.name)
  }

  /// Whether a name is among those of a manual, in which capitals stand for any name: `DISK_util`.
  private func explains(_ names: [String], _ name: String) -> Bool {
    names.contains { pattern in
      guard let place = pattern.range(of: "[A-Z]{4,}", options: .regularExpression) else {
        return pattern == name
      }
      return name.hasPrefix(pattern[..<place.lowerBound])
        && name.hasSuffix(pattern[place.upperBound...])
    }
  }
}
