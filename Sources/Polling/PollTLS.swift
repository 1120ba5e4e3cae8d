public import EventLoop
public import Settings

#if TLS
  internal import Patterns
  internal import TLS
#endif

/// Secures the connections to nodes, as the hosts' `tls` settings say.
@LoopActor
public final class PollTLS {
  private let note: @Sendable (String) -> Void

  /// - Parameter note: logs findings about certificate and key files.
  public nonisolated init(note: @escaping @Sendable (String) -> Void) { self.note = note }

  #if TLS
    nonisolated static let isBuiltIn = true
    private lazy var keeper = TLSKeeper()

    /// Makes the TLS handshake that the node has agreed to.
    /// - Returns: the transport to go on with. In `auto` it is the old one when both sides have no keys.
    func secure(
      _ transport: any Transport, _ handshake: MasterDialogue.Handshake, _ settings: TLSSettings
    ) async throws(PollFailure) -> any Transport {
      let context = keeper.context(for: settings) { note("tls: \($0)") }
      do throws(TLSFailure) {
        return try await TLSTransport.secure(
          transport, as: handshake.asServer ? .server : .client, with: context,
          match: settings.match.flatMap { try? Pattern($0.text) }, early: handshake.early)
      } catch {
        // The node refused TLS and waits for the next line. Bytes after its refusal would be part of no answer.
        if settings.mode == .auto, error.leavesPlainText, error.leftover.isEmpty {
          return transport
        }
        throw PollFailure(description: "\(transport.peerName): TLS failed: \(error)")
      }
    }

    /// Looks at the files and at `tls_match` of a host.
    public nonisolated static func check(_ settings: TLSSettings) -> (
      problems: [String], warnings: [String]
    ) {
      guard settings.mode != .disabled else { return ([], []) }
      var found = TLSContext.judge(settings, of: .master)
      if let match = settings.match {
        do throws(PatternError) { _ = try Pattern(match.text) } catch {
          found.problems.append("tls_match: \(error)")
        }
      }
      return found
    }
  #else
    nonisolated static let isBuiltIn = false

    func secure(
      _ transport: any Transport, _ handshake: MasterDialogue.Handshake, _ settings: TLSSettings
    ) async throws(PollFailure) -> any Transport {
      throw PollFailure(description: "\(transport.peerName): built without TLS")
    }

    public nonisolated static func check(_ settings: TLSSettings) -> (
      problems: [String], warnings: [String]
    ) {
      guard [.enabled, .paranoid].contains(settings.mode) else { return ([], []) }
      // A security setting that this build cannot obey is an error, never ignored.
      return (["this apus-collector was built without TLS, expected auto or disabled"], [])
    }
  #endif
}
