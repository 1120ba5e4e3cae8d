internal import MuninWire

/// A kind of server that is recognised by its program.
struct ServerKind: Sendable {
  /// Whether process titles say which role a process has.
  enum Titles: Sendable {
    /// They do not: the parent decides.
    case none
    /// `nginx: master process`, `nginx: worker process`.
    case nginx
    /// `php-fpm: master process`, `php-fpm: pool www`.
    case fpm
  }

  /// The name of its fields.
  let name: String
  /// The names of its program, on Debian and elsewhere.
  let programs: [String]
  /// A name that may be followed by a version of digits and dots: `php-fpm8.2`.
  var numbered: String?
  var titles = Titles.none
  /// Whether it always has children, so that 0 is critical. (Pools of php-fpm may start them on demand; lighttpd is one
  /// process.)
  var hasChildren = false

  static let all = [
    ServerKind(
      name: "apache",
      programs: [
        "apache2", "httpd", "httpd-prefork", "httpd-worker", "httpd-event", "httpd2-prefork",
        "httpd2-worker", "httpd2-event",
      ], hasChildren: true),
    ServerKind(name: "lighttpd", programs: ["lighttpd"]),
    ServerKind(name: "nginx", programs: ["nginx"], titles: .nginx, hasChildren: true),
    ServerKind(name: "php_fpm", programs: ["php-fpm"], numbered: "php-fpm", titles: .fpm),
    ServerKind(name: "uhttpd", programs: ["uhttpd"]),
  ]

  /// The kind that a setting names, by its own name or by that of its program.
  static func named(_ word: String) -> ServerKind? {
    let bytes = Array(word.utf8)
    return all.first { $0.name == word || $0.owns(bytes.span) }
  }

  /// Whether a program of this name is of the kind.
  func owns(_ program: Span<UInt8>) -> Bool {
    for name in programs where program.isEqual(to: name) { return true }
    guard let numbered, program.count > numbered.utf8.count else { return false }
    for (index, byte) in numbered.utf8.enumerated() where program[index] != byte { return false }
    for index in numbered.utf8.count..<program.count {
      guard program[index].isDigit || program[index] == 0x2E else { return false }
    }
    return true
  }
}

extension Span where Element == UInt8 {
  /// Whether the bytes are exactly those of `text`.
  fileprivate func isEqual(to text: String) -> Bool {
    guard count == text.utf8.count else { return false }
    for (index, byte) in text.utf8.enumerated() where self[index] != byte { return false }
    return true
  }
}
