import Settings

/// munin.conf: 0xFF stands before each included file.
func feedMasterSettings(_ input: [UInt8]) {
  let files = parts(of: input).enumerated().map { index, bytes in
    SettingsFile(name: index == 0 ? "munin.conf" : "conf.d/\(index)", bytes: bytes)
  }
  let (settings, problems, warnings) = MasterSettings.parse(files)
  check(problems + warnings, files)
  var seen: Set<String> = []
  for host in settings.hosts {
    demand(seen.insert(host.path).inserted, "\(host.path) comes twice")
    demand(!host.name.isEmpty, "a host without a name")
    for word in host.groups + [host.name] {
      demand(!word.contains("/") && word != "..", "\(host.path) leads out of its folder")
    }
    demand(files.contains { $0.name == host.file }, "\(host.path) comes from nowhere")
    demand(!host.update || host.endpoint != nil, "\(host.path) is polled without an address")
    for override in settings.overrides(for: host) {
      let own = settings.override(
        override.name, group: host.groups, host: host.name, service: override.service,
        field: override.field)
      demand(own == override.value, "\(override) is not found where it is")
    }
  }
  for contact in settings.recipients(group: ["a"], host: "b") {
    demand(contact.isReachable, "\(contact.name) cannot be reached")
  }
  demand(settings.updateRate > 0, "an update rate of nothing")
}
