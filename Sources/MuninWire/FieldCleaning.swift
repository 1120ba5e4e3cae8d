/// Whether a node offers a plugin of this name: letters, digits and `_ - @ . :`, not beginning with
/// a dot, so that it is a file name too.
public func isServiceName(_ name: String) -> Bool {
  guard name.utf8.count <= longestName, let first = name.utf8.first, first != 0x2E else {
    return false
  }
  return name.utf8.allSatisfy {
    $0.isWord || $0 == 0x2D || $0 == 0x40 || $0 == 0x2E || $0 == 0x3A
  }
}

/// Whether the master takes the name for a (multi)graph: letters, digits and `_ - . :`, no dot at
/// either end or beside another, and not the word `multigraph`.
public func isGraphName(_ name: String) -> Bool { isGraphName(name.utf8.span) }

func isGraphName(_ name: Span<UInt8>) -> Bool {
  guard name.count > 0, name.count <= longestName, !name.isEqual(to: "multigraph") else {
    return false
  }
  var last: UInt8 = 0x2E
  for index in 0..<name.count {
    let byte = name[index]
    guard byte.isWord || byte == 0x2D || byte == 0x3A || (byte == 0x2E && last != 0x2E) else {
      return false
    }
    last = byte
  }
  return last != 0x2E
}

/// Whether the name needs no cleaning: letters, digits and underscores, not beginning with a digit.
public func isFieldName(_ name: String) -> Bool { isFieldName(name.utf8.span) }

func isFieldName(_ name: Span<UInt8>) -> Bool {
  guard name.count > 0, name.count <= longestName, !name[0].isDigit else { return false }
  for index in 0..<name.count where !name[index].isWord { return false }
  return true
}

/// Whether the name may be that of an attribute: letters, digits and `_ - .`, beginning with a letter
/// or underscore.
public func isAttributeName(_ name: String) -> Bool { isAttributeName(name.utf8.span) }

func isAttributeName(_ name: Span<UInt8>) -> Bool {
  guard name.count > 0, name.count <= longestName, name[0].isWord, !name[0].isDigit else {
    return false
  }
  for index in 0..<name.count {
    guard name[index].isWord || name[index] == 0x2D || name[index] == 0x2E else { return false }
  }
  return true
}

/// The longest name accepted, in bytes: host, service and field together still make a file name.
let longestName = 128

/// The name under which a master files a plain plugin: all but letters, digits and underscores
/// becomes an underscore.
public func masterServiceName(_ plugin: String) -> String {
  let bytes = plugin.utf8.prefix(longestName).map { $0.isWord ? $0 : 0x5F }
  return String(copying: bytes.span)
}

/// How some text becomes a field name. munin has three ways, and histories depend on each.
public enum FieldCleaning: Sendable, CaseIterable {
  /// Munin::Plugin: what may not begin a name becomes one underscore, however long; `root` is
  /// reserved and becomes `__root`.
  case perl
  /// plugin.sh: only the first byte is looked at as the beginning.
  case shell
  /// The master, which cleans what a plugin left unclean: as in a shell plugin.
  case master

  /// The field name for `text`.
  public func clean(_ text: String) -> String {
    let bytes = Array(text.utf8.prefix(longestName))
    var name: [UInt8] = []
    name.reserveCapacity(bytes.count)
    var rest = bytes[...]
    if let first = rest.first, !first.isLetter, first != 0x5F {
      name.append(0x5F)
      rest = self == .perl ? rest.drop { !$0.isLetter && $0 != 0x5F } : rest.dropFirst()
    }
    for byte in rest { name.append(byte.isWord ? byte : 0x5F) }
    let cleaned = String(copying: name.span)
    return self == .perl && cleaned == "root" ? "__root" : cleaned
  }
}
