public import EventLoop
internal import Plugins
internal import Settings
internal import Terminal

/// `apus-node ups NAME [SETTING=VALUE...]`: one UPS on one screen.
@LoopActor
public enum UPSCommand {
  /// - Parameters:
  ///   - name: a service, a device's host, or `NAME@HOST` for upsd.
  ///   - settings: `env.` settings that go before those of plugin-conf.d.
  /// - Returns: the card; status 1 when nobody answers, or not a UPS.
  public static func run(
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
          index > 0 || card.level == .normal
          ? row.text : Terminal.paint(row.text, card.level == .critical ? .red : .yellow)
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
