import EventLoop
import Incidents
import Limits
import Testing

@testable import Notify

/// The messages of one trouble to several contacts are drawn once.
@Suite struct RecentHistoryTests {
  private final class Source: AlertHistory {
    let asked = Locked<[String]>([])

    func picture(
      of part: NotificationPart, in line: NotificationLine, at time: Int
    ) async -> MailPicture? {
      asked.with { $0.append("picture \(line.incident) \(time)") }
      return nil
    }

    func movement(
      of part: NotificationPart, in line: NotificationLine, at time: Int
    ) async -> ValueMovement? {
      asked.with { $0.append("movement \(line.incident) \(time)") }
      return ValueMovement(hourAgo: Double(time))
    }
  }

  private static let line = MailExamples.line(
    service: "load", title: "Load average", level: .warning,
    MailExamples.load(.warning, 6, high: 5))

  @Test func aMessageToASecondContactIsNotDrawnAgain() async throws {
    let source = Source()
    let history = RecentHistory(source, life: .seconds(3600))
    let part = try #require(Self.line.parts.first)
    var other = Self.line
    other.incident += 1
    for _ in 1...2 {
      #expect(await history.movement(of: part, in: Self.line, at: 60)?.hourAgo == 60)
      #expect(await history.picture(of: part, in: Self.line, at: 60) == nil)
    }
    #expect(await history.movement(of: part, in: Self.line, at: 120)?.hourAgo == 120)
    _ = await history.picture(of: part, in: other, at: 60)
    let number = Self.line.incident
    #expect(
      source.asked.with { $0 } == [
        "movement \(number) 60", "picture \(number) 60", "movement \(number) 120",
        "picture \(number + 1) 60",
      ])
  }

  @Test func aMessageThatIsTriedAgainLaterIsDrawnAgain() async throws {
    let source = Source()
    let history = RecentHistory(source, life: .zero)
    let part = try #require(Self.line.parts.first)
    for _ in 1...2 { _ = await history.picture(of: part, in: Self.line, at: 60) }
    #expect(source.asked.with { $0.count } == 2)
  }
}
