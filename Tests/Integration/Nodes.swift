/// `apus-node` on a port that the kernel chooses.
/// - Parameter settings: further lines of its munin-node.conf.
func startNode(
  in scratch: Scratch, name: String = "apus.example", settings: String = ""
) async throws -> (program: RunningProgram, port: Int) {
  let config = try scratch.write(
    "host 127.0.0.1\nport 0\nhost_name \(name)\nallow ^127\\.0\\.0\\.1$\n\(settings)",
    to: "apus-node.conf")
  // Empty folders, so that no plugins of the machine are found.
  let plugins = try scratch.place("no-plugins/x").dropLast(2)
  let node = try RunningProgram(
    Project.program("apus-node"),
    ["--config", config, "--servicedir", String(plugins), "--sconfdir", String(plugins)],
    in: scratch)
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
