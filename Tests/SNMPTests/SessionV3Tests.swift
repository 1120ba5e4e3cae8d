import EventLoop
import TestSupport
import Testing

@testable import SNMP

/// Sessions of v3 with engines that a test moves in time, exchanges and copies.
struct SessionV3Tests {
  private static let object: OID = "1.3.6.1.2.1.33.1.2.1.0"
  /// RFC 3414, section A.3.2: SHA-1 over a mebibyte of "maplesyrup".
  private static let maple: [UInt8] = [
    0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b, 0x37, 0x93, 0x52, 0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d,
    0x79, 0x14, 0x52, 0x11,
  ]

  @LoopActor
  private func session(
    _ engine: ScriptedEngine, passphrase: String? = "maplesyrup", user: String = "watch",
    retries: Int = 2, clock: LoopClock = .real
  ) -> SNMPSession {
    SNMPSession(
      SNMPTarget(
        address: engine.agent.address,
        version: .v3(
          SNMPUser(
            user, authentication: passphrase.map { SNMPUser.Authentication(.sha, passphrase: $0) })),
        retries: retries), clock: clock)
  }

  @LoopActor
  private func failure(_ session: SNMPSession) async -> SNMPError? {
    do throws(SNMPError) {
      _ = try await session.get([Self.object])
      return nil
    } catch { return error }
  }

  @Test func theTestsOwnHashIsTheStandards() {
    // FIPS 180's "abc", RFC 2202's first, and RFC 3414, section A.3.2.
    #expect(SHA1.hash(Array("abc".utf8)).prefix(4) == [0xa9, 0x99, 0x3e, 0x36])
    let mac = SHA1.mac(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
    #expect(mac.prefix(4) == [0xb6, 0x17, 0x31, 0x86])
    let engine: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    #expect(SHA1.localized(Self.maple, at: engine).prefix(4) == [0x66, 0x95, 0xfe, 0xbc])
  }

  @Test func theEngineIsFoundOutOnce() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let session = session(engine)
      for _ in 0..<3 { #expect(try await session.get([Self.object]) == [.integer(1)]) }
      #expect(engine.story == ["discovery", "answer", "answer", "answer"])
    }
  }

