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

  /// What a manual offers to copy passes the check that it is made from.
  @Test(arguments: builtIn.map { "\($0.description.name)" })
  func theExampleHasNoFindings(plugin: String) throws {
    let manual = try #require(builtIn.first { "\($0.description.name)" == plugin }).description
      .manual
    for line in manual.example.split(separator: "\n") where line.hasPrefix("env.") {
      let words = line.dropFirst(4).split(separator: " ", maxSplits: 1).map(String.init)
      try #require(words.count == 2, "\(line)")
      #expect(manual.finding(on: words[1], of: words[0]) == nil)
    }
    // No pattern is so wide that a slip goes unseen.
    #expect(manual.verdict(on: "1", of: "nobody_has_this") == .unknown(nearest: nil))
  }

  /// A slip in a threshold is told with the word that was meant, a value that is none with what is expected.
  @Test(arguments: [
    (
      "load", "load_warnign", "5",
      "env.load_warnign: the plugin has no such setting; did you mean env.load_warning?"
    ),
    ("load", "load_warning", "abc", "env.load_warning: expected a range, min:max, found 'abc'"),
    (
      "load", "load_warning", "9:4",
      "env.load_warning 9:4: the lower bound is above the upper one, so no value is good"
    ),
    (
      "df", "_dev_sda1_warning", "920",
      "env._dev_sda1_warning 920: the values are percent, none is above 100"
    ),
    (
      "df", "_dev_sda1_wraning", "92",
      "env._dev_sda1_wraning: the plugin has no such setting; did you mean env._dev_sda1_warning?"
    ),
    (
      "df", "exclude_re", "^/run(",
      "env.exclude_re: expected Perl regular expressions, found '^/run('"
    ),
    ("cpu", "HZ", "often", "env.HZ: expected a whole number from 1 to 1000000, found 'often'"),
    (
      "cpu", "ignore_fields", "idle idel",
      "env.ignore_fields: expected words, each user, nice, system, idle, iowait, irq, softirq, steal or guest, found 'idle idel'"
    ),
    (
      "diskstats", "sda_utli_warning", "5",
      "env.sda_utli_warning: the plugin has no such setting; did you mean env.sda_util_warning?"
    ),
    ("ntp_peers", "port", "0", "env.port: expected a whole number from 1 to 65535, found '0'"),
    (
      "web_processes", "status_nginx", "https://x/",
      "env.status_nginx: expected http://ADDRESS[:PORT]/PATH, fcgi://ADDRESS:PORT[/PATH] or fcgi:/SOCKET[:/PATH], found 'https://x/'"
    ),
    (
      "ups_", "v3authpassword", "short",
      "env.v3authpassword: expected at least 8 characters, found 5"
    ),
  ])
  func aSettingThatCannotBeMeantIsTold(
    plugin: String, name: String, value: String, finding: String
  ) throws {
    let manual = try #require(builtIn.first { "\($0.description.name)" == plugin }).description
      .manual
    #expect(manual.finding(on: value, of: name) == finding)
  }

  @Test(arguments: [
    ("load", "load_critical", ":8"), ("load", "warning", ""), ("load", "LC_ALL", "C"),
    ("load", "MUNIN_PLUGSTATE", "/x"), ("if_", "speed", "U"), ("df", "_dev_sda1_warning", "92"),
    ("memory", "apps_warning", "5:90%"), ("irqstats", "iLOC_critical", "5:"),
    ("ntp_peers", "peer_192_0_2_1_offset_warning", "-1:1"),
    ("ntp_peers", "since_sync_critical", "7200"), ("ntp_peers", "root_delay_warning", "1"),
    ("web_processes", "nginx_memory_warning", "30%"), ("web_processes", "regex_x", "a|b"),
    ("ups_", "input_voltage_2_warning", "207:253"), ("users", "X_warning", "3"),
    ("diskstats", "util_warning", "90"), ("diskstats", "sda_util_warning", "90"),
    ("netstat", "established_warning", "5"),
  ])
  func aSettingThatIsUnderstoodIsNoFinding(plugin: String, name: String, value: String) throws {
    let manual = try #require(builtIn.first { "\($0.description.name)" == plugin }).description
      .manual
    #expect(manual.finding(on: value, of: name) == nil)
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
    let machine = "linux-6.18"
    let plain = try config(of: plugin, on: machine, [:])
    for kind in ["warning", "critical"] {
      let general = try config(of: plugin, on: machine, [kind: "123:456"])
      #expect((general != plain) == (manual.setting(named: kind) != nil), "\(kind)")
      for field in try fields(of: plugin, on: machine) where field != "ksm_sharing" {
        let own = try config(of: plugin, on: machine, ["\(field)_\(kind)": "123:456"])
        let isDeclared = manual.setting(named: "\(field)_\(kind)") != nil
        #expect((own != plain) == isDeclared, "\(field)_\(kind)")
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
          #expect(manual.setting(named: "\(setting.1)") != nil, "\(plugin): \(setting.1)")
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
