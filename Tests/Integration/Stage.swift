import Foundation

/// Both nodes beside each other, with the same plugins and settings.
struct Stage {
  /// Where munin's plugins are.
  let plugins: String
  /// Service → file: what munin's plugins offer on this machine.
  private(set) var offered: [String: String] = [:]
  private let scratch: Scratch
  private let perl: String

  /// - Parameter scratch: an empty folder; opened to all, because some plugins run as nobody.
  init(in scratch: Scratch) async throws {
    self.scratch = scratch
    chmod(scratch.path, 0o755)
    let asked = try await run(
      Project.peer("munin-plugins"), ["\(scratch.path)/asked"], in: scratch)
    let lines = asked.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    guard asked.ending == .exit(0), let first = lines.first, first.count == 2,
      first[0] == "PERL5LIB"
    else { throw Trouble("munin-plugins: \(asked.output) \(asked.errors)") }
    perl = String(first[1])
    for line in lines.dropFirst() where line.count == 2 {
      offered[String(line[0])] = String(line[1])
    }
    guard let file = offered.values.first, let end = file.range(of: "/", options: .backwards)
    else { throw Trouble("munin-plugins: nothing is offered") }
    plugins = String(file[..<end.lowerBound])
  }

  /// Starts both, with munin's plugin-conf.d as Debian ships it.
  func start(_ services: [String: String]) async throws -> (
    ours: (program: RunningProgram, port: Int), theirs: (program: RunningProgram, port: Int)
  ) {
    for (service, file) in services {
      for folder in ["services", "munin-node/plugins"] {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("\(folder)/\(service)"), withDestinationPath: file)
      }
    }
    let root = String(plugins.dropLast("/usr/share/munin/plugins".count))
    let shipped = try String(
      contentsOfFile: "\(root)/etc/munin/plugin-conf.d/munin-node", encoding: .utf8)
    // Where things are while nothing is installed.
    let settings =
      shipped + "\n[*]\nenv.MUNIN_LIBDIR \(root)/usr/share/munin\nenv.PERL5LIB \(perl)\n"
      + "[multips*]\nenv.names init sh\n"
    try scratch.write(settings, to: "munin-node/plugin-conf.d/settings")
    let theirs = try await startPeer("munin-node", in: scratch)
    // As the script does it: plugins run as whoever runs this.
    let me = String(cString: getpwuid(getuid()).pointee.pw_name)
    let mine = String(cString: getgrgid(getgid()).pointee.gr_name)
    let ours = try await startNode(
      in: scratch, settings: settings,
      directives: "default_plugin_user \(me)\ndefault_plugin_group \(mine)\n"
        + "plugin_state_dir \(scratch.place("state"))\n",
      environment: ["PERL5LIB": perl])
    return (ours, theirs)
  }
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
{
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}
