/// The file in which a history outlives its process.
struct HistoryFile: Sendable {
  private let file: StateFile

  var path: String { file.path }

  /// - Returns: `nil` where the settings name no folder for state.
  init?(_ settings: [String: String]) {
    guard let file = StateFile(settings, name: "web_processes") else { return nil }
    self.file = file
  }

  /// What was kept; `nil` where there is no history.
  func read() -> ServerHistory? {
    // A history that cannot be read is begun anew: it says only which servers ran before, and is written again soon.
    (try? file.read(atMost: ServerHistory.longest))?.flatMap { ServerHistory($0.span) }
  }

  /// - Returns: what went wrong, if anything.
  func write(_ history: ServerHistory) -> String? { file.write(history.text) }
}
