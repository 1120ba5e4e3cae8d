import EventLoop
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// What `apus-node tree` shows.
struct TreeReportTests {
  /// A machine made of files, on which processes use the processor between two looks.
  private func tree(
    _ name: String? = nil, _ settings: [String: String] = [:],
    _ processes: [(pid: Int, parent: Int, name: String, title: String)],
    threads: [Int: Int] = [:], states: [Int: String] = [:], meanwhile: [Int: Int] = [:]
  ) async throws -> TreeReport {
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
      let work = EventLoop.start {
        () -> Result<TreeReport, PluginError> in
        do throws(PluginError) {
          return .success(
            try await TreeReport.make(
              settings: settings, name: name, root: root, kernel: kernel, clock: clock))
        } catch {
          return .failure(error)
        }
      }
      try await reach("the first look") { clock.waiting == 1 }
      try put(meanwhile)
      seconds.now += 0.5
      clock.advance(by: TreeReport.watched)
      return try await work.value.get()
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
    #expect(result.complaints == [])
    #expect(
      result.text == """
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

        """, "\(result.text)")
  }

  @Test(arguments: ["apache", "apache2", "httpd"])
  func oneServerIsShownByAnyOfItsNames(name: String) async throws {
    let result = try await tree(
      name, [:], [(100, 1, "apache2", "apache2"), (300, 1, "lighttpd", "lighttpd")])
    #expect(result.text.hasPrefix("apache: up, 1 process"))
    #expect(!result.text.contains("lighttpd"))
  }

  @Test func anyProgramIsAServerWhenAskedFor() async throws {
    let result = try await tree(
      "caddy", [:], [(100, 1, "apache2", "apache2"), (300, 1, "caddy", "caddy run")])
    #expect(result.text.hasPrefix("caddy: up, 1 process"))
  }

  @Test func whoIsNotThereIsNoText() async throws {
    let none = try await tree("caddy", [:], [(100, 1, "apache2", "apache2")])
    #expect(none.text == "")
    let nothing = try await tree(nil, [:], [])
    #expect(nothing.text == "")
    let named = try await tree(
      nil, ["names": "nginx apache"], [(100, 1, "apache2", "apache2")])
    #expect(named.text.contains("nginx: DOWN, 0 processes (0 children)\n"))
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
    #expect(result.text.contains("lighttpd \\x1b[2J\\x07\\\\ \\xe2\\x80\\xae\\x0ayyy"))
    #expect(result.text.contains("y...\n") && !result.text.contains("\u{1B}"))
  }

  @Test func settingsThatMakeNoSenseAreTold() async throws {
    let folder = try TemporaryFolder()
    let root = folder.path
    let error = await #expect(throws: PluginError.self) {
      try await onTestLoop {
        try await TreeReport.make(settings: ["regex_x": "("], name: nil, root: root)
      }
    }
    #expect("\(error!)".hasPrefix("env.regex_x: expected "))
  }
}
