import Foundation
import Testing

extension Programs.NTPTests {
  /// A setting that an original documents, tried on both.
  private struct Case {
    var service: String
    var settings: [String: String] = [:]
    var answers = true

    /// The original's script.
    var script: String {
      let library = "\(Project.peers)/usr/share/munin/plugins"
      return FileManager.default.fileExists(atPath: "\(library)/\(service)")
        ? "\(library)/\(service)" : "\(library)/ntp_"
    }
  }

  /// What ``compatibleServicesAreMunins(_:)`` does not try. The `ntp_kernel_*` of munin ask ntpq for what ntpsec does not
  /// tell, so only their configs are compared.
  private static let cases =
    [
      Case(service: "ntp_offset", settings: ["nodelay": "yes"]),
      Case(service: "ntp_203.0.113.12", settings: ["nodelay": "yes", "warning": "5:6"]),
      Case(service: "ntp_203.0.113.13", settings: ["nodelay": "0", "lowercase": "1"]),
      Case(service: "ntp_states", settings: ["show_syspeer_stratum": "0", "lowercase": "1"]),
    ]
    + ["ntp_kernel_err", "ntp_kernel_pll_off", "ntp_kernel_pll_freq"].flatMap {
      [
        Case(service: $0, answers: false),
        Case(service: $0, settings: ["warning": "5:6"], answers: false),
      ]
    }

  /// Further settings of munin's plugins give the same fields, types, thresholds and units here.
  func settingsAreThoseOfTheOriginals(_ world: TimeWorld) async throws {
    let scratch = world.scratch
    let environment = try await Integration.run(
      Project.peer("time-client"), ["environment"], in: scratch
    ).output
    var sections = "[*]\n\(environment)"
    var links: [String] = []
    for (number, one) in Self.cases.enumerated() {
      // The family's script reads the peer from its name; the others are content with any.
      let link = one.script.hasSuffix("/ntp_") ? one.service : "case\(number)"
      links.append(link)
      sections += "[\(link)]\n" + one.settings.map { "env.\($0) \($1)\n" }.joined()
      try FileManager.default.createSymbolicLink(
        atPath: try scratch.place("originals/plugins/\(link)"),
        withDestinationPath: one.script)
    }
    try scratch.write(sections, to: "originals/plugin-conf.d/settings")
    let words = world.entrance + [Project.peer("munin-node"), "\(scratch.path)/originals", "0"]
    let node = try RunningProgram(words[0], Array(words.dropFirst()), in: scratch)
    defer { node.kill() }
    let port = try await node.port()

    for (one, link) in zip(Self.cases, links) {
      let title = "\(one.service) \(one.settings)"
      let theirs = try await world.answers(of: port, to: ["config \(link)", "fetch \(link)"])
      let settings = one.settings.merging(["source": "ntpd"]) { $1 }
      let config = try await world.plugin(one.service, "config", settings: settings)
      let expected = try comparable(try #require(graphs(in: theirs[0])[""], "\(title): \(theirs)"))
      let found = try comparable(try #require(graphs(in: config)[""], "\(title): \(config)"))
      #expect(found.attributes == expected.attributes, "\(title)")
      #expect(found.fields.sorted() == expected.fields.sorted(), "\(title)")
      for field in expected.fields {
        #expect(
          found.fieldAttributes[field] == expected.fieldAttributes[field], "\(title) \(field)")
      }
      guard one.answers else { continue }
      let values = values(in: try await world.plugin(one.service, settings: settings))
      #expect(values.keys.sorted() == Integration.values(in: theirs[1]).keys.sorted(), "\(title)")
    }
  }

  /// Without what is for people.
  private func comparable(_ graph: GraphDescription) throws -> GraphDescription {
    var graph = graph
    graph.attributes["graph_info"] = nil
    // munin's ntp_offset asks for the thresholds of a field `critical`, which it does not have.
    graph.fields.removeAll { graph.fieldAttributes[$0]?["label"] == nil }
    graph.fieldAttributes = graph.fieldAttributes.filter { graph.fields.contains($0.key) }
    for field in graph.fields { graph.fieldAttributes[field]?["info"] = nil }
    return graph
  }
}
