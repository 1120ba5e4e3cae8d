internal import EventLoop
public import Incidents
internal import Limits

/// Remembers for some seconds what another ``AlertHistory`` has told: the messages of one trouble to several contacts show the same, and
/// drawing costs more than all the rest of a mail.
public final class RecentHistory: AlertHistory {
  /// The values of a message are up to its time; the lines of different messages of one time may be about other incidents.
  fileprivate struct Key: Hashable {
    let series: SeriesNumber
    let incident: Int
    let time: Int
  }

  private struct Known: Sendable {
    let key: Key
    let since: ContinuousClock.Instant
    var movement: ValueMovement??
    var picture: MailPicture??
  }

  private let source: any AlertHistory
  private let known = Locked<[Known]>([])
  private let life: Duration

  /// A message has up to eight pictures.
  private static let most = 32

  /// - Parameter life: for how long an answer is given again. A message that is tried again later has newer values.
  public init(_ source: any AlertHistory, life: Duration = .seconds(30)) {
    self.source = source
    self.life = life
  }

  public func picture(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> MailPicture? {
    await recent(Key(part, line, time), \.picture) {
      await self.source.picture(of: part, in: line, at: time)
    }
  }

  public func movement(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> ValueMovement? {
    await recent(Key(part, line, time), \.movement) {
      await self.source.movement(of: part, in: line, at: time)
    }
  }

  private func recent<Answer: Sendable>(
    _ key: Key, _ path: WritableKeyPath<Known, Answer??>,
    _ ask: @Sendable () async -> Answer?
  ) async -> Answer? {
    let now = ContinuousClock.now
    let former = known.with { known in
      known.removeAll { now - $0.since >= life }
      return known.first { $0.key == key }?[keyPath: path]
    }
    if let former { return former }
    let answer = await ask()
    known.with { known in
      let index = known.firstIndex { $0.key == key }
      var entry = index.map { known.remove(at: $0) } ?? Known(key: key, since: now)
      entry[keyPath: path] = .some(answer)
      known.append(entry)
      if known.count > Self.most { known.removeFirst() }
    }
    return answer
  }
}

extension RecentHistory.Key {
  fileprivate init(_ part: NotificationPart, _ line: NotificationLine, _ time: Int) {
    self.init(series: part.series, incident: line.incident, time: time)
  }
}
