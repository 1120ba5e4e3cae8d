import Foundation
import Testing

/// All tests of whole programs. Suites run beside each other, so each waits long enough for a busy machine.
@Suite(
  .timeLimit(.minutes(10)),
  .enabled(if: Project.isPrepared || Project.mustRun, "prepare with: make programs peers"))
enum Programs {}

/// Where the programs under test and their peers are.
enum Project {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A program of ours, as it is released.
  static func program(_ name: String) -> String { path(".build/release/\(name)") }

  /// A script that runs one of the real peers.
  static func peer(_ name: String) -> String { path("Tests/Integration/peers/\(name)") }

  /// Where the peers' packages are unpacked.
  static var peers: String { (environment["PEERS_CACHE"] ?? path(".cache/peers")) + "/root" }

  static func path(_ relative: String) -> String { folder.appending(path: relative).path }

  static var isPrepared: Bool {
    let cache = environment["PEERS_CACHE"] ?? path(".cache/peers")
    let needed = [program("apus-node"), program("apus-collector"), cache + "/root"]
    return needed.allSatisfy(FileManager.default.fileExists(atPath:))
  }

  /// Whether the peers are there, which is enough for tests without a program of ours.
  static var hasPeers: Bool { FileManager.default.fileExists(atPath: peers) }

  /// In CI nothing is skipped: what is not prepared fails.
  static var mustRun: Bool { environment["CI"] == "true" }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }
}

/// A test that cannot go on, and why.
struct Trouble: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// Waits until there is something, looking a hundred times a second.
func waiting<Found>(
  for what: String, upTo limit: Duration = .seconds(60), _ look: () async throws -> Found?
) async throws -> Found {
  let end = ContinuousClock.now + limit
  while true {
    if let found = try await look() { return found }
    guard ContinuousClock.now < end else { throw Trouble("\(what): not within \(limit)") }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Waits until something is so.
func waiting(
  until what: String, upTo limit: Duration = .seconds(60), _ look: () async throws -> Bool
) async throws {
  try await waiting(for: what, upTo: limit) { try await look() ? () : nil }
}
