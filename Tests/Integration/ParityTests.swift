import Foundation
import Testing

extension Programs {
  /// munin's own plugins through both nodes on this machine, with the plugin-conf.d that Debian ships: whoever
  /// exchanges the node sees no difference.
  @Suite struct ParityTests {
    /// What this machine has plugins for varies; fewer than this are no proof.
    private static let enough = 25

    /// Plugins that are set up by hand and here have something to say, or that fail: alike, please.
    private static let byHand: [String: String] = [
      "port_4949": "port_", "ps_init": "ps_", "psu_root": "psu_", "multips": "multips",
      "multips_memory": "multips_memory", "qmailscan-simple": "qmailscan-simple",
      "freeradius_auth": "freeradius_auth", "apc_nis": "apc_nis", "acpi": "acpi",
      "nginx_status": "nginx_status", "mysql_queries": "mysql_queries", "smart_sda": "smart_",
    ]

    /// One whose user is not there. munin's node answers nothing, and does not tell why; ours says that it failed.
    private static let withoutUser = "sendmail_mailqueue"

    /// Configs are equal byte by byte, fetches name the same fields in the same order.
    @Test func pluginsAnswerAsThroughMuninsNode() async throws {
      let scratch = try Scratch()
      let stage = try await Stage(in: scratch)
      var services = stage.offered
      // Ports come and go with what runs here.
      services = services.filter { !$0.key.hasPrefix("port_") }
      services[Self.withoutUser] = "\(stage.plugins)/\(Self.withoutUser)"
      for (service, plugin) in Self.byHand { services[service] = "\(stage.plugins)/\(plugin)" }
      let (ours, theirs) = try await stage.start(services)

      let lists = try [ours.port, theirs.port].map { port in
        let answer = try converse(with: port, "cap multigraph dirtyconfig\nlist\nquit\n")
        return Set(answer.split(separator: "\n").last?.split(separator: " ") ?? [])
          .subtracting([Self.withoutUser[...]])
      }
      #expect(lists[0] == lists[1])

      let names = services.keys.sorted()
      let (ourPort, theirPort) = (ours.port, theirs.port)
      async let found = Self.answers(of: ourPort, for: names)
      async let expected = Self.answers(of: theirPort, for: names)
      var compared = 0
      var different: [String] = []
      for (name, (ours, theirs)) in zip(names, zip(try await found, try await expected)) {
        // A field that came or went between the two questions is asked for again, below.
        if ours != theirs { different.append(name) }
        if theirs.isGood { compared += 1 }
      }
      for name in different {
        var answers: [Answers] = []
        for _ in 0..<5 where answers.isEmpty || answers[0] != answers[1] {
          answers = [
            try await Self.answers(of: ours.port, for: [name])[0],
            try await Self.answers(of: theirs.port, for: [name])[0],
          ]
        }
        if name == Self.withoutUser {
          #expect(!answers[0].isGood && !answers[1].isGood, "\(name)")
          continue
        }
        #expect(answers[0].config == answers[1].config, "\(name)")
        #expect(answers[0].fields == answers[1].fields, "\(name)")
      }
      #expect(compared >= Self.enough, "only \(compared) of \(names.count) plugins answered")
    }

    /// What a plugin says, without the values.
    private struct Answers: Equatable {
      var config: [String]
      /// `multigraph` lines and names of fields, and whatever is neither.
      var fields: [String]

      init(config: [String], fetch: [String]) {
        self.config = config
        fields = fetch.map { line in
          guard let dot = line.range(of: ".value ") else { return line }
          return String(line[..<dot.lowerBound])
        }
      }

      var isGood: Bool {
        func isGood(_ lines: [String]) -> Bool { !lines.isEmpty && !lines[0].hasPrefix("# ") }
        return isGood(config) && isGood(fields)
      }
    }

