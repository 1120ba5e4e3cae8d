/// `apus-node` on a port that the kernel chooses.
/// - Parameters:
///   - plugins: the folder of plugins; an empty one when `nil`, so that none of the machine are found.
///   - pluginSettings: plugin-conf.d, likewise.
func startNode(
  in scratch: Scratch, name: String = "apus.example", plugins: String? = nil,
  pluginSettings: String? = nil
) async throws -> (program: RunningProgram, port: Int) {
  let config = try scratch.write(
    "host 127.0.0.1\nport 0\nhost_name \(name)\nallow ^127\\.0\\.0\\.1$\n", to: "apus-node.conf")
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

/// A peer's node, once it listens.
func startPeer(_ script: String, in scratch: Scratch, _ arguments: [String] = []) async throws -> (
  program: RunningProgram, port: Int
) {
  let node = try RunningProgram(
    Project.peer(script), ["\(scratch.path)/\(script)", "0"] + arguments, in: scratch)
  return (node, try await node.port())
}
