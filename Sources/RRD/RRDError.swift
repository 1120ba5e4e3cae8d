internal import CRRD
internal import Glibc

/// An error of librrd or of the file system below it.
public struct RRDError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds of errors that callers treat differently.
  public enum Kind: Sendable, Hashable {
    /// There is no such file.
    case missing
    /// The file is no RRD file, is cut short, or is not one of ours.
    case damaged
    /// The disk or the quota is full.
    case noSpace
    /// The new name belongs to another file.
    case taken
    /// Another program holds the file's lock.
    case locked
    /// The file cannot be opened for writing: rights, a file system that is read-only, an attribute of the file.
    case denied
    /// librrd does not take the value.
    case refused
    /// Anything else: rights, a directory in the way, a bad graph.
    case other
  }

  public let kind: Kind
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// The error librrd just reported in this thread, after `what`, which names the file.
  ///
  /// librrd keeps its words per thread: no suspension may lie between the call and this.
  init(_ what: String, path: String) {
    let words = String(cString: rrd_get_error())
    let kind = Self.kind(of: rrd_get_error())
    rrd_clear_error()
    self.init(kind, "\(what): \(Self.shortened(words, path: path))")
  }

  private static let foreignFact = "expected one data source named 42"

  /// The file has other data sources than munin's.
  static func foreign(_ path: String) -> RRDError {
    RRDError(.damaged, "cannot use \(path): \(foreignFact)")
  }

  /// Whether the file may be sound, and is not one of ours.
  var isForeign: Bool {
    description.hasSuffix(RRDError.foreignFact)
      || description.hasSuffix("created on another architecture")
      || description.contains("can't handle RRD file version")
  }

  /// librrd has no error codes; these are the texts of 1.7 and 1.8.
  private static func kind(of words: UnsafePointer<CChar>) -> Kind {
    let signs: [(StaticString, Kind)] = [
      ("No such file or directory", .missing),
      ("No space left on device", .noSpace),
      ("Disk quota exceeded", .noSpace),
      ("could not lock RRD", .locked),
      ("is not an RRD file", .damaged),
      ("reached EOF while loading header", .damaged),
      ("short read while reading header", .damaged),
      ("is too small", .damaged),
      ("created on another architecture", .damaged),
      ("can't handle RRD file version", .damaged),
      ("unknown DS type", .damaged),
    ]
    for (sign, kind) in signs {
      let found = sign.withUTF8Buffer { sign in
        sign.withMemoryRebound(to: CChar.self) { strstr(words, $0.baseAddress!) != nil }
      }
      if found { return kind }
    }
    // What is said after these words is the system's, about the file.
    return strncmp(words, "opening '", 9) == 0 ? .denied : .other
  }

  /// librrd often names the file again.
  private static func shortened(_ words: String, path: String) -> String {
    for prefix in ["opening '\(path)': ", "\(path): ", "'\(path)' "] where words.hasPrefix(prefix) {
      return String(words.dropFirst(prefix.count))
    }
    return words.isEmpty ? "librrd gives no reason" : words
  }
}
