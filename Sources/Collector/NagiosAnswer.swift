internal import Limits
internal import MuninWire
internal import Text

/// An answer in the form that Nagios, Icinga and the like want of a plugin: a line, and an exit status.
///
/// `MEMORY CRITICAL - free 0.8 MiB, limit 1 MiB | 'free'=838860B;;1048576:;;`
public struct NagiosAnswer: Sendable, Equatable {
  /// 0 ok, 1 warning, 2 critical, 3 unknown.
  public let exitStatus: Int32
  /// One line, with performance data behind a bar.
  public let line: String

  /// Nagios reads 8 kB at most, and cuts what is longer anywhere.
  private static let mostText = 1000
  private static let mostData = 6000

  /// - Parameters:
  ///   - name: what was checked: `MEMORY`.
  ///   - data: performance data; what has no more room is left out.
  init(_ name: String, _ level: Level, _ text: String, data: [NagiosDatum] = []) {
    exitStatus = Int32(level.muninNumber)
    var line = Self.plain("\(name) \(level.word) - \(text)")
    var room = Self.mostData
    var separator = " | "
    for one in data {
      let text = one.text
      room -= text.utf8.count + 1
      if room < 0 { break }
      line += separator + text
      separator = " "
    }
    self.line = line
  }

  /// An answer about the check itself: wrong settings, a target that does not exist.
  public init(failure: String) { self.init("APUS", .unknown, failure) }

  /// A bar would begin the performance data, and a control character end the line.
  private static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(mostText) {
      plain.append(
        scalar == "|" ? "/" : scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return String(plain)
  }
}

/// One value of the performance data.
struct NagiosDatum {
  var name: String
  /// `nil` for an unknown one.
  var value: Double?
  /// `B`, `%`, `s` or nothing.
  var unit = ""
  var warning: Bounds?
  var critical: Bounds?
  /// The smallest and the largest possible value.
  var possible = Bounds()

  var text: String {
    // `=` would end the name; a quote is doubled.
    let label = String(
      String.UnicodeScalarView(
        name.unicodeScalars.prefix(100).map {
          $0 == "=" || $0.properties.generalCategory == .control ? "_" : $0
        })
    ).replacing("'", with: "''")
    let limits = [Self.range(warning), Self.range(critical)]
    let ends = [possible.min, possible.max].map { $0.map(Self.number) ?? "" }
    return "'\(label)'=\(value.map { Self.number($0) + unit } ?? "U");"
      + (limits + ends).joined(separator: ";")
  }

  /// Without an exponent, which not every reader knows.
  private static func number(_ value: Double) -> String {
    Bounds(max: value).description.dropFirst().description
  }

  /// munin's `:10` is `~:10` here, since `10` means 0 to 10.
  private static func range(_ bounds: Bounds?) -> String {
    switch (bounds?.min, bounds?.max) {
    case (nil, nil): ""
    case (let low?, nil): "\(number(low)):"
    case (nil, let high?): "~:\(number(high))"
    case (let low?, let high?): "\(number(low)):\(number(high))"
    }
  }
}
