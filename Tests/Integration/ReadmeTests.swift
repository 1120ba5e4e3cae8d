import Foundation
import Testing

extension Programs {
  /// What the README tells a reader to type and to look at.
  @Suite struct ReadmeTests {
    private static let readme = try? String(
      contentsOfFile: Project.path("README.md"), encoding: .utf8)

    /// The commands of all blocks marked as shell.
    private static func commands() throws -> [String] {
      let parts = try #require(readme).components(separatedBy: "```")
      return parts.filter { $0.hasPrefix("sh\n") }
        .flatMap { $0.dropFirst(3).components(separatedBy: "\n") }
    }

    /// A bare Debian has no nc, for example.
    @Test func theFirstCommandOfTheTourTalksToANode() async throws {
      let command = try #require(
        Self.commands().first { $0.contains("127.0.0.1") && $0.contains("fetch memory") })
      #expect(command.hasPrefix("bash -c ") && command.contains("/127.0.0.1/4949;"))
      let scratch = try Scratch()
      let (program, port) = try await startNode(in: scratch, builtIn: ["memory"], settings: "")
      defer { withExtendedLifetime(program) {} }
      let said = try await run(
        "/bin/sh", ["-c", command.replacing("/127.0.0.1/4949;", with: "/127.0.0.1/\(port);")],
        in: scratch, environment: ["PATH": "/usr/bin:/bin"])
      #expect(said.ending == .exit(0) && said.errors.isEmpty, "\(said.errors)")
      let lines = said.output.components(separatedBy: "\n")
      #expect(lines.first?.hasPrefix("# munin node at ") == true)
      #expect(lines.contains("memory"))
      #expect(lines.contains { $0.hasPrefix("free.value ") })
    }

    /// Pictures and pages that the README links to are in the project.
    @Test func whatIsLinkedIsThere() throws {
      let readme = try #require(Self.readme)
      let links = readme.matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/).map { String($0.1) }
      #expect(links.count > 2)
      for link in links {
        #expect(FileManager.default.fileExists(atPath: Project.path(link)), "\(link)")
      }
    }
  }
}
