internal import MuninWire

/// What the value of a directive looks like.
enum ValueKind: Sendable {
  case text, word, flag, path, folder, logFile, seconds, rate, port, mailAddress, listen, socket
  case localAddress
  case whole(ClosedRange<Int>)
  case choice([String])
  case layout, address, range, bound, colour, draw, graph, facility, severities
  /// Checked by the code that applies the setting; `String` is the value's name in a manual.
  case other(String)
  /// Checked by a function that belongs to the type of the value.
  case parsed(String, @Sendable (Directive) throws(SettingFinding) -> Void)

  /// The value as a manual names it: `SECONDS`.
  var placeholder: String {
    switch self {
    case .text: "TEXT"
    case .word: "WORD"
    case .flag: "YES|NO"
    case .path, .folder, .logFile: "PATH"
    case .seconds, .rate: "SECONDS"
    case .port, .whole: "NUMBER"
    case .mailAddress: "ADDRESS"
    case .listen: "HOST:PORT"
    case .socket: "PATH|HOST:PORT"
    case .choice(let words): words.count <= 3 ? words.joined(separator: "|") : "WORD"
    case .layout: "LAYOUT"
    case .address, .localAddress: "ADDRESS"
    case .range: "RANGE"
    case .bound: "NUMBER|U"
    case .colour: "COLOUR"
    case .draw: "STYLE"
    case .graph: "YES|NO"
    case .facility: "NAME"
    case .severities: "LEVELS"
    case .other(let name), .parsed(let name, _): name
    }
  }

  /// Throws what is wrong with the value.
  func check(_ directive: Directive) throws(SettingFinding) {
    let value = directive.value
    switch self {
    case .text, .folder, .other: break
    case .parsed(_, let check): try check(directive)
    case .word: _ = try directive.word("a word")
    case .flag: _ = try directive.flag()
    case .path: _ = try directive.absolutePath()
    case .logFile: _ = try directive.logFile()
    case .facility: _ = try directive.facility()
    case .seconds: _ = try directive.seconds()
    case .port: _ = try directive.whole("a port", in: 1...65535)
    case .mailAddress: _ = try directive.mailAddress()
    case .severities: _ = try directive.severities()
    case .whole(let range): _ = try directive.whole(in: range)
    case .choice(let words): try require(words.contains(value), directive, list(words))
    case .rate: _ = try directive.updateRate()
    case .layout:
      try require(
        RoundRobinLayout(value) != nil, directive,
        "normal, huge or a list such as custom 1d, 5m for 7d")
    case .address:
      try require(
        NodeAddress(value) != nil, directive,
        "a name, an address, munin://host:port, unix:///path, ssh://host/command or cmd:///command")
    case .localAddress:
      try require(
        value == "0" || Address(value) != nil, directive, "an IP address of this machine or 0")
    case .listen:
      try require(value == "none" || HostPort(value) != nil, directive, "host:port or none")
    case .socket:
      try require(isSocket(value), directive, "an absolute path, unix:/path or host:port")
    // munin reads other text silently as 0:0 and alerts on every value.
    case .range:
      try require(
        Bounds(value) != nil || WrittenRange(value) != nil, directive,
        "a range such as 10, 5:10, :10 or :90%")
    case .bound:
      try require(
        value == "U" || parseNumber(value.utf8.span) != nil, directive, "a number or U")
    case .colour:
      try require(isColour(value), directive, "six hex digits or COLOUR and a number")
    case .draw:
      try require(isDraw(value), directive, "LINE1, AREA, STACK, AREASTACK or LINESTACK1")
    case .graph:
      try require(
        value == "on-demand" || Directive.flag(value) != nil, directive, "yes, no or on-demand")
    }
  }

  private func require(
    _ isRight: Bool, _ directive: Directive, _ expected: String
  ) throws(SettingFinding) {
    if !isRight { throw directive.expected(expected) }
  }

  private func list(_ words: [String]) -> String {
    words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
  }
}

extension Directive {
  /// `300`, `5m`, `1h aligned`: at most a week.
  func updateRate() throws(SettingFinding) -> Int {
    let words = value.words()
    guard words.count == 1 || words.count == 2 && words[1] == "aligned",
      let rate = parseUpdateRate(value), rate <= 604_800
    else { throw expected("seconds from 1 to 604800") }
    return rate
  }
}

private func isColour(_ text: String) -> Bool {
  if text.hasPrefix("COLOUR") { return wholeNumber(String(text.dropFirst(6))) != nil }
  return [6, 8].contains(text.utf8.count)
    && text.utf8.allSatisfy {
      $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20)
    }
}

private func isDraw(_ text: String) -> Bool {
  let draw = text.uppercased()
  if ["AREA", "STACK", "AREASTACK"].contains(draw) { return true }
  for prefix in ["LINESTACK", "LINE"] where draw.hasPrefix(prefix) {
    let width = draw.dropFirst(prefix.count)
    return width.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
  }
  return false
}

private func isSocket(_ text: String) -> Bool {
  if text.hasPrefix("/") || text.hasPrefix("unix:/") { return true }
  guard let place = HostPort(text) else { return false }
  return place.host != "*" && place.port > 0
}
