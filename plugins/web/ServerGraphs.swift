internal import MuninWire
internal import PluginKit

/// The graphs of ``WebProcesses``: four of all servers, and some of each server. ``ServerValues`` has the same graphs and
/// fields.
struct ServerGraphs {
  let shown: [Servers.Shown]
  let host: Host
  /// The machine's memory in bytes, for thresholds in percent.
  let memory: UInt64?

  /// The standard thresholds. The manual has the reasons.
  private static let standards: [String: (warning: String?, critical: String?)] = [
    "up": (nil, "1:"), "memory": ("60%", "80%"), "swap": ("104857600", nil),
    "uninterruptible": ("10", nil), "zombie": ("5", nil), "restarts": ("0.01", nil),
    "spawned": ("5", nil), "fullest": ("80", "95"), "idle": ("1:", nil), "queue": ("5", nil),
  ]

  var all: [Graph] {
    [processes, up, memory(of: shown), processor] + shown.flatMap(graphs)
  }

  // MARK: All servers together

  private var processes: Graph {
    wide(
      "web_processes", "Web servers: processes", "processes", "--base 1000 -l 0",
      info: "All processes of each server, including CGI programs and the like."
    ) { field($0, "processes", draw: "LINE2", info: "processes of the server") }
  }

  private var up: Graph {
    var graph = wide(
      "web_processes_up", "Web servers: up", "1 = up", "--base 1000 -l 0 --upper-limit 1",
      info: "Whether each server has a master process."
    ) { field($0, "up", draw: "LINE2", info: "1 when there is a master process, 0 when not") }
    graph["graph_scale"] = "no"
    return graph
  }

  private func memory(of shown: [Servers.Shown]) -> Graph {
    wide(
      "web_processes_memory", "Web servers: memory", "bytes", "--base 1024 -l 0",
      info: "Memory of all processes of each server; shared pages are counted once."
    ) { shown in
      var field = field(
        shown, "memory", draw: "LINE2", info: ServerGraphs.words[shown.record.method]!)
      field["label"] = shown.name + ServerGraphs.mark(shown.record.method)
      return field
    }
  }

  private var processor: Graph {
    wide(
      "web_processes_cpu", "Web servers: CPU usage", "% of a processor", "--base 1000 -l 0",
      info: "CPU time of each server, including that of ended children."
    ) {
      field($0, "cpu", type: .derive, draw: "LINE2", info: "percent of one processor")
    }
  }

  private func wide(
    _ name: String, _ title: String, _ unit: String, _ args: String, info: String,
    _ field: (Servers.Shown) -> Field
  ) -> Graph {
    var graph = Graph(
      title, category: "webserver", args: args, vlabel: unit, info: info,
      fields: shown.map(field))
    graph.name = name
    return graph
  }

  // MARK: Each server

  private func graphs(of shown: Servers.Shown) -> [Graph] {
    let own = Own(name: shown.server.name, host: host, memory: memory)
    let method = ServerGraphs.words[shown.record.method]!
    let mark = ServerGraphs.mark(shown.record.method)
    var graphs = [
      own.graph("processes", "processes", "processes", own.roles(of: shown.server)),
      own.graph("states", "processes by state", "processes", own.states),
      own.graph(
        "memory", "memory", "bytes", own.memories(method, mark), args: "--base 1024 -l 0",
        info:
          "The sum of resident sizes would count shared pages once per process; this one does not."),
      own.graph(
        "cpu", "CPU usage", "% of a processor",
        [
          own.field("user", .derive, "AREA", "percent of one processor, in programs"),
          own.field("system", .derive, "STACK", "percent of one processor, in the kernel"),
        ]),
      own.graph("age", "age of processes", "days", own.ages, scale: false),
      own.graph("churn", "processes started and ended", "per second", own.churn),
      own.graph(
        "threads", "threads", "threads",
        [own.field("threads", .gauge, "LINE2", "threads of all processes")]),
    ]
    if shown.record.hasFiles {
      graphs.append(
        own.graph(
          "files", "open files", "files",
          [
            own.field("files", .gauge, "LINE2", "open files and sockets of all processes"),
            own.field(
              "fullest", .gauge, "LINE1",
              "percent of its limit that the process with the most open files has"),
          ]))
    }
    if shown.hasStatus { graphs += own.status(of: shown.server) }
    let pools = shown.pools
    if !pools.isEmpty {
      graphs.append(
        own.graph(
          "pools", "memory of pools", "bytes",
          pools.map { own.field("\($0)_memory", .gauge, "LINE2", method, label: $0 + mark) },
          args: "--base 1024 -l 0"))
    }
    for pool in pools {
      graphs.append(
        own.graph("\(pool)_pool", "pool \(pool)", "processes", own.pool(shown.hasStatus)))
    }
    return graphs
  }

  /// The suffix of a label whose number is estimated, or estimated in part.
  private static func mark(_ method: MemorySum.Method) -> String {
    switch method {
    case .measured: ""
    case .partly: " (partly estimated)"
    case .estimated: " (estimated)"
    }
  }

  /// The info of a sum of memory.
  private static let words: [MemorySum.Method: String] = [
    .measured: "PSS: a shared page is divided by the number of its users",
    .partly: "PSS of the largest processes, and an estimate of the others from their resident size",
    .estimated:
      "an estimate, since PSS may not be read: the anonymous memory of each process, and the "
      + "largest shared part",
  ]

  private func field(
    _ shown: Servers.Shown, _ name: String, type: FieldType = .gauge, draw: String, info: String
  ) -> Field {
    let own = Own(name: shown.server.name, host: host, memory: memory)
    var field = Field(
      "\(own.name)_\(name)", label: own.name, type: type, min: 0, draw: draw, info: info)
    own.applyThresholds(to: &field, name)
    return field
  }

