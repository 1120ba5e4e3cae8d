import EventLoop
import PluginKit
import TestSupport
import Testing

@testable import Node

struct TreeCommandTests {
  /// A machine made of files, on which processes use the processor between two looks.
  private func tree(
    _ name: String? = nil, _ settings: [String: String] = [:],
    _ processes: [(pid: Int, parent: Int, name: String, title: String)],
    threads: [Int: Int] = [:], states: [Int: String] = [:], meanwhile: [Int: Int] = [:]
  ) async throws -> CommandResult {
    let folder = try TemporaryFolder()
    func put(_ used: [Int: Int]) throws {
      for process in processes + [(1, 0, "init", "init")] {
        let state = states[process.pid] ?? "S"
        try folder.write(
          "proc/\(process.pid)/stat",
          "\(process.pid) (\(process.name)) \(state) \(process.parent) \(process.pid) 1 0 -1 0 0 0 "
            + "0 0 \(used[process.pid] ?? 0) 0 0 0 20 0 \(threads[process.pid] ?? 1) 0 10000 4096 9\n"
        )
        try folder.write("proc/\(process.pid)/cmdline", process.title + "\0")
        try folder.write(
          "proc/\(process.pid)/smaps_rollup", "Rss: 900 kB\nPss: \(process.pid) kB\n")
      }
    }
    try put([:])
    let seconds = Clock()
    let clock = LoopClock(standingAt: 1_000_000)
    let root = folder.path
    return try await onTestLoop {
      let kernel = Kernel(
        secondsSinceBoot: { seconds.now }, fileSystem: { _ in nil }, hasProcess: { _ in true })
      let command = TreeCommand(
        settings: settings, name: name, root: root, kernel: kernel, clock: clock)
      let work = EventLoop.start {
        await command.run()
      }
      try await reach("the first look") { clock.waiting == 1 }
      try put(meanwhile)
      seconds.now += 0.5
      clock.advance(by: TreeCommand.watched)
      return await work.value
    }
  }

  /// The machine's own time.
  private final class Clock: Sendable {
    private let seconds = Locked(7300.0)
    var now: Double {
      get { seconds.with { $0 } }
      set { seconds.with { $0 = newValue } }
    }
  }

  @Test func whatLooksAlikeIsOneLine() async throws {
    let result = try await tree(
      nil, [:],
      [
        (100, 1, "apache2", "/usr/sbin/apache2 -k start"),
        (101, 100, "apache2", "apache2 -k start"),
        (102, 100, "apache2", "apache2 -k start"), (103, 100, "apache2", "apache2 -k start"),
        (104, 100, "rotatelogs", "rotatelogs /log"), (110, 103, "sh", "sh -c x"),
        (300, 1, "lighttpd", "lighttpd -D"),
      ], threads: [101: 27, 102: 27], states: [104: "D"], meanwhile: [101: 10, 102: 15])
    #expect(result.status == 0 && result.errors == "")
    #expect(
      result.output == """
        apache: up, 6 processes (3 children), PSS 620 KiB, CPU 50.0 %
          PID      PSS     CPU  AGE
          100  100 KiB   0.0 %  2 h  apache2 -k start
               203 KiB  50.0 %  2 h  ├─ 2 x apache2 -k start {27 threads}
          103  103 KiB   0.0 %  2 h  ├─ apache2 -k start
          110  110 KiB   0.0 %  2 h  │  └─ sh -c x
          104  104 KiB   0.0 %  2 h  └─ rotatelogs /log (waiting for a disk)

        lighttpd: up, 1 process (0 children), PSS 300 KiB, CPU 0.0 %
          PID      PSS    CPU  AGE
          300  300 KiB  0.0 %  2 h  lighttpd -D

        """, "\(result.output)")
  }

  @Test(arguments: ["apache", "apache2", "httpd"])
  func oneServerIsShownByAnyOfItsNames(name: String) async throws {
    let result = try await tree(
      name, [:], [(100, 1, "apache2", "apache2"), (300, 1, "lighttpd", "lighttpd")])
    #expect(result.output.hasPrefix("apache: up, 1 process"))
    #expect(!result.output.contains("lighttpd"))
  }

  @Test func anyProgramIsAServerWhenAskedFor() async throws {
    let result = try await tree(
      "caddy", [:], [(100, 1, "apache2", "apache2"), (300, 1, "caddy", "caddy run")])
    #expect(result.output.hasPrefix("caddy: up, 1 process") && result.status == 0)
  }

  @Test func whoIsNotThereIsTold() async throws {
    let none = try await tree("caddy", [:], [(100, 1, "apache2", "apache2")])
    #expect(none.status == 1 && none.output == "")
    #expect(none.errors.hasPrefix("tree: no process of 'caddy' is running"))
    let nothing = try await tree(nil, [:], [])
    #expect(nothing.status == 1 && nothing.errors.hasPrefix("tree: no web server is running"))
    let named = try await tree(
      nil, ["names": "nginx apache"], [(100, 1, "apache2", "apache2")])
    #expect(named.output.contains("nginx: DOWN, 0 processes (0 children)\n"))
  }

  /// A title is anybody's bytes: a terminal must not obey them.
  @Test func titlesDoNothingToATerminal() async throws {
    let result = try await tree(
      nil, [:],
      [
        (
          100, 1, "lighttpd",
          "lighttpd \u{1B}[2J\u{7}\\ \u{202E}\n" + String(repeating: "y", count: 99)
        )
      ])
    #expect(result.output.contains("lighttpd \\x1b[2J\\x07\\\\ \\xe2\\x80\\xae\\x0ayyy"))
    #expect(result.output.contains("y...\n") && !result.output.contains("\u{1B}"))
  }

  @Test func settingsThatMakeNoSenseAreTold() async throws {
    let folder = try TemporaryFolder()
    let root = folder.path
    let result = try await onTestLoop {
      await TreeCommand(settings: ["regex_x": "("], name: nil, root: root).run()
    }
    #expect(result.status == 1 && result.errors.hasPrefix("tree: env.regex_x: expected "))
  }
}
