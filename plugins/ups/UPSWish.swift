internal import EventLoop
internal import PluginKit

/// What a service's name and settings ask for: which UPS, reported by which source.
struct UPSWish: Hashable, Sendable {
  enum Source: String, Hashable, Sendable, CaseIterable {
    case nut, apcupsd, snmp
  }

  /// The sources to try, in order; NUT and apcupsd where the settings name none.
  var sources: [Source]
  /// The name or address of the device or of the daemon's machine.
  var host: String
  var port: Int?
  /// The UPS's name at upsd.
  var ups: String
  var user: String?
  var password: String?
  /// How old an answer may be.
  var maxAge: Duration
  /// How long a request waits for its answer, and how often it is sent again.
  var timeout: Duration
  var retries: Int
  /// The settings as they are, for what SNMP alone knows.
  var words: [String: String]

  /// Which of a name's addresses is used, by munin's setting for the transport.
  var family: UPSAddresses.Family {
    switch words["domain"]?.lowercased() {
    case "udp6", "udp/ipv6": .six
    case "udp", "udp4", "udp/ipv4": .four
    default: .any
    }
  }

  /// Which device it is, for a file that another process reads: without what is secret.
  var device: String {
    let parts = [
      sources.map(\.rawValue).joined(separator: ","), host, port.map(String.init) ?? "-", ups,
    ]
    return parts.joined(separator: " ")
  }

  /// The most that one look may take, all its requests together.
  var limit: Duration {
    let most = timeout * (3 * (retries + 1)) + .seconds(2)
    return min(most, .seconds(50))
  }

  /// The host of `snmp_HOST_ups`; `nil` for another name, and for the family's own.
  static func host(ofSNMP service: String) -> String? {
    guard service.hasPrefix("snmp_"), service.hasSuffix("_ups") else { return nil }
    let host = service.dropFirst(5).dropLast(4)
    return host.isEmpty || host == "_" ? nil : String(host)
  }

  /// A device of the family `snmp__ups`.
  static func snmp(_ service: String, _ words: [String: String]) throws(UPSFailure) -> UPSWish {
    let name = words["host"].flatMap { $0.isEmpty ? nil : $0 } ?? host(ofSNMP: service)
    guard let host = name else {
      throw UPSFailure("\(service): expected a device, as in snmp_HOST_ups, found none")
    }
    return try UPSWish([.snmp], host: host, ups: "", words)
  }

  /// A UPS of the family `ups_`: `ups_NAME` or `ups_NAME@HOST`.
  static func named(_ service: String, _ words: [String: String]) throws(UPSFailure) -> UPSWish {
    let parts = service.dropFirst(4).split(separator: "@", maxSplits: 1).map(String.init)
    var sources = [Source.nut, .apcupsd]
    if let word = words["source"], !word.isEmpty {
      guard let source = Source(rawValue: word.lowercased()) else {
        throw UPSFailure("source: expected nut, apcupsd or snmp, found '\(word)'")
      }
      sources = [source]
    }
    let host = words["host"].flatMap { $0.isEmpty ? nil : $0 }
    return try UPSWish(
      sources, host: host ?? (parts.count > 1 ? parts[1] : "127.0.0.1"),
      ups: words["ups"] ?? parts.first ?? "", words)
  }

  private init(
    _ sources: [Source], host: String, ups: String, _ words: [String: String]
  ) throws(UPSFailure) {
    self.sources = sources
    self.ups = ups
    self.words = words
    user = words["username"]
    password = words["password"]
    maxAge = try UPSWish.seconds("max_age", words, in: 0...3600, default: 30)
    timeout = try UPSWish.seconds("timeout", words, in: 0.01...60, default: 1)
    retries = try UPSWish.whole("retries", words, in: 0...10) ?? 2
    port = try UPSWish.whole("port", words, in: 1...65535)
    self.host = host
  }

  private static func seconds(
    _ name: String, _ words: [String: String], in range: ClosedRange<Double>,
    default standard: Double
  ) throws(UPSFailure) -> Duration {
    guard let text = words[name], !text.isEmpty else { return .milliseconds(Int(standard * 1000)) }
    guard let number = Double(text), range.contains(number) else {
      throw UPSFailure(
        "\(name): expected seconds from \(range.lowerBound) to \(range.upperBound), found '\(text)'"
      )
    }
    return .milliseconds(Int((number * 1000).rounded()))
  }

  private static func whole(
    _ name: String, _ words: [String: String], in range: ClosedRange<Int>
  ) throws(UPSFailure) -> Int? {
    guard let text = words[name], !text.isEmpty else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UPSFailure(
        "\(name): expected a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'"
      )
    }
    return number
  }
}
