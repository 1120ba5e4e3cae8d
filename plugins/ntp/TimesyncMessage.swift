internal import EventLoop

/// The last answer of timesyncd's server, from its property `NTPMessage`. Times in seconds.
struct TimesyncMessage: Equatable {
  var leap: Int
  var stratum: Int
  var rootDelay: Double
  var rootDispersion: Double
  var reference: [UInt8]
  var offset: Double
  var delay: Double
  /// Seconds since 1970.
  var received: Double
  var packets: UInt64
  var jitter: Double

  /// - Returns: `nil` when the value has another signature.
  init?(_ value: BusValueBytes) {
    guard var reader = value.reader(of: "(uuuuittayttttbtt)") else { return nil }
    let text = value.bytes.span
    reader.align(to: 8)
    guard let leap = reader.word(in: text), reader.word(in: text) != nil,
      reader.word(in: text) != nil, let stratum = reader.word(in: text),
      reader.word(in: text) != nil, let rootDelay = reader.long(in: text),
      let rootDispersion = reader.long(in: text), let reference = reader.bytes(in: text),
      let origin = reader.long(in: text), let receive = reader.long(in: text),
      let transmit = reader.long(in: text), let destination = reader.long(in: text),
      reader.word(in: text) != nil, let packets = reader.long(in: text),
      let jitter = reader.long(in: text)
    else { return nil }
    self.leap = Int(min(leap, 3))
    self.stratum = Int(min(stratum, 16))
    self.rootDelay = Double(rootDelay) / 1e6
    self.rootDispersion = Double(rootDispersion) / 1e6
    self.reference = reference
    // Differences of whole microseconds: as a Double a time since 1970 is not exact enough.
    let there = Double(Int64(bitPattern: receive &- origin))
    let back = Double(Int64(bitPattern: transmit &- destination))
    offset = (there + back) / 2e6
    delay =
      (Double(Int64(bitPattern: destination &- origin))
        - Double(Int64(bitPattern: transmit &- receive))) / 1e6
    received = Double(destination) / 1e6
    self.packets = packets
    self.jitter = Double(jitter) / 1e6
  }

  /// The reference ID as text: letters below stratum 2, else an address.
  var referenceText: String {
    stratum > 1
      ? reference.map { String($0) }.joined(separator: ".")
      : reference.span.plainText(0..<(reference.firstIndex(of: 0) ?? reference.count))
  }
}

/// The properties that timesyncd has on the bus.
struct TimesyncAccount: Equatable {
  var message: TimesyncMessage?
  var name: String?
  var address: String?
  /// Seconds.
  var poll: Double?

  /// The properties, in the order of the questions.
  static let properties = ["NTPMessage", "ServerName", "ServerAddress", "PollIntervalUSec"]

  mutating func take(_ value: BusValueBytes, of property: Int) {
    let text = value.bytes.span
    switch property {
    case 0: message = TimesyncMessage(value)
    case 1:
      guard var reader = value.reader(of: "s"), let range = reader.string(in: text) else { return }
      name = range.isEmpty ? nil : text.plainText(range)
    case 2:
      guard var reader = value.reader(of: "(iay)") else { return }
      reader.align(to: 8)
      guard reader.word(in: text) != nil, let bytes = reader.bytes(in: text) else { return }
      address = TimesyncAccount.written(bytes)
    default:
      guard var reader = value.reader(of: "t"), let interval = reader.long(in: text) else { return }
      // systemd's word for "none" is the largest number (USEC_INFINITY).
      poll = interval == .max ? nil : Double(interval) / 1e6
    }
  }

  private static func written(_ bytes: [UInt8]) -> String? {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    guard bytes.count == 16 else { return nil }
    var groups: [String] = []
    for place in stride(from: 0, to: 16, by: 2) {
      groups.append(String(bytes.span.word(at: place), radix: 16))
    }
    return (try? SocketAddress(host: groups.joined(separator: ":"), port: 0))?.host
  }

  /// Adds what timesyncd knows to a snapshot of the kernel.
  /// - Parameter now: seconds since 1970.
  func complete(_ snapshot: inout NTPSnapshot, at now: Double) {
    guard let server = address ?? name else { return }
    var peer = Association(name: server.lowercased())
    if let name, name != server { peer.host = name }
    peer.poll = poll.flatMap { $0 > 0 ? $0 : nil }
    peer.selection = .reject
    if let message, message.packets > 0 {
      peer.stratum = message.stratum == 0 ? 16 : message.stratum
      peer.reference = message.referenceText
      peer.offset = message.offset
      peer.delay = message.delay
      peer.jitter = message.jitter
      peer.age = max(0, now - message.received)
      if snapshot.system.leap != 3 {
        peer.selection = .systemPeer
        snapshot.system.stratum = min(message.stratum + 1, 16)
        snapshot.system.offset = message.offset
        snapshot.system.rootDelay = message.rootDelay + message.delay
        snapshot.system.rootDispersion = message.rootDispersion
        snapshot.system.reference = server
      }
    }
    if snapshot.system.stratum == nil { snapshot.system.stratum = 16 }
    snapshot.associations = [peer]
  }
}
