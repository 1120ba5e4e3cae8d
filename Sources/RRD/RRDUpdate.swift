/// One value for one file.
public struct RRDUpdate: Sendable, Hashable {
  /// The number of the file's series, under which the writer remembers what the file is. 0: it is looked at each time.
  public var number: UInt32
  /// The file, as `rrdFile` below `dbdir`.
  public var path: String
  /// When the value was taken, in seconds since 1970.
  public var time: Int
  /// The number as librrd takes it, or `U`: see `Reading.rrdText`. Empty when only the file is to be made.
  public var text: String
  /// What the file is to be when it must be created, and to which it is tuned.
  public var spec: RRDSpec
  /// The file of the field's `oldname`, taken over when there is no file yet.
  public var formerPath: String?

  public init(
    number: UInt32 = 0, path: String, time: Int, text: String, spec: RRDSpec,
    formerPath: String? = nil
  ) {
    self.number = number
    self.path = path
    self.time = time
    self.text = text
    self.spec = spec
    self.formerPath = formerPath
  }
}
