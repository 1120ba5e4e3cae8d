import Foundation
import Testing

extension Programs {
  /// `apus-collector` as a process of its own.
  @Suite struct CollectorProgramTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func ask(_ arguments: [String]) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(
        Project.program("apus-collector"), arguments, in: scratch,
        environment: [
          "HOME": scratch.path, "NO_COLOR": "1", "XDG_STATE_HOME": "\(scratch.path)/state",
        ])
    }

    /// A port of loopback on which nobody listens: it is bound, and taken by nobody else.
    private static let deadPort = {
      let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      _ = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(taken, $0, length) == 0 && getsockname(taken, $0, &length) == 0
        }
      }
      return Int(UInt16(bigEndian: address.sin_port))
    }()

    private func settings(_ text: String = "") throws -> String {
      try scratch.write(
        "dbdir \(scratch.path)/db\n\(text)\n[g;web01]\naddress 127.0.0.1\nport \(Self.deadPort)\n",
        to: "munin.conf")
    }

    @Test(arguments: ["--help", "-h", "--version"]) func itTellsOfItself(option: String)
      async throws
    {
      let result = try await ask([option])
      #expect(result.ending == .exit(0) && result.errors == "")
      if option == "--version" {
        #expect(result.output.wholeMatch(of: /apus-collector \d+\.\d+\.\d+\n/) != nil)
      } else {
        for word in ["run", "poll", "check", "--config FILE", "--verbose", "Exit status"] {
          #expect(result.output.contains(word), "\(word)")
        }
      }
    }

    @Test(
      arguments: [
        ([], "expected a command: run, poll or check"), (["pol"], "'pol'"),
        (["check", "more"], "unexpected word 'more'"),
        (["check", "--conf"], "unknown option '--conf'"),
        (["check", "--config"], "option --config needs FILE"),
        (["check", "--verbose=1"], "option --verbose takes no value"),
      ] as [([String], String)])
    func wrongUsageIsTold(arguments: [String], complaint: String) async throws {
      let result = try await ask(arguments)
      #expect(result.ending == .exit(2) && result.output == "")
      #expect(result.errors.hasPrefix("apus-collector: ") && result.errors.contains(complaint))
    }

    @Test func goodSettingsAreWell() async throws {
      let file = try settings("contact.a.email a@example.com\nsmtp_from a@example.com")
      let result = try await ask(["check", "--config", file])
      #expect(result.ending == .exit(0) && result.errors == "")
      #expect(result.output == "\(file): all well; 1 nodes would be polled\n")
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
    }

    /// All at once, each with its line; the mail settings too, which nobody would miss before the first alert.
    @Test(arguments: ["check", "poll", "run"]) func everyProblemIsTold(command: String) async throws
    {
      let file = try settings(
        """
        update_rate often
        smtp_server mail.example.com
        smtp_from nobody
        contact.a.email a@b@c
        contact.b.email a@example..com
        contact.c.command mail ${var:host
        contact.c.text ${loop:fields
        adress 1
        """)
      let result = try await ask([command, "--config", file])
      #expect(result.ending == .exit(2) && result.output == "")
      let lines = result.errors.split(separator: "\n").map(String.init)
      for (number, word) in [
        (2, "update_rate"), (3, "smtp_server"), (4, "smtp_from"), (5, "contact.a.email"),
        (6, "contact.b.email"), (7, "contact.c.command"), (8, "contact.c.text"),
        (9, "unknown word 'adress'"),
      ] {
        let place = "apus-collector: \(file):\(number): \(word)"
        #expect(lines.count { $0.hasPrefix(place) } == 1, "\(place) in \(result.errors)")
      }
      #expect(lines.count == 8, "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
    }

    @Test func includedFilesAreNamed() async throws {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/more", withIntermediateDirectories: true)
      let included = try scratch.write(
        "[g;web02]\naddress 127.0.0.1\nporrt 1\n", to: "more/web02.conf")
      let file = try settings("includedir \(scratch.path)/more\ncontact.a.email a@example..com")
      let result = try await ask(["check", "--config", file])
      #expect(result.ending == .exit(2))
      #expect(result.errors.contains("\(included):3: unknown word 'porrt'"))
      #expect(result.errors.contains("\(file):3: contact.a.email: expected an address"))
    }

    @Test func aMissingFileIsNamed() async throws {
      let result = try await ask(["check", "--config", "/nonexistent/munin.conf"])
      #expect(result.ending == .exit(2))
      #expect(result.errors.contains("/nonexistent/munin.conf: No such file or directory"))
    }

    /// Without settings there is still a node to poll: the one on this machine.
    @Test func noSettingsAreEnough() async throws {
      let result = try await ask(["check"])
      #expect(result.ending == .exit(0))
      if !FileManager.default.fileExists(atPath: "/etc/munin/munin.conf") {
        #expect(result.output == "no settings: all well; 1 nodes would be polled\n")
      }
    }

    /// A node that is down is told, and no failure of the program: cron would mail it every time.
    @Test func aPollOfADeadNodeSucceeds() async throws {
      let result = try await ask(["poll", "--config", settings(), "--verbose"])
      #expect(result.ending == .exit(0))
      #expect(
        result.errors.contains(
          "g;web01: connect 127.0.0.1:\(Self.deadPort): Connection refused"), "\(result.errors)")
      #expect(result.output.contains("0 nodes polled, 0 services, 0 values, 1 silent"))
    }

    @Test func aFolderThatCannotBeIsNamed() async throws {
      let file = try scratch.write(
        "dbdir /proc/nonexistent/db\n[g;a]\naddress 127.0.0.1\nport 1\n", to: "munin.conf")
      let result = try await ask(["poll", "--config", file])
      #expect(result.ending == .exit(1))
      #expect(result.errors.hasPrefix("apus-collector: dbdir: mkdir /proc/nonexistent: "))
    }

    @Test func aLedgerThatIsNoneIsNamed() async throws {
      let file = try settings()
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/db", withIntermediateDirectories: true)
      try scratch.write(String(repeating: "no ledger at all. ", count: 100), to: "db/apus.sqlite")
      let result = try await ask(["poll", "--config", file])
      #expect(result.ending == .exit(1))
      #expect(result.errors.contains("\(scratch.path)/db/apus.sqlite: file is not a database"))
    }

    #if TLS
      @Test func missingFilesOfTLSAreNamed() async throws {
        let file = try settings(
          """
          [g;secret]
            address 127.0.0.1
            tls paranoid
            tls_private_key /nonexistent/key
            tls_certificate /nonexistent/certificate
            tls_ca_certificate /nonexistent/ca
            tls_match (
          """)
        let result = try await ask(["check", "--config", file])
        #expect(result.ending == .exit(2))
        for words in [
          "cannot read tls_private_key /nonexistent/key: No such file or directory",
          "cannot read tls_certificate /nonexistent/certificate: No such file or directory",
          "cannot read tls_ca_certificate /nonexistent/ca: No such file or directory",
          "tls_match: pattern '(': ",
        ] {
          #expect(result.errors.contains("g;secret: tls paranoid: \(words)"), "\(result.errors)")
        }
      }
    #else
      @Test func tlsThatIsDemandedIsNotDropped() async throws {
        let file = try settings("[g;secret]\n  address 127.0.0.1\n  tls paranoid\n")
        let result = try await ask(["check", "--config", file])
        #expect(result.ending == .exit(2))
        #expect(result.errors.contains("tls paranoid: this apus-collector was built without TLS"))
      }
    #endif

    @Test func aFolderInUseIsRefused() async throws {
      let file = try settings()
      #expect(try await ask(["poll", "--config", file]).ending == .exit(0))
      let lock = open("\(scratch.path)/db/apus-collector.lock", O_RDWR | O_CLOEXEC)
      defer { close(lock) }
      try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
      ftruncate(lock, 0)
      write(lock, "4711\n", 5)
      let result = try await ask(["poll", "--config", file])
      #expect(result.ending == .exit(1))
      #expect(
        result.errors.contains(
          "\(scratch.path)/db is in use by another apus-collector (pid 4711)"), "\(result.errors)")
    }
  }
}
