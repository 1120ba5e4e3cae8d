internal import Text

/// A text in munin's template language: `${var:name}`, `${loop<separator>:list text}`,
/// `${if:name text}`, `${if:!name text}` and `${strtrunc:count text}`, nested at will, with `\n` and
/// `\t` in messages.
///
/// What is no directive of the language is text as it stands, without its `$`, as munin sends it.
public struct MuninTemplate: Sendable, Hashable {
  /// What the text is for.
  public enum Purpose: Sendable {
    /// The text of a message. `\n` and `\t` in the template, not in the values, are line feed and tab.
    case message
    /// A command line for the shell. Values come from nodes, and commands like to hand them to further
    /// shells, so no way of quoting is safe: every character that any shell could take for more than
    /// itself becomes `_`.
    case command
    /// JSON. Values are escaped for a string in quotation marks; the text itself stays as it stands.
    case json
  }

  indirect enum Part: Sendable, Hashable {
    case text(String)
    case variable(String)
    case loop(list: String, separator: String, [Part])
    case condition(name: String, isSet: Bool, [Part])
    case cut(Int, [Part])
  }

  /// The bounds: of a template in bytes, and of directives inside directives.
  static let sizeLimit = 16_384
  static let depthLimit = 16

  let parts: [Part]
  let purpose: Purpose
  /// Where a directive was begun that is none, and what was expected there.
  public let problems: [TemplateError]

  /// - Throws: for a text that is too long, or too many directives inside each other.
  public init(_ text: String, for purpose: Purpose = .message) throws(TemplateError) {
    var parser = try TemplateParser(text, for: purpose)
    parts = try parser.parse()
    problems = parser.problems
    self.purpose = purpose
  }

  /// What a person should know of a text that is to be a template.
  public static func problems(in text: String, for purpose: Purpose = .message) -> [TemplateError] {
    do throws(TemplateError) { return try MuninTemplate(text, for: purpose).problems } catch {
      return [error]
    }
  }

  /// The text with everything filled in; at about 100 000 characters it is cut off.
  public func expand(in context: any TemplateContext) -> String {
    var expander = TemplateExpander(purpose: purpose)
    var result = String.UnicodeScalarView()
    expander.expand(parts, in: [context], into: &result)
    return String(result)
  }
}

/// A mistake in a template.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted in bytes, from 1.
  public let column: Int
  public let message: String

  public var description: String { "column \(column): \(message)" }
}

/// The work of one expansion, and what it may still cost.
private struct TemplateExpander {
  let purpose: MuninTemplate.Purpose
  /// A step is a part or a character. Loops within loops over many fields multiply, so it is not enough
  /// to bound the length.
  var stepsLeft = 100_000

  mutating func expand(
    _ parts: [MuninTemplate.Part], in contexts: [any TemplateContext],
    into result: inout String.UnicodeScalarView
  ) {
    for part in parts {
      stepsLeft -= 1
      if stepsLeft < 0 { return }
      switch part {
      case .text(let text):
        append(text.unicodeScalars, to: &result)
      case .variable(let name):
        append(value(of: name, in: contexts).unicodeScalars, to: &result)
      case .condition(let name, let isSet, let inner):
        let value = value(of: name, in: contexts)
        if isSet == (value != "" && value != "0") { expand(inner, in: contexts, into: &result) }
      case .cut(let count, let inner):
        var piece = String.UnicodeScalarView()
        expand(inner, in: contexts, into: &piece)
        append(cut(piece, to: count), to: &result)
      case .loop(let list, let separator, let inner):
        let members = contexts.lazy.reversed().compactMap { $0.members(of: list) }.first ?? []
        for (index, member) in members.enumerated() where stepsLeft >= 0 {
          if index > 0 { append(separator.unicodeScalars, to: &result) }
          expand(inner, in: contexts + [member], into: &result)
          stepsLeft -= 1
        }
      }
    }
  }

  /// As many bytes as munin takes, but no part of a character, nor in JSON of an escape sequence.
  private func cut(
    _ text: String.UnicodeScalarView, to count: Int
  ) -> String.UnicodeScalarView.SubSequence {
    var left = count
    var position = text.startIndex
    while position < text.endIndex {
      var next = text.index(after: position)
      left -= UTF8.width(text[position])
      if purpose == .json, text[position] == "\\", next < text.endIndex {
        let length = text[next] == "u" ? 5 : 1
        next = text.index(next, offsetBy: length, limitedBy: text.endIndex) ?? text.endIndex
        left -= length
      }
      if left < 0 { break }
      position = next
    }
    return text[..<position]
  }

  private func value(of name: String, in contexts: [any TemplateContext]) -> String {
    let value = contexts.lazy.reversed().compactMap { $0.value(of: name) }.first ?? ""
    return switch purpose {
    case .message: value
    case .command: harmless(value)
    case .json: escaped(value)
    }
  }

  /// Without its quotation marks.
  private func escaped(_ value: String) -> String {
    var json = JSON()
    json.string(cleanBody(value, limit: 20_000))
    return String(decoding: json.bytes.dropFirst().dropLast(), as: UTF8.self)
  }

  private mutating func append(
    _ text: some Sequence<Unicode.Scalar>, to result: inout String.UnicodeScalarView
  ) {
    for scalar in text {
      stepsLeft -= 1
      if stepsLeft < 0 { return }
      result.append(scalar)
    }
  }

  private func harmless(_ value: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in value.unicodeScalars.prefix(1000) {
      let isSafe =
        scalar.isASCII
        ? UInt8(ascii: scalar).isLetterOrDigit || " _-+.,:/@%=".unicodeScalars.contains(scalar)
        : !isUnprintable(scalar)
      result.append(isSafe ? scalar : "_")
    }
    return String(result)
  }
}
