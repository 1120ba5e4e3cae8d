#if SNMP
  import EventLoop
  import SNMP
  import TestSupport
  import Testing

  @testable import Plugins

  /// How a device is asked: what, how often, and what happens when it changes or refuses.
  struct SNMPSourceTests {
    private static let rfc: OID = "1.3.6.1.2.1.33.1"
    private static let lost = SNMPError.timedOut(agent: "ups1", tries: 3, milliseconds: 1000)

    private func bench(
      _ device: String,
      _ body:
        @escaping @LoopActor @Sendable (RecordedAgent, SNMPSource, LoopClock)
        async throws -> Void
    ) async throws {
      try await onTestLoop {
        let agent = try RecordedAgent(device: device)
        let clock = LoopClock(standingAt: today)
        try await body(agent, SNMPSource(agent, name: "ups1", clock: clock), clock)
      }
    }

    @Test func aKnownDeviceIsAskedForWhatItHas() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        _ = try await source.read()
        let first = agent.requests.count
        _ = try await source.read()
        #expect(agent.requests.count == first + 1)
        let objects = try #require(agent.requests.last)
        // Neither what it does not have, nor names, which stay.
        #expect(objects.allSatisfy { agent.objects[$0] != nil })
        #expect(!objects.contains(Self.rfc.appending([1, 1, 0])))
        #expect(objects.contains(Self.rfc.appending([2, 4, 0])))
        #expect(objects.count < 40)
      }
    }

    /// One GET for all its MIBs, of the objects that tell something.
    @Test func aDeviceOfTwoMIBsIsAskedOnce() async throws {
      try await bench("eaton_93ps") { agent, source, _ in
        let first = try await source.read()
        let count = agent.requests.count
        let again = try await source.read()
        #expect(again == first)
        #expect(agent.requests.count == count + 1)
        let objects = try #require(agent.requests.last)
        #expect(Set(objects).count == objects.count)
        // MGE tells the charge and the seconds left; RFC 1628 need not.
        #expect(!objects.contains(Self.rfc.appending([2, 4, 0])))
        #expect(!objects.contains(Self.rfc.appending([2, 3, 0])))
        #expect(objects.contains(Self.rfc.appending([4, 1, 0])))
      }
    }

    /// A slow device answers with its best MIB first; the others follow in later looks.
    @Test func theSearchForFurtherMIBsDelaysNoAnswer() async throws {
      try await bench("eaton_93ps") { agent, source, clock in
        agent.whenAsked = { clock.advance(by: .seconds(2)) }
        let first = try await source.read()
        #expect(first[.charge] == 97)
        #expect(first[.realPower] == nil)
        // The system, and MGE's table in two parts.
        #expect(agent.requests.count == 3)
        let second = try await source.read()
        #expect(second[.realPower] == nil)
        let third = try await source.read()
        #expect(third[.realPower] == 2540)
        #expect(third.shares.map(\.source) == ["MGE", "RFC 1628"])
      }
    }

    @Test func aMIBAtWhichTheDeviceFailsCostsOnlyItsShare() async throws {
      let outputs = Self.rfc.appending(4)
      try await bench("eaton_93ps") { agent, source, _ in
        agent.refused = outputs
        for _ in 0..<2 {
          let reading = try await source.read()
          #expect(reading[.charge] == 97)
          #expect(reading[.realPower] == nil)
        }
      }
      // It worked when the device was recognised.
      try await bench("eaton_93ps") { agent, source, _ in
        let first = try await source.read()
        #expect(first[.realPower] == 2540)
        agent.refused = outputs
        let second = try await source.read()
        #expect(second[.charge] == 97)
        let count = agent.requests.count
        let third = try await source.read()
        #expect(third[.runtime] == 2712)
        #expect(agent.requests.count == count + 1)
      }
    }

    @Test func noRequestAsksForMoreThanADatagramHolds() async throws {
      for device in RecordedAgent.devices {
        try await bench(device) { agent, source, _ in
          _ = try? await source.read()
          #expect(agent.requests.allSatisfy { $0.count <= 40 && !$0.isEmpty }, "\(device)")
        }
      }
    }

    @Test func settingsAreAskedForOnceInAWhile() async throws {
      try await bench("netmanplus_204") { agent, source, clock in
        let limit = Self.rfc.appending([9, 7, 0])
        agent.objects[limit] = .integer(5)
        let first = try await source.read()[.lowRuntime]
        #expect(first == 300)
        agent.objects[limit] = .integer(7)
        let kept = try await source.read()[.lowRuntime]
        #expect(kept == 300)
        clock.advance(by: .seconds(3601))
        let later = try await source.read()[.lowRuntime]
        #expect(later == 420)
      }
    }

    /// Another firmware, another card: other objects.
    @Test func itIsRecognisedAnewWhenItsObjectsVanish() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        #expect(try await source.read().source == "RFC 1628")
        agent.objects = try RecordedAgent.objects(of: "apc_symmetralx")
        let reading = try await source.read()
        #expect(reading.source == "APC PowerNet")
        #expect(reading.serial == "5D2123T08251")
        agent.objects = [:]
        await #expect(throws: UPSFailure("ups1: expected the objects of a UPS, found none")) {
          try await source.read()
        }
        agent.objects = try RecordedAgent.objects(of: "socomec-ups")
        #expect(try await source.read().source == "Socomec Net Vision 7")
      }
    }

    @Test func aDeviceThatIsNoUPSIsTold() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        agent.objects = [MIBChoice.systemObject: .oid("1.3.6.1.4.1.9.1.1")]
        await #expect(
          throws: UPSFailure(
            "ups1: expected the objects of a UPS, found a device 1.3.6.1.4.1.9.1.1 without them")
        ) { try await source.read() }
      }
    }

    @Test func silenceIsTold() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        _ = try await source.read()
        agent.failure = Self.lost
        await #expect(
          throws: UPSFailure("ups1: no answer to 3 requests within 1000 ms each")
        ) { try await source.read() }
        agent.failure = nil
        #expect(try await source.read()[.charge] == 100)
      }
    }

    @Test func alarmsAreWalkedOnlyWhenThereAreSome() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        let count = Self.rfc.appending([6, 1, 0])
        agent.objects[count] = .unsigned(0)
        #expect(try await source.read().alarms == 0)
        #expect(agent.walks.isEmpty)
        agent.objects[count] = .unsigned(1)
        agent.objects[Self.rfc.appending([6, 2, 1, 2, 3])] = .oid("1.3.6.1.2.1.33.1.6.3.1")
        let reading = try await source.read()
        #expect(agent.walks == [Self.rfc.appending([6, 2, 1, 2])])
        #expect(reading.state == [.onLine, .replaceBattery])
        #expect(reading.alarms == 1)
      }
    }

    /// With some cards the walk is what breaks as soon as there is an alarm.
    @Test func aBrokenAlarmTableCostsOnlyTheAlarms() async throws {
      try await bench("netmanplus_204") { agent, source, clock in
        agent.objects[Self.rfc.appending([6, 1, 0])] = .unsigned(2)
        agent.walkFailure = Self.lost
        let reading = try await source.read()
        #expect(reading[.charge] == 100)
        #expect(reading.state == [.onLine, .alarm])
        #expect(reading.alarms == 2)
        // It is left alone for a while, for it costs its timeouts.
        _ = try await source.read()
        #expect(agent.walks.count == 1)
        clock.advance(by: .seconds(601))
        _ = try await source.read()
        #expect(agent.walks.count == 2)
      }
    }

    @Test func aLongAlarmTableIsCut() async throws {
      try await bench("netmanplus_204") { agent, source, _ in
        agent.objects[Self.rfc.appending([6, 1, 0])] = .unsigned(500)
        for row in 1...500 {
          agent.objects[Self.rfc.appending([6, 2, 1, 2, UInt32(row)])] = .oid(
            "1.3.6.1.2.1.33.1.6.3.2")
        }
        let reading = try await source.read()
        #expect(reading.alarms == 500)
        #expect(reading.state == [.onBattery, .alarm])
      }
    }
  }
#endif
