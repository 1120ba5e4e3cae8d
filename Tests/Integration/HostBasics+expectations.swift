import Foundation

extension Programs.HostBasicsTests {
  /// The plugin-conf.d of a run.
  enum Settings: String, CaseIterable {
    /// None.
    case none
    /// As Debian ships it, where it is about these plugins.
    case shipped
    /// One limit for all fields of all plugins.
    case generalLimits
    /// A limit for each field.
    case fieldLimits
    /// Whatever else the plugins can be told.
    case others

    var text: String {
      switch self {
      case .none: ""
      case .shipped: "[df*]\nenv.warning 92\nenv.critical 98\nenv.exclude_re ^/run/user\n"
      case .generalLimits: "[*]\nenv.warning 5:6\nenv.critical 7:8\n"
      case .fieldLimits: Settings.limits
      case .others:
        """
        [cpu]
        env.scaleto100 yes
        env.ignore_fields idle guest
        env.iowait_warning 50%
        env.HZ 1000
        [df*]
        env.exclude tmpfs
        env.include_re ^/dev/shm
        env.exclude_re shm ^/dev/[hsv]d
        [diskstats]
        env.graph_width 500
        env.trim_labels yes
        env.exclude loop
        [if_*]
        env.speed 100
        [load]
        env.load_warning 0
        [swap]
        env.swap_in_critical 10

        """
      }
    }

    /// Percent only where munin's plugin works them out.
    private static let limits: String = {
      let fields = [
        ("cpu", "%", "system user nice idle iowait irq softirq steal guest"),
        (
          "memory", "%",
          "apps page_tables swap_cache vmalloc_used slab cached buffers free swap committed mapped "
            + "active inactive shmem per_cpu"
        ),
        ("load", "", "load"), ("swap", "", "swap_in swap_out"), ("uptime", "", "uptime"),
        (
          "processes", "",
          "sleeping idle stopped zombie dead paging uninterruptible runnable processes"
        ),
        ("forks", "", "forks"), ("interrupts", "", "intr ctx"), ("irqstats", "", "iNMI iLOC"),
        ("open_files", "", "used"), ("open_inodes", "", "used max"), ("entropy", "", "entropy"),
        ("if_*", "", "down up"), ("if_err_*", "", "rcvd trans rxdrop txdrop collisions"),
        ("df", "", "devtmpfs _dev_shm tmpfs _run"), ("df_inode", "", "devtmpfs _dev_shm _run"),
        ("vmstat", "", "wait sleep"), ("users", "", "tty pty pts X other"),
        ("netstat", "", "active passive failed resets established"),
        ("proc_pri", "", "low high locked"),
      ]
      return fields.map { service, sign, names in
        "[\(service)]\n"
          + names.split(separator: " ").enumerated().map { index, field in
            "env.\(field)_warning \(index + 1)\(sign):\(90 - index)\(sign)\n"
              + "env.\(field)_critical :\(500 + index)\n"
          }.joined()
      }.joined()
    }()
  }

  /// A difference that is meant, applied to what munin's plugin says.
  struct Difference {
    var services: String
    var fields: [String]
    var attribute: String
    /// `nil`: ours does not have it.
    var value: String?
    var reason: String

    static let all = [
      Difference(
        services: "if_err_", fields: ["rcvd", "trans", "rxdrop", "txdrop", "collisions"],
        attribute: "max", value: "5000000",
        reason: "a counter that a reboot set back is no flood of errors"),
      Difference(
        services: "memory",
        fields: ["active_anon", "active_cache", "inact_dirty", "inact_laundry", "inact_clean"],
        attribute: "", value: nil,
        reason: "munin's gives limits to fields that this kernel does not have"),
    ]

    static func apply(to graphs: inout [String: GraphDescription], of service: String) {
      for difference in all where service.hasPrefix(difference.services) {
        for (name, graph) in graphs {
          for field in difference.fields where graph.fields.contains(field) {
            if difference.attribute.isEmpty {
              // Only a field without a label is none.
              guard graph.fieldAttributes[field]?["label"] == nil else { continue }
              graphs[name]?.fields.removeAll { $0 == field }
              graphs[name]?.fieldAttributes[field] = nil
            } else {
              graphs[name]?.fieldAttributes[field]?[difference.attribute] = difference.value
            }
          }
        }
      }
    }
  }

  /// How far a value may be from what munin's plugin says just before and just after.
  struct Tolerance {
    var absolute: Double
    /// Of the larger of the two.
    var relative = 0.0

    static func of(_ service: String) -> Tolerance {
      switch service {
      // A shell, ps and awk are processes too, with memory and open files, while munin's plugin counts.
      case "processes": Tolerance(absolute: 4)
      case "threads": Tolerance(absolute: 8)
      case "vmstat": Tolerance(absolute: 4)
      case "proc_pri": Tolerance(absolute: 1)
      case "memory": Tolerance(absolute: 16e6, relative: 0.01)
      case "open_files": Tolerance(absolute: 64, relative: 0.02)
      case "open_inodes": Tolerance(absolute: 32, relative: 0.02)
      case "netstat": Tolerance(absolute: 4)
      case "uptime": Tolerance(absolute: 0.011)
      // Digits behind those that a float has.
      case "df", "df_inode": Tolerance(absolute: 1e-9, relative: 1e-6)
      default: Tolerance(absolute: 0)
      }
    }

    /// - Parameter numbers: before, ours, after.
    func allows(_ numbers: [Double]) -> Bool {
      let low = min(numbers[0], numbers[2])
      let high = max(numbers[0], numbers[2])
      let slack = absolute + relative * high.magnitude
      return (low - slack...high + slack).contains(numbers[1])
    }
  }
}