    /// Asks in a few connections at once, all questions of one without waiting.
    private static func answers(of port: Int, for services: [String]) async throws -> [Answers] {
      let groups = 4
      return try await withThrowingTaskGroup(of: [(Int, Answers)].self) { group in
        for first in 0..<min(groups, services.count) {
          let part = Array(stride(from: first, to: services.count, by: groups))
          group.addTask {
            try await onThread {
              let lines = try Integration.answers(
                of: port,
                to: part.flatMap { ["config \(services[$0])", "fetch \(services[$0])"] })
              return part.enumerated().map { index, place in
                (place, Answers(config: lines[2 * index], fetch: lines[2 * index + 1]))
              }
            }
          }
        }
        var all: [(Int, Answers)] = []
        for try await part in group { all += part }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
      }
    }

    // MARK: Odd output

    /// What a plugin prints on fetch, for printf(1), and what it then does.
    private static let odd: [(name: String, output: String, end: String)] = [
      ("crlf", #"a.value 1\r\nb.value 2\r\n"#, ""),
      ("cr", #"a.value 1\rb.value 2\r"#, ""),
      ("blanks", #"\n\n\na.value 1\n\n\n\nb.value 2\n\n"#, ""),
      ("mixed", #"\r\n\r\r\n\na.value 1\n\r\n"#, ""),
      ("unended", "a.value 1", ""),
      ("comments", #"# one\n#two\n  # three\na.value 1\n#\n"#, ""),
      ("spaces", #"  a.value 1\n\t\n \na.value   2  \n"#, ""),
      ("bytes", #"a.value 1\001\033\177\200\377\n\303\244.value 2\n"#, ""),
      ("zero", #"a.val\000ue 1\n\000\nb.value 2\n"#, ""),
      ("nothing", "", ""),
      ("newlines", #"\n\n\n"#, ""),
      ("dots", #"..\n.a\na.\n. \n .\n"#, ""),
      ("long", "a.value 1", "head -c 300000 /dev/zero | tr '\\\\0' x"),
      ("errors", #"a.value 1\n"#, "echo complaint >&2"),
      ("failing", #"a.value 1\n"#, "exit 3"),
      ("killed", #"a.value 1\n"#, "kill -9 $$"),
      ("silentlyfailing", "", "exit 1"),
      ("words", #"multigraph x\na.value 1\nmultigraph x.y\nb.value 2\n"#, ""),
      ("error", #"# Timed out\n"#, ""),
    ]

    /// Two things munin's node lets through and ours does not: a lone dot, by which the master loses its way, and
    /// one blank line at the beginning.
    @Test func oddOutputArrivesAsThroughMuninsNode() async throws {
      let scratch = try Scratch()
      let stage = try await Stage(in: scratch)
      var services: [String: String] = [:]
      for plugin in Self.odd + [(name: "dot", output: #"a.value 1\n.\nb.value 2\n"#, end: "")] {
        let file = try scratch.program(
          """
          #!/bin/sh
          if [ "$1" = config ]; then
            echo 'a.label a'
            exit
          fi
          printf '\(plugin.output)'
          \(plugin.end)

          """, to: "odd/\(plugin.name)")
        services[plugin.name] = file
      }
      let (ours, theirs) = try await stage.start(services)
      for plugin in Self.odd {
        let request = "fetch \(plugin.name)\nquit\n"
        let found = try bytesSaid(by: ours.port, after: request).drop { $0 != 0x0A }
        var expected = try bytesSaid(by: theirs.port, after: request).drop { $0 != 0x0A }
        if expected.starts(with: [0x0A, 0x0A]) { expected.removeFirst() }
        #expect(found.elementsEqual(expected), "\(plugin.name): \(text(found)), \(text(expected))")
      }
      let dotted = try bytesSaid(by: ours.port, after: "fetch dot\nquit\n")
      #expect(text(dotted[...]).hasSuffix("\na.value 1\nb.value 2\n.\n"))
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes.prefix(200), as: UTF8.self)
    }
  }
}
