internal import MuninWire
public import PluginKit

private let differs = """
  What it shows is in ntp_peers too, in seconds and with thresholds; this one continues a history.
  """

extension NTPOffset {
  public var manual: Manual {
    Manual(
      "offset, delay and jitter of the system peer",
      details: """
        munin's ntp_offset with its stored unit, milliseconds, drawn in seconds. The original asks
        ntpq and is gone from the master's list just while there is no system peer; here the values
        are unknown (U) then, and the log says why. Any daemon that ntp_peers knows will do.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("nodelay", as: .choice(["0", "1"]), default: "0", "1: the delay is not drawn"),
        .thresholds,
        .init(
          "warning", "critical", as: .range, default: "none",
          "thresholds of delay and offset without their own"),
      ],
      fields: Milliseconds.manual, example: "[ntp_offset]\nenv.offset_warning -100:100")
  }
}

extension NTPPeer {
  public var manual: Manual {
    Manual(
      "offset, delay and jitter of one peer",
      details: """
        munin's family ntp_ with its stored unit, milliseconds, drawn in seconds: ntp_192.0.2.1,
        ntp_2001:db8::1, or by a name that the daemon's settings have or that one of the peers'
        addresses belongs to. Names are looked up beside the node's work; until one is known the
        values are unknown (U). A peer that is gone or does not answer has unknown values, and the
        log says so.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("nodelay", as: .choice(["0", "1"]), default: "0", "1: the delay is not drawn"),
        .init("names", as: .flag, default: "yes", "no: no name is looked up"),
        .init("lowercase", as: .text, default: "not set", "has no effect, as in munin's plugin"),
        .thresholds,
      ],
      fields: Milliseconds.manual, example: "[ntp_192.0.2.1]\nenv.nodelay 1")
  }
}

extension NTPStates {
  public var manual: Manual {
    Manual(
      "what the time daemon thinks of each peer",
      details: """
        munin's ntp_states. A field is named by the name that DNS (or /etc/hosts) has for a peer's
        address, or by the address where there is none. An answer never waits for a name: a peer
        whose name is being looked up for the first time is left out until it is known or known to
        have none. A name then stays for as long as the node runs, whatever DNS does; one that
        failed is looked up again each hour. Called by itself (under munin-node, or by apus-node
        run) it waits at most 1.5 seconds for names. Lines of pools, which the original shows as
        peer_0_0_0_0, are no peers and left out.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("names", as: .flag, default: "yes", "no: fields are named by addresses"),
        .init("lowercase", as: .text, default: "not set", "anything: small letters in field names"),
        .init(
          "show_syspeer_stratum", as: .text, default: "not set",
          "anything: the system peer's stratum too, 15 while there is none"),
        .thresholds,
      ],
      fields: [
        (
          "peer_PEER",
          "0 reject, 1 falsetick, 2 excess, 3 backup, 4 outlier, 5 candidate, 6 system peer, 7 PPS peer"
        ),
        ("sys_peer_stratum", "the system peer's stratum"),
      ], example: "[ntp_states]\nenv.names no\nenv.show_syspeer_stratum 1")
  }
}

private let kernelDetails = """
  From the kernel (adjtimex), where munin's plugin runs ntpq or ntpdc; asking changes nothing. With ntpsec the
  original shows nothing at all. The values are those that ntpd and, with rtcsync, chronyd leave there; without
  either they stand still.
  """

extension NTPKernelErr {
  public var manual: Manual {
    Manual(
      "the kernel's estimate of its clock's error", details: kernelDetails,
      settings: [.thresholds("ntp_err")],
      fields: [("ntp_err", "seconds; 16 is the kernel's word for not synchronised")],
      example: "[ntp_kernel_err]\nenv.ntp_err_warning 1")
  }
}

extension NTPKernelPLLOff {
  public var manual: Manual {
    Manual(
      "what the kernel still has to correct of its clock", details: kernelDetails,
      settings: [.thresholds("ntp_pll_off")],
      fields: [("ntp_pll_off", "seconds")],
      example: "[ntp_kernel_pll_off]\nenv.ntp_pll_off_warning -0.05:0.05")
  }
}

extension NTPKernelPLLFreq {
  public var manual: Manual {
    Manual(
      "how the kernel corrects its clock's frequency",
      details: """
        \(kernelDetails)
        A number in /etc/munin/ntp-freq-comp is added, so that a clock's usual correction is drawn
        near zero.
        """,
      settings: [.thresholds("ntp_pll_freq")],
      fields: [("ntp_pll_freq", "parts per million; positive makes the clock faster")],
      example: "[ntp_kernel_pll_freq]\nenv.ntp_pll_freq_warning -100:100")
  }
}

extension Chrony {
  public var manual: Manual {
    Manual(
      "chronyd's tracking",
      details: """
        The plugin chrony of munin's contrib with its factors: what is stored is the value times
        1000, 100 or 1. Signs are chronyc's: "slow" is negative.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .thresholds("FIELD", "thresholds, in stored units")
      ],
      fields: [
        ("stratum", "of this clock"), ("systime", "milliseconds; negative: the clock is slow"),
        ("frequency", "ppm; negative: the clock is slow"),
        ("residualfreq", "hundredths of a ppm"), ("skew", "hundredths of a ppm"),
        ("rootdelay", "milliseconds"), ("rootdispersion", "milliseconds"),
      ], example: "[chrony]\nenv.systime_warning -100:100")
  }
}

