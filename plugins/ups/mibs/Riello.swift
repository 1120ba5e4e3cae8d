#if SNMP
  internal import SNMP

  /// Riello's RIELLOUPS-MIB.
  extension MIBTable {
    /// Riello mirrors RFC 1628 below a number of its own.
    static let riello = MIBTable("Riello", "1.3.6.1.4.1.5491.10.1", maker: "Riello", rows: rfcRows)
  }
#endif
