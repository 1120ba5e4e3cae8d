internal import MuninWire

extension Graph {
  /// Cleans the names of fields in all attributes that refer to fields, by the rule that has cleaned the fields' own names: a plugin that
  /// defines `web-1_tx` names it `web-1_tx` in `negative`, `cdef` and `graph_order` too, while the field is called `web_1_tx`.
  ///
  /// A word that is a field's name, a number or an operator stays as it is; so do paths to fields of other graphs (``BorrowedPath`` cleans
  /// the field in them), for findings quote what is written.
  mutating func cleanReferences() {
    let names = Set(fields.map(\.name))
    for attribute in ["graph_order", "graph_sources"] {
      guard let value = self[attribute] else { continue }
      let cleaned = value.split(whereSeparator: \.isWhitespace).map {
        FieldReference.ordered($0, names)
      }
      .joined(separator: " ")
      if cleaned != value { self[attribute] = cleaned }
    }
    for index in fields.indices {
      if let negative = fields[index].negative {
        let cleaned = FieldReference.clean(negative[...], names)
        if cleaned != negative { fields[index]["negative"] = cleaned }
      }
      if let cdef = fields[index].cdef {
        let cleaned = FieldReference.expression(cdef, names)
        if cleaned != cdef { fields[index]["cdef"] = cleaned }
      }
    }
  }
}

/// A word that refers to a field.
private enum FieldReference {
  /// The name of a field as the fields are named; what names none stays as it is.
  static func clean(_ word: Substring, _ names: Set<String>) -> String {
    let word = String(word)
    if names.contains(word) || !word.utf8.contains(where: { $0.isLetter || $0.isDigit }) {
      return word
    }
    let cleaned = FieldCleaning.master.clean(word)
    return names.contains(cleaned) ? cleaned : word
  }

  /// A word of `graph_order`: `name`, `-name` (not drawn), `name=path` (borrowed).
  static func ordered(_ word: Substring, _ names: Set<String>) -> String {
    if word.contains("=") { return String(word) }
    let whole = clean(word, names)
    if whole != word || names.contains(whole) || !word.hasPrefix("-") { return whole }
    return "-" + clean(word.dropFirst(), names)
  }

  /// The words of a `cdef`, also those inside `PREV(…)`.
  static func expression(_ text: String, _ names: Set<String>) -> String {
    text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let word = part.drop { $0 == " " || $0 == "\t" }
      if parseNumber(word.utf8.span) != nil { return String(part) }
      if word.hasPrefix("PREV("), word.hasSuffix(")") {
        return "PREV(\(clean(word.dropFirst(5).dropLast(), names)))"
      }
      let cleaned = clean(word, names)
      return cleaned == word ? String(part) : cleaned
    }.joined(separator: ",")
  }
}
