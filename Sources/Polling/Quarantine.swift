public import Inventory
internal import Text

/// The services of one node that break the conversation: they are left out of polls for growing pauses, so that they cost
/// the others nothing.
///
/// A service that certainly broke a conversation is left out of the next 2 polls, then 4, 8 and so on up to an hour. After its
/// pause it is asked last and alone; two good answers in a row end the quarantine. A service that is only suspected is asked last in the next poll.
public struct Quarantine: Sendable {
  private struct Entry {
    /// The length of the last pause, in polls; 0 for a suspect.
    var pause = 0
    /// How many polls it is still left out of.
    var left = 0
    /// Good answers in a row since then.
    var good = 0
    var trouble = ""
  }

  private var entries: [String: Entry] = [:]

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  /// The services that the next poll does not ask.
  public var leftOut: Set<String> { Set(entries.lazy.filter { $0.value.left > 0 }.map(\.key)) }

  /// The services that the next poll asks last and alone.
  public var askedLast: Set<String> { Set(entries.lazy.filter { $0.value.left == 0 }.map(\.key)) }

  /// Takes over what a poll found, and says in the services' ``PolledService/trouble`` what happens to them.
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - period: seconds between two polls.
  public mutating func apply(_ services: inout [PolledService], now: Int, period: Int) {
    guard !entries.isEmpty || services.contains(where: \.isBroken) else { return }
    var former = entries
    entries = [:]
    for index in services.indices {
      let name = services[index].name
      var entry = former.removeValue(forKey: name)
      switch services[index].outcome {
      case .broke(let reason, let isCertain):
        var next = entry ?? Entry()
        next.good = 0
        if isCertain {
          next.pause = min(max(2, next.pause * 2), max(1, 3600 / period - 1))
          next.left = next.pause
          let again = CalendarTime.local(now + (next.pause + 1) * period).clock
          next.trouble =
            "\(reason): left out of the next \(Amount.count(next.pause, "poll")), asked again at about \(again)"
          services[index].trouble = next.trouble
        }
        entry = next
      case .leftOut:
        entry?.left -= 1
        services[index].trouble = entry?.trouble
      case .answered:
        entry?.good += 1
        if let good = entry?.good, good >= 2 { entry = nil }
      case .unanswered: break
      }
      entries[name] = entry
    }
    // A service that is not listed any more is forgotten: the former entries are not kept.
  }
}

extension PolledService {
  fileprivate var isBroken: Bool { if case .broke = outcome { true } else { false } }
}
