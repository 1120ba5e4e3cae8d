public import MuninWire
public import PluginKit

/// How much CPU time is spent on what, from the first line of `/proc/stat` (proc_stat(5)).
public struct CPU: Plugin {
  public let name: StaticString = "cpu"

  public init() {}

  /// The columns of the line, in the kernel's order; older kernels have fewer.
  private static let columns: [(name: StaticString, info: String)] = [
    ("user", "time for programs and daemons"),
    ("nice", "time for programs started with nice"),
    ("system", "time for the kernel's own work"),
    ("idle", "idle time"),
    ("iowait", "idle time in which a disk was waited for"),
    ("irq", "time for interrupts"),
    ("softirq", "time for the deferred work of interrupts"),
    ("steal", "time the hypervisor gave to other machines"),
    ("guest", "time for virtual machines that run on this one"),
  ]

  /// The ticks of a second in /proc/stat: USER_HZ is 100 on every Linux of today.
  private static let ticks: UInt64 = 100

  public var manual: Manual {
    Manual(
      "where the CPUs' time goes",
      details: """
        Percent of one CPU, so that a machine of four is full at 400, from /proc/stat. A CPU that is
        busy shows no iowait: a full CPU can hide a slow disk.
        """,
      settings: [
        .init(
          "HZ", as: .whole(1...1_000_000), default: "100", "ticks of a second in /proc/stat"),
        .init(
          "scaleto100", as: .choice(["yes", "no"]), default: "no",
          "yes: the whole machine is 100, however many CPUs it has"),
        .init(
          "ignore_fields", as: .list(of: CPU.columns.map { "\($0.name)" }), default: "none",
          "fields not to draw"),
        .thresholds(
          "FIELD", as: .rangeOrShare, "thresholds, percent of a CPU or % of the machine",
          check: EnvSetting.share),
        .general,
      ],
      fields: CPU.columns.map { ("\($0.name)", "percent of a CPU, \($0.info)") },
      example: "[cpu]\nenv.iowait_warning 50%\nenv.steal_warning 20")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/stat") ? .yes : .no("no /proc/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let (columns, cpus) = try shape(of: host)
    let scaled = host.settings["scaleto100"] == "yes"
    let limit = scaled ? 100 : 100 * cpus
    let ignored = Set((host.settings["ignore_fields"] ?? "").split(separator: " ").map(String.init))
    let present = CPU.columns.prefix(columns)
    let drawn = ["system", "user", "nice", "idle"] + present.dropFirst(4).map { "\($0.name)" }
    let fields = drawn.map { name in
      var field = Field(
        name, type: .derive, min: 0, draw: name == "system" ? "AREA" : "STACK",
        cdef: scaled ? "\(name),\(cpus),/" : nil, graph: !ignored.contains(name),
        info: CPU.columns.first { "\($0.name)" == name }?.info)
      host.applyThresholds(to: &field, whole: UInt64(limit), hasFractions: true)
      return field
    }
    return Graph(
      "CPU usage", category: "system",
      args: "--base 1000 -r --lower-limit 0 --upper-limit \(limit)", vlabel: "%", scale: false,
      period: "second",
      order: drawn.filter { !["steal", "guest"].contains($0) }.joined(separator: " "),
      info: "Where the CPUs' time goes.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let ticks = host.settings["HZ"].flatMap(UInt64.init).flatMap { $0 > 0 ? $0 : nil } ?? CPU.ticks
    try host.read("/proc/stat", isOneRecord: true) { text throws(PluginError) in
      var words = try CPU.firstLine(of: text)
      for (index, column) in CPU.columns.enumerated() {
        guard let value = CPU.number(&words, in: text) else {
          guard index >= 4 else { throw CPU.damaged(text) }
          return
        }
        reply.value(column.name, value.scaled(by: 100, over: ticks))
      }
    }
  }

  /// The number of columns in the summary line, and of CPUs.
  private func shape(of host: Host) throws(PluginError) -> (columns: Int, cpus: Int) {
    try host.read("/proc/stat", isOneRecord: true) { text throws(PluginError) in
      var words = try CPU.firstLine(of: text)
      var columns = 0
      while CPU.number(&words, in: text) != nil { columns += 1 }
      guard columns >= 4 else { throw CPU.damaged(text) }
      var cpus = 0
      var lines = LineReader()
      while let line = lines.next(in: text) {
        let bytes = text.extracting(line)
        if bytes.hasPrefix("cpu"), bytes.count > 3, bytes[3].isDigit { cpus += 1 }
      }
      return (min(columns, CPU.columns.count), max(cpus, 1))
    }
  }

  private static func firstLine(of text: Span<UInt8>) throws(PluginError) -> WordReader {
    guard text.hasPrefix("cpu ") else { throw damaged(text) }
    return WordReader(from: 4)
  }

  /// The next number of the line the reader stands on.
  private static func number(_ words: inout WordReader, in text: Span<UInt8>) -> KernelCounter? {
    guard words.position < text.count, text[words.position] != 0x0A else { return nil }
    return words.counter(in: text)
  }

  private static func damaged(_ text: Span<UInt8>) -> PluginError {
    PluginError(
      source: "/proc/stat", expected: "'cpu' and at least four numbers",
      found: "'\(String(copying: text.extracting(0..<min(60, text.count))))'")
  }
}
