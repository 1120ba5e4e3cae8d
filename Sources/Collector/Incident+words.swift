internal import Incidents
internal import Limits
internal import Text

/// Incidents in one line, for lists on a terminal.
extension Incident {
  /// What it is about and what is wrong now, `g;web1:memory: memory.free 0.8`; of one that is over what was, at its worst.
  /// - Parameter reason: why it is so, in place of the reason that it has.
  func inWords(_ reason: String? = nil) -> String {
    let what = reason ?? (isOpen ? self.what : whatAtWorst)
    return what.isEmpty ? placeInWords : "\(placeInWords): \(what)"
  }

  /// `g;web1:memory`
  var placeInWords: String {
    if case .endpoint(let address) = place { return address }
    var text = path.joined(separator: ";")
    if let service = place.service { text += ":\(service)" }
    return text.isEmpty ? "the collector" : text
  }

  /// What is wrong now: `memory.free 0.8`.
  var what: String { words(parts.filter(\.isBad), \.level, \.value) }

  /// What was wrong when it was worst.
  var whatAtWorst: String {
    let values = words(parts, \.worst) { $0.worstValue ?? $0.value }
    // The words of all nodes' reasons are of one level: the first one is how it began.
    guard let latest = latestWords, let words, latest != words, values == latest else {
      return values
    }
    return "\(words); later: \(latest)"
  }

  /// Values that are wrong by themselves come before the reason why others are unknown.
  private func words(
    _ parts: [IncidentPart], _ level: (IncidentPart) -> Level,
    _ value: (IncidentPart) -> Double?
  ) -> String {
    let known = parts.filter { !$0.field.isEmpty && level($0) > .unknown }
    if known.isEmpty, let reason { return reason }
    let causes = known.isEmpty ? parts.filter { $0.role == .cause && !$0.field.isEmpty } : known
    let worst = causes.map(level).max()
    let names = causes.filter { level($0) == worst }.map { part in
      "\(part.graph).\(part.field)" + (value(part).map { " \(Amount.text($0))" } ?? "")
    }
    return ShortList.text(names, most: 3) ?? ""
  }
}
