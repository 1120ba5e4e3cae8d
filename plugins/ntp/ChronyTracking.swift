internal import EventLoop
internal import MuninWire

/// An address as chronyd sends it: 16 bytes, a family, two unused bytes.
struct ChronyAddress: Sendable, Equatable {
  let bytes: [UInt8]

  init(_ text: Span<UInt8>, at position: Int) {
    bytes = text.extracting(position..<position + 20).withUnsafeBufferPointer(Array.init)
  }

  /// The address as text; `nil` for no address, and for a name that is not resolved yet.
  var text: String? {
    switch bytes[16..<18] {
    case [0, 1]: bytes[..<4].map { String($0) }.joined(separator: ".")
    case [0, 2]:
      // As the C library writes it, with the zeros left out.
      (try? SocketAddress(host: written, port: 0))?.host
    default: nil
    }
  }

  private var written: String {
    stride(from: 0, to: 16, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }.joined(separator: ":")
  }

  /// The name of a reference clock: up to four letters.
  var letters: String {
    let letters = bytes[..<4].filter { (0x21...0x7E).contains($0) }
    return String(copying: letters.span)
  }
}

extension Span where Element == UInt8 {
  /// A floating point number of chronyd: seven bits of exponent, 25 of coefficient, both signed.
  func chronyFloat(at position: Int) -> Double {
    let bits = Int32(bitPattern: longWord(at: position))
    let exponent = bits >> 25
    let coefficient = (bits << 7) >> 7
    return Double(sign: .plus, exponent: Int(exponent) - 25, significand: Double(coefficient))
  }

  /// Seconds since 1970 with their fraction; a high word of `7fffffff` means that only the low word counts.
  func chronyTime(at position: Int) -> Double {
    let high = longWord(at: position)
    let low = longWord(at: position + 4)
    let whole = high == 0x7FFF_FFFF ? Double(low) : Double(high) * 0x1p32 + Double(low)
    return whole + Double(longWord(at: position + 8)) / 1e9
  }
}

/// chronyd's tracking data, with chronyd's signs: a positive frequency or offset means that the clock is fast, a positive
/// correction that it is slow.
struct ChronyTracking: Sendable, Equatable {
  var reference: UInt32
  var address: String?
  /// 0 when it is not synchronised.
  var stratum: Int
  var leap: Int
  /// Seconds since 1970.
  var updated: Double
  var correction: Double
  var lastOffset: Double
  var rmsOffset: Double
  /// ppm.
  var frequency: Double
  var residual: Double
  var skew: Double
  var rootDelay: Double
  var rootDispersion: Double

  static let replies: [UInt16: Int] = [5: 76]

  /// - Parameter data: at least 76 bytes.
  init(_ data: Span<UInt8>) {
    reference = data.longWord(at: 0)
    address = ChronyAddress(data, at: 4).text
    stratum = Int(data.word(at: 24))
    leap = Int(data.word(at: 26))
    updated = data.chronyTime(at: 28)
    correction = data.chronyFloat(at: 40)
    lastOffset = data.chronyFloat(at: 44)
    rmsOffset = data.chronyFloat(at: 48)
    frequency = data.chronyFloat(at: 52)
    residual = data.chronyFloat(at: 56)
    skew = data.chronyFloat(at: 60)
    rootDelay = data.chronyFloat(at: 64)
    rootDispersion = data.chronyFloat(at: 68)
  }

  /// - Parameter now: seconds since 1970.
  func system(at now: Double) -> NTPSnapshot.System {
    let isSynchronised = leap < 3 && (1...15).contains(stratum)
    var system = NTPSnapshot.System(
      offset: correction, jitter: rmsOffset, frequency: -frequency, rootDelay: rootDelay,
      rootDispersion: rootDispersion,
      stratum: isSynchronised ? stratum : 16, leap: (0...3).contains(leap) ? leap : nil,
      sinceSync: updated > 0 && now >= updated ? now - updated : nil,
      reference: address ?? (reference == 0 ? nil : letters))
    if !isSynchronised { system.forgetMeasurements() }
    return system
  }

  private var letters: String {
    if reference == 0x7F7F_0101 { return "LOCL" }
    var letters: [UInt8] = []
    for shift in [24, 16, 8, 0] as [UInt32] {
      let byte = UInt8(truncatingIfNeeded: reference >> shift)
      if (0x21...0x7E).contains(byte) { letters.append(byte) }
    }
    return String(copying: letters.span)
  }
}

