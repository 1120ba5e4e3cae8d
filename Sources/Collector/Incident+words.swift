internal import Incidents
internal import Limits
internal import Text

/// Incidents in one line, for lists on a terminal.
extension Incident {
  /// What it is about and what is wrong, `g;web1:memory: memory.free 0.8`; of one that is over what was, at its worst.
  /// - Parameter reason: why it is so, in place of the reason that it has.
  func inWords(_ reason: String? = nil) -> String {
    let what = reason ?? self.what
    return what.isEmpty ? placeInWords : "\(placeInWords): \(what)"
  }

  /// `g;web1:memory`
  var placeInWords: String {
    if case .endpoint(let address) = place { return address }
    var text = path.joined(separator: ";")
    if let service = place.service { text += ":\(service)" }
    return text.isEmpty ? "the collector" : text
  }

  /// `memory.free 0.8`
  var what: String {
    if let reason { return reason }
    func level(_ part: IncidentPart) -> Level { isOpen ? part.level : part.worst }
    let causes = parts.filter { $0.role == .cause && !$0.field.isEmpty }
    let worst = causes.map(level).max()
    let names = causes.filter { level($0) == worst }.map { part in
      let value = isOpen ? part.value : part.worstValue ?? part.value
      return "\(part.graph).\(part.field)" + (value.map { " \(Amount.text($0))" } ?? "")
    }
    return ShortList.text(names, most: 3) ?? ""
  }
}
