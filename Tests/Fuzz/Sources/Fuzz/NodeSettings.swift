import Node
import Settings

/// munin-node.conf: what is wrong is told with a line of the file, and what was right can be used.
func feedNodeSettings(_ input: [UInt8]) {
  let file = SettingsFile(name: "munin-node.conf", bytes: input)
  let (settings, problems, warnings) = NodeSettings.parse(file)
  check(problems + warnings, [file])
  demand(!settings.endpoints.isEmpty, "listens nowhere")
  for endpoint in settings.endpoints {
    demand((0...65535).contains(endpoint.port), "port \(endpoint.port)")
    demand(!endpoint.host.isEmpty, "a host without a name")
  }
  demand(settings.timeout > 0 && settings.globalTimeout > 0, "a time limit of nothing")
  demand(settings.maxServers > 0, "nobody is served")

  let (access, faults) = AccessControl.compile(settings.access)
  check(faults, [file])
  let isOpen = settings.access.isEmpty
  for peer in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%eth0", "?"] {
    let isAdmitted = access.admits(peer)
    demand(!isOpen || isAdmitted, "\(peer) is refused without a rule")
    let allows = settings.access.contains { $0.verdict == .allow }
    demand(isOpen || allows || !isAdmitted, "\(peer) is admitted although nobody is allowed")
  }
}

/// Every problem names one of the files, a line that the file has, and is one line itself.
func check(_ problems: [SettingFinding], _ files: [SettingsFile]) {
  demand(problems.count <= 300, "\(problems.count) problems: nobody reads so many")
  for problem in problems {
    guard let file = files.first(where: { $0.name == problem.file }) else {
      return demand(false, "names the file '\(problem.file)'")
    }
    demand((0...lineCount(file.bytes)).contains(problem.line), "no such line: \(problem)")
    demand(!problem.message.isEmpty, "says nothing")
    let controls = "\(problem)".unicodeScalars.contains {
      $0.properties.generalCategory == .control
    }
    demand(!controls, "control characters in \(problem)")
    demand("\(problem)".utf8.count < 2000, "too long to read: \(problem)")
  }
}
