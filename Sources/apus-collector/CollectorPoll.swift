internal import Collector
internal import EventLoop
internal import Settings
internal import Terminal

/// `apus-collector poll`: one cycle and one attempt for each mail, for cron.
enum CollectorPoll {
  @LoopActor
  static func run(_ parts: CollectorParts, writesAll: Bool) async throws {
    let collector = try await parts.collector(
      site: parts.configuration.settings.webURL?.withoutEndSlash, isFromCron: !parts.verbose)
    collector.repeatsTroubles = parts.verbose
    collector.logsIncidents = parts.verbose
    let report = await collector.pollOnce(writesAll: writesAll)
    if parts.verbose {
      Terminal.say(CycleLine.text(report, collector.state, collector.graphLevels))
    }
    if report.nodes == 0, report.silent > 0 {
      // From cron, every line is a mail.
      guard report.newFailures > 0 || parts.verbose else { throw KnownFailure() }
      throw NoAnswer(count: report.silent)
    }
    guard report.isKept else { throw NotKept(path: parts.folder.ledger) }
  }

  /// No node could be polled; the log says why of each.
  private struct NoAnswer: Error, CustomStringConvertible {
    let count: Int

    var description: String {
      count == 1 ? "the only node did not answer" : "none of the \(count) nodes answered"
    }
  }

  /// No node could be polled, and the run before has said so.
  struct KnownFailure: Error {}

  /// What a cycle found is not in the ledger; the log says why.
  private struct NotKept: Error, CustomStringConvertible {
    let path: String

    var description: String { "states and mails of this cycle are not in \(path)" }
  }
}
