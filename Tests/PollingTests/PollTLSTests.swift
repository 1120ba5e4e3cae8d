#if TLS
  import EventLoop
  import Inventory
  import MuninWire
  import Settings
  import TestNodes
  import TestSupport
  import Testing

  @testable import Polling

  /// Polls under TLS over real sockets.
  @Suite(.timeLimit(.minutes(1))) struct PollTLSTests {
    private static let services = (0..<40).map {
      TestNode.Service("s\($0)", "graph_title S\nx.label x", "x.value \($0)")
    }

    private static func tls(
      _ mode: TLSSettings.Mode, _ own: String?, ca: String = "ca.pem", match: String? = nil
    ) throws -> TLSSettings {
      var settings = TLSSettings(mode: mode, pem: try own.map(Certificates.path) ?? "/nonexistent")
      settings.caCertificate = try Certificates.path(ca)
      settings.match = match.map { PatternSetting(text: $0) }
      return settings
    }

    /// - Returns: how many values came, or why none, and what the node noticed.
    private func poll(_ master: TLSSettings, node tls: TLSSettings?) async throws -> (
      values: Int, reason: String?, requests: [String], trouble: String?
    ) {
      try await onTestLoop {
        let node = try TestNode(Self.services)
        defer { node.close() }
        node.tls = tls
        var host = HostSettings(
          groups: ["g"], name: "node", address: "127.0.0.1", port: node.port)
        host.tls = master
        let poller = Poller(
          PollOrder(host: host), clock: .real, tls: PollTLS { _ in },
          dialer: Dialer(clock: .real) { _ in })
        do throws(PollFailure) {
          let poll = try await poller.poll()
          let values = poll.services.reduce(0) { $0 + $1.values.count }
          return (values, nil, node.requests, node.tlsTrouble)
        } catch {
          return (0, error.description, node.requests, node.tlsTrouble)
        }
      }
    }

    @Test(arguments: [TLSSettings.Mode.auto, .enabled, .paranoid])
    func aNodeWithAKeyIsPolled(mode: TLSSettings.Mode) async throws {
      let result = try await poll(
        Self.tls(mode, "master.pem", match: "CN=node\\.example"),
        node: Self.tls(mode, "chain.pem"))
      // The name is that of another node.
      #expect(result.values == 0 && result.reason?.contains("tls_match") == true)
      let good = try await poll(
        Self.tls(mode, "master.pem", match: "CN=chain\\.example"),
        node: Self.tls(mode, "chain.pem"))
      #expect(good.values == 40 && good.reason == nil && good.trouble == nil, "\(good)")
      #expect(good.requests[0] == "STARTTLS" && good.requests[1] == "cap multigraph dirtyconfig")
      #expect(Set(good.requests).count >= 82)
    }

    /// A handshake costs more than a poll: a secured connection waits for the next one at any rate.
    @Test func aSecuredConnectionIsKept() async throws {
      try await onTestLoop {
        let node = try TestNode(Self.services)
        defer { node.close() }
        node.tls = try Self.tls(.enabled, "chain.pem")
        var host = HostSettings(
          groups: ["g"], name: "node", address: "127.0.0.1", port: node.port)
        host.tls = try Self.tls(.enabled, "master.pem")
        let dialer = Dialer(clock: .real) { _ in }
        dialer.keepConnections()
        dialer.mostKept = 10
        let tls = PollTLS { _ in }
        func poll() async throws -> Int {
          let poll = try await Poller(
            PollOrder(host: host), clock: .real, tls: tls, dialer: dialer
          ).poll()
          return poll.services.reduce(0) { $0 + $1.values.count }
        }
        for _ in 0..<3 { #expect(try await poll() == 40) }
        #expect(node.calls == 1 && node.requests.count { $0 == "STARTTLS" } == 1)
        node.hangUp()
        #expect(try await poll() == 40)
        #expect(node.calls == 2 && node.requests.count { $0 == "STARTTLS" } == 2)
      }
    }

    /// A service that breaks the conversation costs only itself, as over a plain connection; a handshake begins each further one.
    @Test(
      arguments: [
        (TestNode.Fault.closes, ""),
        (.stalls, "no answer within 3.3 s while waiting for "),
        (.floods, "more than 8 MiB in "), (.sendsALongLine, "a line of more than 64 KiB in "),
      ])
    func faultsUnderTLSCostOnlyTheirService(fault: (TestNode.Fault, String)) async throws {
      try await onTestLoop {
        let node = try TestNode(Self.services)
        defer { node.close() }
        node.tls = try Self.tls(.enabled, "chain.pem")
        node.faults["fetch s3"] = fault.0
        var host = HostSettings(
          groups: ["g"], name: "node", address: "127.0.0.1", port: node.port)
        host.tls = try Self.tls(.enabled, "master.pem")
        let secured = host
        @LoopActor @Sendable func poll(_ clock: LoopClock, _ limits: PollLimits) async -> Result<
          Poll, PollFailure
        > {
          do throws(PollFailure) {
            return .success(
              try await Poller(
                PollOrder(host: secured, limits: limits), clock: clock, tls: PollTLS { _ in },
                dialer: Dialer(clock: clock) { _ in }
              ).poll())
          } catch {
            return .failure(error)
          }
        }
        let result: Poll
        if fault.0 == .stalls {
          let clock = LoopClock(standingAt: 1_700_000_000)
          result = try await pass(clock, with: [node]) {
            await poll(clock, PollLimits(updateRate: 10))
          }.value.get()
        } else {
          // 9 MiB under TLS take their time on a slow machine.
          result = try await poll(.real, PollLimits()).get()
        }
        #expect(result.trouble == nil)
        #expect(result.services.filter { $0.outcome == .answered }.count == 39)
        guard case .broke(let reason, true) = result.services[3].outcome else {
          Issue.record("\(result.services[3].outcome)")
          return
        }
        #expect(reason.contains(fault.1 + "fetch s3"), "\(reason)")
        #expect(node.calls == 2 && node.requests.count { $0 == "STARTTLS" } == 2)
      }
    }

    @Test(arguments: [TLSSettings.Mode.auto, .enabled])
    func aNodeWithoutAKeyIsPolledInSwappedRoles(mode: TLSSettings.Mode) async throws {
      let result = try await poll(
        Self.tls(mode, "master.pem"), node: Self.tls(.paranoid, nil))
      #expect(result.values == 40 && result.reason == nil && result.trouble == nil, "\(result)")
    }

    @Test func withoutAnyKeyAutoGoesOnInPlainText() async throws {
      let result = try await poll(Self.tls(.auto, nil), node: Self.tls(.auto, nil))
      #expect(result.values == 40 && result.reason == nil, "\(result)")
      #expect(result.trouble?.hasPrefix("the other side refused: ") == true)
      let enabled = try await poll(Self.tls(.enabled, nil), node: Self.tls(.auto, nil))
      #expect(enabled.reason?.contains("TLS failed: neither side has a key") == true, "\(enabled)")
      #expect(!enabled.requests.contains { $0.hasPrefix("cap") || $0.hasPrefix("list") })
    }

    @Test func aNodeWithoutTLSIsPolledWhereTLSIsOnlyWished() async throws {
      let result = try await poll(Self.tls(.auto, nil), node: nil)
      #expect(result.values == 40 && result.requests[0] == "STARTTLS")
      let enabled = try await poll(Self.tls(.enabled, "master.pem"), node: nil)
      #expect(
        enabled.reason?.contains("tls enabled: expected TLS OK or TLS MAYBE, found '# Unknown")
          == true)
      #expect(enabled.requests == ["STARTTLS"])
    }

    @Test func disabledAsksForNothing() async throws {
      let result = try await poll(Self.tls(.disabled, "master.pem"), node: nil)
      #expect(result.values == 40 && !result.requests.contains("STARTTLS"))
    }

    @Test func aStrangerIsNotTrusted() async throws {
      let result = try await poll(
        Self.tls(.paranoid, "master.pem"), node: Self.tls(.auto, "stranger.pem"))
      #expect(
        result.reason?.contains(
          "TLS failed: its certificate '/C=NO/O=Apus tests/CN=stranger.example' was issued by ")
          == true,
        "\(result)")
      #expect(result.requests == ["STARTTLS"])
      // Nor in `auto`, where the settings ask to verify: plain text is no way out.
      var auto = try Self.tls(.auto, "master.pem")
      auto.verifyCertificate = true
      let second = try await poll(auto, node: Self.tls(.auto, "stranger.pem"))
      #expect(second.values == 0 && second.requests == ["STARTTLS"])
    }
  }
#endif
