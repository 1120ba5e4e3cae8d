import EventLoop
import TestSupport
import Testing

@testable import SNMP

/// Agents whose datagrams have wrong bytes somewhere. Each answers rightly too, a moment later: so nobody waits, and
/// what is taken for an answer is known to have been read.
struct HostileAgentTests {
  private static let objects = (1...6).map { OID([1, 3, 6, 1, 4, 1, 318, $0, 0]) }
  private static let values: [SNMPValue] = [
    .integer(-1), .unsigned(4_000_000_000), .ticks(9), .octets(Array("a text of some bytes".utf8)),
    .oid("1.3.6.1.4.1.318.1.3.27"), .address([127, 0, 0, 1]),
  ]

  /// Bytes changed, left out, put in, or the end cut.
  private static func damaged(_ datagram: [UInt8], _ noise: inout Noise) -> [UInt8] {
    var bytes = datagram
    for _ in 0..<Int.random(in: 1...3, using: &noise) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &noise)
      switch Int.random(in: 0..<6, using: &noise) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &noise), at: place)
      case 2: bytes.remove(at: place)
      // Lengths are where parsers go wrong.
      case 3: bytes[place] = [0x00, 0x7f, 0x80, 0x81, 0x84, 0xff].randomElement(using: &noise)!
      default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &noise)
      }
    }
    return bytes
  }

  @Test func damagedAnswersAreValuesOrErrors() async throws {
    try await onTestLoop {
      var noise = Noise(1)
      var asked = 0
      let agent = try ScriptedAgent { request in
        let right = request.response(Array(Self.values.prefix(request.objects.count)))
        asked += 1
        return [Self.damaged(right, &noise), right]
      }
      var right = 0
      for community in ["public", ""] {
        for version in [SNMPTarget.Version.v1(community: community), .v2c(community: community)] {
          let session = SNMPSession(SNMPTarget(address: agent.address, version: version))
          for _ in 0..<500 {
            do throws(SNMPError) {
              let found = try await session.get(Self.objects)
              #expect(found.count == Self.objects.count)
              if found == Self.values { right += 1 }
            } catch {
              if case .timedOut = error { Issue.record("waited for an answer that had come") }
            }
          }
          session.close()
        }
      }
      #expect(right > 500)
      #expect(asked >= 2000)
    }
  }

  @Test func damagedWalksComeToAnEnd() async throws {
    try await onTestLoop {
      var noise = Noise(2)
      let agent = try ScriptedAgent { request in
        let next = request.objects[0].appending(1)
        let right = request.response([.integer(1)], objects: [next])
        return [Self.damaged(right, &noise), right]
      }
      let session = SNMPSession(
        SNMPTarget(address: agent.address, version: .v2c(community: "public")))
      for _ in 0..<200 {
        let found = (try? await session.walk("1.3.6.1", limit: 5)) ?? []
        #expect(found.count <= 5)
        #expect(found.allSatisfy { $0.oid.hasPrefix("1.3.6.1") })
      }
    }
  }

  @Test func damagedMessagesOfV3AreValuesOrErrors() async throws {
    try await onTestLoop {
      var noise = Noise(3)
      let engine = try ScriptedEngine()
      engine.damage = { Self.damaged($0, &noise) }
      var right = 0
      for _ in 0..<100 {
        // Anew each time, so that the engine's report is damaged too.
        let session = SNMPSession(
          SNMPTarget(address: engine.agent.address, version: .v3(SNMPUser("watch"))))
        for _ in 0..<5 {
          do throws(SNMPError) {
            if try await session.get([Self.objects[0]]) == [.integer(1)] { right += 1 }
          } catch {
            if case .timedOut = error { Issue.record("waited for an answer that had come") }
          }
        }
        session.close()
      }
      #expect(right > 50)
    }
  }
}
