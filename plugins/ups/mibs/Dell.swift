#if SNMP
  internal import SNMP

  /// RFC 1628 with the objects of Dell's DELL-SNMP-UPS-MIB.
  extension MIBTable {
    /// Dell's cards answer RFC 1628; the enterprise's objects tell the runtime in seconds and the identity. The global
    /// status is that of all Dell devices: from 4 on something is wrong.
    static let dell = MIBTable(
      "RFC 1628 with Dell's", "1.3.6.1.2.1.33.1",
      rows: """
        model .1.3.6.1.4.1.674.10902.2.100.1.0
        firmware .1.3.6.1.4.1.674.10902.2.100.4.0
        runtime .1.3.6.1.4.1.674.10902.2.120.5.3.0
        state .1.3.6.1.4.1.674.10902.2.110.1.0 4=alarm 5=alarm 6=alarm
        """, rfcRows)
  }
#endif
