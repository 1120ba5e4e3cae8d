import CLinux
import EventLoop
import TestSupport
import Testing

@testable import Plugins

struct UPSAddressTests {
  /// What a resolver answers, and how often it was asked, seen from its own threads.
  private final class Resolver: @unchecked Sendable {
    // Unchecked: touched only while `lock` is held.
    private let lock = clinux_lock_create()!
    private var answer: Result<[SocketAddress], IOError>
    private var asked = 0

    init(_ answer: Result<[SocketAddress], IOError>) { self.answer = answer }

    deinit { clinux_lock_destroy(lock) }

    var count: Int { locked { asked } }

    func says(_ answer: Result<[SocketAddress], IOError>) { locked { self.answer = answer } }

    func ask() -> Result<[SocketAddress], IOError> {
      locked {
        asked += 1
        return answer
      }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
      clinux_lock_acquire(lock)
      defer { clinux_lock_release(lock) }
      return body()
    }
  }

  @Test func namesAreLookedUpOnceInAWhile() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let four = try SocketAddress(host: "192.0.2.7", port: 161)
      let six = try SocketAddress(host: "2001:db8::7", port: 161)
      let resolver = Resolver(.success([six, four]))
      let addresses = UPSAddresses(clock: clock) { _, _ in resolver.ask() }
      for _ in 0..<3 { #expect(try await addresses.address(of: "ups1", port: 161) == six) }
      #expect(try await addresses.address(of: "ups1", port: 161, family: .four) == four)
      #expect(try await addresses.address(of: "ups1", port: 161, family: .six) == six)
      #expect(resolver.count == 1)
      // Another port is another question; a number is none.
      _ = try await addresses.address(of: "ups1", port: 1161)
      _ = try await addresses.address(of: "192.0.2.9", port: 161)
      #expect(resolver.count == 2)
      clock.advance(by: .seconds(601))
      resolver.says(.success([four]))
      #expect(try await addresses.address(of: "ups1", port: 161) == four)
      // A resolver that fails takes nothing away.
      clock.advance(by: .seconds(601))
      resolver.says(.failure(.unresolved(host: "ups1", reason: "try again")))
      #expect(try await addresses.address(of: "ups1", port: 161) == four)
    }
  }

  @Test func whatCannotBeResolvedIsTold() async throws {
    let reasons = try await onTestLoop { () -> [String] in
      let resolver = Resolver(.failure(.unresolved(host: "ups1", reason: "no such name")))
      let addresses = UPSAddresses(clock: LoopClock(standingAt: 0)) { _, _ in resolver.ask() }
      var reasons: [String] = []
      for family in [UPSAddresses.Family.any, .six] {
        do throws(UPSFailure) {
          _ = try await addresses.address(of: "ups1", port: 161, family: family)
        } catch {
          reasons.append(error.description)
        }
        resolver.says(.success([(try? SocketAddress(host: "192.0.2.7", port: 161))!]))
      }
      return reasons
    }
    #expect(
      reasons == [
        "cannot resolve ups1: no such name", "ups1: expected an IPv6 address, found none",
      ])
  }
}
