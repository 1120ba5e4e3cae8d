internal import MuninWire

/// The colours given to fields that ask for none, six hexadecimal digits each.
public struct Palette: Sendable, Hashable {
  private let colours: [Substring]

  private init(colours: String) { self.colours = colours.split(separator: " ") }

  /// munin's `palette default`.
  public static let standard = Palette(
    colours:
      """
      00CC00 0066B3 FF8000 FFCC00 330099 990099 CCFF00 FF0000 808080 008F00 00487D B35A00 B38F00 \
      6B006B 8FB300 B30000 BEBEBE 80FF80 80C9FF FFC080 FFE680 AA80FF EE00CC FF8080 666600 FFBFFF \
      00FFCC CC6699 999900
      """)

  /// munin's `palette old`.
  public static let old = Palette(
    colours:
      """
      22FF22 0022FF FF0000 00AAAA FF00FF FFA500 CC0000 0000CC 0080C0 8080C0 FF0080 800080 688E23 \
      408080 808000 000000 00FF00 0080FF FF8000 800000 FB31FB
      """)

  /// By munin's name for it.
  public init?(_ name: String) {
    switch name {
    case "default": self = .standard
    case "old": self = .old
    default: return nil
    }
  }

  /// The colour of the field drawn as number `index`, from 0; after the last comes the first.
  public subscript(_ index: Int) -> String { String(colours[index % colours.count]) }

  /// A plugin's `colour`: hexadecimal digits (eight of them: with opacity) or `COLOURn`.
  func colour(_ text: String) -> String? {
    if text.hasPrefix("COLOUR") {
      return UInt32(text.dropFirst(6)).map { self[Int($0)] }
    }
    let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
    let isColour = [6, 8].contains(digits.utf8.count) && digits.utf8.allSatisfy(isHexDigit)
    return isColour ? String(digits) : nil
  }
}

func isHexDigit(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
}
