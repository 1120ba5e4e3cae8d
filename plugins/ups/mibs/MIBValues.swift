#if SNMP
  internal import MuninWire
  internal import SNMP

  extension SNMPValue {
    /// The number that a device sends; `nil` for a value without one, and for a negative number sent as an unsigned one.
    ///
    /// - Parameter isCounter: a counter may be above 2^31; elsewhere such a number is a negative one.
    func number(isCounter: Bool = false) -> Double? {
      switch self {
      case .integer(let number): return Double(number)
      case .unsigned(let number):
        guard isCounter || number <= UInt64(Int32.max) else { return nil }
        return Double(number)
      case .ticks(let number): return number <= UInt64(Int32.max) ? Double(number) : nil
      case .octets(let bytes):
        // Some cards send their numbers as texts.
        let text = bytes.filter { $0 > 0x20 && $0 < 0x7F }
        return parseNumber(text.span)
      default: return nil
      }
    }

    /// The whole number of an enumeration.
    var code: Int64? {
      number().flatMap { Int64(exactly: $0) }
    }

    /// The text of a string, or of a number where a device sends one.
    var text: String? {
      switch self {
      case .octets(let bytes): UPSText.cleaned(bytes)
      case .integer(let number): String(number)
      case .unsigned(let number): String(number)
      default: nil
      }
    }

    /// Whether the device has something there.
    var isPresent: Bool { !isMissing && self != .null }
  }
#endif
