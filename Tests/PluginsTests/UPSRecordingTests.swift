#if SNMP
  import EventLoop
  import Foundation
  import SNMP
  import TestSupport
  import Testing

  @testable import Plugins

  /// What real devices answered, against cards that were written by hand from the MIBs.
  struct UPSRecordingTests {
    @Test(arguments: RecordedAgent.devices)
    func theCardIsAsTheMIBSays(device: String) async throws {
      let path = "\(fixtures)/ups/\(device)/expected.txt"
      let expected = try String(contentsOfFile: path, encoding: .utf8)
      let found = try await onTestLoop {
        let agent = try RecordedAgent(device: device)
        let clock = LoopClock(standingAt: today)
        let source = SNMPSource(agent, name: "ups1", clock: clock)
        do throws(UPSFailure) {
          let first = try await source.read()
          // Known by now, it is asked for what it has, in one request; the answer is the same.
          let count = agent.requests.count
          let again = try await source.read()
          #expect(again == first)
          #expect(agent.requests.count == count + 1)
          return card(first)
        } catch {
          #expect(error.description.hasPrefix("ups1: expected the objects of a UPS, found "))
          return "no UPS\n"
        }
      }
      #expect(found == expected, "\(device)")
    }

    @Test func thereAreDevices() { #expect(RecordedAgent.devices.count >= 34) }

    @Test func tablesAreWhole() {
      let tables: [MIBTable] = [
        .rfc1628, .dell, .riello, .trippLiteOld, .apc, .cyberPower, .mge, .xups, .gateway, .hp,
        .delta, .xppc, .eppc, .trippLite, .huawei, .netVision5, .netVision7, .liebert,
      ]
      for table in tables {
        let quantities = Set(table.numbers.map(\.quantity))
        for quantity in [UPSQuantity.charge, .runtime, .load, .input, .output] {
          #expect(quantities.contains(quantity), "\(table.name): \(quantity)")
        }
        #expect(!table.states.isEmpty, "\(table.name)")
        #expect(table.objects.count <= 100, "\(table.name)")
      }
      #expect(Set(tables.map(\.name)).count == tables.count)
    }

    @Test(arguments: [
      ("1.3.6.1.4.1.318.1.3.27", "APC PowerNet"), ("1.3.6.1.4.1.318.1.3.4.6", nil),
      ("1.3.6.1.4.1.318.1.3.11", nil), ("1.3.6.1.4.1.318.1.3.40", "APC PowerNet"),
      ("1.3.6.1.4.1.534.2.12", "Eaton XUPS by a gateway card"),
      ("1.3.6.1.4.1.534.2.1", "Eaton XUPS"), ("1.3.6.1.4.1.534.6.6.7", nil),
      ("1.3.6.1.4.1.935.10.1", "EPPC"), ("1.3.6.1.4.1.935", "XPPC"),
      ("1.3.6.1.4.1.850.100.1", "RFC 1628 with Tripp Lite's scales"),
      ("1.3.6.1.4.1.8072.3.2.10", nil), ("1.3.6.1.2.1.33", "RFC 1628"),
      ("1.3.6.1.4.1.5491.308", "RFC 1628"), ("1.3.6.1.4.1.9.1.1", nil),
    ])
    func theLongestPrefixCounts(product: String, table: String?) {
      #expect(MIBChoice.tables(for: .oid(OID(product)!)).first?.name == table)
      // Some send it as a text.
      #expect(MIBChoice.tables(for: .octets(Array(".\(product)".utf8))).first?.name == table)
      #expect(MIBChoice.tables(for: .octets(Array(product.utf8))).first?.name == table)
    }

    @Test func anyDeviceIsFoundByProbing() async throws {
      for (device, table) in [
        ("apc_smart1500", nil), ("cyberpower", "CyberPower"), ("eaton-mgeups_5px", "MGE"),
        ("apc_symmetralx", "APC PowerNet"), ("socomec-ups", "Socomec Net Vision 7"),
        ("dell-ups_tower1000w", "RFC 1628 with Dell's"),
      ] as [(String, String?)] {
        let source = try await onTestLoop {
          var objects = try RecordedAgent.objects(of: device)
          objects[MIBChoice.systemObject] = .oid("1.3.6.1.4.1.8072.3.2.10")
          let source = SNMPSource(
            RecordedAgent(objects), name: "ups1", clock: LoopClock(standingAt: today))
          return try? await source.read().source
        }
        #expect(source == table, "\(device)")
      }
    }
  }
#endif
