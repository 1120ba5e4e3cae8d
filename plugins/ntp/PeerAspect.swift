internal import MuninWire
internal import PluginKit

/// The standard thresholds of offsets, in seconds. At 0.1 s the order of log lines and of database rows from several
/// machines is no longer right; ntpd steps a clock at 0.128 s instead of slewing it; 0.5 s is more than a network's
/// delays explain. Offsets are signed, so the ranges have two bounds.
private let offsetRanges = (warning: "-0.1:0.1", critical: "-0.5:0.5")

/// A graph of one property of all associations.
struct PeerAspect: Sendable {
  let name: String
  let title: String
  let vlabel: String
  var args = "--base 1000"
  var scale = true
  let info: String
  var warning: String?
  var critical: String?
  let value: @Sendable (Association) -> Double?

  static let all = [
    PeerAspect(
      name: "offset", title: "NTP peers: offset", vlabel: "seconds",
      info: "How far each peer's clock is ahead of this machine's clock; negative: behind.",
      warning: offsetRanges.warning, critical: offsetRanges.critical
    ) { $0.offset },
    PeerAspect(
      name: "jitter", title: "NTP peers: jitter", vlabel: "seconds",
      args: "--base 1000 --lower-limit 0",
      info: "How much the offsets of a peer differ from one another."
    ) { $0.jitter },
    PeerAspect(
      name: "delay", title: "NTP peers: delay", vlabel: "seconds",
      args: "--base 1000 --lower-limit 0", info: "The round trip to a peer."
    ) { $0.delay },
    PeerAspect(
      name: "reach", title: "NTP peers: answered polls", vlabel: "of the last 8",
      args: "--base 1000 --lower-limit 0 --upper-limit 8", scale: false,
      info: "How many of the last eight polls a peer has answered.", warning: "1:"
    ) { $0.answered.map(Double.init) },
    PeerAspect(
      name: "stratum", title: "NTP peers: stratum", vlabel: "stratum",
      args: "--base 1000 --lower-limit 0 --upper-limit 16", scale: false,
      info: "How many steps a peer is away from a reference clock; 16: not synchronised.",
      warning: ":15"
    ) { $0.reach == 0 ? nil : $0.stratum.map(Double.init) },
    PeerAspect(
      name: "poll", title: "NTP peers: poll interval", vlabel: "seconds",
      args: "--base 1000 --lower-limit 0",
      info: "The time between two polls of a peer."
    ) { $0.poll },
    PeerAspect(
      name: "state", title: "NTP peers: state", vlabel: "state",
      args: "--base 1000 --lower-limit 0 --upper-limit 7", scale: false,
      info:
        "The daemon's selection state of a peer: 0 reject, 1 falsetick, 2 excess, 3 backup, 4 outlier, "
        + "5 candidate, 6 system peer, 7 PPS peer."
    ) { $0.selection.map { Double($0.rawValue) } },
  ]

  /// Whether the daemon provides the property.
  func isTold(by snapshot: NTPSnapshot) -> Bool {
    name != "delay" || snapshot.tellsDelays
  }

  func graph(_ shape: NTPShape, on host: Host) -> Graph {
    var graph = Graph(
      title, category: "time", args: args, vlabel: vlabel, scale: scale, info: info,
      fields: shape.peers.map { peer in
        Field(
          peer.field, label: peer.association.title,
          info: peer.association.host == nil ? nil : peer.association.name,
          warning: host.limit("warning", of: name, peer: peer.field, default: warning),
          critical: host.limit("critical", of: name, peer: peer.field, default: critical))
      })
    graph.name = "ntp_peers_\(name)"
    return graph
  }
}

/// A graph about the clock itself.
struct SystemAspect: Sendable {
  let name: String
  let title: String
  let vlabel: String
  var args = "--base 1000"
  var scale = true
  let info: String
  let fields: [SystemField]

