import Glibc
import TestSupport
import Testing

/// What `apus-node check` and `apus-node plugins` find.
@Suite(.serialized)
struct CheckTests {
  private let program = "\(builtPrograms)/apus-node"
  private let folder: TemporaryFolder
  private var config: String { "\(folder.path)/node.conf" }
  private var settings: String { "\(folder.path)/conf.d/settings" }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("plugins/.keep", "")
    try folder.write("conf.d/settings", "")
    try folder.write("library/.keep", "")
  }

  /// - Parameter directives: the first lines of munin-node.conf.
  private func call(
    _ command: String..., directives: String = "host 127.0.0.1\n", sections: String = ""
  ) throws -> (output: String, errors: String, status: Int32) {
    try folder.write("conf.d/settings", sections)
    try folder.write(
      "node.conf",
      directives + """
        port 0
        host_name n
        default_plugin_user \(geteuid())
        default_plugin_group \(getegid())
        plugin_state_dir \(folder.path)/state

        """)
    let end = try RunningProgram(
      program,
      command + [
        "--config", config, "--servicedir", "\(folder.path)/plugins", "--sconfdir",
        "\(folder.path)/conf.d", "--libdir", "\(folder.path)/library",
      ]
    ).end()
    return (end.output, end.errors, end.status)
  }

  private func findings(_ output: String) -> [String] {
    output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("problem: ") }
  }

  // MARK: The start

  @Test(arguments: ["pid_file", "log_file"])
  func aFileOfTheDaemonThatIsNoFileIsAFinding(word: String) throws {
    mkfifo("\(folder.path)/fifo", 0o644)
    let subject = word == "pid_file" ? "pid_file" : "log_file:"
    for (name, words) in [("fifo", "a FIFO"), ("conf.d", "a folder")] {
      let path = "\(folder.path)/\(name)"
      let check = try call("check", directives: "host 127.0.0.1\n\(word) \(path)\n")
      #expect(check.status == 2)
      #expect(
        findings(check.output) == [
          "problem: \(config):2: \(subject) \(path): expected a regular file or none, found \(words)"
        ])
    }
  }

  /// /dev/stdout of the daemon may be a pipe with somebody who reads it.
  @Test func aFIFOWithAReaderTakesTheLog() throws {
    let path = "\(folder.path)/fifo"
    mkfifo(path, 0o644)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let check = try call("check", directives: "host 127.0.0.1\nlog_file \(path)\n")
    #expect(reader >= 0 && findings(check.output) == [])
  }

  @Test func anythingButANumberInAPIDFileIsAFinding() throws {
    let path = try folder.write("pid", "precious\n")
    let check = try call("check", directives: "pid_file \(path)\nhost 127.0.0.1\n")
    #expect(
      findings(check.output) == [
        "problem: \(config):1: pid_file \(path): expected a process number or no file, "
          + "found other text"
      ])
    try folder.write("pid", "1234\n")
    let good = try call("check", directives: "pid_file \(path)\nhost 127.0.0.1\n")
    #expect(findings(good.output) == [] && folder.read("pid") == "1234\n")
  }

  @Test func addressesAtWhichTheNodeCannotListenAreFindings() throws {
    let file = try folder.write("file", "precious")
    let check = try call(
      "check",
      directives: """
        host 127.0.0.1
        host 192.0.2.77
        host \(file)
        host no.such.invalid
        host \(folder.path)/none/socket

        """)
    let found = findings(check.output)
    #expect(check.status == 2 && found.count == 4, "\(check.output)")
    #expect(
      found.prefix(2) == [
        "problem: \(config):2: host: expected an address of this machine, found '192.0.2.77': "
          + "Cannot assign requested address",
        "problem: \(config):3: host: \(file): expected a unix socket or no file, "
          + "found a regular file",
      ])
    #expect(found[2].hasPrefix("problem: \(config):4: host: cannot resolve no.such.invalid: "))
    #expect(
      found[3]
        == "problem: \(config):5: host: cannot make \(folder.path)/none/socket: "
        + "\(folder.path)/none: No such file or directory")
    #expect(folder.read("file") == "precious")
  }

  @Test func accountsThatDoNotExistAreFindingsWithTheirLines() throws {
    let check = try call(
      "check", directives: "host 127.0.0.1\nuser no-such-user\n")
    #expect(
      findings(check.output) == ["problem: \(config):2: user 'no-such-user' does not exist"])
    let group = try call("check", directives: "host 127.0.0.1\ngroup no-such-group\n")
    #expect(
      findings(group.output) == ["problem: \(config):2: group 'no-such-group' does not exist"])
  }

  // MARK: Services

  @Test func aScriptThatFailsIsOneFinding() throws {
    try folder.script("plugins/broken", "echo no luck >&2; exit 3")
    try folder.write("plugins/mute", "#!/bin/true\n", mode: 0o755)
    try folder.write("plugins/odd", "#!/nonexistent/perl\n", mode: 0o755)
    let check = try call("check")
    #expect(
      findings(check.output) == [
        "problem: broken: config and fetch: exit status 3: no luck",
        "problem: mute: config and fetch: expected lines, found none",
        "problem: odd: config and fetch: cannot run \(folder.path)/plugins/odd: "
          + "its interpreter '/nonexistent/perl' does not exist",
      ])
    #expect(check.output.hasSuffix(", 3 problems\n"))
  }

  @Test func aMalformedSettingIsOneFinding() throws {
    try folder.link("plugins/if_lo", to: program)
    let check = try call("check", sections: "[if_lo]\nenv.speed fast\n")
    let lines = check.output.split(separator: "\n").filter { $0.contains("env.speed") }
    #expect(lines.count == 1, "\(check.output)")
    #expect(lines.first?.hasPrefix("problem: \(settings):2: [if_lo] env.speed: expected ") == true)
    #expect(check.status == 2)
    #expect(check.output.hasSuffix("\n1 service of n, 1 problem\n"), "\(check.output)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root looks accounts up"))
  func anAccountThatDoesNotExistIsOneFindingWithItsLine() throws {
    for name in ["one", "two"] { try folder.script("plugins/\(name)", "echo a.value 1") }
    let check = try call("check", sections: "[*]\ntimeout 9\nuser no-such-user\n")
    #expect(
      findings(check.output) == [
        "problem: \(settings):3: user 'no-such-user' does not exist: cannot run one, two"
      ])
  }

  @Test func aLinkWithAFamilysBareNameIsExplained() throws {
    try folder.link("plugins/if_", to: program)
    try folder.link("plugins/load", to: program)
    let check = try call("check")
    #expect(
      check.output.contains(
        "warning: \(folder.path)/plugins/if_: not offered, a link with the bare name of a family, "
          + "expected if_NAME: 'apus-node plugins --suggest' lists the names\n"), "\(check.output)")
  }

  /// A stock plugin that is not executable: neither the node nor munin's would run it.
  @Test func checkAndPluginsAgreeOnALinkToAFileThatIsNotExecutable() throws {
    try folder.write("library/uptime", "#!/bin/sh\n", mode: 0o644)
    try folder.link("plugins/uptime", to: "\(folder.path)/library/uptime")
    try folder.link("plugins/load", to: program)
    let check = try call("check")
    #expect(
      check.output.contains(
        "warning: \(folder.path)/plugins/uptime: not offered, it is not executable\n"))
    let row = try call("plugins").output.split(separator: "\n").first { $0.hasPrefix("uptime ") }
    #expect(row?.contains("| not offered: it is not executable ") == true, "\(row ?? "")")
  }

  // MARK: Access

  @Test(arguments: [
    ("allow ^192\\.0\\.2\\.1$", true), ("allow ^127\\.0\\.0\\.1$", false), ("", false),
  ])
  func thatThisMachineIsRefusedIsNoted(rule: String, isNoted: Bool) throws {
    try folder.link("plugins/load", to: program)
    let check = try call("check", directives: "host 127.0.0.1\n\(rule)\n")
    let note =
      "note: a master at 127.0.0.1 is refused: no allow or cidr_allow line matches "
      + "(\(config):2: \(rule))\n"
    #expect(check.output.contains(note) == isNoted, "\(check.output)")
    #expect(check.output.contains("note: ") == isNoted && check.status == 0)
  }

  // MARK: ups

  @Test(arguments: [
    ([""], "ups: expected HOST, NAME@HOST or a service, found ''"),
    ([], "ups: expected HOST, NAME@HOST or a service, found nothing"),
    (["ups1", "comunity=x"], "ups: unknown setting 'comunity', did you mean 'community'?"),
    (["ups1", "quite_other=x"], "ups: unknown setting 'quite_other'"),
    (["ups1", "PATH=x"], "ups: unknown setting 'PATH'"),
    (["ups1", "port=x"], "ups: port: expected a whole number from 1 to 65535, found 'x'"),
    (["a@host", "user=x"], "ups: unknown setting 'user'"),
  ])
  func settingsOfUPSAreChecked(words: [String], message: String) throws {
    let end = try RunningProgram(program, ["ups"] + words).end()
    #expect(end.status == 2 && end.output == "")
    #expect(end.errors.hasPrefix("apus-node: \(message)"), "\(end.errors)")
  }
}
