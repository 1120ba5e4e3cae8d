internal import EventLoop
internal import Glibc
internal import Logbook
internal import Node
internal import Terminal

let program = "apus-node"
let usage = Usage(
  program: program, summary: "answers munin masters about this machine",
  options: [
    .init("config", "FILE", "settings (default /etc/munin/munin-node.conf, where it exists)"),
    .init("servicedir", "DIR", "plugins (default /etc/munin/plugins, where it exists)"),
    .init(
      "sconfdir", "DIR", "plugins' settings (default /etc/munin/plugin-conf.d, where it exists)"),
  ],
  notes: """
    Without any plugin folder, all built-in plugins are served on 127.0.0.1:4949.
    Exit status: 0 done, 1 failed, 2 wrong usage or settings.
    """)

/// The path that was asked for, else the default where it exists.
func place(_ option: String, default path: String, in options: [String: String]) -> String? {
  guard let given = options[option] else { return access(path, F_OK) == 0 ? path : nil }
  // Plugins run in another folder, so what is given from this one is made whole.
  guard !given.hasPrefix("/"), let here = getcwd(nil, 0) else { return given }
  defer { free(here) }
  return String(cString: here) + "/" + given
}

func main() -> Int32 {
  let options: [String: String]
  do throws(UsageError) {
    switch try usage.parse(Array(CommandLine.arguments.dropFirst())) {
    case .help:
      Terminal.say(usage.text)
      return ExitCode.done
    case .version:
      Terminal.say("\(program) \(apusVersion)")
      return ExitCode.done
    case .run(_, let given, let words):
      guard words.isEmpty else { throw usage.error("unexpected word '\(words[0])'") }
      options = given
    }
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.wrongUsage
  }

  let places = NodeProgram.Places(
    config: place("config", default: "/etc/munin/munin-node.conf", in: options),
    services: place("servicedir", default: "/etc/munin/plugins", in: options),
    pluginSettings: place("sconfdir", default: "/etc/munin/plugin-conf.d", in: options))
  let (prepared, problems) = NodeProgram.prepare(places)
  for problem in problems { Terminal.complain(problem, program: program) }
  guard let prepared else { return ExitCode.wrongUsage }
  do {
    let log = try Logbook(program: program, path: prepared.logFile)
    for warning in prepared.warnings { log.note("warning: \(warning)") }
    try EventLoop.main.run { try await NodeProgram.run(prepared, places: places, log: log) }
    return ExitCode.done
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.failed
  }
}

exit(main())
