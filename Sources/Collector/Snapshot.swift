/// What the collector knows at one moment, as a value: pages and lists are made from it alone.
public struct Snapshot: Sendable {
  /// When it was taken, in seconds since 1970.
  public var time: Int
  /// When the collector started.
  public var started: Int
  /// The seconds between two polls of a node.
  public var updateRate: Int
  /// All nodes, in the order of munin.conf; also those never reached.
  public var nodes: [NodeView]
  /// Mails that wait for their delivery, and those given up.
  public var mailsWaiting: Int
  public var mailsFailed: Int
  /// When the newest poll ended, successful or not; `nil` before the first.
  public var lastPoll: Int?
  /// Values that did not get into a file since the start.
  public var lost: LostValues
  /// Why the collector cannot keep what it learns: a full disk, a ledger that cannot be written. Empty when all is well.
  public var storageTroubles: [String] = []
  /// What is to be known of the collector's own data, and is no reason for alarm.
  public var recordingFindings: [String] = []

  public init(
    time: Int, started: Int, updateRate: Int, nodes: [NodeView], mailsWaiting: Int = 0,
    mailsFailed: Int = 0, lastPoll: Int? = nil, lost: LostValues = LostValues()
  ) {
    self.lost = lost
    self.time = time
    self.started = started
    self.updateRate = updateRate
    self.nodes = nodes
    self.mailsWaiting = mailsWaiting
    self.mailsFailed = mailsFailed
    self.lastPoll = lastPoll
  }
}
