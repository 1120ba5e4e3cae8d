import Foundation
import Testing

@testable import Settings

/// What can be set is described, and what is described can be set.
struct DocumentationTests {
  private static let project =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func lines(_ path: String) throws -> [Substring] {
    try String(contentsOf: Self.project.appending(path: path), encoding: .utf8)
      .split(separator: "\n")
  }

  /// The directives that a manual page has as headings: `.BI name " VALUE"`, `.B name`.
  private func headings(of page: String) throws -> [String] {
    let lines = try lines("Documentation/man/\(page)")
    return zip(lines, lines.dropFirst()).compactMap { before, line in
      guard before == ".TP" || before == ".TQ", line.hasPrefix(".B") else { return nil }
      return line.split(separator: " ").dropFirst().first.map(String.init)
    }
  }

  /// The directives of a sample, also those that are commented out.
  private func directives(of sample: String) throws -> Set<String> {
    Set(
      try lines(sample).compactMap { line in
        let line = line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        return line.hasPrefix("#") || line.hasPrefix("[")
          ? nil : line.split(separator: " ").first.map(String.init)
      })
  }

  @Test func everyDirectiveOfTheNodeHasItsPlaceInTheManual() throws {
    let headings = try headings(of: "apus-node.conf.5")
    for directive in NodeSettings.directives {
      #expect(headings.contains(directive), "\(directive)")
    }
    for key in ServiceSettings.keys { #expect(headings.contains(key), "\(key)") }
    #expect(headings.contains("env."))
    // The other way round: nothing that was taken away stays there.
    for heading in headings where heading != "env." {
      let isKnown =
        NodeSettings.directives.contains(heading) || ServiceSettings.keys.contains(heading)
      #expect(isKnown, "\(heading)")
    }
  }

  @Test func everyDirectiveOfTheNodeIsInTheSample() throws {
    let found = try directives(of: "munin-conf/munin-node.conf")
    for directive in NodeSettings.directives { #expect(found.contains(directive), "\(directive)") }
    let keys = try directives(of: "munin-conf/plugin-conf.d/apus")
    for key in ServiceSettings.keys { #expect(keys.contains(key), "\(key)") }
  }

  @Test func everyDirectiveOfOurOwnIsMarked() throws {
    let marked = try lines("Documentation/man/apus-node.conf.5").split(separator: ".RI ( apus )")
      .dropFirst().dropLast()  // the first is a path for `host`
      .compactMap { $0.last?.split(separator: " ").dropFirst().first.map(String.init) }
    let text = try String(
      contentsOf: Self.project.appending(path: "README.md"), encoding: .utf8)
    #expect(marked.count >= 6)
    for name in marked + ["web_listen", "smtp_server", "smtp_from"] {
      #expect(text.contains("| `\(name) "), "\(name)")
    }
  }

  @Test func everyDirectiveOfTheCollectorsOwnHasItsPlaceInTheManual() throws {
    let headings = try headings(of: "apus-collector.8")
    for name in [
      "web_listen", "smtp_server", "smtp_from", "contact.", "log_file", "log_level", "pid_file",
      "syslog_ident", "syslog_facility",
    ] {
      #expect(headings.contains(name), "\(name)")
    }
  }

  /// The defaults that the manual tells are those of the program.
  @Test func theManualTellsTheDefaults() throws {
    let text = try lines("Documentation/man/apus-node.conf.5").joined(separator: "\n")
    let settings = NodeSettings()
    for (name, value) in [
      ("timeout", settings.timeout), ("global_timeout", settings.globalTimeout),
      ("idle_timeout", settings.idleTimeout), ("max_servers", settings.maxServers),
      ("max_connections_per_peer", settings.maxConnectionsPerPeer),
      ("max_connection_rate", settings.maxConnectionRate), ("log_level", settings.logLevel),
      ("tls_verify_depth", settings.tls.verifyDepth), ("port", settings.port),
    ] {
      let start = try #require(text.range(of: "\n.BI \(name) "), "\(name)").upperBound
      let end = text.range(of: "\n.TP", range: start..<text.endIndex)?.lowerBound ?? text.endIndex
      #expect(
        text[start..<end].contains("\nDefault \(value).\n")
          || text[start..<end].hasSuffix("\nDefault \(value)."), "\(name)")
    }
  }
}
