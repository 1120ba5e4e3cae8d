#if SNMP
  internal import SNMP

  /// Which tables may fit a device.
  enum MIBChoice {
    /// The system's own identifier, which names the maker's product.
    static let systemObject: OID = "1.3.6.1.2.1.1.2.0"

    /// Tables by the beginning of ``systemObject``, the best one first; the longest beginning that fits counts. An empty
    /// row names products that are not UPSs, so that only a probe finds one.
    private static let byProduct: [(start: OID, tables: [MIBTable])] = [
      ("1.3.6.1.2.1.33", [.rfc1628]),
      ("1.3.6.1.4.1.318.1.3", [.apc, .rfc1628]),
      ("1.3.6.1.4.1.318.1.3.4", []),
      ("1.3.6.1.4.1.318.1.3.11", []),
      ("1.3.6.1.4.1.3808", [.cyberPower, .rfc1628]),
      ("1.3.6.1.4.1.534.1", [.xups, .rfc1628]),
      ("1.3.6.1.4.1.534.2", [.xups, .rfc1628]),
      ("1.3.6.1.4.1.534.2.12", [.gateway, .rfc1628]),
      ("1.3.6.1.4.1.705.1", [.mge, .xups, .rfc1628]),
      ("1.3.6.1.4.1.232.165.3", [.hp, .rfc1628]),
      ("1.3.6.1.4.1.2254.2.4", [.delta, .rfc1628]),
      ("1.3.6.1.4.1.2254.2.5", [.rfc1628]),
      ("1.3.6.1.4.1.850.1", [.trippLite, .trippLiteOld]),
      ("1.3.6.1.4.1.850.100", [.trippLiteOld]),
      ("1.3.6.1.4.1.2011.6.174", [.huawei, .rfc1628]),
      ("1.3.6.1.4.1.935", [.xppc, .rfc1628]),
      ("1.3.6.1.4.1.935.10", [.eppc, .xppc, .rfc1628]),
      ("1.3.6.1.4.1.4555.1.1.1", [.netVision5, .rfc1628]),
      ("1.3.6.1.4.1.4555.1.1.7", [.netVision7, .rfc1628]),
      ("1.3.6.1.4.1.476.1.42", [.liebert, .rfc1628]),
      ("1.3.6.1.4.1.5491", [.rfc1628, .riello]),
      ("1.3.6.1.4.1.674.10902.2", [.dell]),
    ]

    /// Objects that tell that a device has a MIB, one or more for each; the makers' own MIBs go before RFC 1628, which
    /// tells less.
    static let probes: [(object: OID, table: MIBTable)] = [
      ("1.3.6.1.4.1.318.1.1.1.1.1.1.0", .apc),
      ("1.3.6.1.4.1.3808.1.1.1.1.1.1.0", .cyberPower),
      ("1.3.6.1.4.1.705.1.1.1.0", .mge),
      ("1.3.6.1.4.1.534.1.1.2.0", .xups),
      // Cards of MGE's MIB tell their probe for temperature and humidity here.
      ("1.3.6.1.4.1.534.1.6.1.0", .xups),
      ("1.3.6.1.4.1.534.1.6.5.0", .xups),
      ("1.3.6.1.4.1.2254.2.4.1.2.0", .delta),
      ("1.3.6.1.4.1.935.10.1.1.2.1.0", .eppc),
      ("1.3.6.1.4.1.935.1.1.1.1.1.1.0", .xppc),
      ("1.3.6.1.4.1.935.1.1.1.4.1.1.0", .xppc),
      ("1.3.6.1.4.1.2011.6.174.1.2.100.1.2.1", .huawei),
      ("1.3.6.1.4.1.4555.1.1.7.1.1.1.0", .netVision7),
      ("1.3.6.1.4.1.4555.1.1.1.1.1.1.0", .netVision5),
      ("1.3.6.1.4.1.232.165.3.1.2.0", .hp),
      ("1.3.6.1.4.1.850.1.1.3.1.3.1.1.1.1.1", .trippLite),
      ("1.3.6.1.4.1.5491.10.1.2.1.0", .riello),
      ("1.3.6.1.4.1.476.1.42.2.1.1.0", .liebert),
      ("1.3.6.1.4.1.674.10902.2.110.1.0", .dell),
      ("1.3.6.1.2.1.33.1.2.1.0", .rfc1628),
      // Some leave out the battery's state.
      ("1.3.6.1.2.1.33.1.4.1.0", .rfc1628),
    ]

    /// The tables for a product; none for one that is not known.
    static func tables(for system: SNMPValue) -> [MIBTable] {
      guard let product = identifier(system) else { return [] }
      let fitting = byProduct.filter { product.hasPrefix($0.start) }
      return fitting.max { $0.start.numbers.count < $1.start.numbers.count }?.tables ?? []
    }

    /// An identifier, also when it is sent as a text.
    static func identifier(_ value: SNMPValue) -> OID? {
      switch value {
      case .oid(let identifier): identifier
      case .octets(let bytes):
        UPSText.cleaned(bytes).flatMap { OID($0) }
      default: nil
      }
    }
  }
#endif
