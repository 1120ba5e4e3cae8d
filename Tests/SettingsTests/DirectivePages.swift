import Settings

/// What manuals and the README say of directives, made from their tables.
enum DirectivePages {
  /// The part of a manual about munin-node.conf.
  static var node: String {
    var text = NodeDirectives.sections.map { section($0) }.joined()
    text += ".SS Without effect\n"
    text += words(NodeDirectives.withoutEffect)
    text +=
      "Known to munin\\-node and about its own server library; a warning at the start and in\n"
    text += ".B apus\\-node check\nnames each that is set.\n"
    return text
  }

  /// The part of a manual about a section of plugin-conf.d.
  static var plugin: String { PluginDirectives.section.directives.map { entry($0) }.joined() }

  /// The part of a manual about munin.conf.
  static var master: String {
    var text = MasterDirectives.sections.map { section($0) }.joined()
    text += ".SS Without effect\n"
    text += "Words of munin that are accepted, with one warning for each at the start and in\n"
    text += ".BR \"apus\\-collector check\" .\n"
    for (reason, names) in MasterDirectives.withoutEffect {
      text += words(names)
      text += roff(capitalized(reason)) + ".\n"
    }
    return text
  }

  /// The README's table of munin.conf.
  static var readme: String {
    var table =
      "| | Directives of munin.conf (\\* not known to munin) |\n| --- | --- |\n"
    for section in MasterDirectives.sections {
      let words = section.directives.map { one -> String in
        let contact = one.levels == .contact ? "contact.NAME." : ""
        return "`\(contact)\(one.word)`\(one.isOwn ? "\\*" : "")"
      }
      table += "| \(section.title) | \(words.joined(separator: " ")) |\n"
    }
    for (reason, names) in MasterDirectives.withoutEffect {
      let words = names.map { "`\($0)`" }.joined(separator: " ")
      table += "| without effect: \(reason) | \(words) |\n"
    }
    return table + "| not known: an error, as with munin-update | any other word |\n"
  }

  private static func section(_ section: DirectiveSection) -> String {
    ".SS \(section.title)\n"
      + (section.introduction.isEmpty ? "" : roff(section.introduction) + "\n")
      + section.directives.map { entry($0) }.joined()
  }

  private static func entry(_ one: KnownDirective) -> String {
    var text = ".TP\n"
    if one.levels == .contact {
      text += ".BI contact. NAME .\(one.word) \" \(one.placeholder)\"\n"
    } else if one.word.hasSuffix(".") {
      text += ".BI \(one.word) \"\(one.placeholder)\"\n"
    } else {
      text += ".BI \(one.word) \" \(one.placeholder)\"\n"
    }
    if one.isOwn { text += ".RI ( apus )\n" }
    text += roff(one.meaning) + "\n"
    if !one.details.isEmpty { text += roff(one.details) + "\n" }
    if !one.standard.isEmpty { text += "Default \(roff(one.standard)).\n" }
    for synonym in one.synonyms { text += ".B \(synonym)\nis the same.\n" }
    return text
  }

  private static func words(_ names: [String]) -> String {
    names.enumerated().map { ".\($0.offset == 0 ? "TP" : "TQ")\n.B \($0.element)\n" }.joined()
  }

  private static func capitalized(_ text: String) -> String {
    text.hasPrefix("apus") || text.hasPrefix("munin") || text.hasPrefix("log_")
      || text.hasPrefix("rrdcached") ? text : text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A sentence a line; `words` in bold.
  private static func roff(_ text: String) -> String {
    var bold = false
    let marked = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").map {
      character -> String in
      guard character == "`" else { return String(character) }
      bold.toggle()
      return bold ? "\\fB" : "\\fP"
    }.joined()
    return marked.replacing(". ", with: ".\n").split(separator: "\n")
      .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }
      .joined(separator: "\n")
  }
}

extension String {
  /// The text with what stands between two lines replaced, or `nil` where one of them is missing.
  func replacing(between start: String, and end: String, with text: String) -> String? {
    guard let first = firstRange(of: start + "\n"),
      let last = self[first.upperBound...].firstRange(of: end + "\n")
    else { return nil }
    return String(self[..<first.upperBound]) + text + String(self[last.lowerBound...])
  }
}
