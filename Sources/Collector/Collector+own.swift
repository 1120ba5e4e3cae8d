internal import EventLoop
internal import Incidents
internal import Inventory
internal import Limits
internal import Recording
internal import Settings
internal import Text

/// The collector's own trouble: an incident as others are, for the contacts of `own_contacts`.
extension Collector {
  /// Looks what is wrong with the collector itself, and tells what is new and what has ended.
  func reviewOwnTrouble() async {
    let now = clock.epoch
    let found = ownTrouble(at: now)
    var update = AlertUpdate()
    for trouble in OwnTrouble.allCases where trouble != .clock {
      let words = found[trouble]
      // An incident of a former run lasts until it can be known whether its cause is gone.
      if words == nil, ownTroubles[trouble] == nil {
        guard now - started >= 2 * settings.updateRate, !knownOwnTroubles.contains(trouble) else {
          continue
        }
        if [.mailServer, .contact].contains(trouble), mails.waiting > 0 { continue }
        if trouble == .heartbeat, heartbeat.trouble != nil { continue }
      } else if words == ownTroubles[trouble] {
        continue
      }
      knownOwnTroubles.insert(trouble)
      update.append(alerts.own(trouble, words, at: now, facts: facts))
    }
    ownTroubles = found
    guard !update.rows.isEmpty else { return }
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }

  /// What is wrong now, in words.
  private func ownTrouble(at now: Int) -> [OwnTrouble: String] {
    var found: [OwnTrouble: String] = [:]
    found[.ledger] = ledgerTrouble
    found[.disk] = recorder.stalls.first ?? fileTroubles.first
    found[.mailServer] = mails.lastingTrouble(at: now)
    // Where no mail is delivered at all that is told already.
    found[.contact] = mails.lastingContactTrouble(at: now, hasMails: found[.mailServer] == nil)
    found[.heartbeat] = heartbeat.lastingTrouble
    found[.settings] = settingsTrouble?.words
    let late = nodes.filter { $0.overruns >= 3 && !$0.isRetired }
    if let first = late.first {
      let more =
        late.count > 1 ? " (and those of \(Amount.count(late.count - 1, "more node")))" : ""
      found[.overrun] =
        "\(first.path): its last \(first.overruns) polls took longer than update_rate \(first.period)\(more)"
    }
    return found
  }

  /// Changed settings cannot be used, and the old ones stay in force; `nil` when they can.
  public func setSettingsTrouble(_ words: String?) {
    settingsTrouble = words.map { ($0, settingsTrouble?.since ?? clock.epoch) }
  }
}
