public import PluginKit

extension NTPPeers {
  public var manual: Manual {
    Manual(
      "the time daemon's peers and the state of the clock",
      details: """
        Asks the time daemon of this machine directly, without running a program: ntpd and ntpsec by
        their control protocol (UDP 123), chronyd by its own (its unix socket, else UDP 323),
        systemd-timesyncd by D-Bus, and without any of them the kernel alone. All times are in
        seconds; an offset is positive where the peer is ahead, whatever the daemon's own sign. The
        field of a peer is named by its address, or by the name of a reference clock: peer_192_0_2_1,
        peer_SHM_0_. The name in the daemon's settings is the label. When a pool drops a member its
        field goes too; when the member returns, the field continues its history. No name is looked
        up.

        The absence of a system peer is shown as a value with a threshold, not as an error. While the
        daemon does not answer, all graphs stay, the values are unknown (U), and the log says why. A
        peer that answered none of its last eight polls has unknown offset, jitter, delay and stratum:
        the daemons keep the last ones for hours.

        With env.host all ports of the machine are asked at once, for two seconds. ntpd answers only
        where its settings allow it; Debian's allow 127.0.0.1 and ::1. chronyd gives delays on its
        unix socket only, which root and its own user may use. A container cannot reach the daemon of
        the machine it runs on.
        """,
      settings: EnvSetting.ntpSource + [
        .init(
          "offset_warning", as: .range, default: "-0.1:0.1",
          "seconds, of the clock and of each peer: beyond it the order of logs from several machines is wrong; "
            + "ntpd steps the clock at 0.128", check: NTPThresholds.checkSeconds),
        .init(
          "offset_critical", as: .range, default: "-0.5:0.5",
          "seconds: more than a network's delays explain", check: NTPThresholds.checkSeconds),
        .init(
          "reach_warning", as: .range, default: "1:",
          "answered polls of the last eight: 0 means a dead server or a firewall"),
        .init(
          "stratum_warning", as: .range, default: ":15 for peers",
          "16 is a server that is not synchronised itself"),
        .init(
          "stratum_critical", as: .range, default: ":15 for the clock",
          "16 is a clock that is not synchronised"
        ),
        .init(
          "system_peer_warning", as: .range, default: "1:", "0 is a daemon that follows no peer"),
        .init(
          "usable_critical", as: .range, default: "1:",
          "peers that passed the daemon's selection: without one the clock drifts"),
        .init(
          "leap_warning", as: .range, default: ":2 with the kernel alone",
          "3 is not synchronised; with a daemon the stratum has this threshold"),
        .init(
          names: limits(of: ["jitter", "delay"]), as: .range, default: "none",
          "seconds, thresholds of all peers", check: NTPThresholds.checkSeconds),
        .init(
          names: limits(of: ["reach", "stratum", "poll", "state"]), as: .range, default: "none",
          "thresholds of all peers"),
        .init(
          names: limits(of: ["offset", "jitter", "delay"].map { "peer_PEER_\($0)" }), as: .range,
          default: "those without peer_PEER_",
          "seconds, thresholds of one peer: peer_192_0_2_1_offset_warning. An empty value removes the "
            + "standard threshold", check: NTPThresholds.checkSeconds),
        .init(
          names: limits(of: ["reach", "stratum", "poll", "state"].map { "peer_PEER_\($0)" }),
          as: .range, default: "those without peer_PEER_", "thresholds of one peer"),
        .thresholds(
          "FIELD", "thresholds of the other fields of the clock, such as since_sync_warning 7200"),
      ],
      fields: [
        ("ntp_peers_system offset", "seconds by which true time is ahead of this clock"),
        ("ntp_peers_system jitter", "seconds by which the offset varies (chrony: its RMS)"),
        (
          "ntp_peers_system root_delay, root_dispersion",
          "seconds, to the reference clock at the top"
        ),
        (
          "ntp_peers_frequency frequency",
          "ppm by which the kernel makes the clock faster (adjtimex)"
        ),
        (
          "ntp_peers_status system_peer",
          "1: the daemon follows a peer, 0: it follows none, or only the local clock"
        ),
        ("ntp_peers_status stratum", "of this clock; 16 is not synchronised"),
        ("ntp_peers_status leap", "leap second: 0 none, 1 inserted, 2 deleted, 3 not synchronised"),
        (
          "ntp_peers_status answers", "1: the time daemon answers, 0: it does not; critical below 1"
        ),
        ("ntp_peers_usable usable, all", "peers that passed the daemon's selection, all peers"),
        ("ntp_peers_sync since_sync", "seconds since the daemon last corrected the clock"),
        ("ntp_peers_offset peer_PEER", "seconds by which the peer is ahead"),
        ("ntp_peers_jitter peer_PEER", "seconds (chrony: the standard deviation of its samples)"),
        ("ntp_peers_delay peer_PEER", "seconds of the round trip"),
        (
          "ntp_peers_reach peer_PEER",
          "answered polls of the last eight (8 is what ntpq shows as 377)"
        ),
        ("ntp_peers_stratum peer_PEER", "1 has a reference clock, 16 is not synchronised"),
        ("ntp_peers_poll peer_PEER", "seconds from one poll to the next"),
        (
          "ntp_peers_state peer_PEER",
          "0 reject, 1 falsetick (x), 2 excess (.; chrony ~), 3 backup (#), 4 outlier (-), 5 candidate (+), "
            + "6 system peer (*), 7 PPS peer (o); usable from 3 on"
        ),
      ],
      example:
        "[ntp_peers]\nenv.source chrony\nenv.offset_warning -0.01:0.01\nenv.since_sync_warning 7200"
    )
  }

  private func limits(of values: [String]) -> [String] {
    values.flatMap { ["\($0)_warning", "\($0)_critical"] }
  }
}
