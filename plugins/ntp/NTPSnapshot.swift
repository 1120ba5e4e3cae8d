/// What is known of the time at one moment: a daemon's own account, or the kernel's where there is no daemon.
///
/// Times are seconds, and an offset is positive where the other side is ahead, whatever the daemon itself says.
struct NTPSnapshot: Sendable, Equatable {
  enum Daemon: String, Sendable {
    case ntpd, chrony, timesyncd, kernel
  }

  var daemon: Daemon
  /// The daemon's own words for what it is.
  var version: String?
  /// Where it was asked: `127.0.0.1:123`.
  var place: String
  var system = System()
  /// In the order in which the daemon's own client shows them.
  var associations: [Association] = []
  /// Whether delays are told: chronyd tells them to its unix socket alone.
  var tellsDelays = true
  /// What could not be learnt, for the log.
  var troubles: [String] = []
  /// What only chrony tells.
  var tracking: ChronyTracking?
  var statistics: ChronyServerStatistics?

  /// The clock of this machine as a whole.
  struct System: Sendable, Equatable {
    var offset: Double?
    var jitter: Double?
    /// ppm; positive where the clock would be slow without it, as in adjtimex(2).
    var frequency: Double?
    var rootDelay: Double?
    var rootDispersion: Double?
    /// 1 to 16; 16 is not synchronised.
    var stratum: Int?
    /// 0 none, 1 a second more, 2 a second less at the end of the day, 3 not synchronised.
    var leap: Int?
    /// Seconds since the clock was last set right.
    var sinceSync: Double?
    var reference: String?

    /// What stands in for numbers before there are any says nothing.
    mutating func forgetMeasurements() {
      offset = nil
      jitter = nil
      rootDelay = nil
      rootDispersion = nil
    }
  }
}

extension NTPSnapshot {
  /// The association that leads. A clock that is its own reference (`LOCL`) leads nobody: it must not hide that
  /// no real one is there.
  var systemPeer: Association? { associations.first { $0.leads && !$0.isLocalClock } }

  /// How many associations would do to set the clock by.
  var usable: Int { associations.count { $0.isUsable && !$0.isLocalClock } }

  /// Whether there is somebody to tell of his associations.
  var hasPeers: Bool { daemon != .kernel && !(daemon == .timesyncd && associations.isEmpty) }
}

/// One source of time of a daemon.
struct Association: Sendable, Equatable {
  /// What it is known by: the address, or the name of a reference clock.
  var name: String
  /// The name in the daemon's settings, where it has one and tells it.
  var host: String?
  var kind = Kind.unicast
  /// Whom it follows.
  var reference = ""
  var stratum: Int?
  /// The seconds from one question to the next.
  var poll: Double?
  /// The last eight questions, the newest in bit 0: answered or not.
  var reach: UInt8?
  var delay: Double?
  var offset: Double?
  var jitter: Double?
  /// Seconds since it was heard.
  var age: Double?
  var selection: Selection?
  var isLocalClock = false
  /// What only chrony tells.
  var statistics: ChronySourceStatistics?

  /// How it is talked to, by the letter that ntpq shows.
  enum Kind: Character, Sendable {
    case unicast = "u"
    case symmetric = "s"
    case passive = "S"
    case broadcast = "B"
    case listener = "b"
    case clock = "l"
  }

  var leads: Bool { selection == .systemPeer || selection == .ppsPeer }

  /// Whether it passed the daemon's examination; that a better one is used instead is no fault.
  var isUsable: Bool { selection.map { $0.rawValue >= Selection.backup.rawValue } ?? false }

  /// What is said to people.
  var title: String { host ?? name }

  /// How many of the last eight questions were answered.
  var answered: Int? { reach.map(\.nonzeroBitCount) }

  /// What was measured long ago says nothing of now.
  mutating func forgetMeasurements() {
    delay = nil
    offset = nil
    jitter = nil
  }
}

/// What the daemon thinks of an association. The numbers are those of munin's `ntp_states`.
enum Selection: Int, Sendable {
  case reject = 0
  case falsetick = 1
  /// More than there is room for; in chrony one whose answers vary too much.
  case excess = 2
  case backup = 3
  case outlier = 4
  case candidate = 5
  case systemPeer = 6
  case ppsPeer = 7

  /// The sign in front of it in a list.
  var tally: Character { Array(" x.#-+*o")[rawValue] }
}
