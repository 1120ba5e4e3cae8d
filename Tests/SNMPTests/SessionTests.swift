import EventLoop
import TestSupport
import Testing

@testable import SNMP

/// Sessions of v1 and v2c with an agent that does what it is told, well or not.
struct SessionTests {
  private static let objects: [OID] = ["1.3.6.1.2.1.33.1.2.1.0", "1.3.6.1.2.1.33.1.2.4.0"]

  @LoopActor
  private func target(
    _ agent: ScriptedAgent, _ version: SNMPTarget.Version = .v2c(community: "public"),
    retries: Int = 2
  ) -> SNMPTarget {
    SNMPTarget(address: agent.address, version: version, retries: retries)
  }

  @LoopActor
  private func failure(_ session: SNMPSession, _ objects: [OID] = Self.objects) async -> SNMPError?
  {
    do throws(SNMPError) {
      _ = try await session.get(objects)
      return nil
    } catch { return error }
  }

  @Test func everyKindOfValueArrives() async throws {
    try await onTestLoop {
      let values: [SNMPValue] = [
        .integer(-273), .unsigned(4_294_967_295), .ticks(456_000), .octets(Array("SMT750X".utf8)),
        .octets([]), .octets([UInt8](repeating: 0xff, count: 1000)), .oid("1.3.6.1.4.1.318.1.3.27"),
        .address([192, 0, 2, 1]), .null, .noSuchObject, .noSuchInstance, .endOfView,
        .integer(2_147_483_647),
      ]
      let objects = values.indices.map { OID([1, 3, 6, 1, 4, 1, 318, UInt32($0), 4_294_967_295]) }
      let agent = try ScriptedAgent { [$0.response(values)] }
      let session = SNMPSession(target(agent))
      let found = try await session.get(objects)
      #expect(found == values)
      #expect(agent.requests[0].objects == objects)
      #expect(agent.requests[0].community == "public")
      #expect(agent.requests[0].version == 1)
      #expect(agent.requests.count == 1)
    }
  }

