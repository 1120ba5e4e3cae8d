import EventLoop
import Foundation
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// A resolver that a test commands.
private final class FakeDNS: Sendable {
  let names = Locked<[String: [String]]>([:])
  let asked = Locked<[NameBook.Question]>([])
  private let gate = DispatchSemaphore(value: 0)
  private let waits: Bool

  init(waits: Bool = false) { self.waits = waits }

  func release(_ count: Int = 1) { for _ in 0..<count { gate.signal() } }

  var resolver: NameBook.Resolver {
    NameBook.Resolver { [self] question in
      asked.with { $0.append(question) }
      if waits { gate.wait() }
      switch question {
      case .name(let key), .addresses(let key): return names.with { $0[key] ?? [] }
      }
    }
  }
}

struct NameBookTests {
  @Test func whatIsFoundIsKeptForHours() async throws {
    let dns = FakeDNS()
    dns.names.with { $0["203.0.113.11"] = ["time.example.com"] }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let book = NameBook(resolver: dns.resolver, clock: clock)
      let question = NameBook.Question.name(of: "203.0.113.11")
      #expect(book.knowledge(of: question) == .notYet)
      try await reach("the name") { book.knowledge(of: question) == .known(["time.example.com"]) }
      clock.advance(by: NameBook.keeping - .seconds(1))
      #expect(book.knowledge(of: question) == .known(["time.example.com"]))
      #expect(dns.asked.with { $0.count } == 1)
    }
  }

  /// A DNS server that is away takes no name away that was known.
  @Test func anOldNameOutlivesAFailure() async throws {
    let dns = FakeDNS()
    dns.names.with { $0["203.0.113.11"] = ["time.example.com"] }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let book = NameBook(resolver: dns.resolver, clock: clock)
      let question = NameBook.Question.name(of: "203.0.113.11")
      _ = book.knowledge(of: question)
      try await reach("the name") { book.knowledge(of: question) != .notYet }
      dns.names.with { $0 = [:] }
      clock.advance(by: NameBook.keeping)
      #expect(book.knowledge(of: question) == .known(["time.example.com"]))
      try await reach("the second question") { dns.asked.with { $0.count } == 2 }
      await book.settle(within: .seconds(1))
      #expect(book.knowledge(of: question) == .known(["time.example.com"]))
      // One that has a new name gets it.
      dns.names.with { $0["203.0.113.11"] = ["other.example.com"] }
      clock.advance(by: NameBook.keeping)
      _ = book.knowledge(of: question)
      try await reach("the new name") {
        book.knowledge(of: question) == .known(["other.example.com"])
      }
    }
  }

  @Test func whatHasNoNameIsAskedAgainRarely() async throws {
    let dns = FakeDNS()
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let book = NameBook(resolver: dns.resolver, clock: clock)
      let question = NameBook.Question.name(of: "203.0.113.11")
      _ = book.knowledge(of: question)
      try await reach("the answer") { book.knowledge(of: question) == .none }
      clock.advance(by: NameBook.retrying - .seconds(1))
      #expect(book.knowledge(of: question) == .none && dns.asked.with { $0.count } == 1)
      dns.names.with { $0["203.0.113.11"] = ["late.example.com"] }
      clock.advance(by: .seconds(1))
      _ = book.knowledge(of: question)
      try await reach("the name") { book.knowledge(of: question) == .known(["late.example.com"]) }
    }
  }

  // MARK: ntp_states

  /// The answer never waits for DNS: a peer without a settled name is left out of both answers.
  @Test func statesNeverWaitForNames() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    let dns = FakeDNS(waits: true)
    dns.names.with { $0["203.0.113.11"] = ["Time.Example.COM"] }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let buffer = ReadBuffer(hasWorkers: true)
      let host = timeHost(daemon.port, service: "ntp_states", buffer: buffer)
      let book: NameBook = host.kept { NameBook(resolver: dns.resolver, clock: clock) }
      let first = try await answers(of: NTPStates(), on: host)
      #expect(!first.config.contains("peer_") && first.values == "")
      dns.release(3)
      try await reach("all names") { book.knowledge(of: .name(of: "203.0.113.15")) != .notYet }
      await book.settle(within: .seconds(10))
      let second = try await answers(of: NTPStates(), on: host)
      #expect(
        second.values
          == "peer_2001_db8__11.value 5\npeer_Time_Example_COM.value 6\npeer_203_0_113_15.value 0\n"
      )
      #expect(second.config.contains("peer_Time_Example_COM.label Time.Example.COM\n"))
      let small = timeHost(
        daemon.port, service: "ntp_states", ["lowercase": "1", "show_syspeer_stratum": "1"],
        buffer: buffer)
      let third = try await answers(of: NTPStates(), on: small)
      #expect(third.values.contains("peer_time_example_com.value 6\n"))
      #expect(third.values.hasSuffix("sys_peer_stratum.value 1\n"))
    }
  }

  @Test func namesCanBeSwitchedOff() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    let dns = FakeDNS()
    try await onTestLoop {
      let host = timeHost(daemon.port, service: "ntp_states", ["names": "no"])
      let _: NameBook = host.kept { NameBook(resolver: dns.resolver) }
      let found = try await answers(of: NTPStates(), on: host)
      #expect(
        found.values
          == "peer_2001_db8__11.value 5\npeer_203_0_113_11.value 6\npeer_203_0_113_15.value 0\n")
      #expect(dns.asked.with { $0 } == [])
    }
  }

  /// Called by itself the plugin answers once, so it waits; but not for a DNS that is dead.
  @Test func aProcessOfItsOwnWaitsALittle() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    let quick = FakeDNS()
    quick.names.with { $0["203.0.113.11"] = ["time.example.com"] }
    let dead = FakeDNS(waits: true)
    try await onTestLoop {
      let host = timeHost(daemon.port, service: "ntp_states", buffer: ReadBuffer())
      let _: NameBook = host.kept { NameBook(resolver: quick.resolver) }
      #expect(
        try await answers(of: NTPStates(), on: host).values.contains(
          "peer_time_example_com.value 6\n"))
      let clock = LoopClock(standingAt: 1_800_000_000)
      let other = timeHost(daemon.port, service: "ntp_states", buffer: ReadBuffer())
      let _: NameBook = other.kept { NameBook(resolver: dead.resolver, clock: clock) }
      let asking = EventLoop.start { () -> String? in
        try? await answers(of: NTPStates(), on: other).values
      }
      // Four look-ups at most, each with its own limit, and the wait itself.
      try await reach("the wait") { clock.waiting >= 4 && dead.asked.with { $0.count } >= 3 }
      clock.advance(by: .milliseconds(1500))
      // That was the config; the values wait as long.
      try await reach("the second wait") { clock.waiting >= 4 }
      clock.advance(by: .milliseconds(1500))
      #expect(await asking.value == "")
      dead.release(3)
    }
  }

  // MARK: ntp_<peer>

  @Test func aPeerIsFoundByAddressNameAndDNS() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    let dns = FakeDNS()
    dns.names.with { $0["time.example.com"] = ["198.51.100.1", "2001:db8::11"] }
    try await onTestLoop {
      let buffer = ReadBuffer(hasWorkers: true)
      let host = timeHost(daemon.port, buffer: buffer)
      let book: NameBook = host.kept { NameBook(resolver: dns.resolver) }
      @LoopActor func values(_ suffix: String) async throws -> RemoteAnswers {
        try await answers(
          of: NTPPeer(), on: timeHost(daemon.port, service: "ntp_\(suffix)", buffer: buffer))
      }
      let first = "delay.value 0.5\noffset.value -250.5\njitter.value 2.25\n"
      #expect(try await values("203.0.113.11").values == first)
      let second = "delay.value 1\noffset.value 3\njitter.value 1\n"
      #expect(try await values("2001:DB8:0::11").values == second)
      let early = try await values("time.example.com")
      #expect(
        early.values == "delay.value U\noffset.value U\njitter.value U\n" && early.complaint != nil)
      try await reach("the addresses") {
        book.knowledge(of: .addresses(of: "time.example.com")) != .notYet
      }
      #expect(try await values("time.example.com").values == second)
      let gone = try await values("198.51.100.7")
      #expect(gone.values == "delay.value U\noffset.value U\njitter.value U\n")
      #expect(gone.complaint?.contains("expected the peer 198.51.100.7, found none") == true)
      #expect(gone.config.contains("graph_title NTP statistics for peer 198.51.100.7\n"))
      #expect(
        await NTPPeer().suggestions(on: host) == ["2001:db8::11", "203.0.113.11", "203.0.113.15"])
    }
  }
}
