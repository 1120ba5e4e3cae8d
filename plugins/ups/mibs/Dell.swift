#if SNMP
  internal import SNMP

  /// RFC 1628 with the objects of Dell's DELL-SNMP-UPS-MIB.
  extension MIBTable {
    /// Dell's cards answer RFC 1628; objects of Dell's own tell the identity, and the runtime in seconds. The global status
    /// is the same object in all Dell devices: 3 is ok, from 4 on something is wrong. Dell's power is the mean of an hour.
    static let dell = MIBTable(
      "RFC 1628 with Dell's", "1.3.6.1.2.1.33.1", maker: "Dell",
      rows: """
        model .1.3.6.1.4.1.674.10902.2.100.1.0
        firmware .1.3.6.1.4.1.674.10902.2.100.4.0
        runtime .1.3.6.1.4.1.674.10902.2.120.5.3.0
        state .1.3.6.1.4.1.674.10902.2.110.1.0 3=line? 4=alarm 5=alarm 6=alarm
        state .1.3.6.1.4.1.674.10902.2.120.5.1.0 1=charging 2=battery
        state .1.3.6.1.4.1.674.10902.2.120.5.2.0 3=alarm 5=test
        """, rfcRows,
      """
      serial .1.3.6.1.4.1.674.10902.2.120.1.2.0
      realPower .1.3.6.1.4.1.674.10902.2.120.2.6.0
      apparentPower .1.3.6.1.4.1.674.10902.2.120.2.9.0
      ambient .1.3.6.1.4.1.674.10902.2.120.7.3.2.0 /10
      humidity .1.3.6.1.4.1.674.10902.2.120.7.3.3.0 /10
      """)
  }
#endif
