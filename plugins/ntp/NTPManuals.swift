internal import MuninWire
public import PluginKit

private let differs = """
  ntp_peers shows the same, in seconds and with thresholds; use this plugin to continue a history.
  """

extension NTPOffset {
  public var manual: Manual {
    Manual(
      "offset, delay and jitter of the system peer",
      details: """
        munin's ntp_offset with its stored unit, milliseconds, drawn in seconds. The original runs
        ntpq and fails while there is no system peer; here the values are then unknown (U), and the
        log says why. It works with every daemon that ntp_peers knows.
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
        ntp_2001:db8::1, or a name from the daemon's settings, or a name that resolves to the address
        of a peer. Names are looked up in the background; until a name is known the values are unknown
        (U). So are those of a peer that was removed or does not answer, and the log says so.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("nodelay", as: .text, default: "0", "anything but 0: the delay is not drawn"),
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
      "the time daemon's selection state of each peer",
      details: """
        munin's ntp_states. The field of a peer has the name that DNS (or /etc/hosts) gives for its
        address, or the address itself where there is no name. An answer never waits for a name: a
        peer whose name is looked up for the first time is left out until the look-up has ended. After
        that its field keeps the name for as long as the node runs, even when DNS fails; a look-up
        without a result is repeated each hour. Run as a single process (under munin-node, or by
        apus-node run) it waits at most 1.5 seconds for names. The entry of a pool itself, which the
        original shows as peer_0_0_0_0, is left out.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("names", as: .flag, default: "yes", "no: fields are named by addresses"),
        .init("lowercase", as: .text, default: "not set", "any value: lower case in field names"),
        .init(
          "show_syspeer_stratum", as: .text, default: "not set",
          "any value: the system peer's stratum too, 15 while there is no system peer"),
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
  From the kernel (adjtimex, read only); munin's plugin runs ntpq or ntpdc for it, and shows nothing
  with ntpsec. The values are set by ntpd and, with rtcsync, by chronyd; without either they do not
  change.
  """

extension NTPKernelErr {
  public var manual: Manual {
    Manual(
      "the kernel's estimate of its clock's error", details: kernelDetails,
      settings: [.thresholds("ntp_err")],
      fields: [("ntp_err", "seconds; 16 means not synchronised")],
      example: "[ntp_kernel_err]\nenv.ntp_err_warning 1")
  }
}

extension NTPKernelPLLOff {
  public var manual: Manual {
    Manual(
      "the correction that the kernel still has to make", details: kernelDetails,
      settings: [.thresholds("ntp_pll_off")],
      fields: [("ntp_pll_off", "seconds")],
      example: "[ntp_kernel_pll_off]\nenv.ntp_pll_off_warning -0.05:0.05")
  }
}

extension NTPKernelPLLFreq {
  public var manual: Manual {
    Manual(
      "the kernel's correction of the clock's frequency",
      details: """
        \(kernelDetails)
        The number in /etc/munin/ntp-freq-comp, if there is one, is added, so that the clock's usual
        correction can be drawn near zero.
        """,
      settings: [.thresholds("ntp_pll_freq")],
      fields: [("ntp_pll_freq", "parts per million; positive makes the clock faster")],
      example: "[ntp_kernel_pll_freq]\nenv.ntp_pll_freq_warning -100:100")
  }
}

extension Chrony {
  public var manual: Manual {
    Manual(
      "chronyd's tracking data",
      details: """
        The plugin chrony of munin's contrib with its factors: the stored number is the value times
        1000, 100 or 1. The sign follows chronyc's words: "slow" is negative.
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
        The plugin chrony_drift of munin's contrib. The original reads the drift file, which chronyd
        writes once an hour and only chronyd's user may read; this one asks chronyd for the same two
        numbers.
        """,
      settings: EnvSetting.ntpSource + [.thresholds],
      fields: [("drift", "ppm; positive: the clock gains"), ("error_bound", "ppm")],
      example: "[chrony_drift]\nenv.drift_warning -100:100")
  }
}

extension ChronyStatus {
  public var manual: Manual {
    Manual(
      "chronyd's clock, and its work as a server",
      details: """
        The plugin chrony_status of munin's contrib. chronyd gives its counts as a server on its unix
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
        settings. The offset has chronyd's sign: positive where this clock is ahead. Names are looked
        up in the background.
        \(differs)
        """,
      settings: EnvSetting.ntpSource + [
        .init("names", as: .flag, default: "yes", "no: no name is looked up"),
        .init(
          "graphlimit",
          as: .form("a number above 0") { parseNumber($0.utf8.span) ?? -1 > 0 }, default: "1",
          "the vertical axis reaches from minus this to this"),
        .thresholds("FIELD", "thresholds, in stored units"),
      ],
      fields: [
        ("freq", "ppm: the remaining difference between the source's frequency and this clock's"),
        ("freqsk", "ppm: the error bound of freq"),
        ("offset", "seconds, drawn times 10"), ("stddev", "seconds, drawn times 100"),
      ], example: "[chrony_192.0.2.1]\nenv.graphlimit 0.1")
  }
}
