internal import EventLoop
public import MuninWire
public import PluginKit

/// Delay, offset and jitter of the system peer, in milliseconds as munin's `ntp_offset` stores them.
public struct NTPOffset: RemotePlugin {
  public let name: StaticString = "ntp_offset"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.ntpd) }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    let peer = try await NTPWatch.of(host).look(on: host).shape?.leader?.name
    var fields = Milliseconds.fields(hidesDelay: host.settings["nodelay"] == "1")
    // The original gives jitter no limits of `env.warning`.
    for index in fields.indices {
      host.applyThresholds(to: &fields[index], general: fields[index].name != "jitter")
    }
    return [
      Graph(
        "NTP timing statistics for system peer", category: "time", args: Milliseconds.args,
        info:
          "The system peer is \(peer ?? "not known"). A positive offset means that the peer is ahead.",
        fields: fields)
    ]
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    var peer: Association?
    switch try await NTPWatch.of(host).look(on: host).result {
    case .success(let snapshot):
      peer = snapshot.leader
      if peer == nil { reply.complain("\(snapshot.place): expected a system peer, found none") }
    case .failure(let error): reply.complain("\(error)")
    }
    Milliseconds.values(of: peer, into: &reply)
  }
}

/// The three fields of `ntp_offset` and `ntp_<peer>`: in milliseconds, drawn in seconds.
enum Milliseconds {
  static let args = "--base 1000 --vertical-label seconds --lower-limit 0"

  static let manual: [(name: String, meaning: String)] = [
    ("delay", "milliseconds to the peer and back"),
    ("offset", "milliseconds; positive where the peer is ahead"),
    ("jitter", "milliseconds by which offsets differ"),
  ]

  static func fields(hidesDelay: Bool) -> [Field] {
    [("delay", "Delay"), ("offset", "Offset"), ("jitter", "Jitter")].map { name, label in
      Field(
        name, label: label, cdef: "\(name),1000,/", graph: !(hidesDelay && name == "delay"))
    }
  }

  static func values(of peer: Association?, into reply: inout Reply) {
    reply.value("delay", "", exactly: peer?.delay.map { $0 * 1000 })
    reply.value("offset", "", exactly: peer?.offset.map { $0 * 1000 })
    reply.value("jitter", "", exactly: peer?.jitter.map { $0 * 1000 })
  }
}

extension NTPSnapshot {
  /// The association that the daemon follows; the local clock counts, as in munin's plugins.
  var leader: Association? { associations.first(where: \.leads) }
}

extension Host {
  /// Whether a daemon of one kind answers, for plugins whose original supports only that kind.
  @LoopActor
  func hasDaemon(_ daemon: NTPSnapshot.Daemon) async -> Availability {
    guard let watch = try? NTPWatch.of(self) else { return .no("wrong settings") }
    switch await watch.look(on: self).result {
    case .success(let snapshot):
      return snapshot.daemon == daemon
        ? .yes
        : .no(
          snapshot.daemon == .kernel
            ? "no time daemon answers"
            : "the time daemon here is \(snapshot.version ?? snapshot.daemon.rawValue)")
    case .failure(let error): return .no("\(error)")
    }
  }
}
