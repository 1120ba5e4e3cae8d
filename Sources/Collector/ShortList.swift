/// The first of many findings as one line of the log, with the number of the others.
enum ShortList {
  /// `nil` for none.
  static func text(_ items: [String], most: Int) -> String? {
    guard !items.isEmpty else { return nil }
    let more = items.count > most ? "; and \(items.count - most) more" : ""
    return items.prefix(most).joined(separator: "; ") + more
  }
}
