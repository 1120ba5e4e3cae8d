internal import MuninWire
internal import PluginKit

/// The counters of `/proc/net/snmp`: of each protocol two lines, the first with the names, the second, column by
/// column, with the numbers.
enum ProtocolCounters {
  /// A protocol's number in a column; `nil` when there is none.
  /// - Parameter start: how the protocol's lines begin, `Tcp: `.
  static func value(
    _ column: StaticString, of start: StaticString, in text: Span<UInt8>
  ) -> KernelCounter? {
    var lines = LineReader()
    while let first = lines.next(in: text) {
      let names = text.extracting(first)
      guard names.hasPrefix(start), let second = lines.next(in: text) else { continue }
      let numbers = text.extracting(second)
      guard numbers.hasPrefix(start) else { continue }
      var name = WordReader()
      var number = WordReader()
      while let found = name.next(in: names), let value = number.next(in: numbers) {
        if names.extracting(found).isEqual(to: column) {
          return KernelCounter(numbers.extracting(value))
        }
      }
    }
    return nil
  }
}
