/// How many values did not get into a file since the start, by reason. Each reason is told as a finding of its field too.
public struct LostValues: Sendable, Equatable {
  /// The newest value of their file lies in the future.
  public var closedFiles = 0
  /// Their times cannot be true.
  public var impossibleTimes = 0
  /// They are not numbers.
  public var malformed = 0
  /// Their type has no such numbers, or librrd stores fewer digits.
  public var unstorable = 0
  /// librrd refused them.
  public var refused = 0
  /// Their file could not be written: the disk is full, say.
  public var unwritten = 0
  /// The config does not describe their field or graph, or another graph has its name or its files.
  public var undescribed = 0

  public init() {}

  public var total: Int {
    closedFiles + impossibleTimes + malformed + unstorable + refused + unwritten + undescribed
  }

  static func += (sum: inout LostValues, other: LostValues) {
    sum.closedFiles += other.closedFiles
    sum.impossibleTimes += other.impossibleTimes
    sum.malformed += other.malformed
    sum.unstorable += other.unstorable
    sum.refused += other.refused
    sum.unwritten += other.unwritten
    sum.undescribed += other.undescribed
  }
}
