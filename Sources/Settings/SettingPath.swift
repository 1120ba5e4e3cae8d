internal import MuninWire

/// The place in munin's tree that a setting belongs to: `group;sub;host:service.field`, or a part of
/// that from the left. The root is the empty path.
struct SettingPath: Sendable, Hashable {
  var groups: [String] = []
  var host: String?
  /// What stands between the host and the attribute, split at the dots. Whether `a.b` is field `b` of
  /// service `a` or the nested service `a.b`, only the node knows.
  var names: [String] = []

  /// The next place to look at for something that is not set here: out of the field into the
  /// service, the host, the groups from the innermost, the root.
  var outer: SettingPath? {
    var path = self
    if !names.isEmpty {
      path.names.removeLast()
    } else if host != nil {
      path.host = nil
    } else if !groups.isEmpty {
      path.groups.removeLast()
    } else {
      return nil
    }
    return path
  }

  var isRoot: Bool { groups.isEmpty && host == nil && names.isEmpty }
}

/// Why a path is not valid, as the end of a message.
struct PathFault: Error {
  let message: String
  /// Whether munin-update reads such a line all the same, and makes nothing of it or something odd.
  let isAcceptedByMunin: Bool

  init(_ message: String, isAcceptedByMunin: Bool = true) {
    self.message = message
    self.isAcceptedByMunin = isAcceptedByMunin
  }
}

extension SettingPath {
  static let most = 16
  static let mostNameBytes = 200

  /// The text of a section, or of a key up to its attribute.
  init(section text: String) throws(PathFault) {
    let semicolon = text.utf8.lastIndex(of: UInt8(ascii: ";"))
    let rest = semicolon.map { String(text[text.utf8.index(after: $0)...]) } ?? text
    if let semicolon {
      groups = text[..<semicolon].split(separator: ";", omittingEmptySubsequences: false)
        .map(String.init)
      try checkGroups()
    }
    if rest.isEmpty, semicolon != nil { return }
    let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    try Self.checkHost(parts[0])
    host = parts[0]
    if semicolon == nil {
      // [web.example.com] is short for [example.com;web.example.com], [web] for [web;web].
      groups = [parts[0].split(separator: ".", maxSplits: 1).last.map(String.init) ?? parts[0]]
    }
    if parts.count > 1, !parts[1].isEmpty { names = try Self.names(parts[1]) }
  }

  /// The place and the attribute that `key` means below this place.
  func resolve(_ key: String) throws(PathFault) -> (path: SettingPath, attribute: String) {
    guard host == nil else {
      guard !key.contains(";") else { throw Self.misplaced(key) }
      var names = try Self.names(key)
      let attribute = names.removeLast()
      return (SettingPath(groups: groups, host: host, names: self.names + names), attribute)
    }
    let semicolon = key.utf8.lastIndex(of: UInt8(ascii: ";"))
    let rest = semicolon.map { key[key.utf8.index(after: $0)...] } ?? key[...]
    guard let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")) else {
      guard !rest.contains(".") else {
        throw PathFault("expected a known word or group;host:service.field.attribute")
      }
      var path = self
      if let semicolon {
        path.groups += key[..<semicolon].split(separator: ";", omittingEmptySubsequences: false)
          .map(String.init)
        try path.checkGroups()
      }
      return (path, String(rest))
    }
    let inner = groups.map { $0 + ";" }.joined()
    let path = try SettingPath(section: inner + key[..<colon])
    return try path.resolve(String(rest[rest.utf8.index(after: colon)...]))
  }

  /// - Parameter key: begins with a group, and stands in the section of a host.
  private static func misplaced(_ key: String) -> PathFault {
    var message = "a path that begins with a group counts above the first section only"
    if let colon = key.utf8[key.utf8.lastIndex(of: UInt8(ascii: ";"))!...].firstIndex(
      of: UInt8(ascii: ":"))
    {
      let rest = String(key[key.utf8.index(after: colon)...])
      message += ": move it there, or write \(rest.quoted) below [\(key[..<colon])]"
    }
    return PathFault(message)
  }

  private func checkGroups() throws(PathFault) {
    guard groups.count <= Self.most else {
      throw PathFault("expected at most \(Self.most) groups in each other")
    }
    for group in groups {
      // A group is a folder of the database.
      guard group != ".", group != ".." else {
        throw PathFault("a group is a folder of dbdir, and cannot be called \(group.quoted)")
      }
      guard (1...Self.mostNameBytes).contains(group.utf8.count),
        !group.utf8.contains(where: "/:".utf8.contains)
      else {
        throw PathFault(
          "expected a group name without / and :, found \(group.quoted)",
          isAcceptedByMunin: !group.isEmpty)
      }
    }
  }

  private static func checkHost(_ host: String) throws(PathFault) {
    guard host.utf8.first != UInt8(ascii: ".") else {
      throw PathFault("expected a host name that does not begin with a dot, found \(host.quoted)")
    }
    guard (1...mostNameBytes).contains(host.utf8.count),
      host.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "-.".utf8.contains($0) })
    else {
      let isLong = host.utf8.count > mostNameBytes
      throw PathFault(
        "expected a host name of letters, digits, - and ., found \(host.quoted)",
        isAcceptedByMunin: isLong)
    }
  }

  private static func names(_ text: String) throws(PathFault) -> [String] {
    let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard names.count <= most else { throw PathFault("expected at most \(most) names") }
    for name in names {
      guard (1...mostNameBytes).contains(name.utf8.count) else {
        throw PathFault("expected service.field.attribute, found \(text.quoted)")
      }
      guard name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "-_:@".utf8.contains($0) }) else {
        // Plugins' names for fields are cleaned: /dev/sda is called _dev_sda.
        throw PathFault(
          "expected a service or a field of letters, digits, - and _, found \(name.quoted)")
      }
    }
    return names
  }
}
