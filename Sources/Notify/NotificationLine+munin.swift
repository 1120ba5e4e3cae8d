public import Incidents
internal import Limits

/// What munin's texts say of an incident that is not one of values: `node is unreachable (outside range [reachable])`.
extension NotificationLine {
  /// What stands in the place of a value.
  public var stateWord: String {
    let isOver = step == .closed || (step == .steady && level == .ok)
    guard isOver else {
      return switch place {
      case .node where isOfValues: "unknown"
      case .node, .site: "unreachable"
      case .service: "failing"
      case .collector: "in trouble"
      }
    }
    return words == NotificationLine.removedWords ? "no longer watched" : expectedWord
  }

  /// What stands in the place of a range.
  public var expectedWord: String {
    switch place {
    case .node where isOfValues: "known"
    case .node, .site: "reachable"
    case .service: "working"
    case .collector: "OK"
    }
  }
}
