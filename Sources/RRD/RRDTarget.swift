/// The file that values go to, shared by all of them.
public final class RRDTarget: Sendable, Hashable {
  /// The number of the file's series, under which the writer remembers what the file is. 0: it is looked at each time.
  public let number: UInt32
  /// The file, as `rrdFile` below `dbdir`.
  public let path: String
  /// What the file is to be when it must be created, and to which it is tuned.
  public let spec: RRDSpec
  /// The file of the field's `oldname`, taken over when there is no file yet.
  public let formerPath: String?

  public init(number: UInt32 = 0, path: String, spec: RRDSpec, formerPath: String? = nil) {
    self.number = number
    self.path = path
    self.spec = spec
    self.formerPath = formerPath
  }

  public static func == (one: RRDTarget, other: RRDTarget) -> Bool {
    one === other
      || one.number == other.number && one.path == other.path && one.spec == other.spec
        && one.formerPath == other.formerPath
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(number)
    hasher.combine(path)
  }
}
