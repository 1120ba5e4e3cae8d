internal import EventLoop
internal import Node
internal import Plugins
internal import Settings
internal import Terminal

/// `apus-node ups NAME [SETTING=VALUE...]`: one UPS on one screen.
enum UPSCommand {
  static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    guard let name = call.words.first, !name.allSatisfy(\.isWhitespace) else {
      let found = call.words.isEmpty ? "nothing" : "''"
      throw usage.error("ups: expected HOST, NAME@HOST or a service, found \(found)")
    }
    let settings = try settings(call.words.dropFirst(), of: name)
    guard let prepared = call.prepare(.isToldInOneLine) else { return ExitCode.wrongUsage }
    return finish { await run(prepared, name: name, settings: settings) }
  }

  /// Words such as `community=secret`.
  private static func settings(
    _ words: ArraySlice<String>, of name: String
  ) throws(UsageError) -> [String: String] {
    var settings: [String: String] = [:]
    for word in words {
      guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
        throw usage.error("ups: expected SETTING=VALUE, found '\(word)'")
      }
      let setting = String(word[..<sign])
      let value = String(word[word.index(after: sign)...])
      if let fault = UPSCard.fault(of: value, for: setting, asking: name) {
        throw usage.error("ups: \(fault)")
      }
      settings[setting] = value
    }
    return settings
  }

  /// - Parameters:
  ///   - name: a service, a device's host, or `NAME@HOST` for upsd.
  ///   - settings: `env.` settings that go before those of plugin-conf.d.
  /// - Returns: the card; status 1 when nobody answers, or not a UPS.
  @LoopActor
  private static func run(
    _ prepared: NodeProgram.Prepared, name: String, settings: [String: String]
  ) async -> CommandResult {
    let answer = await UPSCard.ask(name) { service in
      prepared.plugins.settings(for: service).values.merging(settings) { $1 }
    }
    var result = CommandResult()
    switch answer {
    case .success(let card):
      let width = card.rows.map(\.name.count).max() ?? 0
      result.say(card.title)
      for (index, row) in card.rows.enumerated() {
        let text =
          index > 0 || card.urgency == .normal
          ? row.text : Terminal.paint(row.text, card.urgency == .critical ? .red : .yellow)
        result.say(
          "  " + row.name + String(repeating: " ", count: width - row.name.count + 2) + text)
      }
    case .failure(let failure):
      result.errors = "\(name): \(failure)\n"
      result.status = 1
    }
    return result
  }
}
