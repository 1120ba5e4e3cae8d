import EventLoop
import Glibc
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// Look-ups of names with a resolver and a clock of the test.
@Suite(.timeLimit(.minutes(1))) struct AddressBookTests {
  /// A resolver that answers, fails or hangs as the test says.
  private final class Resolver: Sendable {
    enum Mood: Sendable {
      case answers([String])
      case fails, hangs
    }

    let mood = Locked(Mood.answers(["192.0.2.1"]))
    let asked = Locked<[String]>([])
    let hanging = Locked(0)
    let log = Locked<[String]>([])

    func answer(_ name: String, _ port: Int) -> Result<[SocketAddress], IOError> {
      asked.with { $0.append(name) }
      hanging.with { $0 += 1 }
      while case .hangs = mood.with({ $0 }) { usleep(500) }
      hanging.with { $0 -= 1 }
      guard case .answers(let texts) = mood.with({ $0 }) else {
        return .failure(.unresolved(host: name, reason: "Temporary failure in name resolution"))
      }
      return .success(texts.compactMap { try? SocketAddress(host: $0, port: port) })
    }

    func becomes(_ mood: Mood) { self.mood.with { $0 = mood } }
  }

  @LoopActor
  private struct World {
    let resolver = Resolver()
    let clock = LoopClock(standingAt: 1_700_000_000)
    let book: AddressBook

    init() {
      book = AddressBook(
        clock: clock, note: { [resolver] line in resolver.log.with { $0.append(line) } },
        lookUp: { [resolver] name, port in resolver.answer(name, port) })
    }

    func ask(_ name: String = "web01", within limit: Duration = .seconds(20)) async -> String {
      do throws(IOError) {
        return try await book.addresses(of: name, port: 4949, within: limit)
          .map(\.description).joined(separator: " ")
      } catch {
        return "\(error)"
      }
    }

    var asked: Int { resolver.asked.with { $0.count } }
    var log: [String] { resolver.log.with { $0 } }
  }

  @Test func anAnswerIsUsedForFiveMinutes() async throws {
    try await onTestLoop {
      let world = World()
      for _ in 0..<3 { #expect(await world.ask() == "192.0.2.1:4949") }
      world.clock.advance(by: .seconds(299))
      world.resolver.becomes(.answers(["192.0.2.2", "2001:db8::2"]))
      #expect(await world.ask() == "192.0.2.1:4949")
      #expect(world.asked == 1)
      world.clock.advance(by: .seconds(2))
      #expect(await world.ask() == "192.0.2.2:4949 [2001:db8::2]:4949")
      #expect(world.asked == 2 && world.log == [])
    }
  }

  @Test func anAddressNeedsNoLookUp() async throws {
    try await onTestLoop {
      let world = World()
      #expect(await world.ask("::1") == "[::1]:4949")
      #expect(world.asked == 0)
    }
  }

  @Test func aNameWithoutAnswerIsLeftInTime() async throws {
    try await onTestLoop {
      let world = World()
      world.resolver.becomes(.hangs)
      let polls = (0..<3).map { _ in EventLoop.start { await world.ask() } }
      try await until("a look-up") { world.asked == 1 }
      world.clock.advance(by: .seconds(21))
      for poll in polls {
        #expect(await poll.value == "cannot resolve web01: no answer within 20 s")
      }
      // One look-up for all of them.
      #expect(world.asked == 1)
      world.resolver.becomes(.fails)
      try await until("the resolver") { world.resolver.hanging.with { $0 } == 0 }
      // The answer of the former look-up or of a new one.
      #expect(await world.ask() == "cannot resolve web01: Temporary failure in name resolution")
      #expect(world.log == [])
    }
  }

  @Test func oldAddressesAreUsedWhileTheResolverFailsAndToldOnce() async throws {
    try await onTestLoop {
      let world = World()
      #expect(await world.ask() == "192.0.2.1:4949")
      world.resolver.becomes(.fails)
      let told =
        "cannot resolve web01: Temporary failure in name resolution: using the addresses of 10 min ago"
      world.clock.advance(by: .seconds(600))
      for _ in 0..<3 { #expect(await world.ask() == "192.0.2.1:4949") }
      #expect(world.log == [told])
      try await until("the look-ups") { world.resolver.hanging.with { $0 } == 0 }
      world.resolver.becomes(.answers(["192.0.2.9"]))
      try await until("the new address") {
        EventLoop.start { _ = await world.ask() }
        return world.log.count == 2
      }
      #expect(world.log == [told, "web01: resolved again"])
      #expect(await world.ask() == "192.0.2.9:4949")
    }
  }

  /// A poll waits a second for a slow resolver, once; the answer is used when it comes.
  @Test func aSlowResolverCostsASecond() async throws {
    try await onTestLoop {
      let world = World()
      _ = await world.ask()
      world.resolver.becomes(.hangs)
      world.clock.advance(by: .seconds(300))
      let poll = EventLoop.start { await world.ask() }
      try await until("the look-up") { world.asked == 2 }
      world.clock.advance(by: .seconds(1))
      #expect(await poll.value == "192.0.2.1:4949")
      #expect(
        world.log == [
          "cannot resolve web01: no answer within 1 s: using the addresses of 5 min ago"
        ])
      // Time stands still: these do not wait.
      for _ in 0..<5 { #expect(await world.ask() == "192.0.2.1:4949") }
      #expect(world.asked == 2)
      world.resolver.becomes(.answers(["192.0.2.5"]))
      try await until("the answer") { world.log.count == 2 }
      #expect(await world.ask() == "192.0.2.5:4949")
    }
  }

  /// More names hang than there are threads.
  @Test func aResolverThatHangsDelaysNoKnownName() async throws {
    try await onTestLoop {
      let world = World()
      _ = await world.ask("known")
      world.resolver.becomes(.hangs)
      let stuck = (0..<40).map { number in EventLoop.start { await world.ask("n\(number)") } }
      try await until("all threads hanging") { world.resolver.hanging.with { $0 } == 16 }
      #expect(await world.ask("known") == "192.0.2.1:4949")
      world.clock.advance(by: .seconds(30))
      for poll in stuck { #expect(await poll.value.hasSuffix("no answer within 20 s")) }
      world.clock.advance(by: .seconds(300))
      let poll = EventLoop.start { await world.ask("known") }
      try await turn(20)
      world.clock.advance(by: .seconds(1))
      #expect(await poll.value == "192.0.2.1:4949")
      world.resolver.becomes(.fails)
      try await until("the resolver") { world.resolver.hanging.with { $0 } == 0 }
    }
  }

  @Test func addressesThatDoNotAnswerAreLookedUpAgain() async throws {
    try await onTestLoop {
      let world = World()
      _ = await world.ask()
      world.resolver.becomes(.answers(["192.0.2.7"]))
      world.book.expire("web01", port: 4949)
      #expect(await world.ask() == "192.0.2.7:4949")
    }
  }

  @Test func aNameWithoutAddressIsNamed() async throws {
    try await onTestLoop {
      let world = World()
      world.resolver.becomes(.answers([]))
      #expect(await world.ask() == "cannot resolve web01: no address")
    }
  }

  @Test func aPollThatIsCancelledDoesNotWait() async throws {
    try await onTestLoop {
      let world = World()
      world.resolver.becomes(.hangs)
      let poll = EventLoop.start { await world.ask() }
      try await until("the look-up") { world.asked == 1 }
      poll.cancel()
      #expect(await poll.value.hasPrefix("cannot resolve web01"))
      world.resolver.becomes(.fails)
      try await until("the resolver") { world.resolver.hanging.with { $0 } == 0 }
    }
  }
}
