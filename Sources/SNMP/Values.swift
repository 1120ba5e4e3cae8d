internal import CNetSNMP

extension SNMPBinding {
  /// Copies an object and its value out of the library's structures.
  /// - Parameter asked: the object that was asked for at this place, whose name is used again.
  init(copying variable: netsnmp_variable_list, asked: OID?) {
    let name = UnsafeBufferPointer(
      start: variable.name, count: variable.name == nil ? 0 : variable.name_length)
    if let asked, asked.numbers.count == name.count,
      zip(asked.numbers, name).allSatisfy({ UInt($0) == $1 })
    {
      oid = asked
    } else {
      oid = OID(name.map { UInt32(truncatingIfNeeded: $0) })
    }
    value = SNMPValue(copying: variable)
  }
}

extension SNMPValue {
  init(copying variable: netsnmp_variable_list) {
    // An agent's damaged answer can leave a type and a length without a value.
    guard let start = variable.val.string else {
      self = SNMPValue(withoutValue: variable.type)
      return
    }
    let bytes = UnsafeBufferPointer(start: start, count: variable.val_len)
    // The tags of RFC 3416, section 3, and RFC 1155.
    switch variable.type {
    case 0x02: self = .integer(Int64(variable.val.integer.pointee))
    case 0x04: self = .octets(Array(bytes))
    case 0x06:
      let count = variable.val_len / MemoryLayout<oid>.stride
      let numbers = UnsafeBufferPointer(start: variable.val.objid, count: count)
      self = .oid(OID(numbers.map { UInt32(truncatingIfNeeded: $0) }))
    case 0x40: self = .address(Array(bytes))
    case 0x41, 0x42, 0x47:
      self = .unsigned(UInt64(UInt(bitPattern: variable.val.integer.pointee)))
    case 0x43: self = .ticks(UInt64(UInt(bitPattern: variable.val.integer.pointee)))
    case 0x46:
      let halves = variable.val.counter64.pointee
      self = .unsigned(UInt64(halves.high & 0xffff_ffff) << 32 | UInt64(halves.low & 0xffff_ffff))
    default: self = SNMPValue(withoutValue: variable.type)
    }
  }

  private init(withoutValue type: UInt8) {
    switch type {
    case 0x04: self = .octets([])
    case 0x05: self = .null
    case 0x80: self = .noSuchObject
    case 0x81: self = .noSuchInstance
    case 0x82: self = .endOfView
    default: self = .other(type)
    }
  }
}
