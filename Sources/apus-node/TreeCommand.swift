internal import EventLoop
internal import Node
internal import PluginKit
internal import Plugins
internal import Settings
internal import Terminal

/// `apus-node tree [NAME]`: the processes of web servers as pstree would draw them, with what they need.
enum TreeCommand {
  static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectOneWordAtMost("NAME")
    guard let prepared = call.prepare(.isToldInOneLine) else { return ExitCode.wrongUsage }
    let name = call.words.first
    return finish { await run(prepared, name: name) }
  }

  /// - Parameter name: the one server that is wanted; all that are found when `nil`.
  @LoopActor
  private static func run(
    _ prepared: NodeProgram.Prepared, name: String?
  ) async -> CommandResult {
    let report: TreeReport
    do throws(PluginError) {
      report = try await TreeReport.make(
        settings: prepared.plugins.settings(for: "web_processes").values, name: name)
    } catch {
      return CommandResult(errors: "tree: \(error)\n", status: ExitCode.failed)
    }
    var result = CommandResult(report.text)
    for complaint in report.complaints { result.complain("tree: \(complaint)") }
    if report.text.isEmpty {
      let what = name.map { "no process of '\($0)'" } ?? "no web server"
      result.complain("tree: \(what) is running; env.names and env.regex_NAME name others")
      result.status = ExitCode.failed
    }
    return result
  }
}
