import Daemon
import EventLoop
import Glibc
import Logbook
import TestSupport
import Testing

/// The signals of this process, so one at a time.
@Suite(.serialized)
struct DaemonProcessTests {
  /// Sends the next signal when the one before has had its effect.
  @Test func signalsReloadRotateAndEnd() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/log"
    let reloads = try await onTestLoop {
      let log = try Logbook(to: .file(path), now: { 0 })
      let daemon = DaemonProcess(log: log, environment: [])
      #expect(try daemon.inheritedListeners().isEmpty)
      log.note("before")
      #expect(rename(path, path + ".1") == 0)
      var reloads = 0
      kill(getpid(), SIGHUP)
      await daemon.run {
        reloads += 1
        // The second one comes while the first is under way, and waits.
        kill(getpid(), reloads == 1 ? SIGHUP : SIGUSR1)
        if reloads == 2 { kill(getpid(), SIGTERM) }
        await EventLoop.main.turned()
      }
      log.note("after")
      return reloads
    }
    #expect(reloads == 2)
    #expect(folder.read("log.1")?.hasSuffix("] before\n") == true)
    #expect(folder.read("log")?.hasSuffix("] after\n") == true)
  }

  @Test func aLogThatCannotBeOpenedAnewIsTold() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/logs/log"
    try folder.write("logs/log", "")
    try await onTestLoop {
      let log = try Logbook(to: .file(path), now: { 0 })
      let daemon = DaemonProcess(log: log, environment: [])
      #expect(rename("\(folder.path)/logs", "\(folder.path)/old") == 0)
      kill(getpid(), SIGUSR1)
      kill(getpid(), SIGTERM)
      await daemon.run {}
    }
    let text = try #require(folder.read("old/log"))
    #expect(
      text.hasSuffix(
        "] cannot reopen the log, the old file is still in use: open \(path): "
          + "No such file or directory\n"))
  }

  @Test func systemdThatDoesNotListenIsToldOfOnceEach() async throws {
    let folder = try TemporaryFolder()
    try await onTestLoop {
      let log = try Logbook(to: .file("\(folder.path)/log"))
      let daemon = DaemonProcess(log: log, environment: ["NOTIFY_SOCKET=/nonexistent/notify"])
      kill(getpid(), SIGTERM)
      await daemon.run {}
    }
    let lines = try #require(folder.read("log")).split(separator: "\n")
    // READY and STOPPING.
    #expect(lines.count == 2)
    #expect(
      lines.allSatisfy {
        $0.hasSuffix("] systemd: send to /nonexistent/notify: No such file or directory")
      })
  }
}
