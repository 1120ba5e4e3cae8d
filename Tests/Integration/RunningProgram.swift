import Foundation

/// How a program ended.
enum Ending: Equatable {
  case exit(Int32)
  case signal(Int32)
}

/// A program in a process group of its own; whatever happens to the test, it and its children end with it.
final class RunningProgram {
  let name: String
  let pid: pid_t
  private let outputFile: String
  private let errorFile: String
  private(set) var ending: Ending?

  /// - Parameter scratch: where its output is kept.
  init(
    _ path: String, _ arguments: [String] = [], in scratch: Scratch,
    environment: [String: String] = [:]
  ) throws {
    name = (path as NSString).lastPathComponent
    let log = "output/\(name)-\(UUID().uuidString.prefix(8))"
    outputFile = try scratch.place("\(log).out")
    errorFile = try scratch.place("\(log).err")

    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    let create = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputFile, create, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorFile, create, 0o600)
    // What the test runner blocks or ignores, a program does not expect to.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var entries: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + entries { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, &words, &entries)
    guard code == 0 else { throw Trouble("cannot run \(path): \(String(cString: strerror(code)))") }
    pid = child
  }

  deinit { kill() }

  /// What it has written so far.
  var output: String { text(of: outputFile) }
  var errors: String { text(of: errorFile) }

  var isRunning: Bool {
    if ending == nil { reap(WNOHANG) }
    return ending == nil
  }

  /// The first part of a pattern's match in what it writes, to either stream.
  func waits<Output>(for pattern: Regex<Output>, upTo limit: Duration = .seconds(60)) async throws
    -> Regex<Output>.Match
  {
    try await waiting(for: "a line of \(name)", upTo: limit) {
      let running = isRunning
      if let match = output.firstMatch(of: pattern) ?? errors.firstMatch(of: pattern) {
        return match
      }
      guard running else { throw Trouble("\(name) ended: \(output)\(errors)") }
      return nil
    }
  }

  /// The port of a peer that says `ready PORT`.
  func port() async throws -> Int {
    guard let port = Int(try await waits(for: /ready (\d+)/).1) else { throw Trouble("no port") }
    return port
  }

  func send(_ signal: Int32) { if isRunning { Glibc.kill(pid, signal) } }

  /// Waits for its end.
  @discardableResult func waits(upTo limit: Duration = .seconds(60)) async throws -> Ending {
    try await waiting(for: "the end of \(name)", upTo: limit) { isRunning ? nil : ending }
  }

  /// Asks it to end, and waits.
  @discardableResult func end() async throws -> Ending {
    send(SIGTERM)
    return try await waits()
  }

  /// Kills it with all its children, at once.
  func kill() {
    guard isRunning else { return }
    Glibc.kill(-pid, SIGKILL)
    reap(0)
  }

  private func reap(_ options: Int32) {
    var status: Int32 = 0
    guard waitpid(pid, &status, options) == pid else { return }
    let signal = status & 0x7F
    ending = signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
    // Children that outlived their leader are still in its group.
    Glibc.kill(-pid, SIGKILL)
  }

  private func text(of file: String) -> String {
    String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
  }
}

/// Runs a program to its end.
func run(
  _ path: String, _ arguments: [String] = [], in scratch: Scratch,
  environment: [String: String] = [:], upTo limit: Duration = .seconds(120)
) async throws -> (ending: Ending, output: String, errors: String) {
  let program = try RunningProgram(path, arguments, in: scratch, environment: environment)
  let ending = try await program.waits(upTo: limit)
  return (ending, program.output, program.errors)
}
