public import RRD

/// What the files of a field have in common on all nodes: all but the folder and the host's name. Kept once, however many
/// nodes have such a field.
public final class FileForm: Sendable, Hashable {
  /// The end of the file's name: `-load-load-g.rrd`.
  public let ending: String
  /// The same of the field's `oldname`, whose file is taken over when there is no file yet.
  public let formerEnding: String?
  /// What the file is to be when it must be made, and to which it is tuned.
  public let spec: RRDSpec

  public init(ending: String, spec: RRDSpec, formerEnding: String? = nil) {
    self.ending = ending
    self.spec = spec
    self.formerEnding = formerEnding
  }

  public static func == (one: FileForm, other: FileForm) -> Bool {
    one === other
      || one.ending == other.ending && one.formerEnding == other.formerEnding
        && one.spec == other.spec
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(ending)
    hasher.combine(spec.step)
    hasher.combine(spec.max)
  }
}
