internal import CRRD
internal import Glibc
internal import MuninWire
internal import Text

/// Something wrong with one file in the folder of the RRD files.
public struct RRDFinding: Sendable, Hashable, CustomStringConvertible {
  /// Kinds that are mended differently.
  public enum Kind: Sendable, Hashable {
    /// The file has no byte.
    case empty
    /// The file is no RRD file, is cut short, or names rows that it does not have.
    case damaged
    /// An RRD file, and none that munin or this program writes.
    case foreign
    /// The newest value has a time in the future: until then no value can be stored.
    case future(lastUpdate: Int)
    /// A sound file with more in it than its archives: this program cannot protect it from a kill in the middle of a write.
    case unprotected
    /// The file cannot be read at all.
    case unreadable
  }

  public let path: String
  public let kind: Kind
  /// What is wrong, without the path.
  public let fact: String

  public var description: String { "\(path): \(fact)" }

  /// Whether ``RRDWriter/mend(_:now:)`` can do something about it.
  public var isMendable: Bool {
    switch kind {
    case .empty, .damaged, .future: true
    case .foreign, .unprotected, .unreadable: false
    }
  }

  private init(_ path: String, _ kind: Kind, _ fact: String) {
    self.path = path
    self.kind = kind
    self.fact = fact
  }

  /// Looks at a file; `nil` when it is as it should be. It blocks: some 15 µs for a sound file.
  /// - Parameter now: the present, in seconds since 1970. A newest value that is less than a step ahead is taken for the
  ///   difference between two clocks.
  public init?(of path: String, now: Int) {
    if let header = RRDFile(path).quickHeader() {
      self.init(path, header, now, isPlain: true)
      return
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      self.init(path, .unreadable, "cannot be read: \(String(cString: strerror(errno)))")
      return
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      self.init(
        path, .unreadable,
        "is a folder where a file is expected: values of this name cannot be recorded: move it away"
      )
      return
    }
    // librrd would wait for the writer of a pipe.
    guard status.st_mode & S_IFMT == S_IFREG else {
      self.init(path, .unreadable, "is not a regular file")
      return
    }
    guard status.st_size > 0 else {
      self.init(path, .empty, "is empty")
      return
    }
    do throws(RRDError) {
      self.init(path, try RRDFile(path).fullHeader(), now, isPlain: false)
      return
    } catch {
      let kind: Kind =
        error.kind == .damaged
        ? (error.isForeign ? .foreign : .damaged) : .unreadable
      self.init(path, kind, RRDFinding.fact(error, path))
    }
  }

  /// A file that can be read.
  /// - Parameter isPlain: whether it is laid out exactly as munin's files are.
  private init?(_ path: String, _ header: RRDHeader, _ now: Int, isPlain: Bool) {
    if !FieldType.allCases.contains(where: { $0.rawValue == header.type }) {
      self.init(path, .foreign, "has values of type \(header.type), which munin does not write")
    } else if header.lastUpdate > now, header.lastUpdate - now > header.step {
      self.init(
        path, .future(lastUpdate: header.lastUpdate),
        "its newest value lies in the future: values until "
          + "\(CalendarTime.local(header.lastUpdate).text) are lost")
    } else if !isPlain {
      self.init(
        path, .unprotected,
        "is not laid out as munin's files are: a kill while it is written may leave a wrong value")
    } else {
      return nil
    }
  }

  /// The reason of an error, without what was tried and the path.
  private static func fact(_ error: RRDError, _ path: String) -> String {
    let words = error.description
    guard let place = words.firstRange(of: path + ": ") else { return words }
    return String(words[place.upperBound...])
  }
}
