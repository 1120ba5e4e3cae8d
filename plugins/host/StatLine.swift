internal import MuninWire
internal import PluginKit

/// The single numbers of `/proc/stat` (proc_stat(5)): `processes 4711`, `procs_running 2`.
enum StatLine {
  /// The number after each name; of `intr` the first, which is the sum. A line that the kernel does not have is `nil`.
  static func numbers(
    _ first: StaticString, _ second: StaticString, on host: Host
  ) throws(PluginError) -> (KernelCounter?, KernelCounter?) {
    try host.read("/proc/stat", isOneRecord: true) { text throws(PluginError) in
      var found: (KernelCounter?, KernelCounter?) = (nil, nil)
      var lines = LineReader()
      while let line = lines.next(in: text) {
        let bytes = text.extracting(line)
        if bytes.hasPrefix(first) {
          found.0 = number(in: bytes, behind: first)
        } else if bytes.hasPrefix(second) {
          found.1 = number(in: bytes, behind: second)
        }
      }
      return found
    }
  }

  static func number(_ name: StaticString, on host: Host) throws(PluginError) -> KernelCounter {
    guard let number = try numbers(name, name, on: host).0 else { throw missing(name) }
    return number
  }

  static func missing(_ name: StaticString) -> PluginError {
    PluginError(source: "/proc/stat", expected: "a line '\(name)' with a number", found: "none")
  }

  private static func number(in line: Span<UInt8>, behind name: StaticString) -> KernelCounter? {
    let end = name.utf8CodeUnitCount
    guard end < line.count, line[end].isBlank else { return nil }
    var words = WordReader(from: end)
    return words.counter(in: line)
  }
}
