import Foundation
import Testing

extension Programs.HostBasicsTests {
  /// A plugin-conf.d, and the services that are asked under it.
  struct Settings: CustomTestStringConvertible {
    var name: String
    var text: String
    var services: [String]

    var testDescription: String { name }

    /// Whether it can move no value.
    var hasOnlyLimits: Bool {
      !text.isEmpty
        && text.split(separator: "\n").allSatisfy {
          $0.hasPrefix("[") || $0.contains("warning") || $0.contains("critical")
        }
    }

    static let all =
      [
        Settings(name: "none", text: "", services: Programs.HostBasicsTests.services),
        // As Debian ships it, where it is about these plugins.
        Settings(
          name: "shipped",
          text: "[df*]\nenv.warning 92\nenv.critical 98\nenv.exclude_re ^/run/user\n",
          services: Programs.HostBasicsTests.services),
        Settings(
          name: "one limit for all", text: "[*]\nenv.warning 5:6\nenv.critical 7:8\n",
          services: Programs.HostBasicsTests.services),
        Settings(
          name: "a limit for each field", text: limits,
          services: Programs.HostBasicsTests.services),
      ] + rounds

    /// What the manual of each of munin's plugins names, one row after the other. `if_` and `if_err_` stand for
    /// every service of the family.
    private static let documented: [(plugin: String, rows: [String])] = [
      (
        "cpu",
        [
          "env.HZ 1000", "env.scaleto100 yes\nenv.iowait_warning 50%\nenv.idle_critical 5:",
          "env.ignore_fields idle guest", "env.scaleto100 no\nenv.warning 80%",
          "env.HZ 250\nenv.ignore_fields steal\nenv.system_critical 1:400",
        ]
      ),
      ("df", fileSystems), ("df_inode", fileSystems),
      (
        "diskstats",
        [
          "env.graph_width 500\nenv.trim_labels yes", "env.exclude loop", "env.graph_width 450",
          "env.trim_labels 1\nenv.include_only loop", "env.include_only sd,vd,nvme,/dev/dm-",
        ]
      ),
      (
        "if_",
        [
          "env.speed 100", "env.speed U", "env.warning 10000000",
          "env.up_critical 5:\nenv.speed 10",
          "env.down_warning :7\nenv.up_warning 0",
        ]
      ),
      ("if_err_", ["env.rcvd_warning 5\nenv.trans_critical 9", "env.warning 0"]),
      ("load", ["env.load_warning 0", "env.load_critical 10\nenv.load_warning 5"]),
      (
        "memory",
        [
          "env.swap_warning 50%", "env.free_critical 10%:\nenv.apps_warning 1000000",
          "env.warning 90%",
        ]
      ),
      ("swap", ["env.swap_in_critical 10", "env.warning 5\nenv.swap_out_warning 0:7"]),
      ("irqstats", ["env.iNMI_warning 10\nenv.iLOC_critical 1:", "env.critical 5"]),
      ("open_files", ["env.used_warning 5000", "env.warning 7\nenv.critical 9"]),
      ("users", ["env.pts_warning 1\nenv.X_critical 5", "env.warning 4"]),
      ("netstat", ["env.established_warning 5", "env.active_critical 1:2\nenv.warning 9"]),
    ]

    private static let fileSystems = [
      "env.exclude tmpfs", "env.include_re ^/dev/shm\nenv.exclude_re shm ^/dev/[hsv]d",
      "env.exclude_re ^/run ^/$", "env.warning 50\nenv._dev_shm_critical 60:70",
      "env.exclude overlay ext4 xfs btrfs\nenv.include_re ^/$\nenv.critical 5",
    ]

    /// Each plugin with the first of its rows, with the second, and so on; only those that have one are asked.
    private static let rounds = (0..<5).map { round in
      let chosen = documented.filter { round < $0.rows.count }
      return Settings(
        name: "documented settings, round \(round + 1)",
        text: chosen.map {
          "[\($0.plugin)\($0.plugin.hasSuffix("_") ? "*" : "")]\n\($0.rows[round])\n"
        }
        .joined(),
        services: Programs.HostBasicsTests.services.filter { service in
          chosen.contains { row in
            row.plugin.hasSuffix("_") ? service.hasPrefix(row.plugin) : service == row.plugin
          }
        })
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
    /// Whether it is to be seen of a service under some settings.
    var isSeen: @Sendable (String, Settings) -> Bool = { _, _ in true }

    static let all = [
      Difference(
        services: "if_err_", fields: ["rcvd", "trans", "rxdrop", "txdrop", "collisions"],
        attribute: "max", value: "5000000",
        reason: "a counter that a reboot set back is no flood of errors"),
      Difference(
        services: "if_", fields: ["down", "up"], attribute: "max", value: nil,
        reason: "the speed of a device that is only software is invented"
      ) { service, settings in
        let folder = "/sys/class/net/\(service.dropFirst(3))"
        let duplex = try? String(contentsOfFile: "\(folder)/duplex", encoding: .utf8)
        let hasDevice = FileManager.default.fileExists(atPath: "\(folder)/device/uevent")
        return !settings.text.contains("env.speed") && (!hasDevice || duplex != "full\n")
      },
      Difference(
        services: "memory",
        fields: ["active_anon", "active_cache", "inact_dirty", "inact_laundry", "inact_clean"],
        attribute: "", value: nil,
        reason: "munin's gives limits to fields that this kernel does not have"),
    ]

    static func apply(
      to graphs: inout [String: GraphDescription], of service: String, under settings: Settings
    ) {
      for difference in all
      where service.hasPrefix(difference.services) && difference.isSeen(service, settings) {
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
      if service == "memory" { roundShares(in: &graphs) }
    }
  }

  /// munin's `memory` makes fractions of a byte of a threshold in percent; ours are whole bytes.
  private static func roundShares(in graphs: inout [String: GraphDescription]) {
    for (name, graph) in graphs {
      for field in graph.fields {
        for kind in ["warning", "critical"] {
          guard let range = graph.fieldAttributes[field]?[kind], range.contains(".") else {
            continue
          }
          graphs[name]?.fieldAttributes[field]?[kind] = range.split(
            separator: ":", omittingEmptySubsequences: false
          ).map { side in
            Double(side).map { "\(Int64($0.rounded()))" } ?? String(side)
          }.joined(separator: ":")
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
      // The question itself is a connection.
      case "fw_conntrack", "fw_forwarded_local": Tolerance(absolute: 16)
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
