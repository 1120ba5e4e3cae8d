/// The state of the clock and of its sources at one moment, from a daemon, or from the kernel where there is no daemon.
///
/// Times are in seconds. An offset is positive where the other side is ahead, whatever the daemon's own sign.
struct NTPSnapshot: Sendable, Equatable {
  enum Daemon: String, Sendable {
    case ntpd, chrony, timesyncd, kernel

    /// The program that answers.
    var program: String {
      switch self {
      case .ntpd: "ntpd"
      case .chrony: "chronyd"
      case .timesyncd: "systemd-timesyncd"
      case .kernel: "the kernel"
      }
    }
  }

  var daemon: Daemon
  /// The daemon's name and version in its own words.
  var version: String?
  /// Where it was asked: `127.0.0.1:123`.
  var place: String
  var system = System()
  /// In the order in which the daemon's own client shows them.
  var associations: [Association] = []
  /// Whether delays are known: chronyd sends them on its unix socket only.
  var tellsDelays = true
  /// Errors of single questions, for the log.
  var troubles: [String] = []
  /// What only chronyd provides.
  var tracking: ChronyTracking?
  var statistics: ChronyServerStatistics?

  /// The clock of this machine as a whole.
  struct System: Sendable, Equatable {
    var offset: Double?
    var jitter: Double?
    /// ppm; positive where it makes a slow clock faster, as in adjtimex(2).
    var frequency: Double?
    var rootDelay: Double?
    var rootDispersion: Double?
    /// 1 to 16; 16 is not synchronised.
    var stratum: Int?
    /// Leap second at the end of the day: 0 none, 1 inserted, 2 deleted; 3 not synchronised.
    var leap: Int?
    /// Seconds since the last correction of the clock.
    var sinceSync: Double?
    var reference: String?

    /// Removes the placeholders that a daemon sends before it has measured anything.
    mutating func forgetMeasurements() {
      offset = nil
      jitter = nil
      rootDelay = nil
      rootDispersion = nil
    }
  }
}

extension NTPSnapshot {
  /// The association that the daemon follows. The local clock (`LOCL`) does not count: it must not hide that there is no
  /// real source.
  var systemPeer: Association? { associations.first { $0.leads && !$0.isLocalClock } }

  /// How many associations the daemon could set the clock by.
  var usable: Int { associations.count { $0.isUsable && !$0.isLocalClock } }

  /// Whether the source of the snapshot has associations to show.
  var hasPeers: Bool { daemon != .kernel && !(daemon == .timesyncd && associations.isEmpty) }
}

/// A source of time of a daemon, which ntpd calls an association.
struct Association: Sendable, Equatable {
  /// The address, or the name of a reference clock.
  var name: String
  /// The name in the daemon's settings, where the daemon sends it.
  var host: String?
  var kind = Kind.unicast
  /// The reference ID: what it follows itself.
  var reference = ""
  var stratum: Int?
  /// The seconds between two polls.
  var poll: Double?
  /// The last eight polls, the newest in bit 0; a set bit was answered.
  var reach: UInt8?
  var delay: Double?
  var offset: Double?
  var jitter: Double?
  /// Seconds since its last answer.
  var age: Double?
  var selection: Selection?
  var isLocalClock = false
  /// What only chronyd provides.
  var statistics: ChronySourceStatistics?

  /// The kind of association, by the letter that ntpq shows.
  enum Kind: Character, Sendable {
    case unicast = "u"
    case symmetric = "s"
    case passive = "S"
    case broadcast = "B"
    case listener = "b"
    case clock = "l"
  }

  var leads: Bool { selection == .systemPeer || selection == .ppsPeer }

  /// Whether it passed the daemon's selection. An outlier or a backup did, although a better source is used.
  var isUsable: Bool { selection.map { $0.rawValue >= Selection.backup.rawValue } ?? false }

  /// The name that people see.
  var title: String { host ?? name }

  /// How many of the last eight polls were answered.
  var answered: Int? { reach.map(\.nonzeroBitCount) }

  /// Removes measurements that are too old to count.
  mutating func forgetMeasurements() {
    delay = nil
    offset = nil
    jitter = nil
  }
}

/// The daemon's selection state of an association. The numbers are those of munin's `ntp_states`.
enum Selection: Int, Sendable {
  case reject = 0
  case falsetick = 1
  /// More sources than the daemon uses; in chronyd a source whose answers vary too much.
  case excess = 2
  case backup = 3
  case outlier = 4
  case candidate = 5
  case systemPeer = 6
  case ppsPeer = 7

  /// The tally character that ntpq shows in front of it.
  var tally: Character { Array(" x.#-+*o")[rawValue] }
}
