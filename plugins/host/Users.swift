public import MuninWire
public import PluginKit

/// The number of log-ins by kind of terminal, from `/run/utmp`, or from logind's sessions on systems without utmp.
public struct Users: Plugin {
  public let name: StaticString = "users"

  public init() {}

  private static let fields:
    [(name: StaticString, label: String, draw: String?, colour: String, info: String)] = [
      ("tty", "tty", "AREASTACK", "00FF00", "at a console of the machine"),
      ("pty", "pty", "AREASTACK", "0000FF", "at an old pseudo terminal"),
      ("pts", "pts", "AREASTACK", "00FFFF", "at a pseudo terminal: ssh, a terminal window"),
      ("X", "X displays", "AREASTACK", "000000", "at a graphical display"),
      ("other", "Other users", nil, "FF0000", "logged in some other way"),
    ]

  public var manual: Manual {
    Manual(
      "who is logged in",
      details: """
        Log-ins by kind of terminal, from /var/run/utmp as who(1) shows them; a log-in whose process has
        ended is left out. On systems without utmp they are read from the sessions of systemd-logind. A
        machine that has neither shows 0.
        """,
      settings: [
        .thresholds("FIELD", "thresholds of one field", check: EnvSetting.notZero),
        .init(
          "warning", "critical", as: .range, default: "none", EnvSetting.general.meaning,
          check: EnvSetting.notZero),
      ],
      fields: Users.fields.map { ("\($0.name)", "log-ins \($0.info)") },
      example: "[users]\nenv.tty_warning 0:1")
  }

  public func autoconf(on host: Host) -> Availability { .yes }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = Users.fields.map {
      Field("\($0.name)", label: $0.label, draw: $0.draw, colour: $0.colour, info: $0.info)
    }
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    var graph = Graph(
      "Logged in users", category: "system", args: "--base 1000 -l 0", vlabel: "Users",
      scale: false, info: "Who is logged in, by kind of terminal.", fields: fields)
    graph["graph_printf"] = "%3.0lf"
    return graph
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let counts = try LogIns.count(on: host)
    for (index, field) in Users.fields.enumerated() { reply.value(field.name, counts[index]) }
  }
}
