public import MuninWire
public import PluginKit

/// Signs of a real shortage of memory: time lost waiting for it, programs killed, pages read again.
public struct MemoryPressure: Plugin {
  public let name: StaticString = "memory_pressure"
  public let isMultigraph = true

  public init() {}

  /// A line of a pressure file, as a field of two graphs.
  private struct Row: Sendable {
    var time: StaticString
    var average: StaticString
    var label: String
    var colour: Int
    var info: String
    /// Thresholds of the average.
    var warning: String?
    var critical: String?
    var line: @Sendable (PressureLook) -> Finding<Pressure.Line>
  }

  private static let rows: [Row] = [
    Row(
      time: "memory_some", average: "memory_some_avg300", label: "memory, some", colour: 0,
      info: "some task waited for memory"
    ) { $0.memory.some },
    Row(
      time: "memory_full", average: "memory_full_avg300", label: "memory, all", colour: 7,
      info: "all tasks waited for memory", warning: "5", critical: "20"
    ) { $0.memory.full },
    Row(
      time: "io_some", average: "io_some_avg300", label: "disk, some", colour: 4,
      info: "some task waited for a disk or the like"
    ) { $0.io.some },
    Row(
      time: "io_full", average: "io_full_avg300", label: "disk, all", colour: 3,
      info: "all tasks waited for a disk or the like"
    ) { $0.io.full },
    Row(
      time: "cpu_some", average: "cpu_some_avg300", label: "processor, some", colour: 2,
      info: "some task waited for a processor"
    ) { $0.cpu.some },
    Row(
      time: "group_memory_some", average: "group_memory_some_avg300", label: "group: memory, some",
      colour: 9, info: "some task of the control group waited for memory"
    ) { $0.group.memory.some },
    Row(
      time: "group_memory_full", average: "group_memory_full_avg300", label: "group: memory, all",
      colour: 11, info: "all tasks of the control group waited for memory", warning: "5",
      critical: "20"
    ) { $0.group.memory.full },
    Row(
      time: "group_io_some", average: "group_io_some_avg300", label: "group: disk, some",
      colour: 12, info: "some task of the control group waited for a disk or the like"
    ) { $0.group.io.some },
    Row(
      time: "group_io_full", average: "group_io_full_avg300", label: "group: disk, all",
      colour: 13, info: "all tasks of the control group waited for a disk or the like"
    ) { $0.group.io.full },
    Row(
      time: "group_cpu_some", average: "group_cpu_some_avg300", label: "group: processor, some",
      colour: 14, info: "some task of the control group waited for a processor"
    ) { $0.group.cpu.some },
    // The machine's own is always 0; a group's is the time in which its CPU limit held it back.
    Row(
      time: "group_cpu_full", average: "group_cpu_full_avg300", label: "group: processor, all",
      colour: 15, info: "all tasks of the control group waited for a processor"
    ) { $0.group.cpu.full },
  ]

  /// A count of what happened.
  private struct Event: Sendable {
    var field: StaticString
    var label: String
    var colour: Int
    var info: String
    var warning: String?
    var value: @Sendable (PressureLook) -> Finding<UInt64>
  }

  private static let kills: [Event] = [
    Event(
      field: "oom_kills", label: "killed", colour: 7,
      info: "programs killed because memory was exhausted", warning: ":0"
    ) { Finding($0.events.kills) },
    Event(
      field: "group_oom_kills", label: "killed in the group", colour: 11,
      info: "programs killed because the control group reached its limit", warning: ":0"
    ) { $0.groupKills },
  ]

  private static let reclaim: [Event] = [
    Event(
      field: "major_faults", label: "read from disk", colour: 4,
      info: "major page faults: pages that had to be read from a disk before the program went on"
    ) { Finding($0.events.majorFaults) },
    Event(
      field: "refaults", label: "read again", colour: 3,
      info: "pages read or swapped in again soon after they were reclaimed: "
        + "the memory is too small for the programs that run"
    ) { Finding($0.events.refaults) },
    Event(
      field: "stalls", label: "direct reclaim", colour: 7,
      info: "times that a program had to reclaim memory itself before it got some"
    ) { Finding($0.events.stalls) },
  ]

