/// A range of addresses that share their first bits: `10.0.0.0/8`, `2001:db8::/32`.
public struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
  /// The first address of the block.
  public let network: Address
  /// How many leading bits are fixed.
  public let length: Int

  /// The length is mandatory, as in munin; the bits behind it are cleared.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2,
      let address = Address(String(decoding: parts[0], as: UTF8.self)),
      var length = wholeNumber(String(decoding: parts[1], as: UTF8.self))
    else { return nil }
    // The length of an IPv4-mapped block includes the 96 bits in front of the IPv4 address.
    if address.width == 32, parts[0].contains(UInt8(ascii: ":")) {
      guard length >= 96 else { return nil }
      length -= 96
    }
    guard length <= address.width else { return nil }
    self.init(address, length: length)
  }

  init(_ address: Address, length: Int) {
    let free = address.width - length
    network = Address(width: address.width, bits: (address.bits >> free) << free)
    self.length = length
  }

  /// Whether the address lies in the block. Families never mix: `::/0` holds no IPv4 address.
  public func contains(_ address: Address) -> Bool {
    let free = network.width - length
    return address.width == network.width && address.bits >> free == network.bits >> free
  }

  public var description: String { "\(network)/\(length)" }
}
