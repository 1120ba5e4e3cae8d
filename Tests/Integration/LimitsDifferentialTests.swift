import Foundation
import Testing

@testable import Collector

/// After the same values the collector's manner of munin-limits tells the same people the same words as munin-limits.
@Suite(
  .timeLimit(.minutes(10)),
  .enabled(if: Project.hasPeers || Project.mustRun, "prepare with: make peers"))
struct LimitsDifferentialTests {
  /// A command that was started: what it saw.
  private struct Started: Codable, Hashable, CustomStringConvertible {
    let argv: [String]
    let input: String

    var description: String { "\(argv) \(input.debugDescription)" }
  }

  private struct Message: Codable {
    let command: String
    let input: String
  }

  /// - Parameter subject: a file of stories.
  @Test(arguments: [
    "batches", "changes", "contacts", "names", "ranges", "sites", "texts", "unknown", "values",
  ])
  func commandsGetTheSame(subject: String) async throws {
    let scratch = try Scratch()
    let file = Project.path("Tests/Integration/limits/\(subject).txt")
    let stories = try LimitsStory.read(String(contentsOfFile: file, encoding: .utf8))
    let played = try await run(
      Project.peer("munin-limits-runs"), ["play", file, scratch.path + "/theirs"], in: scratch)
    try #require(played.ending == .exit(0), "\(played.errors)")
    for complaint in ["Malformed", "unknown option"] {
      #expect(!played.errors.contains(complaint), "\(played.errors)")
    }
    let theirs = try JSONDecoder().decode(
      [String: [[Started]]].self, from: Data(played.output.utf8))
    #expect(Set(theirs.keys) == Set(stories.map(\.name)) && theirs.count == stories.count)

    var messages: [[Message]] = []
    var starts: [Int] = []
    for story in stories {
      var player = LimitsPlayer(commands: scratch.path + "/ours/bin")
      starts.append(messages.count)
      messages += try player.play(story).map { deliveries in
        deliveries.map { Message(command: $0.command, input: $0.input) }
      }
    }
    starts.append(messages.count)
    let orders = try scratch.write(
      String(decoding: JSONEncoder().encode(messages), as: UTF8.self), to: "messages.json")
    let given = try await run(
      Project.peer("munin-limits-runs"), ["give", orders, scratch.path + "/ours"], in: scratch)
    try #require(given.ending == .exit(0), "\(given.errors)")
    let ours = try JSONDecoder().decode([[Started]].self, from: Data(given.output.utf8))

    for (index, story) in stories.enumerated() {
      let runs = Array(ours[starts[index]..<starts[index + 1]])
      let expected = try #require(theirs[story.name])
      // A story that tells nothing proves nothing.
      #expect(expected.contains { !$0.isEmpty }, "\(story.name)")
      #expect(runs.count == expected.count, "\(story.name)")
      for (number, (run, expected)) in zip(runs, expected).enumerated() {
        #expect(run == expected, "\(story.name), run \(number + 1)")
      }
    }
  }
}
