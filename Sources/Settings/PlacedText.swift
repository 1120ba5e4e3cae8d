internal import MuninWire

/// A value, or a part of one, and the line that it stands in.
public struct PlacedText: Sendable, Hashable {
  public let text: String
  public let place: SettingPlace

  public init(_ text: String, at place: SettingPlace) {
    self.text = text
    self.place = place
  }
}

extension Directive {
  var place: SettingPlace { SettingPlace(file: file, line: line) }
  var placed: PlacedText { PlacedText(value, at: place) }

  /// Whether it names a file below a folder of time zones; whether there is such a file, the caller has to see.
  func zone() throws(SettingFinding) -> PlacedText {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false)
    guard value.utf8.count <= 64,
      parts.allSatisfy({ part in
        !part.isEmpty && part.utf8.allSatisfy { $0.isWord || "+-".utf8.contains($0) }
      })
    else { throw expected("a time zone such as Europe/Berlin") }
    return placed
  }

  /// `90`, `10m`, `4h`: at most 366 days.
  func duration() throws(SettingFinding) -> Int {
    guard let seconds = parseTimeSpan(value.utf8.span), seconds <= 366 * 86_400 else {
      throw expected("a time such as 30m, 4h or 2d")
    }
    return seconds
  }

  /// The same, or 0, at most an hour.
  func shortDuration() throws(SettingFinding) -> Int {
    if value == "0" { return 0 }
    guard let seconds = parseTimeSpan(value.utf8.span), seconds <= 3600 else {
      throw expected("seconds from 0 to 3600")
    }
    return seconds
  }
}