/// chronyd's statistics of a source, with chronyd's signs.
struct ChronySourceStatistics: Sendable, Equatable {
  /// Seconds.
  var deviation: Double
  /// ppm, and their uncertainty.
  var frequency: Double
  var skew: Double
  /// Seconds, positive where this machine's clock is ahead.
  var offset: Double
  var samples: UInt32

  /// Before the third sample chronyd sends placeholders, such as a deviation of 4 s.
  var isMeasured: Bool { samples >= 3 }
  let address: ChronyAddress

  static let replies: [UInt16: Int] = [6: 56]

  /// - Parameter data: at least 56 bytes.
  init(_ data: Span<UInt8>) {
    address = ChronyAddress(data, at: 4)
    samples = data.longWord(at: 24)
    deviation = data.chronyFloat(at: 36)
    frequency = data.chronyFloat(at: 40)
    skew = data.chronyFloat(at: 44)
    offset = data.chronyFloat(at: 48)
  }
}

/// chronyd's counts as a server since its start.
struct ChronyServerStatistics: Sendable, Equatable {
  /// Each count with its field name in contrib's `chrony_status`.
  var counts: [(name: StaticString, count: UInt64)] = []

  static func == (one: ChronyServerStatistics, other: ChronyServerStatistics) -> Bool {
    one.counts.elementsEqual(other.counts) { "\($0.name)" == "\($1.name)" && $0.count == $1.count }
  }

  static let names: [StaticString] = [
    "received", "dropped", "command_received", "command_dropped", "client_log_records_dropped",
    "nts_ke_connections_accepted", "nts_ke_connections_dropped", "authenticated_packets",
  ]

  static let replies: [UInt16: Int] = [14: 20, 22: 32, 24: 44, 25: 168]

  /// - Parameter data: as long as the reply's entry in ``replies``.
  init(reply: UInt16, _ data: Span<UInt8>) {
    func count(_ place: Int) -> UInt64 {
      reply == 25
        ? UInt64(data.longWord(at: 8 * place)) << 32 | UInt64(data.longWord(at: 8 * place + 4))
        : UInt64(data.longWord(at: 4 * place))
    }
    // The order of the names above: received, key exchanges, commands; the same dropped; client log, authenticated.
    let places = reply == 14 ? [0, 2, 1, 3, 4] : [0, 3, 2, 5, 6, 1, 4, 7]
    counts = zip(ChronyServerStatistics.names, places).map { ($0, count($1)) }
  }
}

extension Association {
  static let replies: [UInt16: Int] = [3: 48]

  /// A source from chronyd's SOURCE_DATA; `nil` for a name that is not resolved yet.
  /// - Parameter data: at least 48 bytes.
  init?(chrony data: Span<UInt8>) {
    let address = ChronyAddress(data, at: 0)
    let isClock = data.word(at: 26) == 2
    let name = isClock ? address.letters : address.text
    guard let name, !name.isEmpty else { return nil }
    self.init(name: name)
    kind = isClock ? .clock : data.word(at: 26) == 1 ? .symmetric : .unicast
    reference = isClock ? name : ""
    stratum = Int(min(data.word(at: 22), 16))
    if stratum == 0, !isClock { stratum = 16 }
    let power = Int16(bitPattern: data.word(at: 20))
    if (-10...36).contains(power) {
      poll = Double(sign: .plus, exponent: Int(power), significand: 1)
    }
    reach = UInt8(truncatingIfNeeded: data.word(at: 30))
    let since = data.longWord(at: 32)
    age = since == .max ? nil : Double(since)
    selection =
      switch data.word(at: 24) {
      case 0: .systemPeer
      case 2: .falsetick
      case 3: .excess
      case 4: .candidate
      case 5: .outlier
      default: .reject
      }
    // chronyd's sign is positive where this machine is ahead.
    offset = -data.chronyFloat(at: 40)
    if reach == 0 || age == nil || age! > 8 * (poll ?? 1024) + 1 { forgetMeasurements() }
  }

  /// Adds the statistics of a source.
  mutating func add(_ statistics: ChronySourceStatistics) {
    self.statistics = statistics
    if offset != nil, statistics.isMeasured { jitter = statistics.deviation }
  }
}
