#if SNMP
  internal import SNMP

  /// What the alarms of RFC 1628 and XUPS mean. An alarm is an identifier, the value of a row; alarms of other makers
  /// are only counted.
  enum MIBAlarms {
    private static let lists: [(prefix: OID, rows: String)] = [
      (
        "1.3.6.1.2.1.33.1.6.3",
        """
        1=replace 2=battery 3=low 4=low 5=hot 8=overload 9=bypass 11=off 12=off 14=off 15=off 19=alarm
        20=lost 24=test
        """
      ),
      (
        "1.3.6.1.4.1.534.1.7",
        """
        3=battery 4=low 5=ok 6=ok 7=overload 9=low 11=bypass 13=off 23=replace 24=off 25=alarm 26=lost
        28=test 29=hot 31=hot 39=ok 44=bypass
        """
      ),
    ]

    private static let meanings: [OID: MIBMeaning] = {
      var meanings: [OID: MIBMeaning] = [:]
      for (prefix, rows) in lists {
        for word in rows.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
          let (key, meaning) = MIBMeaning.pair(String(word))
          meanings[prefix.appending(UInt32(key)!)] = meaning
        }
      }
      return meanings
    }()

    /// The meaning of an alarm; `nil` for one without a meaning for the states. Some agents append an instance's 0.
    static func meaning(of alarm: OID) -> MIBMeaning? {
      if let meaning = meanings[alarm] { return meaning }
      guard alarm.numbers.last == 0 else { return nil }
      return meanings[OID(Array(alarm.numbers.dropLast()))]
    }
  }
#endif
