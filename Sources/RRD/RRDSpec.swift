public import MuninWire

/// What a file is to be: munin's form, with one data source named `42`.
public struct RRDSpec: Sendable, Hashable {
  public var type: FieldType
  /// Seconds between two rows of full resolution.
  public var step: Int
  /// A value is unknown when the one before is older than this many seconds.
  public var heartbeat: Int
  /// The smallest value taken, a plain decimal or `U`.
  public var min: String
  /// The largest value taken, a plain decimal or `U`.
  public var max: String
  public var archives: [RoundRobinLayout.Archive]

  /// - Parameter heartbeat: twice the step when not given, as munin has it.
  public init(
    type: FieldType = .gauge, step: Int = 300, heartbeat: Int? = nil, min: String = "U",
    max: String = "U", archives: [RoundRobinLayout.Archive] = RoundRobinLayout.normalArchives
  ) {
    self.type = type
    self.step = step
    self.heartbeat = heartbeat ?? 2 * step
    self.min = min
    self.max = max
    self.archives = archives
  }

  /// The size of the file in bytes, which is the same from its beginning.
  public var fileSize: Int {
    // Of the header, the data source, the live part and the unfinished row; of each archive and of each of its rows.
    archives.reduce(376) { $0 + 3 * (208 + 8 * $1.rows) }
  }

  /// The name of the one data source.
  static let dataSource = "42"

  /// The arguments `rrdtool create` would get after the file name and its options.
  var createArguments: [String] {
    var arguments = ["DS:\(Self.dataSource):\(type.rawValue):\(heartbeat):\(min):\(max)"]
    for archive in archives {
      for consolidation in ["AVERAGE", "MIN", "MAX"] {
        arguments.append("RRA:\(consolidation):0.5:\(archive.steps):\(archive.rows)")
      }
    }
    return arguments
  }
}
