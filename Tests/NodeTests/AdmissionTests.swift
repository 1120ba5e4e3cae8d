import EventLoop
import Settings
import TestSupport
import Testing

@testable import Node

struct AdmissionTests {
  private let stranger = try! SocketAddress(host: "192.0.2.7", port: 1)
  private let other = try! SocketAddress(host: "192.0.2.8", port: 1)
  private let own = try! SocketAddress(host: "127.0.0.1", port: 1)

  private func admission(_ change: (inout NodeSettings) -> Void) -> Admission {
    var settings = NodeSettings()
    change(&settings)
    return Admission(settings: settings)
  }

  @Test func oneAddressHasSoManyConnections() {
    let clock = LoopClock(standingAt: 0)
    var admission = admission { $0.maxConnectionsPerPeer = 2 }
    #expect(admission.admit(stranger, at: clock.now).admitted)
    #expect(admission.admit(stranger, at: clock.now).admitted)
    let refused = admission.admit(stranger, at: clock.now)
    #expect(!refused.admitted)
    #expect(
      refused.note
        == "2 connections are open from 192.0.2.7 (max_connections_per_peer): refusing more")
    #expect(admission.admit(stranger, at: clock.now).note == nil, "told once")
    #expect(admission.admit(other, at: clock.now).admitted)
    admission.leave(stranger, at: clock.now)
    #expect(admission.admit(stranger, at: clock.now).admitted)
    #expect(admission.admit(stranger, at: clock.now).note != nil, "told again")
  }

  @Test func haste() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      var admission = admission { $0.maxConnectionRate = 3 }
      // Connections that end at once do not make room for more in the same second.
      for _ in 0..<3 {
        #expect(admission.admit(stranger, at: clock.now).admitted)
        admission.leave(stranger, at: clock.now)
      }
      let refused = admission.admit(stranger, at: clock.now)
      #expect(!refused.admitted)
      #expect(
        refused.note?.hasPrefix("more than 3 new connections a second from 192.0.2.7") == true)
      #expect(admission.admit(other, at: clock.now).admitted)
      clock.advance(by: .milliseconds(334))
      #expect(admission.admit(stranger, at: clock.now).admitted)
      #expect(!admission.admit(stranger, at: clock.now).admitted)
      clock.advance(by: .seconds(100))
      for _ in 0..<3 { #expect(admission.admit(stranger, at: clock.now).admitted) }
      #expect(!admission.admit(stranger, at: clock.now).admitted)
    }
  }

  @Test func ownProgramsCountOnlyTowardsTheWhole() throws {
    let clock = LoopClock(standingAt: 0)
    var admission = admission {
      $0.maxServers = 5
      $0.maxConnectionsPerPeer = 1
      $0.maxConnectionRate = 1
    }
    let local = try SocketAddress(path: "/run/x")
    for peer in [own, own, local, own, local] {
      #expect(admission.admit(peer, at: clock.now).admitted)
    }
    let refused = admission.admit(stranger, at: clock.now)
    #expect(refused.note == "5 connections are open (max_servers): refusing more")
    #expect(!admission.admit(own, at: clock.now).admitted)
    admission.leave(own, at: clock.now)
    #expect(admission.admit(stranger, at: clock.now).admitted)
  }

  @Test func aFloodFromManyAddressesIsForgotten() throws {
    let clock = LoopClock(standingAt: 0)
    var admission = admission { $0.maxServers = 100_000 }
    for number in 0..<10_000 {
      let peer = try SocketAddress(host: "10.0.\(number / 250).\(number % 250)", port: 1)
      #expect(admission.admit(peer, at: clock.now).admitted)
      admission.leave(peer, at: clock.now)
    }
    #expect(admission.count == 0)
    #expect(admission.known <= 4096)
  }
}
