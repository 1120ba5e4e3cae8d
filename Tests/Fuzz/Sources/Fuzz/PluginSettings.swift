import Settings

/// plugin-conf.d: 0xFF stands between the files of the folder.
func feedPluginSettings(_ input: [UInt8]) {
  let files = parts(of: input).enumerated().map { index, bytes in
    SettingsFile(name: "file\(index)", bytes: bytes)
  }
  let (settings, problems) = PluginSettings.parse(files)
  check(problems, files)
  for service in ["load", "if_eth0", "if_err_eth0", "snmp_router_if_1", "", "apache@a:80"] {
    check(settings.settings(for: service))
  }
  // A problem in one file hides nothing in another.
  let apart = files.flatMap { PluginSettings.parse([$0]).problems }
  if apart.count < 50 { demand(apart == problems, "files are not read alike alone and together") }
}

/// At most four parts.
func parts(of input: [UInt8]) -> [[UInt8]] {
  input.split(separator: 0xFF, maxSplits: 3, omittingEmptySubsequences: false).map(Array.init)
}

private func check(_ settings: ServiceSettings) {
  for variable in settings.environment {
    demand(!variable.name.isEmpty && !variable.name.utf8.contains(0x3D), "env '\(variable.name)'")
    demand(!variable.value.utf8.contains(0), "a zero byte in env.\(variable.name)")
  }
  let names = settings.environment.map(\.name)
  demand(Set(names).count == names.count, "a variable comes twice: \(names)")
  if let command = settings.command { demand(command.first?.isEmpty == false, "an empty command") }
  if let timeout = settings.timeout { demand(timeout > 0, "a time limit of \(timeout)") }
  for group in settings.groups { demand(!group.name.isEmpty, "a group without a name") }
}
