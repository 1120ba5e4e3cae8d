internal import Incidents
internal import Text

/// The words of a message that is sent by the clock: a digest, or a sign of life.
struct RegularWords {
  var subject: String
  var opening: [String]
  var banner: AlertWords.Banner
  var lists: [AlertList] = []
  var closing: [String] = []

  /// - Returns: `nil` for a message about incidents.
  init?(_ notification: Notification, _ surroundings: AlertSurroundings) {
    if let digest = notification.digest {
      self.init(digest, DigestWords(notification, surroundings))
    } else if let alive = notification.alive {
      self.init(AliveWords(alive, surroundings))
    } else {
      return nil
    }
  }

  private init(_ words: AliveWords) {
    subject = "[ALIVE] \(words.sentence)"
    opening = words.lines
    banner = AlertWords.Banner(text: words.sentence, state: .ok)
  }

  private init(_ digest: DigestContents, _ words: DigestWords) {
    let count = "\(Amount.count(digest.count, "thing")) out of the ordinary"
    subject = "[DIGEST] \(words.day): \(count)"
    opening = [words.span]
    let worst = digest.items.compactMap { item in
      if case .open(let line, _) = item.fact { line.level } else { nil }
    }.max()
    banner = AlertWords.Banner(text: count, state: worst.map(AlertState.init) ?? .unknown)
    for heading in DigestItem.Heading.allCases {
      var lines = digest.items.filter { $0.heading == heading }.map(words.line)
      let further = digest.further[heading.rawValue]
      if further > 0 { lines.append("and \(further) more") }
      if !lines.isEmpty { lists.append(AlertList(heading: words.heading(heading), lines: lines)) }
    }
    if let compared = digest.compared, let all = digest.comparable, compared < all {
      closing.append(
        "Only \(compared) of \(Amount.count(all, "value")) were compared with what is usual: there was no time for more."
      )
    }
  }
}

/// The words of a sign of life.
struct AliveWords {
  /// `apus on mon1: 214 nodes, 2 incidents, 0 mails waiting`.
  let sentence: String
  let lines: [String]

  init(_ facts: AliveFacts, _ surroundings: AlertSurroundings) {
    let name = "apus on \(plain(surroundings.machine, 60))"
    let nodes = Amount.count(facts.nodes, "node")
    let incidents = Amount.count(facts.incidents, "incident")
    let mails = "\(Amount.count(facts.waiting, "mail")) waiting"
    sentence = "\(name): \(nodes), \(incidents), \(mails)"
    let silent = facts.silent > 0 ? ", \(facts.silent) of them without an answer" : ""
    var text = [
      "\(name) polls \(nodes)\(silent); \(incidents) open, \(Amount.count(facts.waiting, "mail")) waiting to be sent."
    ]
    if let slowest = facts.slowest {
      let node = facts.slowestNode.map { " (\(plain($0, 120)))" } ?? ""
      text.append("Slowest of the last polls: \(Amount.text(slowest, unit: "s"))\(node)")
    }
    lines = text
  }
}
