/// What an agent answers for one object (RFC 3416, section 3).
public enum SNMPValue: Hashable, Sendable {
  /// INTEGER, Integer32.
  case integer(Int64)
  /// Counter32, Gauge32, Unsigned32, Counter64.
  case unsigned(UInt64)
  /// TimeTicks, hundredths of seconds.
  case ticks(UInt64)
  case octets([UInt8])
  case oid(OID)
  /// IpAddress, four bytes.
  case address([UInt8])
  case null
  /// The agent does not have the object, or not this instance of it, or no object behind it. A v1 agent's noSuchName is
  /// ``noSuchObject`` for the object that the agent names.
  case noSuchObject
  case noSuchInstance
  case endOfView
  /// A value of another type, by its BER tag.
  case other(UInt8)

  /// Whether the agent has no value for the object.
  public var isMissing: Bool {
    switch self {
    case .noSuchObject, .noSuchInstance, .endOfView: true
    default: false
    }
  }
}

/// An object and its value.
public struct SNMPBinding: Hashable, Sendable {
  public let oid: OID
  public let value: SNMPValue

  public init(_ oid: OID, _ value: SNMPValue) {
    self.oid = oid
    self.value = value
  }
}
