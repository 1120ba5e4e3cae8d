import Foundation

/// `apus-node` on a port that the kernel chooses. Its plugins run as whoever runs the tests: their folders are
/// nobody else's.
/// - Parameters:
///   - directives: further lines of its munin-node.conf.
///   - plugins: the folder of plugins; an empty one when `nil`, so that none of the machine are found.
///   - pluginSettings: plugin-conf.d; when `nil` one that leaves out the web servers of tests that run meanwhile.
///   - launcher: the words of a program that starts it.
func startNode(
  in scratch: Scratch, name: String = "apus.example", directives: String = "",
  plugins: String? = nil, pluginSettings: String? = nil, environment: [String: String] = [:],
  under launcher: [String] = []
) async throws -> (program: RunningProgram, port: Int) {
  let config = try scratch.write(
    """
    host 127.0.0.1
    port 0
    host_name \(name)
    allow ^127\\.0\\.0\\.1$
    default_plugin_user \(getuid())
    default_plugin_group \(getgid())
    plugin_state_dir \(scratch.path)/plugin-state
    \(directives)
    """, to: "apus-node.conf")
  let none = String(try scratch.place("no-plugins/x").dropLast(2))
  // Whoever sees servers come and go beside his own test reports them.
  try scratch.write(
    "[web_processes]\nenv.ignore apache lighttpd nginx php-fpm uhttpd\n",
    to: "no-servers/settings")
  let words =
    launcher + [
      Project.program("apus-node"), "--config", config, "--servicedir", plugins ?? none,
      "--sconfdir", pluginSettings ?? "\(scratch.path)/no-servers",
    ]
  let node = try RunningProgram(
    words[0], Array(words.dropFirst()), in: scratch, environment: environment)
  guard let port = Int(try await node.waits(for: /serves \S+ on 127\.0\.0\.1:(\d+)/).1) else {
    throw Trouble("no port")
  }
  return (node, port)
}

/// `apus-node` with built-in plugins, as links in a service directory of its own, and the text of a plugin-conf.d.
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

/// `apus-node` on the links in `services`, with the text of a plugin-conf.d and further lines of munin-node.conf.
func startNode(
  in scratch: Scratch, settings: String, directives: String = "",
  environment: [String: String] = [:], under launcher: [String] = []
) async throws -> (program: RunningProgram, port: Int) {
  try scratch.write(settings, to: "plugin-conf.d/settings")
  return try await startNode(
    in: scratch, directives: directives, plugins: "\(scratch.path)/services",
    pluginSettings: "\(scratch.path)/plugin-conf.d", environment: environment, under: launcher)
}

/// A peer's node, once it listens.
func startPeer(_ script: String, in scratch: Scratch, _ arguments: [String] = []) async throws -> (
  program: RunningProgram, port: Int
) {
  let node = try RunningProgram(
    Project.peer(script), ["\(scratch.path)/\(script)", "0"] + arguments, in: scratch)
  return (node, try await node.port())
}
