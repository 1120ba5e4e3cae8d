public import RRD

/// Where the values of a series go.
public struct FileTarget: Sendable, Hashable {
  /// The file.
  public var path: String
  /// What the file is to be when it must be made, and to which it is tuned.
  public var spec: RRDSpec
  /// The file of the field's `oldname`, taken over when there is no file yet.
  public var formerPath: String?

  public init(path: String, spec: RRDSpec, formerPath: String? = nil) {
    self.path = path
    self.spec = spec
    self.formerPath = formerPath
  }
}