  static let all = [
    SystemAspect(
      name: "system", title: "NTP: this machine's clock", vlabel: "seconds",
      info:
        "The time daemon's estimate from all its peers: how far true time is ahead of this machine's clock, "
        + "and the uncertainty of that.",
      fields: [
        SystemField(
          name: "offset", label: "offset", info: "true time is ahead by this much",
          warning: offsetRanges.warning, critical: offsetRanges.critical
        ) { $0.system.offset },
        SystemField(
          name: "jitter", label: "jitter", info: "how much the offset varies",
          isTold: { $0.daemon == .ntpd || $0.daemon == .chrony }
        ) { $0.system.jitter },
        SystemField(
          name: "root_delay", label: "root delay",
          info: "the round trip to the reference clock", isTold: { $0.hasPeers }
        ) { $0.system.rootDelay },
        SystemField(
          name: "root_dispersion", label: "root dispersion",
          info: "the uncertainty added up on the way to the reference clock",
          isTold: { $0.hasPeers }
        ) { $0.system.rootDispersion },
      ]),
    SystemAspect(
      name: "frequency", title: "NTP: correction of the frequency", vlabel: "ppm", scale: false,
      info:
        "By how much the kernel makes the clock run faster than its crystal (adjtimex). It follows the "
        + "temperature; a jump hints at a bad crystal or a virtual machine. The limit is 500 ppm.",
      fields: [
        SystemField(name: "frequency", label: "frequency", info: "parts per million") {
          $0.system.frequency
        }
      ]),
    SystemAspect(
      name: "status", title: "NTP: status", vlabel: "state", args: "--base 1000 --lower-limit 0",
      scale: false,
      info: "Whether the clock is synchronised, and how far from a reference clock.",
      fields: [
        SystemField(
          name: "system_peer", label: "system peer",
          info: "1: the daemon follows a peer; 0: it follows none, the clock drifts", warning: "1:",
          isTold: { $0.hasPeers },
          words: { $0.systemPeer == nil ? "no peer is selected" : nil }
        ) { $0.systemPeer == nil ? 0 : 1 },
        SystemField(
          name: "stratum", label: "stratum", info: "16: not synchronised", critical: ":15",
          isTold: { $0.hasPeers }
        ) { $0.system.stratum.map(Double.init) },
        SystemField(
          name: "leap", label: "leap",
          info: "leap second: 0 none, 1 inserted, 2 deleted, 3 not synchronised",
          // Where there is a stratum, its threshold covers the same fault.
          warning: ":2", warnsIf: { !$0.hasPeers }
        ) { $0.system.leap.map(Double.init) },
        // What all other fields lack when the daemon ends: a value that an alert can name.
        SystemField(
          name: "answers", label: "daemon answers",
          info: "1: the time daemon answers; 0: it does not",
          critical: "1:", isTold: { $0.daemon != .kernel }, ofSilence: 0
        ) { _ in 1 },
      ]),
    SystemAspect(
      name: "usable", title: "NTP: usable peers", vlabel: "peers",
      args: "--base 1000 --lower-limit 0", scale: false,
      info:
        "How many of all peers have passed the daemon's selection. With two there is no majority.",
      fields: [
        SystemField(
          name: "usable", label: "usable", info: "backup, outlier, candidate, system peer",
          critical: "1:",
          isTold: { $0.hasPeers }
        ) { Double($0.usable) },
        SystemField(name: "all", label: "all", info: "all associations", isTold: { $0.hasPeers }) {
          Double($0.associations.count)
        },
      ]),
    SystemAspect(
      name: "sync", title: "NTP: time since the last correction", vlabel: "seconds",
      args: "--base 1000 --lower-limit 0",
      info: "The time since the daemon last corrected the clock.",
      fields: [
        SystemField(
          name: "since_sync", label: "since the last correction", info: "seconds",
          isTold: { $0.daemon != .kernel }
        ) { $0.system.sinceSync }
      ]),
  ]

  /// Whether the source of the snapshot provides any of the fields.
  func isTold(by snapshot: NTPSnapshot) -> Bool { fields.contains { $0.isTold(snapshot) } }

  func graph(_ shape: NTPShape, on host: Host) -> Graph {
    var graph = Graph(
      title, category: "time", args: args, vlabel: vlabel, scale: scale, info: info,
      fields: fields.filter { $0.isTold(shape.snapshot) }.map { field in
        let warns = field.warnsIf(shape.snapshot)
        return Field(
          field.name, label: field.label, info: field.info,
          warning: host.limit(
            "warning", of: field.name, peer: nil, default: warns ? field.warning : nil),
          critical: host.limit("critical", of: field.name, peer: nil, default: field.critical))
      })
    graph.name = "ntp_peers_\(name)"
    return graph
  }
}

/// One property of the clock.
struct SystemField: Sendable {
  let name: String
  let label: String
  let info: String
  var warning: String?
  var critical: String?
  /// Whether the source of the snapshot provides the field; else it is left out.
  var isTold: @Sendable (NTPSnapshot) -> Bool = { _ in true }
  var warnsIf: @Sendable (NTPSnapshot) -> Bool = { _ in true }
  /// The value while the daemon does not answer; `nil` for an unknown one.
  var ofSilence: Double?
  /// What messages say beside the value, if anything (extinfo), while the daemon answers.
  var words: @Sendable (NTPSnapshot) -> String? = { _ in nil }
  let value: @Sendable (NTPSnapshot) -> Double?
}
