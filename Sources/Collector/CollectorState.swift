/// What is to be said of the collector itself, beside its nodes.
public struct CollectorState: Sendable {
  /// When this was said, in seconds since 1970.
  public var time: Int
  /// When the collector started.
  public var started: Int
  /// The seconds between two polls of a node.
  public var updateRate: Int
  /// Mails that wait for their delivery, and those given up.
  public var mailsWaiting = 0
  public var mailsFailed = 0
  /// The newest of those given up.
  public var mailsGivenUp: [GivenUpMail] = []
  /// When the newest poll ended, successful or not; `nil` before the first.
  public var lastPoll: Int?
  /// Values that did not get into a file since the start.
  public var lost = LostValues()
  /// Why the collector cannot keep what it learns: a full disk, a ledger that cannot be written. Empty when all is well.
  public var storageTroubles: [String] = []
  /// Why the last call of `heartbeat_url` failed.
  public var heartbeatTrouble: String?
  /// Why changed settings are not in force, with file and line, and since when.
  public var settingsTrouble: (words: String, since: Int)?
  /// The contacts whom messages do not reach.
  public var deliveryTroubles: [ContactTrouble] = []
  /// The contacts whose `rate_limit` holds messages back, in the order of their names.
  public var heldMessages: [HeldMessages] = []
  /// What is to be known of the collector's own data, and is no reason for alarm.
  public var recordingFindings: [String] = []
  /// How long the event loop has worked at most without a look at its events, in milliseconds: since the program's start, and in
  /// the last one to two minutes. `nil` where nobody measures.
  public var longestStretch: (ever: Double, recent: Double)?
  /// The same without the time for which the loop could have gone on and waited for a core.
  public var longestOwnStretch: (ever: Double, recent: Double)?

  public init(time: Int, started: Int, updateRate: Int) {
    self.time = time
    self.started = started
    self.updateRate = updateRate
  }
}
