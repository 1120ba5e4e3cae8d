public import MuninWire
public import PluginKit

/// Each interrupt on its own, from `/proc/interrupts`.
public struct IRQStats: Plugin {
  public let name: StaticString = "irqstats"

  public init() {}

  public var manual: Manual {
    Manual(
      "each interrupt on its own",
      details: """
        The counts of /proc/interrupts, summed over all CPUs. A number is a device's interrupt, a name one
        of the CPUs' own (timers, calls from CPU to CPU). A device that causes too many shows here.
        """,
      settings: [
        .thresholds("FIELD", "thresholds of one field", check: EnvSetting.notZero),
        .init(
          "warning", "critical", as: .range, default: "none", EnvSetting.general.meaning,
          check: EnvSetting.notZero),
      ],
      fields: [("iNAME", "interrupts per second; NAME as in /proc/interrupts: i24, iLOC")],
      example: "[irqstats]\nenv.iNMI_warning 10")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/interrupts") ? .yes : .no("no /proc/interrupts")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields: [Field] = []
    try forEachLine(on: host) { name, _, words in
      let number = String(copying: name)
      let device = IRQStats.device(words, of: name)
      var field = Field(
        "i" + number.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" },
        label: device.isEmpty || device.utf8.count > 47 ? number : device, type: .derive, min: 0,
        info: IRQStats.info(number, device))
      host.applyThresholds(to: &field)
      fields.append(field)
    }
    return Graph(
      "Individual interrupts", category: "system", args: "--base 1000 --logarithmic",
      vlabel: "interrupts / ${graph_period}",
      order: fields.map(\.name).joined(separator: " "),
      info: "Each interrupt on its own, all CPUs together.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let strange = try forEachLine(on: host) { name, sum, _ in reply.value("i", name, sum) }
    if let strange {
      reply.complain("/proc/interrupts: expected a row 'NAME: counts', found \(strange)")
    }
  }

  /// Lends each interrupt's name, the sum of its counts, and the words behind.
  /// - Returns: the first row that could not be parsed, for the log.
  @discardableResult
  private func forEachLine(
    on host: Host, _ body: (Span<UInt8>, KernelCounter, Span<UInt8>) -> Void
  ) throws(PluginError) -> String? {
    try host.read("/proc/interrupts") { text throws(PluginError) in
      guard var reader = InterruptReader(text) else {
        throw PluginError(
          source: "/proc/interrupts", expected: "a first line 'CPU0 …'", found: excerpt(text))
      }
      while let line = reader.next(in: text) {
        body(text.extracting(line.name), line.sum, text.extracting(line.words))
      }
      return reader.strange.map { excerpt(text.extracting($0)) }
    }
  }

  /// The name of the device behind an interrupt. Before it stand the interrupt controller and, on some machines, the
  /// controller's own number and the kind of trigger: `GICv3 27 Level arch_timer`.
  private static func device(_ words: Span<UInt8>, of name: Span<UInt8>) -> String {
    guard name.count > 0, name[0].isDigit else { return rest(of: words, from: WordReader()) }
    var reader = WordReader()
    guard let controller = reader.next(in: words) else { return "" }
    if words.hasPrefix("MPIC", at: controller.lowerBound) { skip(&reader, in: words, ["1", "2"]) }
    var own: UInt64?
    var next = reader
    if let number = next.unsigned(in: words), !rest(of: words, from: next).isEmpty {
      own = number
      reader = next
    }
    skip(&reader, in: words, ["Level", "Edge"])
    let device = rest(of: words, from: reader)
    return own == nil || own == parseUnsigned(name) ? device : "\(device) [\(own!)]"
  }

  /// Passes over the next word if it is one of these.
  private static func skip(
    _ reader: inout WordReader, in words: Span<UInt8>, _ unwanted: [StaticString]
  ) {
    var next = reader
    guard let range = next.next(in: words) else { return }
    for word in unwanted where words.extracting(range).isEqual(to: word) { reader = next }
  }

  /// What is left, without the blanks at both ends.
  private static func rest(of words: Span<UInt8>, from reader: WordReader) -> String {
    var reader = reader
    guard let first = reader.next(in: words) else { return "" }
    var end = words.count
    while words[end - 1].isBlank { end -= 1 }
    return String(copying: words.extracting(first.lowerBound..<end))
  }

  private static func info(_ number: String, _ device: String) -> String? {
    switch number {
    case "NMI": "not to be masked: 0, or many where a profiler or watchdog uses them"
    case "LOC": "the CPUs' own timers; few on an idle machine"
    default: device.isEmpty ? nil : "interrupt \(number): \(device)"
    }
  }
}