  @Test func aCounterOf64BitsIsWhole() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { request in
        let binding = BER.sequence([
          BER.oid(request.objects[0]),
          BER.element(0x46, [0x00, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10]),
        ])
        let pdu = BER.element(
          0xa2,
          BER.integer(request.number) + BER.integer(0) + BER.integer(0) + BER.sequence([binding]))
        return [BER.sequence([BER.integer(1), BER.octets([0x78]), pdu])]
      }
      let session = SNMPSession(target(agent))
      #expect(try await session.get(["1.3.6"]) == [.unsigned(0xfedc_ba98_7654_3210)])
    }
  }

  @Test func v1NamesTheObjectThatIsMissing() async throws {
    try await onTestLoop {
      let here: OID = "1.3.6.2.0"
      let agent = try ScriptedAgent { request in
        guard let missing = request.objects.firstIndex(where: { $0 != here }) else {
          return [request.response([.integer(7)])]
        }
        return [request.error(2, index: Int64(missing) + 1)]
      }
      let session = SNMPSession(target(agent, .v1(community: "c\u{e4}t")))
      let found = try await session.get(["1.3.6.1.0", here, "1.3.6.3.0"])
      #expect(found == [.noSuchObject, .integer(7), .noSuchObject])
      #expect(agent.requests.map(\.objects.count) == [3, 2, 1])
      #expect(agent.requests.allSatisfy { $0.version == 0 && $0.community == "c\u{e4}t" })
    }
  }

  @Test(arguments: [0, -1, 9] as [Int64])
  func v1WithoutTheObjectsPlaceIsAskedForEach(index: Int64) async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { request in
        if request.objects.contains("1.3.6.2.0") { return [request.error(2, index: index)] }
        return [request.response(request.objects.map { .oid($0) })]
      }
      let session = SNMPSession(target(agent, .v1(community: "public")))
      let found = try await session.get(["1.3.6.1.0", "1.3.6.2.0", "1.3.6.3.0"])
      #expect(found == [.oid("1.3.6.1.0"), .noSuchObject, .oid("1.3.6.3.0")])
      #expect(agent.requests.count == 4)
    }
  }

  @Test func tooBigIsAskedInHalvesAndRemembered() async throws {
    try await onTestLoop {
      let objects = (1...20).map { OID([1, 3, 6, UInt32($0), 0]) }
      let agent = try ScriptedAgent { request in
        request.objects.count > 6
          ? [request.error(1, index: 0)] : [request.response(request.objects.map { .oid($0) })]
      }
      let session = SNMPSession(target(agent))
      #expect(try await session.get(objects) == objects.map { .oid($0) })
      #expect(agent.requests.map(\.objects.count) == [20, 10, 5, 5, 10, 5, 5])
      #expect(try await session.get(objects) == objects.map { .oid($0) })
      #expect(agent.requests.dropFirst(7).map(\.objects.count) == [5, 5, 5, 5])
    }
  }

  @Test func whatFitsInNoMessageIsSplitBeforeItIsSent() async throws {
    try await onTestLoop {
      let tail = [UInt32](repeating: 4_294_967_295, count: 60)
      let objects = (1...10).map { OID([1, 3, 6, UInt32($0)] + tail) }
      let agent = try ScriptedAgent { [$0.response($0.objects.map { _ in .integer(1) })] }
      let session = SNMPSession(target(agent))
      #expect(try await session.get(objects).count == 10)
      #expect(agent.requests.map(\.objects.count) == [3, 2, 3, 2])
    }
  }

  @Test func anAgentThatDropsTheLargeIsAskedForHalf() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let objects = (1...9).map { OID([1, 3, 6, UInt32($0), 0]) }
      let agent = try ScriptedAgent { request in
        request.objects.count > 5 ? [] : [request.response(request.objects.map { .oid($0) })]
      }
      let session = SNMPSession(target(agent), clock: clock)
      async let found = session.get(objects)
      for count in 1...2 {
        try await reach { agent.datagrams.count == count }
        clock.advance(by: .seconds(1))
      }
      #expect(try await found == objects.map { .oid($0) })
      #expect(agent.requests.map(\.objects.count) == [9, 9, 5, 4])
      #expect(try await session.get(objects).count == 9)
      #expect(agent.requests.dropFirst(4).map(\.objects.count) == [5, 4])
    }
  }

  @Test func silenceEndsWithTheTriesAndNothingIsLeft() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let target = target(agent)
      let session = SNMPSession(target, clock: clock)
      async let failed = failure(session, ["1.3.6.1.0"])
      for count in 1...3 {
        try await reach { agent.datagrams.count == count }
        clock.advance(by: .milliseconds(999))
        try await turn()
        #expect(agent.datagrams.count == count)
        clock.advance(by: .milliseconds(1))
      }
      let error = await failed
      #expect(
        error?.description
          == "\(target.agent): no answer to 3 requests within 1000 ms each; "
          + "agents do not answer a wrong community either")
      #expect(Set(agent.requests.map(\.number)).count == 1)
      #expect(clock.waiting == 0)
    }
  }

  /// For a dead device the last try with half of the objects must not cost more time.
  @Test func manyObjectsOfADeadAgentTakeNoLonger() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let session = SNMPSession(target(agent), clock: clock)
      async let failed = failure(session)
      for count in 1...3 {
        try await reach { agent.datagrams.count == count }
        clock.advance(by: .seconds(1))
      }
      #expect(await failed != nil)
      #expect(agent.requests.map(\.objects.count) == [2, 2, 1])
      #expect(clock.waiting == 0)
    }
  }

  @Test func aLateAnswerToAnEarlierTryCounts() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let session = SNMPSession(target(agent), clock: clock)
      async let found = session.get(["1.3.6.1.0"])
      try await reach { agent.datagrams.count == 1 }
      clock.advance(by: .seconds(1))
      try await reach { agent.datagrams.count == 2 }
      agent.send(agent.requests[0].response([.integer(5)]))
      #expect(try await found == [.integer(5)])
    }
  }

  @Test func answersOfBeforeAndSecondOnesAreThrownAway() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { request in
        let answer = request.response(request.objects.map { _ in .integer(request.number) })
        // The answer, the same again, and one to a request that never was.
        return [answer, answer, request.response([.integer(-1)], number: request.number &+ 77)]
      }
      let session = SNMPSession(target(agent))
      var numbers: Set<Int64> = []
      for _ in 0..<50 {
        guard case .integer(let number) = try await session.get(["1.3.6.1.0"])[0] else {
          Issue.record("no integer")
          return
        }
        #expect(number == agent.requests.last?.number)
        numbers.insert(number)
      }
      #expect(numbers.count == 50)
    }
  }

  @Test func anAnswerWithAnotherNumberIsNone() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { [$0.response([.integer(1)], number: $0.number &+ 1)] }
      let session = SNMPSession(target(agent, retries: 0), clock: clock)
      async let failed = failure(session, ["1.3.6.1.0"])
      try await reach { agent.datagrams.count == 1 }
      try await turn()
      clock.advance(by: .seconds(1))
      guard case .timedOut = await failed else {
        Issue.record("an answer was taken")
        return
      }
    }
  }

  @Test func anotherHostsAnswerIsNone() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let session = SNMPSession(target(agent))
      async let found = session.get(["1.3.6.1.0"])
      try await reach { agent.datagrams.count == 1 }
      agent.sendAsAnother(agent.requests[0].response([.integer(666)]))
      try await turn()
      agent.send(agent.requests[0].response([.integer(5)]))
      #expect(try await found == [.integer(5)])
    }
  }

  @Test func cutPacketsAreToldApartFromSilence() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { request in
        let whole = request.response([.octets(Array("some text".utf8))])
        return (0..<whole.count).map { Array(whole.prefix($0)) }
      }
      let target = target(agent, retries: 0)
      let session = SNMPSession(target, clock: clock)
      async let failed = failure(session, ["1.3.6.1.0"])
      try await reach { agent.datagrams.count == 1 }
      try await turn(20)
      clock.advance(by: .seconds(1))
      let error = await failed
      #expect(
        error?.description == "\(target.agent): expected an answer, found an unreadable datagram")
    }
  }

  @Test func anAnswerAboutOtherObjectsIsNone() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { [$0.response([.integer(1)], objects: ["1.3.9.9.0"])] }
      let target = target(agent)
      let error = await failure(SNMPSession(target), ["1.3.6.1.0"])
      #expect(
        error?.description
          == "\(target.agent): expected a value of 1.3.6.1.0, found 1.3.9.9.0")
    }
  }

  @Test func anAnswerInAnotherOrderIsUnderstood() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { request in
        [
          request.response(
            request.objects.reversed().map { .oid($0) }, objects: request.objects.reversed())
        ]
      }
      let found = try await SNMPSession(target(agent)).get(Self.objects)
      #expect(found == Self.objects.map { .oid($0) })
    }
  }

  @Test func aMissingValueIsNoValue() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { [$0.response([.integer(1)])] }
      let target = target(agent)
      let error = await failure(SNMPSession(target))
      #expect(
        error?.description
          == "\(target.agent): expected a value of 1.3.6.1.2.1.33.1.2.4.0, found nothing")
    }
  }

  @Test func anErrorNamesTheObject() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { [$0.error(6, index: 2)] }
      let target = target(agent)
      let error = await failure(SNMPSession(target))
      #expect(
        error?.description
          == "\(target.agent): expected values, found the error noAccess for "
          + "1.3.6.1.2.1.33.1.2.4.0")
    }
  }

  @Test func anErrorWithoutAnObjectIsAskedFor() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { request in
        request.objects.contains(Self.objects[1])
          ? [request.error(5, index: 0)] : [request.response([.integer(1)])]
      }
      let error = await failure(SNMPSession(target(agent)))
      #expect(error?.description.hasSuffix("the error genErr for 1.3.6.1.2.1.33.1.2.4.0") == true)
    }
  }

  @Test func nobodyListeningIsKnownAtOnce() async throws {
    try await onTestLoop {
      let address: SocketAddress
      do { address = try ScriptedAgent { (_: [UInt8]) in [] }.address }
      let clock = LoopClock(standingAt: 0)
      let target = SNMPTarget(address: address, version: .v1(community: "public"))
      let error = await failure(SNMPSession(target, clock: clock))
      #expect(error?.description == "\(address): Connection refused")
      #expect(clock.waiting == 0)
    }
  }

  @Test func aWalkStaysBelowItsPrefix() async throws {
    try await onTestLoop {
      let rows: [OID] = ["1.3.6.1.1", "1.3.6.1.2", "1.3.6.1.10", "1.3.6.2.1"]
      let agent = try ScriptedAgent { request in
        #expect(request.command == 0xa1)
        guard let next = rows.first(where: { request.objects[0] < $0 }) else {
          return [request.response([.endOfView])]
        }
        return [request.response([.oid(next)], objects: [next])]
      }
      let session = SNMPSession(target(agent))
      #expect(try await session.walk("1.3.6.1", limit: 9).map(\.oid) == Array(rows.prefix(3)))
      #expect(try await session.walk("1.3.6.1", limit: 2).map(\.oid) == Array(rows.prefix(2)))
      #expect(try await session.walk("1.3.6.2", limit: 9).map(\.oid) == [rows[3]])
    }
  }

  @Test func v1EndsAWalkWithNoSuchName() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { [$0.error(2, index: 1)] }
      let session = SNMPSession(target(agent, .v1(community: "public")))
      #expect(try await session.walk("1.3.6.1", limit: 9) == [])
    }
  }

  @Test(arguments: ["1.3.6.1.5", "1.3.6.1.4"] as [OID])
  func aWalkThatDoesNotGoForwardEnds(second: OID) async throws {
    try await onTestLoop {
      var answers: [OID] = ["1.3.6.1.5", second]
      let agent = try ScriptedAgent { request in
        [request.response([.null], objects: [answers.removeFirst()])]
      }
      let target = target(agent)
      do throws(SNMPError) {
        _ = try await SNMPSession(target).walk("1.3.6.1", limit: 100)
        Issue.record("no error")
      } catch {
        #expect(
          error.description
            == "\(target.agent): expected an object after 1.3.6.1.5, found \(second)")
      }
    }
  }

  @Test func cancellingEndsTheWait() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let session = SNMPSession(target(agent), clock: clock)
      let first = EventLoop.start { await self.failure(session) }
      let second = EventLoop.start { await self.failure(session) }
      try await reach { agent.datagrams.count == 1 }
      second.cancel()
      #expect(await second.value == .closed)
      first.cancel()
      #expect(await first.value == .closed)
      #expect(clock.waiting == 0)
      // The session is as good as before.
      async let found = session.get(["1.3.6.1.0"])
      try await reach { agent.datagrams.count == 2 }
      agent.send(agent.requests[1].response([.integer(5)]))
      #expect(try await found == [.integer(5)])
    }
  }

  @Test func closingEndsTheWait() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { (_: [UInt8]) in [] }
      let session = SNMPSession(target(agent))
      let first = EventLoop.start { await self.failure(session) }
      let second = EventLoop.start { await self.failure(session) }
      try await reach { agent.datagrams.count == 1 }
      session.close()
      #expect(await first.value == .closed)
      #expect(await second.value == .closed)
      #expect(await failure(session) == .closed)
      #expect(agent.datagrams.count == 1)
    }
  }

  @Test func askersComeInTheirOrder() async throws {
    try await onTestLoop {
      let agent = try ScriptedAgent { [$0.response([.oid($0.objects[0])])] }
      let session = SNMPSession(target(agent))
      let objects = (1...20).map { OID([1, 3, 6, UInt32($0), 0]) }
      let tasks = objects.map { object in
        EventLoop.start { try? await session.get([object]) }
      }
      for (task, object) in zip(tasks, objects) { #expect(await task.value == [.oid(object)]) }
      #expect(agent.requests.map { $0.objects[0] } == objects)
    }
  }

  @Test func aHundredSessionsAreAskedAtOnce() async throws {
    try await onTestLoop {
      var held: [(ScriptedAgent, ScriptedAgent.Request)] = []
      var agents: [ScriptedAgent] = []
      for _ in 0..<100 { agents.append(try ScriptedAgent { (_: [UInt8]) in [] }) }
      let tasks = agents.enumerated().map { place, agent in
        let address = agent.address
        return EventLoop.start {
          let session = SNMPSession(
            SNMPTarget(address: address, version: .v2c(community: "c\(place)")))
          return try? await session.get(["1.3.6.1.0"])
        }
      }
      // Nobody is answered before all have asked.
      try await reach { agents.allSatisfy { $0.datagrams.count == 1 } }
      for agent in agents { held.append((agent, agent.requests[0])) }
      for (place, (agent, request)) in held.enumerated().reversed() {
        #expect(request.community == "c\(place)")
        agent.send(request.response([.integer(Int64(place))]))
      }
      for (place, task) in tasks.enumerated() {
        #expect(await task.value == [.integer(Int64(place))])
      }
    }
  }

  @Test func ipv6AgentsAreReached() async throws {
    let target = SNMPTarget(
      address: try SocketAddress(host: "::1", port: 9), version: .v2c(community: "public"))
    try await onTestLoop {
      // Nobody listens on discard's port: that this is known is an answer over IPv6.
      let error = await failure(SNMPSession(target))
      #expect(error?.description == "[::1]:9: Connection refused")
    }
  }
}
