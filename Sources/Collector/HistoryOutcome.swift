public import Recording

/// What became of a rename, or of the end of a history.
public struct HistoryOutcome: Sendable, Hashable, CustomStringConvertible {
  public let intent: HistoryTables.Intent
  /// Why it was given up; `nil` when it was done.
  public let failure: String?
  /// What could not be done for single files, and why.
  public let left: [String]

  /// Whether everything is as it was asked for.
  public var isComplete: Bool { failure == nil && left.isEmpty }

  /// `g;web01 is g;www now`, or what was not done, why, and what to do.
  public var description: String {
    intent.isForgetting ? forgetting : renaming
  }

  private var renaming: String {
    guard let failure else { return intent.result }
    let start = "\(intent.old) was not renamed to \(intent.new): \(failure)"
    guard !left.isEmpty else { return "\(start); its history goes on under the old name" }
    return "\(start); \(names): rename these by hand, for its history to go on"
  }

  private var forgetting: String {
    if let failure { return "\(intent.old) was not forgotten: \(failure)" }
    guard !left.isEmpty else { return intent.result }
    return "\(intent.result), but \(names): remove these by hand"
  }

  private var names: String {
    left[0] + (left.count > 1 ? " (and \(left.count - 1) more)" : "")
  }
}
