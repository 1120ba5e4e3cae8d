internal import Foundation

/// The folder of the programs that were built with the tests.
public let builtPrograms: String = {
  let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return (own as NSString).deletingLastPathComponent
}()

/// A program that a test runs as a user would, with its whole output at the end.
public final class RunningProgram: @unchecked Sendable {
  // Unchecked: used by one test at a time; Process does its own locking.
  private let process = Process()
  // Files, not pipes: a program that says much must not wait for a reader.
  private let output: URL
  private let errors: URL
  private let folder: TemporaryFolder

  /// What was left.
  public struct End: Sendable {
    public var status: Int32
    /// The number of the signal that ended it, if one did.
    public var signal: Int32?
    public var output: String
    public var errors: String
  }

  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws {
    folder = try TemporaryFolder()
    output = URL(fileURLWithPath: try folder.write("stdout", ""))
    errors = URL(fileURLWithPath: try folder.write("stderr", ""))
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  /// A test that fails half way leaves nothing running.
  deinit {
    if process.isRunning { kill(pid, SIGKILL) }
  }

  public var pid: Int32 { process.processIdentifier }

  /// What stderr holds by now.
  public var said: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  /// Looks at stderr until it holds `text`. Every look costs 5 ms; the limit is for a program that never says it.
  public func waitUntilItSays(_ text: String, within limit: Duration = .seconds(20)) -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end, process.isRunning {
      if said.contains(text) { return true }
      usleep(5000)
    }
    return said.contains(text)
  }

  public func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits for the end; kills a program that does not come to it.
  public func end(within limit: Duration = .seconds(20)) -> End {
    let end = ContinuousClock.now + limit
    while process.isRunning, ContinuousClock.now < end { usleep(2000) }
    if process.isRunning { kill(pid, SIGKILL) }
    process.waitUntilExit()
    return End(
      status: process.terminationStatus,
      signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil,
      output: (try? String(contentsOf: output, encoding: .utf8)) ?? "", errors: said)
  }
}
