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

  /// A jump of the clock has no length: it is told, and over.
  mutating func tellJump(_ seconds: Int) {
    let place = IncidentPlace.collector(.clock)
    if let number = byPlace[place] { remove(number) }
    let sign = seconds < 0 ? "back" : "forward"
    own(.clock, "the clock of this machine was set \(sign) by \(abs(seconds)) s")
  }

  /// What waits, waits as long as before; what has begun, has begun when it did.
  mutating func shift(by seconds: Int) {
    due.shift(by: seconds)
    waiting = waiting.mapValues { $0 + seconds }
    for (node, standing) in standings {
      standings[node]?.lastPoll = standing.lastPoll + seconds
      if standing.missed > 0 { standings[node]?.firstMiss = standing.firstMiss + seconds }
    }
    for number in incidents.keys { incidents[number]?.joinAfter += seconds }
    past = past.mapValues {
      PastIncident(
        thread: $0.thread, beginnings: $0.beginnings.map { $0 + seconds },
        closed: $0.closed + seconds)
    }
  }
}

extension AlertFacts {
  /// For what belongs to no node.
  static var none: AlertFacts {
    AlertFacts(node: { _ in nil }, service: { _, _ in nil }, series: { _ in nil })
  }
}
