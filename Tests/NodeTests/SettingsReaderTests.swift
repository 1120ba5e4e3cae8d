import Glibc
import TestSupport
import Testing

@testable import Node

/// Settings that cannot be read: those at default places may be left out.
struct SettingsReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func prepare(
    _ name: String, isDefault: Bool, forgives: Bool
  ) -> (prepared: NodeProgram.Prepared?, problems: [String]) {
    var places = NodeProgram.Places(config: nil, services: nil, pluginSettings: nil)
    places.pluginSettings = .init("\(folder.path)/\(name)", isDefault: isDefault)
    return NodeProgram.prepare(places, forgivesDefaults: forgives)
  }

  @Test func aDefaultFolderIsLeftOutWhereThatIsForgiven() throws {
    let (prepared, problems) = prepare("none", isDefault: true, forgives: true)
    #expect(problems == [])
    #expect(
      try #require(prepared).unreadLine
        == "cannot open \(folder.path)/none: No such file or directory; its settings have no effect here"
    )
  }

  @Test(arguments: [(true, false), (false, true), (false, false)])
  func anythingElseIsAnError(isDefault: Bool, forgives: Bool) {
    let (prepared, problems) = prepare("none", isDefault: isDefault, forgives: forgives)
    #expect(prepared == nil)
    #expect(problems == ["cannot open \(folder.path)/none: No such file or directory"])
  }

  /// What can be read counts, and its mistakes are errors.
  @Test func mistakesAreNotForgiven() throws {
    try folder.write("conf/settings", "[load]\ntimeout soon\n")
    let (prepared, problems) = prepare("conf", isDefault: true, forgives: true)
    #expect(prepared == nil && problems.count == 1)
  }

  @Test func variablesWithoutEffectAreWarnings() throws {
    try folder.write("conf/settings", "[load]\nenv.title\n")
    let (prepared, _) = prepare("conf", isDefault: false, forgives: false)
    #expect(
      try #require(prepared).warnings.contains(
        "\(folder.path)/conf/settings:2: env.title: expected a value; the line has no effect"))
  }

  /// A FIFO without a writer must not hold up the start.
  @Test(arguments: [
    ("/nonexistent", "cannot open /nonexistent: No such file or directory"),
    ("PLACE", "cannot open PLACE/a.conf: expected a regular file, found a FIFO"),
  ])
  func includedFilesThatCannotBeReadAreNamedWithTheirLine(place: String, words: String) throws {
    let drops = "\(folder.path)/drops"
    try folder.write("drops/.keep", "")
    mkfifo("\(drops)/a.conf", 0o644)
    func whole(_ text: String) -> String {
      text.split(separator: "PLACE", omittingEmptySubsequences: false).joined(separator: drops)
    }
    let config = try folder.write("node.conf", "host 127.0.0.1\ninclude_dir \(whole(place))\n")
    let places = NodeProgram.Places(
      config: .init(config, isDefault: false), services: nil, pluginSettings: nil)
    #expect(
      NodeProgram.prepare(places).problems == ["\(config):2: include_dir: \(whole(words))"])
  }

  @Test func missingKeysAreOneFinding() throws {
    let config = try folder.write(
      "node.conf",
      "host 127.0.0.1\ntls paranoid\ntls_private_key /none/p\ntls_certificate /none/p\n")
    let places = NodeProgram.Places(
      config: .init(config, isDefault: false), services: nil, pluginSettings: nil)
    let problems = NodeProgram.prepare(places).problems
    #expect(
      problems.filter { $0.contains("/none/p") } == [
        "\(config):2: tls paranoid: cannot read tls_private_key and tls_certificate /none/p: "
          + "No such file or directory"
      ])
  }

  @Test func whereAllWasReadThereIsNoLine() throws {
    try folder.write("conf/settings", "")
    let (prepared, _) = prepare("conf", isDefault: true, forgives: true)
    #expect(try #require(prepared).unreadLine == nil)
  }
}
