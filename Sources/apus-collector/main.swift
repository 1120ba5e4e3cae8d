internal import Daemon
internal import EventLoop
internal import Glibc
internal import RRD
internal import Settings
internal import Terminal

let program = "apus-collector"
let usage = Usage(
  program: program, summary: "polls munin nodes, keeps RRD files, mails alerts, shows graphs",
  commands: [
    ("run", "poll for good, and serve the pages"),
    ("poll", "poll every node once, try to deliver the mails, and exit (for cron)"),
    ("check", "read all settings and say what is wrong"),
  ],
  options: [
    .init("config", "FILE", "settings (default /etc/munin/munin.conf, where it exists)"),
    .init("verbose", nil, "print a line for each cycle"),
  ],
  notes: """
    Without any settings, the node on 127.0.0.1:4949 is polled and the pages are on 127.0.0.1:4950.
    Exit status: 0 done, 1 failed, 2 wrong usage or settings.
    """)

/// What is wrong with the files in the data folder.
func fileFindings(below folder: String) -> [String] {
  let future = FutureFiles(below: folder, now: time(nil))
  var findings = future.files.map {
    "\($0.path): its newest value lies in the future: values until \(localTime($0.lastUpdate)) are lost"
  }
  if future.count > findings.count {
    findings.append("\(folder): \(future.count - findings.count) more files of that kind")
  }
  return findings
}

func main() -> Int32 {
  let command: String
  let options: [String: String]
  do throws(UsageError) {
    switch try usage.parse(CommandWords.arguments) {
    case .help:
      Terminal.say(usage.text)
      return ExitCode.done
    case .version:
      Terminal.say("\(program) \(apusVersion)")
      return ExitCode.done
    case .run(let given, let values, let words):
      guard !given.isEmpty else { throw usage.error("expected a command: run, poll or check") }
      guard words.isEmpty else { throw usage.error("unexpected word '\(words[0])'") }
      command = given
      options = values
    }
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.wrongUsage
  }

  // librrd would send its updates to this daemon behind our back.
  unsetenv("RRDCACHED_ADDRESS")
  let standard = "/etc/munin/munin.conf"
  let path = options["config"] ?? (access(standard, F_OK) == 0 ? standard : nil)
  let configuration = Configuration(path: path)
  for problem in configuration.problems { Terminal.complain(problem, program: program) }
  for warning in configuration.warnings {
    Terminal.complain("warning: \(warning)", program: program)
  }
  guard configuration.problems.isEmpty else { return ExitCode.wrongUsage }
  if command == "check" {
    let findings = fileFindings(below: configuration.settings.databaseDirectory)
    for finding in findings { Terminal.complain("warning: \(finding)", program: program) }
    let warnings = configuration.warnings.count + findings.count
    let polled = configuration.settings.hosts.count(where: \.update)
    Terminal.say(
      "\(path ?? "no settings"): "
        + (warnings == 0 ? "no problem found" : "\(warnings) warning\(warnings == 1 ? "" : "s")")
        + "; \(polled) node\(polled == 1 ? "" : "s") would be polled")
    return ExitCode.done
  }
  do {
    let run = try Run(configuration, verbose: options["verbose"] != nil)
    try EventLoop.main.run { command == "poll" ? try await run.poll() : try await run.serve() }
    return ExitCode.done
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.failed
  }
}

exit(main())
