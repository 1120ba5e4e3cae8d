public import Limits
internal import RRD

/// What came of writing the files of a node.
public struct FileReport: Sendable, Hashable {
  public let node: NodeNumber
  /// What could not be written, and what is to be known of files.
  public let failures: [SeriesFailure]
  /// Why the disk takes no values of this node: it is full, or no file can be written. One odd file is no trouble of the disk.
  public let trouble: String?
  /// The series for which values were to be written.
  public let series: [SeriesNumber]

  init(
    _ node: NodeNumber, _ failures: [SeriesFailure], of series: [SeriesNumber], values: Int,
    isDiskFull: Bool
  ) {
    self.node = node
    self.series = series
    self.failures = failures
    let unwritten = failures.filter { $0.fate == .later }
    let isWhole = unwritten.reduce(0) { $0 + $1.count } == values
    trouble = isDiskFull || isWhole ? unwritten.first?.description : nil
  }

  /// What is wrong with the files that take no values at present, by their series.
  public var faults: [SeriesNumber: String] {
    var faults: [SeriesNumber: String] = [:]
    for failure in failures {
      switch failure.fate {
      case .later, .closed: faults[failure.series] = failure.description
      case .written, .refused: break
      }
    }
    return faults
  }
}
