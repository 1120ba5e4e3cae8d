import Foundation

/// `apus-node` on a port that the kernel chooses.
/// - Parameters:
///   - settings: further lines of its munin-node.conf.
///   - plugins: the folder of plugins; an empty one when `nil`, so that none of the machine are found.
///   - pluginSettings: plugin-conf.d, likewise.
func startNode(
  in scratch: Scratch, name: String = "apus.example", settings: String = "",
  plugins: String? = nil, pluginSettings: String? = nil
) async throws -> (program: RunningProgram, port: Int) {
  let config = try scratch.write(
    "host 127.0.0.1\nport 0\nhost_name \(name)\nallow ^127\\.0\\.0\\.1$\n\(settings)",
    to: "apus-node.conf")
  let none = String(try scratch.place("no-plugins/x").dropLast(2))
  let node = try RunningProgram(
    Project.program("apus-node"),
    ["--config", config, "--servicedir", plugins ?? none, "--sconfdir", pluginSettings ?? none],
    in: scratch)
  guard let port = Int(try await node.waits(for: /serves \S+ on 127\.0\.0\.1:(\d+)/).1) else {
    throw Trouble("no port")
  }
  return (node, port)
}

/// `apus-node` with built-in plugins, as links in a service directory of its own, and a plugin-conf.d.
func startNode(
  in scratch: Scratch, builtIn services: [String], settings: String, under launcher: [String] = []
) async throws -> (program: RunningProgram, port: Int) {
  for service in services {
    try FileManager.default.createSymbolicLink(
      atPath: scratch.place("services/\(service)"),
      withDestinationPath: Project.program("apus-node"))
  }
  return try await startNode(in: scratch, settings: settings, under: launcher)
}

/// `apus-node` on the links in `services`, with a plugin-conf.d file and further lines of munin-node.conf.
func startNode(
  in scratch: Scratch, settings: String, directives: String = "",
  environment: [String: String] = [:], under launcher: [String] = []
) async throws -> (program: RunningProgram, port: Int) {
  let config = try scratch.write(
    "host 127.0.0.1\nport 0\nhost_name apus.example\nallow ^127\\.0\\.0\\.1$\n" + directives,
    to: "apus-node.conf")
  try scratch.write(settings, to: "plugin-conf.d/settings")
  let words =
    launcher + [
      Project.program("apus-node"), "--config", config, "--servicedir", "\(scratch.path)/services",
      "--sconfdir", "\(scratch.path)/plugin-conf.d",
    ]
  let node = try RunningProgram(
    words[0], Array(words.dropFirst()), in: scratch, environment: environment)
  guard let port = Int(try await node.waits(for: /serves \S+ on 127\.0\.0\.1:(\d+)/).1) else {
    throw Trouble("no port")
  }
  return (node, port)
}

/// A peer's node, once it listens.
func startPeer(_ script: String, in scratch: Scratch, _ arguments: [String] = []) async throws -> (
  program: RunningProgram, port: Int
) {
  let node = try RunningProgram(
    Project.peer(script), ["\(scratch.path)/\(script)", "0"] + arguments, in: scratch)
  return (node, try await node.port())
}
