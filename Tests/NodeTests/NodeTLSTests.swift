#if TLS
  import Daemon
  import EventLoop
  import MuninWire
  import Node
  import PluginKit
  import Settings
  import TLS
  import TestSupport
  import Testing

  /// Sessions that become secure, over real sockets.
  @Suite(.timeLimit(.minutes(1))) struct NodeTLSTests {
    private static func tls(
      _ mode: TLSSettings.Mode, _ own: String?, ca: String = "ca.pem", match: String? = nil
    ) throws -> TLSSettings {
      var settings = TLSSettings(mode: mode, pem: try own.map(Certificates.path) ?? "/nonexistent")
      settings.caCertificate = try Certificates.path(ca)
      settings.match = match.map { PatternSetting(text: $0) }
      return settings
    }

    /// Runs a session; `body` is the master, and has read the banner.
    /// - Returns: why it ended, and what the log says.
    private func conversation(
      _ settings: TLSSettings,
      _ body: @escaping @LoopActor @Sendable (Connection) async throws -> Void
    ) async throws -> (reason: String?, logged: [String]) {
      try await onTestLoop {
        let bench = try await Bench()
        let listener = try Listener(on: try SocketAddress(path: "\(bench.folder.path)/node"))
        defer { listener.close() }
        let master = try await Connection.connect(to: listener.address, within: .seconds(10))
        let session = NodeSession(
          over: try await listener.accept(), with: bench.services, from: "", within: .seconds(20),
          security: NodeTLS.make(settings, log: bench.log, clock: bench.clock), clock: bench.clock)
        let running = EventLoop.start { await session.run() }
        #expect(try await line(master) == "# munin node at web01.example.com\n")
        do { try await body(master) } catch {
          master.close()
          _ = await running.value
          throw error
        }
        master.close()
        return (await running.value, bench.logged)
      }
    }

    @Test(arguments: [TLSSettings.Mode.disabled, .auto, .enabled], [true, false])
    func aNodeWithAKeyIsServer(mode: TLSSettings.Mode, onlyTLS12: Bool) async throws {
      let master = try Self.tls(.paranoid, "master.pem", match: "CN=node\\.example")
      let end = try await conversation(Self.tls(mode, "node.pem")) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        #expect(try await line(connection) == "TLS OK\n")
        let secured = try await TLSTransport.secure(
          connection, as: .client, with: TLSContext(master), onlyTLS12: onlyTLS12)
        // No second banner; several commands in one go.
        try await secured.send(
          Array("cap multigraph dirtyconfig\nversion\nlist\nfetch load\nquit\n".utf8))
        #expect(
          try await text(secured) == """
            cap multigraph dirtyconfig
            munins node on web01.example.com version: \(apusVersion)
            cpu load memory swap uptime
            load.value 0.26
            .

            """)
      }
      #expect(end.reason == nil && end.logged == [])
    }

    @Test(arguments: [TLSSettings.Mode.auto, .enabled])
    func aNodeWithoutAKeyIsClient(mode: TLSSettings.Mode) async throws {
      let master = try Self.tls(.enabled, "master.pem")
      var settings = try Self.tls(mode, nil)
      settings.verifyCertificate = true
      let end = try await conversation(settings) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        let early = try await hello(connection)
        let secured = try await TLSTransport.secure(
          connection, as: .server, with: TLSContext(master), early: early)
        try await secured.send(Array("fetch load\nquit\n".utf8))
        #expect(try await text(secured) == "load.value 0.26\n.\n")
      }
      #expect(end.reason == nil && end.logged == [])
    }

    /// As two of munin's programs do that are set to `auto`, with keys nowhere.
    @Test func withoutAnyKeyAutoGoesOnInPlainText() async throws {
      let none = try Self.tls(.auto, nil)
      let end = try await conversation(none) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        let early = try await hello(connection)
        await #expect(throws: TLSFailure.self) {
          _ = try await TLSTransport.secure(
            connection, as: .server, with: TLSContext(none), early: early)
        }
        try await connection.send(Array("fetch load\nquit\n".utf8))
        #expect(try await text(connection) == "load.value 0.26\n.\n")
      }
      #expect(end.reason == nil)
      #expect(
        end.logged.count == 1 && end.logged[0].contains("TLS failed, continuing in plain text: "))
    }

    @Test func whereTLSIsDemandedPlainTextIsNoWayOut() async throws {
      let none = try Self.tls(.auto, nil)
      let end = try await conversation(Self.tls(.enabled, nil)) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        let early = try await hello(connection)
        _ = try? await TLSTransport.secure(
          connection, as: .server, with: TLSContext(none), early: early)
        try? await connection.send(Array("fetch load\nquit\n".utf8))
        #expect((try? await text(connection)) ?? "" == "")
      }
      #expect(end.reason?.hasPrefix("TLS failed: the other side refused: ") == true, "\(end)")
    }

    /// A master that shows nothing, or what it should not, gets nothing.
    @Test(
      arguments: [
        (nil, nil, "TLS failed: the other side sent no certificate, and tls paranoid requires one"),
        ("stranger.pem", nil, "which is not in tls_ca_certificate"),
        ("expired.pem", nil, "has expired on"),
        ("master.pem", "CN=somebody", "tls_match 'CN=somebody' matches neither the subject"),
      ] as [(String?, String?, String)])
    func paranoiaWantsTheRightCertificate(own: String?, match: String?, words: String) async throws
    {
      let master = try Self.tls(.enabled, own)
      let end = try await conversation(Self.tls(.paranoid, "node.pem", match: match)) {
        connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        #expect(try await line(connection) == "TLS OK\n")
        do {
          let secured = try await TLSTransport.secure(
            connection, as: .client, with: TLSContext(master))
          try await secured.send(Array("list\n".utf8))
          #expect(try await text(secured) == "")
        } catch {}
      }
      #expect(end.reason?.contains(words) == true, "\(end)")
    }

    /// The key went away after the start.
    @Test func paranoiaWithoutAKeyIsTheEnd() async throws {
      let end = try await conversation(Self.tls(.paranoid, nil)) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        #expect(try await text(connection) == "")
      }
      #expect(
        end.reason
          == "tls paranoid: cannot read tls_private_key and tls_certificate /nonexistent: "
          + "No such file or directory")
    }

    @Test func plainWordsBehindStartTLSAreTheEnd() async throws {
      let end = try await conversation(Self.tls(.auto, "node.pem")) { connection in
        try await connection.send(Array("STARTTLS\nlist\n".utf8))
        #expect(try await text(connection) == "")
      }
      #expect(end.reason == "expected nothing between STARTTLS and TLS, found 5 bytes")
      let late = try await conversation(Self.tls(.auto, "node.pem")) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        #expect(try await line(connection) == "TLS OK\n")
        try await connection.send(Array("list\nfetch load\n".utf8))
        #expect((try? await text(connection))?.contains("load") != true)
      }
      #expect(
        late.reason?.hasPrefix("TLS failed: expected a TLS handshake, found something else") == true
      )
    }

    /// Perl goes like this.
    @Test func aMasterThatGoesWithoutFarewellIsNoTrouble() async throws {
      let master = try Self.tls(.auto, nil)
      let end = try await conversation(Self.tls(.auto, "node.pem")) { connection in
        try await connection.send(Array("STARTTLS\n".utf8))
        #expect(try await line(connection) == "TLS OK\n")
        let secured = try await TLSTransport.secure(
          connection, as: .client, with: TLSContext(master))
        try await secured.send(Array("fetch load\n".utf8))
        _ = try await line(secured)
        connection.finishSending()
      }
      #expect(end.reason == nil)
    }
  }

  /// What comes in one piece.
  @LoopActor
  private func line(_ transport: any Transport) async throws -> String? {
    try await transport.receive {
      $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Takes `TLS MAYBE`, and what may have come with it for TLS.
  @LoopActor
  private func hello(_ transport: any Transport) async throws -> [UInt8] {
    let answer = Array("TLS MAYBE\n".utf8)
    var bytes: [UInt8] = []
    while bytes.count < answer.count,
      try await transport.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil
    {}
    #expect(bytes.starts(with: answer))
    return Array(bytes.dropFirst(answer.count))
  }

  /// All until the end.
  @LoopActor
  private func text(_ transport: any Transport) async throws -> String {
    var bytes: [UInt8] = []
    while try await transport.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
    return String(decoding: bytes, as: UTF8.self)
  }
#endif
