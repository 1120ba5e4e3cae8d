/// Writes Perl's Storable format in network byte order: hashes of hashes and strings, as munin's programs read their files.
///
/// A hash is written as its items, each followed by its key, so the number of items has to be known before. Storable counts what
/// it reads (every string, reference and hash) and refers to a hash by that number.
public struct StorableWriter: Sendable {
  /// The number of a hash, for references to it.
  public struct Tag: Sendable, Hashable { fileprivate let raw: UInt32 }

  /// What has been written since the last ``takeBytes()``.
  public private(set) var bytes: [UInt8] = []
  private var next: UInt32 = 0

  /// One byte each, as Storable.xs names them.
  private enum Code {
    static let object: UInt8 = 0
    static let longString: UInt8 = 1
    static let hash: UInt8 = 3
    static let reference: UInt8 = 4
    static let shortString: UInt8 = 10
    static let weakReference: UInt8 = 27
  }

  /// Begins with a hash, which the file is read as.
  /// - Parameter count: how many items it has.
  public init(count: Int) {
    // "pst0"; format 2 in network byte order; the oldest minor version that has weak references and these strings: a reader
    // refuses files that are newer than itself.
    bytes = Array("pst0".utf8) + [2 << 1 | 1, 7]
    beginHash(count)
  }

  /// The file's hash.
  public static let root = Tag(raw: 0)

  /// An item that is a hash. Its items follow, then its own ``key(_:)``.
  public mutating func hash(count: Int) -> Tag {
    bytes.append(Code.reference)
    next += 1
    return beginHash(count)
  }

  @discardableResult private mutating func beginHash(_ count: Int) -> Tag {
    bytes.append(Code.hash)
    append(UInt32(clamping: count))
    next += 1
    return Tag(raw: next - 1)
  }

  /// An item that is a string, with its key.
  public mutating func string(_ value: String, key: String) {
    var value = value
    value.withUTF8 { value in
      if value.count <= UInt8.max {
        bytes.append(Code.shortString)
        bytes.append(UInt8(value.count))
      } else {
        bytes.append(Code.longString)
        append(UInt32(clamping: value.count))
      }
      bytes.append(contentsOf: value)
    }
    next += 1
    self.key(key)
  }

  /// An item that refers to a hash around it, with its key. It is a weak reference, so that Perl frees the tree.
  public mutating func weakReference(to tag: Tag, key: String) {
    bytes.append(Code.weakReference)
    bytes.append(Code.object)
    append(tag.raw)
    next += 1
    self.key(key)
  }

  /// The key of the item before.
  public mutating func key(_ key: String) {
    append(UInt32(clamping: key.utf8.count))
    bytes.append(contentsOf: key.utf8)
  }

  /// What has been written since the last call, for a file that is written in pieces.
  public mutating func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  private mutating func append(_ number: UInt32) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
