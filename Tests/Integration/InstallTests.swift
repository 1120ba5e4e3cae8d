import Foundation
import Testing

extension Programs {
  /// What `make install` brings.
  struct InstallTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func make(_ target: String, prefix: String = "/usr/local") async throws -> String {
      // What was built last is installed; another build at the same time would wait for this test.
      let outcome = try await run(
        "/usr/bin/make",
        [
          "--no-print-directory", "-C", Project.folder.path, target, "PREFIX=\(prefix)",
          "DESTDIR=\(scratch.path)/root",
        ], in: scratch)
      guard outcome.ending == .exit(0) else { throw Trouble("\(outcome)") }
      return outcome.output
    }

    @Test func whatIsInstalledIsRemovedAgain() async throws {
      try scratch.write("mine", to: "root/etc/munin/munin-node.conf")
      let before = scratch.files(below: "root")
      _ = try await make("install-built")
      let files = scratch.files(below: "root")
      for file in [
        "bin/apus-node", "bin/apus-collector", "lib/systemd/system/apus-node.service",
        "lib/systemd/system/apus-node-unprivileged.service", "lib/systemd/system/apus-node.socket",
        "lib/systemd/system/apus-collector.service", "lib/sysusers.d/apus.conf",
        "lib/tmpfiles.d/apus.conf", "share/apus/munin-node.conf", "share/apus/munin.conf",
        "share/apus/apus-node-unprivileged.conf", "share/apus/apus-collector-hardened.conf",
        "share/apus/plugin-conf.d/apus",
        "share/apus/logrotate/apus-node", "share/apus/logrotate/apus-collector",
        "share/man/man8/apus-node.8",
        "share/man/man8/apus-collector.8", "share/man/man5/apus-node.conf.5",
        "share/man/man5/apus-munin.conf.5",
      ] {
        #expect(files.contains("usr/local/\(file)"), "\(file)")
      }
      #expect(scratch.read("root/etc/munin/munin-node.conf") == "mine")
      // Once more, over what is there: an update.
      _ = try await make("install-built")
      #expect(scratch.files(below: "root") == files)
      _ = try await make("uninstall")
      #expect(scratch.files(below: "root") == before)
    }

    @Test func whatOthersPutThereStays() async throws {
      _ = try await make("install-built", prefix: "/opt/apus")
      try scratch.write("theirs", to: "root/opt/apus/bin/other")
      _ = try await make("uninstall", prefix: "/opt/apus")
      #expect(
        scratch.files(below: "root") == ["opt", "opt/apus", "opt/apus/bin", "opt/apus/bin/other"])
    }

    @Test func installedProgramsAreSmallAndRun() async throws {
      _ = try await make("install-built")
      for name in ["apus-node", "apus-collector"] {
        let path = "\(scratch.path)/root/usr/local/bin/\(name)"
        let outcome = try await run(path, ["--version"], in: scratch)
        #expect(outcome.ending == .exit(0) && outcome.output.hasPrefix("\(name) "))
        #expect(try size(path) < size(Project.program(name)))
        let sections = try await run("/usr/bin/readelf", ["-SW", path], in: scratch)
        #expect(sections.output.contains(".text") && !sections.output.contains(".symtab"))
      }
    }

    private func size(_ path: String) throws -> Int {
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    /// systemd itself reads the units, where it is.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
    func unitsAreUnderstood() async throws {
      // A place of its own: systemd wants to find the program that a unit names.
      let prefix = "\(scratch.path)/root/place"
      _ = try await make("install-built", prefix: "/place")
      let folder = "\(prefix)/lib/systemd/system"
      let units = scratch.files(below: "root/place/lib/systemd/system")
      #expect(units.count == 4)
      for unit in units {
        let text = scratch.read("root/place/lib/systemd/system/\(unit)")
        #expect(!text.contains("@bindir@"), "a path that was not filled in: \(unit)")
        if unit == "apus-collector.service" {
          // What it may be hardened with is understood too.
          try scratch.write(
            String(
              contentsOfFile: Project.path("munin-conf/apus-collector-hardened.conf"),
              encoding: .utf8),
            to: "root/place/lib/systemd/system/\(unit).d/hardened.conf")
        }
        try scratch.write(
          text.replacing("/place/bin", with: "\(prefix)/bin"),
          to: "root/place/lib/systemd/system/\(unit)")
      }
      let outcome = try await run(
        "/usr/bin/systemd-analyze",
        ["verify", "--man=no", "--recursive-errors=no"] + units.map { "\(folder)/\($0)" },
        in: scratch, environment: ["SYSTEMD_UNIT_PATH": "\(folder):"])
      #expect(outcome.ending == .exit(0))
      #expect(!outcome.errors.contains("apus"), "\(outcome.errors)")
    }

    /// A view of its own of the file system is why people miss /home in df.
    @Test(arguments: ["apus-node.service", "apus-node-unprivileged.service"])
    func unitsOfTheNodeHideNothing(unit: String) throws {
      let text = try String(
        contentsOfFile: Project.path("munin-conf/systemd/\(unit)"), encoding: .utf8)
      let settings = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      for word in [
        "PrivateTmp", "ProtectHome", "ProtectSystem", "PrivateDevices", "PrivateMounts",
        "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs",
        "ProtectControlGroups", "ProtectProc", "ReadOnlyPaths", "InaccessiblePaths", "BindPaths",
        "TemporaryFileSystem", "DynamicUser", "RootDirectory", "ProtectClock",
      ] {
        #expect(!settings.contains { $0.hasPrefix(word) }, "\(word)")
      }
      #expect(settings.contains("Type=notify") && settings.contains("Restart=always"))
      #expect(settings.contains { $0.hasPrefix("Conflicts=munin-node.service") })
    }
  }

  /// Manual pages that say what the programs say.
  struct ManualTests {
    private static func page(_ name: String) throws -> String {
      try String(
        contentsOfFile: Project.path("Documentation/man/\(name).8"), encoding: .utf8
      ).replacing("\\-", with: "-")
    }

    @Test(arguments: ["apus-node", "apus-collector"])
    func everyOptionAndCommandIsThere(program: String) async throws {
      let scratch = try Scratch()
      let help = try await run(Project.program(program), ["--help"], in: scratch).output
      let page = try Self.page(program)
      var commands = 0
      var options = 0
      for line in help.split(separator: "\n") where line.hasPrefix("  ") && !line.hasPrefix("   ") {
        let word = String(line.split(separator: " ")[0])
        if word.hasPrefix("--[no]") {
          let name = word.dropFirst("--[no]".count)
          #expect(page.contains(".BR --\(name) \", \" --no\(name)\n"), "\(word)")
          options += 1
        } else if word.hasPrefix("--") {
          #expect(page.contains(".B \(word)\n") || page.contains(".BI \(word) \""), "\(word)")
          options += 1
        } else if line.contains("  \(word)  ") {
          #expect(page.contains(".TP\n.B \(word)\n"), "\(word)")
          commands += 1
        }
      }
      #expect(options >= 4, "\(help)")
      #expect(commands > 0 || !help.contains("Commands:"))
    }

    /// groff says what it does not understand.
    @Test(
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/groff")),
      arguments: ["apus-node.8", "apus-collector.8", "apus-node.conf.5", "apus-munin.conf.5"])
    func pagesAreUnderstood(page: String) async throws {
      let scratch = try Scratch()
      let outcome = try await run(
        "/usr/bin/groff",
        ["-man", "-ww", "-Tutf8", "-z", Project.path("Documentation/man/\(page)")], in: scratch)
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
    }
  }
}