  // MARK: -

  /// The graphs of one server.
  private struct Own {
    let name: String
    let host: Host
    let memory: UInt64?

    func graph(
      _ suffix: String, _ title: String, _ unit: String, _ fields: [Field],
      args: String = "--base 1000 -l 0", scale: Bool = true, info: String? = nil
    ) -> Graph {
      var graph = Graph(
        "\(name): \(title)", category: "webserver", args: args, vlabel: unit, scale: scale,
        info: info, fields: fields)
      graph.name = "web_processes.\(name)_\(suffix)"
      return graph
    }

    func field(
      _ name: String, _ type: FieldType, _ draw: String, _ info: String, label: String? = nil,
      critical: String? = nil
    ) -> Field {
      var field = Field(name, label: label, type: type, min: 0, draw: draw, info: info)
      applyThresholds(to: &field, name, critical: critical)
      return field
    }

    /// `env.nginx_memory_warning` counts for one server, `env.memory_warning` for all.
    func applyThresholds(to field: inout Field, _ name: String, critical: String? = nil) {
      let standard = ServerGraphs.standards[name]
      for (kind, range) in [
        ("warning", standard?.warning), ("critical", critical ?? standard?.critical),
      ] {
        // Without the machine's memory there are no thresholds in percent.
        let usual = range.flatMap { $0.hasSuffix("%") && memory == nil ? nil : $0 }
        let own = host.threshold(kind, of: "\(self.name)_\(name)", whole: memory, general: false)
        field[kind] =
          own
          ?? host.threshold(kind, of: name, whole: memory, general: false, default: usual)
      }
    }

    func roles(of server: WantedServer) -> [Field] {
      var fields = [
        field("masters", .gauge, "AREA", "processes that started the others"),
        field(
          "children", .gauge, "STACK", "processes of the same program that they started",
          critical: server.kind?.hasChildren == true ? "1:" : nil),
        field(
          "others", .gauge, "STACK", "other programs that the server started: CGI, loggers, shells"),
      ]
      if server.kind?.titles == .nginx {
        fields.append(
          field(
            "retiring", .gauge, "LINE1",
            "children that finish their open requests after a reload and then end"))
      }
      return fields
    }

    var states: [Field] {
      [
        field("running", .gauge, "AREA", "running or ready to run"),
        field("sleeping", .gauge, "STACK", "waiting for an event"),
        field("uninterruptible", .gauge, "STACK", "waiting for a disk or a driver"),
        field("stopped", .gauge, "STACK", "stopped by a signal or a debugger"),
        field("zombie", .gauge, "STACK", "ended, and the parent has not called wait"),
      ]
    }

    func memories(_ method: String, _ mark: String) -> [Field] {
      [
        field(
          "private", .gauge, "AREA", "pages of one process alone; \(method)",
          label: "private" + mark),
        field(
          "shared", .gauge, "STACK", "shared pages, each once; \(method)",
          label: "shared" + mark),
        field("swap", .gauge, "STACK", "in swap"),
        field("largest", .gauge, "LINE1", "the largest single process; grows with a memory leak"),
      ]
    }

    var ages: [Field] {
      [
        field("age", .gauge, "LINE2", "days since the youngest master started"),
        field("oldest", .gauge, "LINE1", "days since the oldest child started"),
        field("median", .gauge, "LINE1", "days since the median child started"),
      ]
    }

    var churn: [Field] {
      [
        field("spawned", .derive, "LINE1", "children started"),
        field("gone", .derive, "LINE1", "children ended"),
        field("restarts", .derive, "LINE2", "masters started after the first"),
      ]
    }

    func pool(_ hasStatus: Bool) -> [Field] {
      var fields = [
        field(
          "children", .gauge, "LINE2", "processes of the pool; may be 0 where they start on demand"),
        field("running", .gauge, "LINE1", "running or ready to run"),
      ]
      if hasStatus {
        fields += [
          field("busy", .gauge, "AREA", "processes that serve a request"),
          // No standard threshold: a pool that starts processes on demand has no idle ones.
          Field("idle", min: 0, draw: "STACK", info: "processes without a request"),
          field("queue", .gauge, "LINE2", "requests that wait for a process"),
        ]
        for kind in ["warning", "critical"] {
          fields[3][kind] =
            host.threshold(kind, of: "\(name)_idle", general: false)
            ?? host.threshold(kind, of: "idle", general: false)
        }
      }
      return fields
    }

    /// The graphs from a server's status page.
    func status(of server: WantedServer) -> [Graph] {
      let requests = graph(
        "requests", "requests", "per second",
        [field("requests", .derive, "LINE2", "requests, including those for the status page")])
      switch server.kind?.titles {
      case .nginx:
        return [
          graph(
            "connections", "connections", "connections",
            [
              field("reading", .gauge, "AREA", "connections whose request is being read"),
              field("writing", .gauge, "STACK", "connections that are being answered"),
              field("waiting", .gauge, "STACK", "connections kept open without a request"),
            ]), requests,
        ]
      case .fpm: return [requests]
      default:
        return [
          graph(
            "workers", "workers", "workers",
            [
              field("busy", .gauge, "AREA", "workers that serve a request"),
              field("idle", .gauge, "STACK", "workers without a request"),
              field("free", .gauge, "STACK", "slots for workers that are not started"),
            ]), requests,
        ]
      }
    }
  }
}

extension Servers.Shown {
  /// All pools that were ever seen.
  var pools: [String] {
    var names = Set(record.pools)
    for pool in report?.pools ?? [] { names.insert(pool.name) }
    for answer in answers { if let pool = answer?.pool { names.insert(pool) } }
    return Array(names.sorted().prefix(ServerReport.mostPools + 1))
  }
}
