import Foundation
import Testing

extension Programs {
  /// `apus-collector fsck` on files that a collector has written.
  @Suite struct FsckTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func fsck(_ words: String...) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(
        Project.program("apus-collector"),
        ["fsck", "--config", "\(scratch.path)/apus/munin.conf"] + words, in: scratch)
    }

    /// A collector with four files.
    private func polled() async throws -> (collector: ApusCollector, node: ScriptedNode) {
      let node = try await ScriptedNode(
        in: scratch,
        [
          .init(
            "load", config: "graph_title L\na.label a\nb.label b\nc.label c\nd.label d",
            fetch: "a.value 1\nb.value 2\nc.value 3\nd.value 4")
        ])
      let collector = try ApusCollector(in: scratch, nodes: ["g;web01": node.port])
      try await collector.poll()
      return (collector, node)
    }

    @Test func damagedFilesAreFoundAndSetAside() async throws {
      let (collector, node) = try await polled()
      let folder = "\(scratch.path)/apus/db"
      let sound = try await fsck()
      #expect(sound.ending == .exit(0) && sound.errors == "")
      #expect(sound.output == "\(folder): 4 files checked: no problem found\n")

      let paths = collector.files.map { "\(folder)/\($0)" }
      try #require(paths.count == 4)
      try Data().write(to: URL(fileURLWithPath: paths[0]))
      let bytes = try Data(contentsOf: URL(fileURLWithPath: paths[1]))
      try bytes.prefix(9000).write(to: URL(fileURLWithPath: paths[1]))
      let found = try await fsck()
      #expect(found.ending == .exit(1) && found.errors == "")
      #expect(
        found.output == """
          \(paths[0]): is empty
          \(paths[1]): is too small (should be \(bytes.count) bytes)
          \(folder): 4 files checked: 2 problems

          """)
      let mended = try await fsck("--repair")
      #expect(mended.ending == .exit(0))
      #expect(mended.output.contains("\(paths[0]): is empty: set aside as \(paths[0]).damaged-"))
      #expect(mended.output.hasSuffix("4 files checked: 2 problems, 2 mended\n"))
      // The next poll makes them anew; in the same second it would bring no newer value.
      try await waiting(until: "the files") {
        try await collector.poll()
        return collector.files.count == 4
      }
      withExtendedLifetime(node) {}
      let again = try await fsck()
      #expect(
        again.output == "\(folder): 4 files checked: no problem found; 2 files set aside before\n")
    }

    @Test func aFolderInPlaceOfAFileIsAFinding() async throws {
      let (collector, node) = try await polled()
      _ = node
      let folder = "\(scratch.path)/apus/db"
      let path = "\(folder)/\(collector.files[0])"
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      let finding =
        "\(path): is a folder where a file is expected: values of this name cannot be recorded: move it away"
      let found = try await fsck()
      #expect(found.ending == .exit(1))
      #expect(found.output == "\(finding)\n\(folder): 3 files checked: 1 problem\n", "\(found)")
      let kept = try await fsck("--repair")
      #expect(kept.ending == .exit(1) && kept.output.contains("\(finding): left as it is\n"))
    }

    @Test func aRunningCollectorKeepsItsFiles() async throws {
      let (collector, node) = try await polled()
      let running = try await collector.start()
      let looked = try await fsck()
      #expect(looked.ending == .exit(0))
      let refused = try await fsck("--repair")
      #expect(refused.ending == .exit(1) && refused.output == "")
      #expect(
        refused.errors
          == "apus-collector: \(scratch.path)/apus/db is in use by another apus-collector "
          + "(pid \(running.pid)): end it, or set another dbdir\n")
      #expect(try await running.end() == .exit(0))
      withExtendedLifetime(node) {}
    }

    @Test func aFolderThatIsMissingIsTold() async throws {
      _ = try ApusCollector(in: scratch, nodes: ["g;web01": 4949])
      let outcome = try await fsck()
      #expect(outcome.ending == .exit(1))
      #expect(
        outcome.errors
          == "apus-collector: dbdir \(scratch.path)/apus/db: No such file or directory\n")
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/apus/db"))
    }
  }
}
