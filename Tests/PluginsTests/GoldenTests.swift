import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// The little machines of a plugin: folders of `Tests/Fixtures/<plugin>`.
func machines(of plugin: String) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(fixtures)/\(plugin)")) ?? []
  return names.sorted()
}

func local(_ name: String) throws -> any Plugin {
  for case .local(let plugin) in builtIn where "\(plugin.name)" == name { return plugin }
  throw NoSuchPlugin(name: name)
}

struct NoSuchPlugin: Error {
  let name: String
}

/// What a plugin says on a machine, both answers.
func answers(
  of name: String, on root: String, settings: [String: String] = [:]
) throws -> (config: String, values: String) {
  try LittleMachine(root).answers(of: try local(name), settings: settings)
}

struct GoldenTests {
  static let cases = builtIn.flatMap { plugin in
    let name = "\(plugin.description.name)"
    return machines(of: name).map { (name, $0) }
  }

  @Test func everyPluginHasMachines() {
    for plugin in builtIn {
      #expect(machines(of: "\(plugin.description.name)").count >= 6, "\(plugin.description.name)")
    }
  }

  @Test(arguments: cases)
  func answersAsRecorded(plugin: String, machine: String) throws {
    let root = "\(fixtures)/\(plugin)/\(machine)"
    let (config, values) = try answers(of: plugin, on: root)
    try expectGolden(config, "\(root)/config.txt")
    try expectGolden(values, "\(root)/fetch.txt")
  }

  /// Every field that is sent is described, and every one described is sent: what fails here is a hole in a graph.
  @Test(arguments: cases)
  func configAndValuesAgree(plugin: String, machine: String) throws {
    let (config, values) = try answers(of: plugin, on: "\(fixtures)/\(plugin)/\(machine)")
    let graphs = ConfigAnswer(Array(config.utf8).span, service: plugin)
    let fetched = FetchAnswer(Array(values.utf8).span, service: plugin)
    #expect(graphs.faults.isEmpty && fetched.faults.isEmpty)
    #expect(
      Set(graphs.graphs.flatMap(\.fields).map(\.name))
        == Set(fetched.graphs.flatMap(\.values).map(\.field)))
    #expect(graphs.graphs.first?.fields.isEmpty == false)
  }

  @Test(arguments: builtIn.map { "\($0.description.name)" })
  func theManualIsWhole(plugin: String) throws {
    let manual = try local(plugin).manual
    #expect(!manual.summary.isEmpty && !manual.details.isEmpty && !manual.fields.isEmpty)
    #expect(manual.example.hasPrefix("[\(plugin)"))
    // Each field of the fixtures is explained.
    let (config, _) = try answers(of: plugin, on: "\(fixtures)/\(plugin)/linux-6.18")
    let explained = manual.fields.flatMap { $0.name.components(separatedBy: ", ") }
    for field in ConfigAnswer(Array(config.utf8).span, service: plugin).graphs.flatMap(\.fields) {
      #expect(explains(explained, field.name) || field.name == "ksm_sharing", "\(field.name)")
    }
    #expect(manual.text(for: plugin).hasPrefix("\(plugin): "))
  }

  /// Whether a field is among those of a manual, in which capitals stand for any name: `DISK_util`.
  private func explains(_ names: [String], _ field: String) -> Bool {
    names.contains { name in
      guard let place = name.range(of: "[A-Z]{4,}", options: .regularExpression) else {
        return name == field
      }
      return field.hasPrefix(name[..<place.lowerBound])
        && field.hasSuffix(name[place.upperBound...])
    }
  }

  @Test func theListIsInOrderWithoutDoubles() {
    let names = builtIn.map { "\($0.description.name)" }
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy(isServiceName))
  }
}