  public var manual: Manual {
    Manual(
      "signs of a real shortage of memory",
      details: """
        Time lost, from /proc/pressure (Linux 4.20): the share of the time in which some task, or all
        tasks at once, waited for memory, a disk or a processor. memory_pressure_time has the exact
        time between two polls, memory_pressure_average the kernel's average over 5 minutes, for
        thresholds. Events, from /proc/vmstat: programs killed (memory_pressure_oom); pages read
        again, and programs that had to reclaim memory themselves (memory_pressure_reclaim). Fields
        that the kernel does not provide are left out.

        The thresholds and their reasons:
        - memory_full_avg300 above 5 % (warning): programs take memory from each other and do no work
          meanwhile; above 20 % (critical) the machine hardly answers. This is the most reliable sign
          of too little memory. A backup or a compiler may well wait for disks and processors, so
          those fields have no thresholds.
        - oom_kills above 0: the kernel killed a program since the last poll.
        More than 500 major_faults a second for a quarter of an hour are a problem too; since a program
        that starts has as many for seconds, there is no threshold unless you set one.

        Where a control group limits memory (a container) the fields group_... are about that group,
        from its own files; version 1 of control groups has only group_oom_kills.
        """,
      settings: [
        .thresholds(
          "memory_full_avg300", default: "5, 20", "percent", check: EnvSetting.percent),
        .thresholds(
          "group_memory_full_avg300", default: "5, 20", "percent", check: EnvSetting.percent),
        .init(
          "oom_kills_warning", "group_oom_kills_warning", as: .range, default: ":0", "per second"),
        .thresholds("FIELD", "thresholds of the others"),
        MemoryRoom.cgroupSetting,
      ],
      fields: MemoryPressure.rows.flatMap {
        [
          ("\($0.time)", "microseconds per second in which \($0.info); drawn as percent"),
          ("\($0.average)", "percent of the last 5 minutes in which \($0.info)"),
        ]
      } + (MemoryPressure.kills + MemoryPressure.reclaim).map { ("\($0.field)", "\($0.info)") },
      example: "[memory_pressure]\nenv.memory_full_avg300_warning 10\nenv.major_faults_warning 500")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/pressure/memory") || host.canRead("/proc/vmstat")
      ? .yes : .no("no /proc/pressure and no /proc/vmstat")
  }

  // MARK: Graphs

  public func graphs(on host: Host) throws(PluginError) -> [Graph] {
    let look = try PressureLook(on: host)
    let rows = MemoryPressure.rows.filter { !$0.line(look).isAbsent }
    let graphs = [
      graph(
        "memory_pressure_time", "Time lost waiting", "% of the time",
        "The share of the time between two polls in which work stood still." + look.note,
        rows.map {
          // More than a second per second cannot be, but the clocks of two polls may differ a little.
          Field(
            "\($0.time)", label: $0.label, type: .derive, min: 0, max: 2_000_000,
            colour: "COLOUR\($0.colour)", cdef: "\($0.time),10000,/", info: $0.info)
        }.map { thresholds($0, nil, nil, host) }, scale: false),
      graph(
        "memory_pressure_average", "Time lost waiting, average of 5 minutes", "%",
        "The share of the last five minutes in which work stood still." + look.note,
        rows.map {
          thresholds(
            Field(
              "\($0.average)", label: $0.label, min: 0, colour: "COLOUR\($0.colour)",
              info: $0.info), $0.warning, $0.critical, host)
        }, scale: false),
      graph(
        "memory_pressure_oom", "Programs killed by the kernel", "per ${graph_period}",
        "Programs that the kernel killed because there was no memory left.",
        fields(of: MemoryPressure.kills, look, host)),
      graph(
        "memory_pressure_reclaim", "Memory reclaimed", "per ${graph_period}",
        "How hard the kernel works to find memory.",
        fields(of: MemoryPressure.reclaim, look, host)),
    ]
    return graphs.filter { !$0.fields.isEmpty }
  }

  private func graph(
    _ name: String, _ title: String, _ vlabel: String, _ info: String, _ fields: [Field],
    scale: Bool = true
  ) -> Graph {
    var graph = Graph(
      title, category: "system", args: "--base 1000 -l 0", vlabel: vlabel, scale: scale,
      info: info, fields: fields)
    graph.name = name
    return graph
  }

  private func fields(of events: [Event], _ look: PressureLook, _ host: Host) -> [Field] {
    events.filter { !$0.value(look).isAbsent }.map {
      thresholds(
        Field(
          "\($0.field)", label: $0.label, type: .derive, min: 0, colour: "COLOUR\($0.colour)",
          info: $0.info), $0.warning, nil, host)
    }
  }

  private func thresholds(
    _ field: Field, _ warning: String?, _ critical: String?, _ host: Host
  ) -> Field {
    var field = field
    host.applyThresholds(to: &field, whole: nil, warning: warning, critical: critical)
    return field
  }

  // MARK: Values

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let look = try PressureLook(on: host)
    if look.hasPressure {
      reply.multigraph("memory_pressure_time")
      for row in MemoryPressure.rows {
        reply.value(row.time, row.line(look).part(\.total))
      }
      reply.multigraph("memory_pressure_average")
      for row in MemoryPressure.rows {
        switch row.line(look) {
        case .absent: break
        case .unknown: reply.unknown(row.average)
        case .value(let line): reply.value(row.average, line.average, digits: 2)
        }
      }
    }
    for (name, events) in [
      ("memory_pressure_oom" as StaticString, MemoryPressure.kills),
      ("memory_pressure_reclaim", MemoryPressure.reclaim),
    ] {
      guard events.contains(where: { !$0.value(look).isAbsent }) else { continue }
      reply.multigraph(name)
      for event in events {
        reply.value(event.field, event.value(look))
      }
    }
    reply.complain(look.complaints)
  }
}
