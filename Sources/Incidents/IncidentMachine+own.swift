internal import Limits

/// Troubles of the collector itself.
extension IncidentMachine {
  mutating func own(_ trouble: OwnTrouble, _ words: String?) {
    let place = IncidentPlace.collector(trouble)
    guard let words else {
      guard let number = byPlace[place] else { return }
      incidents[number]?.parts[0].until = now
      incidents[number]?.ending = .values
      return touch(number)
    }
    if let number = byPlace[place] {
      return setReason(words, of: number)
    }
    let number = begin(place, .none)
    var part = IncidentPart(.own, level: trouble.level, since: now, at: now)
    part.worst = trouble.level
    incidents[number]?.parts = [part]
    incidents[number]?.words = words
  }

  /// A clock that was not set again for so many seconds is steady.
  static let steadyClock = 600

  /// A jump of the clock is over when no other follows for some time.
  mutating func tellJump(_ seconds: Int) {
    let sign = seconds < 0 ? "back" : "forward"
    own(.clock, "the clock of this machine was set \(sign) by \(abs(seconds)) s")
    due.set(.clock, at: now + IncidentMachine.steadyClock)
  }

  /// What waits, waits as long as before, and what lasts has lasted as long: all times but those of the calendar move with the clock.
  mutating func shift(by seconds: Int) {
    due.shift(by: seconds)
    for silence in silences { due.set(.silence(silence.number), at: silence.until) }
    waiting = waiting.mapValues { $0 + seconds }
    for (node, standing) in standings {
      standings[node]?.lastPoll = standing.lastPoll + seconds
      if standing.missed > 0 { standings[node]?.firstMiss = standing.firstMiss + seconds }
    }
    for number in incidents.keys.sorted() {
      incidents[number]?.shift(by: seconds)
      // Its planned work may begin and end at other moments now.
      due.set(.hold(number), at: nil)
      touch(number)
    }
    past = past.mapValues {
      PastIncident(
        thread: $0.thread, beginnings: $0.beginnings.map { $0 + seconds },
        closed: $0.closed + seconds)
    }
  }
}

extension Incident {
  mutating func shift(by seconds: Int) {
    opened = opened.map { $0 + seconds }
    begun += seconds
    told = told.map { $0 + seconds }
    beginnings = beginnings.map { $0 + seconds }
    joinAfter += seconds
    quietSince = quietSince.map { $0 + seconds }
    plannedSince = plannedSince.map { $0 + seconds }
    lastValues = lastValues.map { $0 + seconds }
    acknowledgement?.at += seconds
    for index in parts.indices { parts[index].shift(by: seconds) }
  }
}

extension IncidentPart {
  fileprivate mutating func shift(by seconds: Int) {
    since = since.map { $0 + seconds }
    at += seconds
    worstAt = worstAt.map { $0 + seconds }
    until = until.map { $0 + seconds }
    isChanged = true
  }
}

extension AlertFacts {
  /// For what belongs to no node.
  static var none: AlertFacts {
    AlertFacts(node: { _ in nil }, service: { _, _ in nil }, series: { _ in nil })
  }
}
