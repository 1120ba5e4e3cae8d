import Foundation
import MuninWire
import PluginKit
import TestSupport
import Testing

/// What plugins for memory say on machines made of a few files.
enum MemoryMachine {
  /// The fields, with their readings, on a machine of these files.
  static func fields(
    _ plugin: String, _ files: [String: String], _ settings: [String: String] = [:]
  ) throws -> [String: Field] {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    return try fields(plugin, LittleMachine(folder.path), settings)
  }

  static func fields(
    _ plugin: String, _ machine: LittleMachine, _ settings: [String: String] = [:]
  ) throws -> [String: Field] {
    let answers = try machine.answers(of: try local(plugin), settings: settings)
    let config = ConfigAnswer(Array(answers.config.utf8).span, service: plugin)
    let values = FetchAnswer(Array(answers.values.utf8).span, service: plugin)
    #expect(config.faults.isEmpty && values.faults.isEmpty)
    var fields: [String: Field] = [:]
    for field in config.graphs.flatMap(\.fields) { fields[field.name] = field }
    for value in values.graphs.flatMap(\.values) {
      fields[value.field]?.readings.append(value.reading)
    }
    return fields
  }

  /// What the plugin complains of beside its values.
  static func complaint(_ plugin: String, _ machine: LittleMachine) throws -> String? {
    var reply = Reply()
    let built = try local(plugin)
    try built.values(on: machine.host(for: built), into: &reply)
    return reply.takeComplaint()
  }

  static func complaint(_ plugin: String, _ files: [String: String]) throws -> String? {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    return try complaint(plugin, LittleMachine(folder.path))
  }

  /// A /proc/meminfo.
  static func meminfo(_ kilobytes: UInt64, _ more: String = "") -> [String: String] {
    ["proc/meminfo": "MemTotal: \(kilobytes) kB\nMemFree: 900 kB\n\(more)"]
  }
}
