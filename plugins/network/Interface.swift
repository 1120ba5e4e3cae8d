internal import MuninWire
internal import PluginKit

/// A network interface and its counters: in sysfs, a file for each; where there is no sysfs, a line of
/// `/proc/net/dev`.
struct Interface {
  /// A counter: its file in sysfs, and its column in `/proc/net/dev`.
  struct Counter {
    let file: StaticString
    let column: Int

    static let bytesIn = Counter(file: "/statistics/rx_bytes", column: 0)
    static let bytesOut = Counter(file: "/statistics/tx_bytes", column: 8)
    static let errorsIn = Counter(file: "/statistics/rx_errors", column: 2)
    static let errorsOut = Counter(file: "/statistics/tx_errors", column: 10)
    // The column counts frames missed by the device too, the file does not.
    static let dropsIn = Counter(file: "/statistics/rx_dropped", column: 3)
    static let dropsOut = Counter(file: "/statistics/tx_dropped", column: 11)
    static let collisions = Counter(file: "/statistics/collisions", column: 13)
  }

  /// The service's name without the plugin's: `eth0` of `if_eth0`.
  let name: Substring

  init(of host: Host, plugin: StaticString) {
    name = host.service.dropFirst(plugin.utf8CodeUnitCount)
  }

  /// Whether the interface is hardware whose driver knows its speed: it has a `device` link, and full duplex or the type
  /// of InfiniBand, which has no duplex setting.
  func isHardware(on host: Host) -> Bool {
    func word(_ file: StaticString) -> [UInt8]? {
      let bytes = try? host.readIfPresent("/sys/class/net/", name.utf8.span, file) { text in
        var words = WordReader()
        return words.next(in: text).map { Array(String(copying: text.extracting($0)).utf8) } ?? []
      }
      return bytes.flatMap { $0 }
    }
    // A device that is only software has no `device` link.
    guard word("/device/uevent") != nil else { return false }
    let infiniBand = Array("32".utf8)
    return word("/duplex") == Array("full".utf8) || word("/type") == infiniBand
  }

  func value(of counter: Counter, on host: Host) throws(PluginError) -> KernelCounter {
    let name = name.utf8.span
    let found = try host.readIfPresent("/sys/class/net/", name, counter.file) {
      text throws(PluginError) in
      var words = WordReader()
      guard let value = words.counter(in: text) else {
        throw PluginError(
          source: "/sys/class/net/\(self.name)\(counter.file)", expected: "a number",
          found: excerpt(text))
      }
      return value
    }
    if let found { return found }
    return try host.read("/proc/net/dev") { text throws(PluginError) in
      guard let value = Interface.column(counter.column, of: name, in: text) else {
        throw PluginError(
          source: "/proc/net/dev", expected: "an interface '\(self.name)'", found: "none")
      }
      return value
    }
  }

  /// A column of an interface's line. Old kernels leave no blank behind the colon.
  private static func column(
    _ column: Int, of name: Span<UInt8>, in text: Span<UInt8>
  ) -> KernelCounter? {
    var found: KernelCounter?
    forEachLine(of: text) { candidate, numbers in
      guard found == nil, candidate.count == name.count else { return }
      for index in 0..<name.count where candidate[index] != name[index] { return }
      var words = WordReader()
      if words.skip(column, in: numbers) { found = words.counter(in: numbers) }
    }
    return found
  }

  /// The interfaces for which a service is suggested: not the loopback, and none that is counted in another one.
  static func suggestions(on host: Host) -> [String] {
    var names: [String] = []
    // Without the file there is nothing to suggest; autoconf says so.
    try? host.read("/proc/net/dev") { text in
      forEachLine(of: text) { name, _ in
        if !isLoopback(name), !isTunnelBase(name), !isVLAN(name) {
          names.append(String(copying: name))
        }
      }
    }
    return names
  }

  /// Lends each interface's name, and what stands behind the colon.
  private static func forEachLine(
    of text: Span<UInt8>, _ body: (Span<UInt8>, Span<UInt8>) -> Void
  ) {
    var lines = LineReader()
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      // Names may hold colons (aliases of old kernels), numbers do not.
      guard let colon = lastColon(of: line) else { continue }
      var words = WordReader()
      guard let name = words.next(in: line), name.lowerBound < colon else { continue }
      body(
        line.extracting(name.lowerBound..<colon), line.extracting((colon + 1)..<line.count))
    }
  }

  private static func lastColon(of line: Span<UInt8>) -> Int? {
    var index = line.count
    while index > 0 {
      index -= 1
      if line[index] == 0x3A { return index }
    }
    return nil
  }

  private static func isLoopback(_ name: Span<UInt8>) -> Bool { name.isEqual(to: "lo") }

  /// `gre0`, `sit0`: the kernel module creates them, not the administrator.
  private static func isTunnelBase(_ name: Span<UInt8>) -> Bool {
    if name.count == 4, name.hasPrefix("gre") { return name[3].isDigit }
    guard name.count > 3, name.hasPrefix("sit") else { return false }
    for index in 3..<name.count where !name[index].isDigit { return false }
    return true
  }

  /// `eth0.12`: counted in the device below it.
  private static func isVLAN(_ name: Span<UInt8>) -> Bool {
    guard let dot = name.firstIndex(of: 0x2E), dot > 0, dot + 1 < name.count else { return false }
    for index in 0..<dot where !name[index].isDigit && !(0x61...0x7A).contains(name[index]) {
      return false
    }
    for index in (dot + 1)..<name.count where !name[index].isDigit { return false }
    return true
  }
}
