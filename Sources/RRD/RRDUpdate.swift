/// One value for one file.
public struct RRDUpdate: Sendable, Hashable {
  /// The file, as `rrdFile` below `dbdir`.
  public var path: String
  /// When the value was taken, in seconds since 1970.
  public var time: Int
  /// The number as librrd takes it, or `U`: see `Reading.rrdText`.
  public var text: String
  /// What the file is to be when it must be created, and to which it is tuned.
  public var spec: RRDSpec
  /// The file of the field's `oldname`, taken over when there is no file yet.
  public var formerPath: String?

  public init(path: String, time: Int, text: String, spec: RRDSpec, formerPath: String? = nil) {
    self.path = path
    self.time = time
    self.text = text
    self.spec = spec
    self.formerPath = formerPath
  }
}

/// Something that went wrong with one file of a batch; the other files are not concerned.
public struct RRDFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What became of the values.
  public enum Fate: Sendable, Hashable {
    /// They are in the file; the failure is only to be logged.
    case written
    /// They are not; giving them again may help.
    case later
    /// They are not, and giving them again is useless.
    case refused
    /// They are not: the file's newest value has a time in the future, and until then librrd takes no other.
    case closed(until: Int)
  }

  public let path: String
  public let error: RRDError
  public let fate: Fate
  /// Which updates of the batch are concerned.
  public let updates: Range<Int>

  public var description: String { error.description }
}
