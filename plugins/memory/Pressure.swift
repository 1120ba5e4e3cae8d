internal import MuninWire
internal import PluginKit

/// How long tasks waited for a resource, from a file of `/proc/pressure` or of a control group (pressure stall
/// information: the kernel's accounting/psi.rst; Linux 4.20).
struct Pressure {
  /// A line of the file.
  struct Line {
    /// The share of the last five minutes, in percent.
    var average: Double
    /// Microseconds since boot.
    var total: UInt64
  }

  /// At least one task waited.
  var some: Line
  /// All tasks waited at once. Of processors only since Linux 5.13.
  var full: Line?

  /// - Parameter source: the file, for errors.
  init(_ text: Span<UInt8>, from source: @autoclosure () -> String) throws(PluginError) {
    var some: Line?
    var lines = LineReader()
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      if line.hasPrefix("some ") { some = Pressure.line(line) }
      if line.hasPrefix("full") {
        full = Pressure.line(line)
        if full == nil { throw Pressure.strange(line, source()) }
      }
    }
    guard let some else { throw Pressure.strange(text, source()) }
    self.some = some
  }

  /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`
  private static func line(_ line: Span<UInt8>) -> Line? {
    var average: Double?
    var total: UInt64?
    var words = WordReader(from: 5)
    while let range = words.next(in: line) {
      let word = line.extracting(range)
      if word.hasPrefix("avg300=") { average = parseNumber(word.extracting(7..<word.count)) }
      if word.hasPrefix("total=") { total = parseUnsigned(word.extracting(6..<word.count)) }
    }
    // Rounding may give a little more than 100.
    guard let average, let total, (0...101).contains(average) else { return nil }
    return Line(average: average, total: total)
  }

  private static func strange(_ text: Span<UInt8>, _ source: String) -> PluginError {
    PluginError(
      source: source, expected: "lines 'some avg10=... avg300=... total=...'",
      found: excerpt(text))
  }
}

extension Finding<Pressure> {
  var some: Finding<Pressure.Line> { part(\.some) }
  var full: Finding<Pressure.Line> { part(\.full) }
}

extension Pressure {
  /// The pressure of the whole machine; `nil` where the kernel does not measure it (before Linux 4.20, without
  /// CONFIG_PSI, with `psi=0`) and where a container must not read it.
  static func ofMachine(_ path: StaticString, on host: Host) throws(PluginError) -> Pressure? {
    guard host.canRead(path) else { return nil }
    // Some kernels open the file and refuse to read it (EOPNOTSUPP): that means "not measured", not "cannot be parsed".
    var strange: PluginError?
    let pressure = try? host.read(path, isOneRecord: true) { text in
      do throws(PluginError) {
        return try Pressure(text, from: "\(path)") as Pressure?
      } catch {
        strange = error
        return nil
      }
    }
    if let strange { throw strange }
    return pressure ?? nil
  }

  /// The pressure of a control group; `nil` where there is no such file.
  static func of(
    _ group: ControlGroup.Ancestor, _ file: StaticString, on host: Host
  ) throws(PluginError) -> Pressure? {
    try host.readIfPresent(in: group.folder, file) { text throws(PluginError) in
      try Pressure(text, from: "\(String(copying: group.folder.span))\(file)")
    }
  }
}
