#if SNMP
  internal import MuninWire
  internal import SNMP

  extension SNMPValue {
    /// The number that a device means; `nil` when there is none, or when it is one of the ways to say so.
    ///
    /// - Parameter isCounter: a count that grows may be above 2^31; elsewhere such a number is a negative one in
    ///   disguise, and means none.
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
      case .octets(let bytes):
        UPSReading.identity(String(decoding: bytes.prefix(255), as: UTF8.self))
      case .integer(let number): String(number)
      case .unsigned(let number): String(number)
      default: nil
      }
    }
  }
#endif
