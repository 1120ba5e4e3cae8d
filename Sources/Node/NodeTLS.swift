public import EventLoop
public import Logbook
public import Settings

#if TLS
  internal import Patterns
  internal import TLS
#endif

/// How the node answers STARTTLS.
///
/// With key and certificate it says `TLS OK` and is TLS server. Without, it says `TLS MAYBE`, and the roles are
/// swapped: the master is the server, with the master's certificate.
@LoopActor
public final class NodeTLS {
  /// What became of STARTTLS.
  enum Outcome {
    /// From now on over this.
    case secured(any Transport)
    /// The conversation goes on as before; these bytes came with the refusal.
    case plain(leftover: [UInt8])
    /// It cannot go on; the reason is `nil` when this side closed the connection.
    case failed(reason: String?)
  }

  private let settings: TLSSettings
  private let log: Logbook
  private let clock: LoopClock

  private init(_ settings: TLSSettings, log: Logbook, clock: LoopClock) {
    self.settings = settings
    self.log = log
    self.clock = clock
  }

  /// munin-node answers STARTTLS in `disabled` too.
  var offer: Dialogue.Security { isDemanded ? .required : .offered }

  private var isDemanded: Bool { [.enabled, .paranoid].contains(settings.mode) }

  #if TLS
    private let keeper = TLSKeeper()

    public static func make(_ settings: TLSSettings, log: Logbook, clock: LoopClock) -> NodeTLS? {
      NodeTLS(settings, log: log, clock: clock)
    }

    /// Looks at the files and at `tls_match`, before anything is started.
    nonisolated static func check(
      _ settings: TLSSettings, _ place: SettingPlace, _ problems: inout [String],
      _ warnings: inout [String]
    ) {
      let found = TLSContext.judge(settings, of: .node)
      let mode = "tls \(settings.mode.rawValue)"
      problems += found.problems.map { place.finding("\(mode): \($0)").description }
      warnings += found.warnings.map { place.finding("\(mode): \($0)").description }
      if let match = settings.match {
        do throws(PatternError) { _ = try Pattern(match.text) } catch {
          problems.append(match.finding("tls_match: \(error)").description)
        }
      }
    }

    private lazy var match = settings.match.flatMap { try? Pattern($0.text) }

    /// Answers STARTTLS and shakes hands.
    func start(over transport: any Transport) async -> Outcome {
      let context = keeper.context(for: settings) { log.note("tls: \($0)") }
      if settings.mode == .paranoid, !context.hasKey {
        return .failed(
          reason: "tls paranoid: \(context.findings.first?.description ?? "no usable key")")
      }
      do throws(IOError) {
        try await transport.send(Array((context.hasKey ? "TLS OK\n" : "TLS MAYBE\n").utf8))
        if !context.hasKey {
          // A Perl master reads ahead when it reads that line. Bytes of TLS that came with it would be lost in its
          // buffer, and it would wait for them for ever.
          try? await clock.sleep(for: .milliseconds(200))
        }
      } catch {
        return .failed(reason: error == .closed ? nil : "\(error)")
      }
      do throws(TLSFailure) {
        return .secured(
          try await TLSTransport.secure(
            transport, as: context.hasKey ? .server : .client, with: context, match: match))
      } catch {
        if error.cause == .connection(.closed) { return .failed(reason: nil) }
        if error.leavesPlainText, !isDemanded {
          log.note("\(transport.peerName): TLS failed, continuing in plain text: \(error)")
          return .plain(leftover: error.leftover)
        }
        return .failed(reason: "TLS failed: \(error)")
      }
    }
  #else
    /// Without TLS, STARTTLS is no command.
    public static func make(_ settings: TLSSettings, log: Logbook, clock: LoopClock) -> NodeTLS? {
      nil
    }

    nonisolated static func check(
      _ settings: TLSSettings, _ place: SettingPlace, _ problems: inout [String],
      _ warnings: inout [String]
    ) {
      guard [.enabled, .paranoid].contains(settings.mode) else { return }
      // A setting that protects must not be dropped in silence.
      problems.append(
        place.finding(
          "tls \(settings.mode.rawValue): this apus-node was built without TLS, "
            + "expected auto or disabled"
        ).description)
    }

    func start(over transport: any Transport) async -> Outcome {
      .failed(reason: "built without TLS")
    }
  #endif
}
