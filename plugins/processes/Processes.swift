public import MuninWire
public import PluginKit

/// All processes by their state, from `/proc/PID/stat`.
public struct Processes: Plugin {
  public let name: StaticString = "processes"

  public init() {}

  /// The states: field, letter, draw, colour, meaning.
  private static let states:
    [(field: StaticString, letter: UInt8, draw: String, colour: String, info: String)] = [
      ("sleeping", 0x53, "AREA", "0022ff", "waiting for something to happen"),
      ("idle", 0x49, "STACK", "4169e1", "threads of the kernel without work (since Linux 4.14)"),
      ("stopped", 0x54, "STACK", "cc0000", "stopped by a signal"),
      ("zombie", 0x5A, "STACK", "990000", "ended, and the parent has not read the exit status"),
      ("dead", 0x58, "STACK", "ff0000", "about to vanish"),
      ("paging", 0x57, "STACK", "00aaaa", "moved to or from swap (before Linux 2.6)"),
      ("uninterruptible", 0x44, "STACK", "ffa500", "waiting for a disk or a driver"),
      ("runnable", 0x52, "STACK", "22ff22", "running or ready to run"),
    ]

  public var manual: Manual {
    Manual(
      "how many processes there are, by state",
      details: """
        Counts the processes in /proc by the state in /proc/PID/stat. processes, threads and proc_pri
        share one scan of /proc, at most a second old. Where other users' processes are hidden (mount
        option hidepid, ProtectProc in a unit) the answer is an error, not a wrong number.
        """,
      settings: [
        .thresholds, .general,
      ],
      fields: Processes.states.map { ("\($0.field)", $0.info) }
        + [("processes", "all, also in states of which munin has no field")],
      example: "[processes]\nenv.zombie_warning 10\nenv.uninterruptible_warning 20")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { ProcessTable.slowReads([], on: host, into: &list) }
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/1/stat") ? .yes : .no("no /proc/1/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = Processes.states.map {
      Field("\($0.field)", draw: $0.draw, colour: $0.colour, info: $0.info)
    }
    fields.append(
      Field("processes", label: "total", draw: "LINE1", colour: "c0c0c0", info: "all processes"))
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "Processes", category: "processes", args: "--base 1000 -l 0", vlabel: "Number of processes",
      order: fields.map(\.name).joined(separator: " "), info: "All processes by their state.",
      fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let counts = try ProcessTable.counts(on: host)
    reply.value("processes", counts.processes)
    for state in Processes.states { reply.value(state.field, counts[state.letter]) }
  }
}