  @Test func aUserWithoutAuthenticationIsAnswered() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine()
      let session = session(engine, passphrase: nil)
      #expect(try await session.get([Self.object]) == [.integer(1)])
      #expect(engine.story == ["discovery", "answer"])
    }
  }

  @Test func aClockToldLateIsTaken() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      engine.tellsClockFirst = false
      let session = session(engine)
      for _ in 0..<2 { #expect(try await session.get([Self.object]) == [.integer(1)]) }
      #expect(engine.story == ["discovery", "window", "answer", "answer"])
    }
  }

  @Test func aRestartedDeviceIsFollowed() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let session = session(engine)
      _ = try await session.get([Self.object])
      engine.boots += 1
      engine.time = 0
      #expect(try await session.get([Self.object]) == [.integer(1)])
      #expect(engine.story == ["discovery", "answer", "window", "answer"])
    }
  }

  /// A card whose battery is dead begins to count its starts anew; what it says is from the past then.
  @Test func aDeviceThatForgotItsStartsIsFollowed() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let session = session(engine)
      _ = try await session.get([Self.object])
      engine.boots = 1
      engine.time = 5
      #expect(try await session.get([Self.object]) == [.integer(1)])
      #expect(engine.story == ["discovery", "answer", "window", "discovery", "answer"])
    }
  }

  @Test func anExchangedDeviceIsFollowed() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let session = session(engine)
      _ = try await session.get([Self.object])
      engine.identifier = [0x80, 0, 0, 1, 4, 8, 8, 8]
      #expect(try await session.get([Self.object]) == [.integer(1)])
      #expect(engine.story == ["discovery", "answer", "engine", "discovery", "answer"])
    }
  }

  @Test func aDeviceThatNeverKnowsItselfIsGivenUp() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      engine.reports = [UInt32](repeating: 4, count: 100)
      let error = await failure(session(engine))
      #expect(error?.description.hasSuffix("the agent rejects its own engine ID") == true)
      #expect(engine.reports.count >= 98)
    }
  }

  @Test func aClockThatNeverFitsIsGivenUp() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      engine.reports = [UInt32](repeating: 2, count: 100)
      let error = await failure(session(engine))
      #expect(error?.description.hasSuffix("the agent's clock does not run") == true)
      #expect(engine.reports.count >= 97)
    }
  }

  @Test func aWrongPassphraseIsTold() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let error = await failure(session(engine, passphrase: "maplesirup"))
      #expect(
        error
          == .notAuthenticated(
            agent: engine.agent.address.description,
            report: "usmStatsWrongDigests: wrong passphrase or protocol of authentication"))
    }
  }

  @Test func anUnknownUserIsTold() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let error = await failure(session(engine, user: "nobody"))
      #expect(error?.description.contains("rejected: usmStatsUnknownUserNames") == true)
    }
  }

  @Test func aLevelTooLowIsTold() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let error = await failure(session(engine, passphrase: nil))
      #expect(error?.description.contains("rejected: usmStatsUnsupportedSecLevels") == true)
    }
  }

  /// Whoever answers without the key has nothing to say.
  @Test func aForgedAnswerIsNone() async throws {
    try await onTestLoop {
      let engine = try ScriptedEngine(secret: Self.maple)
      let session = session(engine)
      _ = try await session.get([Self.object])
      let forger = try ScriptedEngine(secret: [UInt8](repeating: 7, count: 20))
      #expect(forger.identifier == engine.identifier)
      // From now on the device's answers are proved with another key than its requests.
      engine.answersWith = forger.secret
      let error = await failure(session)
      #expect(error?.description.hasSuffix("found an unreadable datagram") == true)
    }
  }

  @Test func devicesOfOneImageAreKeptApart() async throws {
    try await onTestLoop {
      // The same engine and the same user: other passphrases, other clocks.
      let wrongKey = [UInt8](repeating: 7, count: 20)
      let engines = [
        try ScriptedEngine(boots: 3, time: 1_000_000, secret: Self.maple),
        try ScriptedEngine(boots: 90, time: 5, secret: Self.maple),
        try ScriptedEngine(boots: 1, time: 77, secret: wrongKey),
        try ScriptedEngine(boots: 1, time: 4000),
      ]
      for (place, engine) in engines.enumerated() { engine.value = .integer(Int64(place)) }
      let sessions = [
        session(engines[0]), session(engines[1]), session(engines[2]),
        session(engines[3], passphrase: nil),
      ]
      for round in 0..<5 {
        let tasks = sessions.map { session in
          EventLoop.start { try? await session.get([Self.object]) }
        }
        #expect(await tasks[0].value == [.integer(0)])
        #expect(await tasks[1].value == [.integer(1)])
        #expect(await tasks[2].value == nil)
        #expect(await tasks[3].value == [.integer(3)])
        if round == 2 { engines[0].boots += 1 }
      }
      #expect(engines[0].story.filter { $0 == "discovery" }.count == 1)
      #expect(engines[1].story == ["discovery"] + [String](repeating: "answer", count: 5))
      #expect(engines[3].story == ["discovery"] + [String](repeating: "answer", count: 5))
    }
  }

  @Test func aDeadDeviceCostsTheTriesOfItsDiscovery() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let user = SNMPUser("watch", authentication: .init(.sha512, passphrase: "maplesyrup"))
      let session = SNMPSession(
        SNMPTarget(address: agent.address, version: .v3(user)), clock: clock)
      async let failed = failure(session)
      for count in 1...3 {
        try await reach { agent.datagrams.count == count }
        clock.advance(by: .seconds(1))
      }
      #expect(
        await failed?.description
          == "\(agent.address): no answer to 3 requests within 1000 ms each")
      #expect(clock.waiting == 0)
    }
  }

  @Test func anAgentThatFallsSilentAfterDiscoveryIsTold() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let engine = try ScriptedEngine(secret: Self.maple)
      engine.answers = false
      let session = session(engine, retries: 1, clock: clock)
      async let failed = failure(session)
      for count in 2...3 {
        try await reach { engine.agent.datagrams.count == count }
        clock.advance(by: .seconds(1))
      }
      #expect(
        await failed?.description.hasSuffix(
          "the agent did answer the discovery; it may reject the user") == true)
    }
  }

  @Test func garbageInPlaceOfAnEngineIsNoAnswer() async throws {
    try await onTestLoop {
      var noise = Noise(11)
      for length in [0, 1, 2, 17, 90, 500, 1400] {
        let clock = LoopClock(standingAt: 0)
        let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &noise) }
        let agent = try ScriptedAgent { (_: [UInt8]) in [garbage] }
        let user = SNMPUser("watch", authentication: .init(.sha, passphrase: "maplesyrup"))
        let session = SNMPSession(
          SNMPTarget(address: agent.address, version: .v3(user), retries: 0), clock: clock)
        async let failed = failure(session)
        try await reach { agent.datagrams.count == 1 }
        try await turn()
        clock.advance(by: .seconds(1))
        #expect(await failed?.description.hasSuffix("an unreadable datagram") == true)
      }
    }
  }

  /// Keys are a millisecond's work each: they are made once, not for each device.
  @Test func aHundredDevicesOfOnePassphraseCostOneKey() async throws {
    try await onTestLoop {
      var engines: [ScriptedEngine] = []
      for place in 0..<100 {
        engines.append(
          try ScriptedEngine(
            identifier: [0x80, 0, 0, 1, 4, UInt8(place), 1], secret: Self.maple))
      }
      let sessions = engines.map { session($0) }
      let tasks = sessions.map { session in
        EventLoop.start { try? await session.get([Self.object]) }
      }
      for task in tasks { #expect(await task.value == [.integer(1)]) }
      #expect(engines.allSatisfy { $0.story == ["discovery", "answer"] })
    }
  }
}
