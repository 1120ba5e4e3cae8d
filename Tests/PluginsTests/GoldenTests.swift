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
  /// Those that look at this machine. What others answer is played again by tests of each subject.
  static let plugins = builtIn.compactMap { plugin in
    if case .local(let plugin) = plugin { "\(plugin.name)" } else { nil as String? }
  }
  static let cases = plugins.flatMap { name in machines(of: name).map { (name, $0) } }

  @Test func everyPluginHasMachines() {
    for plugin in GoldenTests.plugins { #expect(machines(of: plugin).count >= 6, "\(plugin)") }
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

  /// Where a plugin needs two readings of a counter, the first question gets unknown values: neither an error nor a
  /// reason for the log, and no answer without lines. (What web_processes shows is made of what it saw earlier.)
  @Test(arguments: cases.filter { $0.0 != "web_processes" })
  func theFirstReadingIsNoFault(plugin: String, machine: String) throws {
    let built = try local(plugin)
    let later = try answers(of: plugin, on: "\(fixtures)/\(plugin)/\(machine)").values
    var reply = Reply()
    let host = LittleMachine("\(fixtures)/\(plugin)/\(machine)").host(for: built)
    try built.values(on: host, into: &reply)
    func fields(_ text: String) -> [String] {
      text.split(separator: "\n").map { String($0.split(separator: " ").first ?? "") }
    }
    #expect(fields(reply.text) == fields(later))
    if FileManager.default.fileExists(atPath: host.root + "/earlier") {
      #expect(reply.takeComplaint() == nil)
    }
  }

  @Test func theListIsInOrderWithoutDoubles() {
    let names = builtIn.map { "\($0.description.name)" }
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy(isServiceName))
  }
}