extension ChronyDrift {
  public var manual: Manual {
    Manual(
      "the rate at which the clock gains or loses",
      details: """
        The plugin chrony_drift of munin's contrib. It reads the drift file, which chronyd writes
        once an hour and which others than chronyd may not read; this one asks chronyd for the same
        two numbers.
        """,
      settings: EnvSetting.ntpSource + [.thresholds],
      fields: [("drift", "ppm; positive: the clock gains"), ("error_bound", "ppm")],
      example: "[chrony_drift]\nenv.drift_warning -100:100")
  }
}

extension ChronyStatus {
  public var manual: Manual {
    Manual(
      "chronyd's clock, and what it does as a server",
      details: """
        The plugin chrony_status of munin's contrib. The counts of a server are told to the unix
        socket only: they are shown when the plugin runs as root or as chronyd's user.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("stratum_warning", as: .range, default: "1:9", "as in the original"),
        .thresholds("FIELD", "thresholds of the others"),
      ],
      fields: [
        ("stratum", "of this clock, unknown while it is not synchronised"),
        ("systime", "seconds; negative: the clock is slow"),
        ("delay", "seconds to the reference clock and back"),
        ("frequency", "ppm; negative: the clock is slow"),
        ("received, dropped", "NTP packets per second"),
        ("command_received, command_dropped", "packets of chronyc and the like per second"),
        ("client_log_records_dropped", "per second"),
        ("nts_ke_connections_accepted, nts_ke_connections_dropped", "key exchanges per second"),
        ("authenticated_packets", "per second"),
      ], example: "[chrony_status]\nuser root\nenv.stratum_warning 1:4")
  }
}

extension ChronySource {
  public var manual: Manual {
    Manual(
      "one source of chronyd",
      details: """
        The family chrony_ of munin's contrib: chrony_192.0.2.1, or by the name in chronyd's
        settings. Its offset is chronyd's, positive where this clock is ahead. Names are looked up
        beside the node's work.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("names", as: .flag, default: "yes", "no: no name is looked up"),
        .init(
          "graphlimit",
          as: .form("a number above 0") { parseNumber($0.utf8.span) ?? -1 > 0 }, default: "1",
          "the graph reaches from minus this to this"),
        .thresholds("FIELD", "thresholds, in stored units"),
      ],
      fields: [
        ("freq", "ppm by which the source and this clock differ still"),
        ("freqsk", "ppm by which that may be wrong"),
        ("offset", "seconds, drawn times 10"), ("stddev", "seconds, drawn times 100"),
      ], example: "[chrony_192.0.2.1]\nenv.graphlimit 0.1")
  }
}
