internal import MuninWire

/// The profile as the lines of a file. A file is read as strictly as anything from outside: it may be of another
/// release, cut short, or written by hand.
extension UPSProfile {
  /// How long a file may be.
  static let longestText = 8192
  private static let header = "apus-ups 1"

  /// Why a file is not read: the number of the line, what was expected there, what was found.
  struct BadLine: Error, Equatable, CustomStringConvertible {
    let line: Int
    let expected: String
    let found: String

    var description: String {
      "\(line): expected \(expected), found '\(UPSText.cleaned(found) ?? "")'"
    }
  }

  /// - Parameter device: which device it is, by the settings of its service.
  func text(of device: String) -> String {
    var lines = [UPSProfile.header, "device \(device)"]
    if let title { lines.append("title \(title)") }
    if let low = limits.lowRuntime { lines.append("low_runtime \(low)") }
    if let mains = limits.mains { lines.append("mains \(mains.lowerBound) \(mains.upperBound)") }
    if let frequency = limits.frequency { lines.append("frequency \(frequency)") }
    lines += phases.sorted().map { "phase \($0 + 1)" }
    lines += fields.map { "field \($0.quantity.rawValue) \($0.phase + 1)" }.sorted()
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a file.
  /// - Throws: ``BadLine`` also when the file is of another device: the settings changed.
  init(text: String, of device: String) throws(BadLine) {
    self.init()
    // A missing end of line is a file cut short.
    guard text.hasSuffix("\n") else {
      throw BadLine(
        line: 0, expected: "a file that ends with a line", found: String(text.suffix(20)))
    }
    let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() {
      func bad(_ expected: String) -> BadLine {
        BadLine(line: place + 1, expected: expected, found: String(line))
      }
      switch place {
      case 0: if line != UPSProfile.header { throw bad("'\(UPSProfile.header)'") }
      case 1:
        guard line.hasPrefix("device ") else { throw bad("the device") }
        if line.dropFirst(7) != device { throw bad("'device \(device)'") }
      default:
        guard let expected = take(line) else { continue }
        throw bad(expected)
      }
    }
    guard lines.count > 1 else {
      throw BadLine(line: 2, expected: "the device", found: "")
    }
  }

  /// Takes one line.
  /// - Returns: what was expected in its place, if it cannot be read.
  private mutating func take(_ line: Substring) -> String? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    let numbers = words.dropFirst().map { parseNumber(Array($0.utf8).span) }
    switch (words[0], words.count) {
    case ("title", 2...):
      let title = String(line.dropFirst(6))
      guard UPSText.isClean(title) else { return "a title without control characters" }
      self.title = title
    case ("low_runtime", 2):
      guard let low = numbers[0], UPSQuantity.lowRuntime.accepts(low) else { return "seconds" }
      limits.lowRuntime = low
    case ("mains", 3):
      guard let low = numbers[0], let high = numbers[1], UPSQuantity.input.accepts(low),
        high.isFinite, low <= high, high <= 2 * UPSQuantity.input.bounds.upperBound
      else { return "two voltages" }
      limits.mains = low...high
    case ("frequency", 2):
      guard let frequency = numbers[0], frequency == 50 || frequency == 60 else {
        return "50 or 60 Hz"
      }
      limits.frequency = frequency
    case ("phase", 2):
      guard let phase = UPSProfile.phase(words[1]) else { return "a phase from 1 to 3" }
      phases.insert(phase)
    case ("field", 3):
      guard let quantity = UPSQuantity(rawValue: String(words[1])),
        let phase = UPSProfile.phase(words[2]), phase == 0 || quantity.hasPhases
      else { return "a quantity and a phase from 1 to 3" }
      fields.insert(UPSGraphs.Key(quantity: quantity, phase: phase))
    default: return "title, low_runtime, mains, frequency, phase or field"
    }
    return nil
  }

  private static func phase(_ word: Substring) -> Int? {
    Int(word).flatMap { (1...UPSReading.phases).contains($0) ? $0 - 1 : nil }
  }
}
