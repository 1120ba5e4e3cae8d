import Foundation

/// A node that says what a test wants, and fails as it wants.
final class ScriptedNode {
  let port: Int
  private let scratch: Scratch
  private let name: String
  private let program: RunningProgram

  /// - Parameter services: name, config lines and fetch lines of each.
  init(
    in scratch: Scratch, name: String = "scripted", _ services: [Service],
    environment: [String: String] = [:]
  ) async throws {
    self.scratch = scratch
    self.name = name
    try Self.write(services, to: scratch, name)
    program = try RunningProgram(
      Project.peer("scripted-node"), ["\(scratch.path)/\(name)", "0", "\(name).example"],
      in: scratch, environment: environment)
    port = try await program.port()
  }

  struct Service {
    var name: String
    var config: String
    var fetch: String

    init(_ name: String, config: String, fetch: String) {
      self.name = name
      self.config = config
      self.fetch = fetch
    }
  }

  /// From now on it answers this.
  func say(_ services: [Service]) throws { try Self.write(services, to: scratch, name) }

  /// From now on it is `up`, `down`, `hang`, `cut BYTES` or `reset BYTES`.
  func becomes(_ state: String) async throws {
    try scratch.write(state + "\n", to: "\(name)/control")
    let word = state.split(separator: " ")[0]
    try await waiting(until: "\(name) to be \(word)") {
      scratch.read("\(name)/state") == "\(word)\n"
    }
  }

  private static func write(_ services: [Service], to scratch: Scratch, _ name: String) throws {
    let text = services.map {
      "[\($0.name) config]\n\($0.config)\n[\($0.name) fetch]\n\($0.fetch)\n"
    }
    // U+F700 to U+F7FF stand for single bytes, which need be no UTF-8.
    let bytes = text.joined().unicodeScalars.flatMap { character in
      UInt8(exactly: Int(character.value) - 0xF700).map { [$0] } ?? Array(String(character).utf8)
    }
    let file = try scratch.place("\(name)/services.txt")
    try Data(bytes).write(to: URL(filePath: file), options: .atomic)
  }
}
