import Foundation

/// The Perl master's programs on a folder of their own.
struct MuninMaster {
  let scratch: Scratch
  /// Where in the scratch folder.
  let name: String
  /// For its programs.
  private let environment: [String: String]

  /// - Parameter nodes: `group;host` and port on 127.0.0.1.
  init(
    in scratch: Scratch, name: String = "master", nodes: [String: Int], settings: String = "",
    environment: [String: String] = [:]
  ) async throws {
    self.scratch = scratch
    self.name = name
    self.environment = environment
    try scratch.write(settings, to: "\(name)/conf.d/test")
    try await call("conf", nodes.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
  }

  /// Runs munin-update, -limits, -html or -graph once.
  func run(_ program: String) async throws {
    try await call(program, [])
    // munin-update ends well even if no node answered it.
    let log = scratch.read("\(name)/log/munin-\(program).log")
    if log.contains("failed worker") { throw Trouble("munin-\(program): \(log)") }
  }

  /// What that program logged beside information.
  func complaints(of program: String) -> [String] {
    scratch.read("\(name)/log/munin-\(program).log").split(separator: "\n").map(String.init)
      .filter { !$0.contains("[INFO]") && !$0.isEmpty }
      // munin-graph marks no line.
      .filter { !$0.contains(/(Starting munin-graph|Munin-graph finished \([0-9.]+ sec\))$/) }
  }

  func forgetLogs() {
    try? FileManager.default.removeItem(atPath: "\(scratch.path)/\(name)/log")
  }

  /// The RRD files, by path relative to the database folder.
  var files: [String] { scratch.files(below: "\(name)/db", ending: ".rrd") }

  func rrd(_ file: String) async throws -> RRDFile {
    try await RRDFile(path: "\(scratch.path)/\(name)/db/\(file)", scratch: scratch)
  }

  private func call(_ command: String, _ arguments: [String]) async throws {
    let outcome = try await Integration.run(
      Project.peer("munin-master"), [command, "\(scratch.path)/\(name)"] + arguments, in: scratch,
      environment: environment)
    guard outcome.ending == .exit(0) else {
      throw Trouble("munin-\(command): \(outcome.ending): \(outcome.output)\(outcome.errors)")
    }
  }
}

/// What the real rrdtool says of a file.
struct RRDFile {
  /// `rrdtool info`, key by key, such as `ds[42].type` and `"GAUGE"`.
  let info: [String: String]
  let path: String
  private let scratch: Scratch

  init(path: String, scratch: Scratch) async throws {
    self.path = path
    self.scratch = scratch
    info = Dictionary(
      uniqueKeysWithValues: try await Self.tool(["info", path], scratch).split(separator: "\n").map
      {
        let parts = $0.split(separator: " = ", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
      })
  }

  /// The newest value as it was given, and its time.
  func last() async throws -> (time: Int, text: String) {
    let lines = try await Self.tool(["lastupdate", path], scratch).split(separator: "\n")
    guard let match = lines.last?.wholeMatch(of: /(\d+): (\S+)/), let time = Int(match.1) else {
      throw Trouble("\(path): no last update: \(lines)")
    }
    return (time, String(match.2))
  }

  /// Everything that is in it, as text.
  func dump() async throws -> String { try await Self.tool(["dump", path], scratch) }

  /// The rows of the finest resolution, time and value.
  func rows(from start: Int, to end: Int, _ function: String = "AVERAGE") async throws -> [(
    time: Int, value: Double
  )] {
    let text = try await Self.tool(
      ["fetch", path, function, "--start", "\(start)", "--end", "\(end)"], scratch)
    return text.matches(of: /(\d+): (\S+)/).compactMap { match in
      Double(match.2).flatMap { value in Int(match.1).map { ($0, value) } }
    }
  }

  private static func tool(_ arguments: [String], _ scratch: Scratch) async throws -> String {
    let outcome = try await run(Project.peer("munin-master"), ["rrdtool"] + arguments, in: scratch)
    guard outcome.ending == .exit(0) else { throw Trouble("rrdtool: \(outcome.errors)") }
    return outcome.output
  }
}
