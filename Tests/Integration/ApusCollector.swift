import Foundation

/// `apus-collector` with settings and data in a scratch folder.
struct ApusCollector {
  let scratch: Scratch
  private let name: String
  private let config: String

  /// - Parameters:
  ///   - nodes: `group;host` and port on 127.0.0.1.
  ///   - settings: lines before the first section.
  ///   - hostSettings: lines below every node.
  ///   - page: where pages are served.
  init(
    in scratch: Scratch, name: String = "apus", nodes: [String: Int], settings: String = "",
    hostSettings: String = "", page: String = "none"
  ) throws {
    self.scratch = scratch
    self.name = name
    let global = """
      dbdir \(scratch.path)/\(name)/db
      web_listen \(page)
      \(settings)

      """
    let hosts = nodes.sorted { $0.key < $1.key }.map {
      "\n[\($0.key)]\naddress 127.0.0.1\nport \($0.value)\nuse_node_name yes\n\(hostSettings)\n"
    }
    config = try scratch.write(global + hosts.joined(), to: "\(name)/munin.conf")
  }

  /// One cycle and one attempt for each mail; what it complained of. That no node answered (status 1) is for the test to judge.
  @discardableResult func poll(environment: [String: String] = [:]) async throws -> String {
    let outcome = try await run(
      Project.program("apus-collector"), ["poll", "--verbose", "--config", config], in: scratch,
      environment: environment)
    let isUnanswered = outcome.errors.contains(/the only node did not answer|nodes answered\n/)
    guard outcome.ending == .exit(0) || outcome.ending == .exit(1) && isUnanswered else {
      throw Trouble("apus-collector poll: \(outcome.ending): \(outcome.errors)")
    }
    return outcome.errors
  }

  /// A run that goes on, once it says so.
  func start(environment: [String: String] = [:]) async throws -> RunningProgram {
    let program = try RunningProgram(
      Project.program("apus-collector"), ["run", "--verbose", "--config", config], in: scratch,
      environment: environment)
    _ = try await program.waits(for: /polls \d+ node/)
    return program
  }

  /// Where its settings and data are.
  var folder: String { "\(scratch.path)/\(name)" }

  /// The RRD files, by path relative to the database folder.
  var files: [String] { scratch.files(below: "\(name)/db", ending: ".rrd") }

  func rrd(_ file: String) async throws -> RRDFile {
    try await RRDFile(path: "\(scratch.path)/\(name)/db/\(file)", scratch: scratch)
  }
}
