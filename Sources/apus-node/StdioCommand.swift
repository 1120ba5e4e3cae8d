internal import Daemon
internal import EventLoop
internal import Glibc
internal import Logbook
internal import Node
internal import Settings
internal import Terminal

/// `apus-node stdio`: one master's dialogue on stdin and stdout, for ssh and inetd.
enum StdioCommand {
  static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectNoWords()
    guard let prepared = call.prepare() else { return ExitCode.wrongUsage }
    let (places, severity) = (call.places, call.logSeverity(prepared))
    return finish {
      let log = try Logbook(to: prepared.log, severity: severity)
      let isWell = try await talk(prepared, places: places, log: log)
      return CommandResult(status: isWell ? ExitCode.done : ExitCode.failed)
    }
  }

  /// Talks until the master ends it.
  /// - Returns: whether all went well; the reason is in the log.
  @LoopActor
  private static func talk(
    _ prepared: NodeProgram.Prepared, places: NodeProgram.Places, log: Logbook
  ) async throws(IOError) -> Bool {
    // Under inetd stdin is the socket, and who may ask is the same question as for the daemon.
    let peer = SocketAddress.peer(of: 0)
    let address = peer.map { $0.isLocal ? "" : $0.host } ?? ""
    if let peer, !peer.isLocal, let reason = prepared.access.refusal(of: peer.host) {
      log.note("Denying connection from: \(peer.host): \(reason)")
      return false
    }
    let services = await NodeProgram.services(prepared, places: places, log: log)
    try await services.find(program: OwnProcess.executable)
    let session = NodeSession(
      over: try PipeTransport.standard(), with: services, from: address,
      within: .seconds(prepared.settings.globalTimeout),
      idle: .seconds(prepared.settings.idleTimeout),
      security: NodeTLS.make(prepared.settings.tls, log: log, clock: .real))
    let reason = await session.run()
    services.stop()
    if let reason { log.note("connection ended: \(reason)") }
    return reason == nil
  }
}
