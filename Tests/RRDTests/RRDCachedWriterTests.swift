import Glibc
import Testing

@testable import RRD

/// What is said to an rrdcached, and what is made of its answers.
@Suite(.timeLimit(.minutes(1))) struct RRDCachedWriterTests {
  private let scratch = Scratch()
  private static let fine = "0 Go ahead.  End with dot '.' on its own line.\n0 errors\n"

  private func server(_ answers: ScriptedRRDCached.Answer...) -> ScriptedRRDCached {
    ScriptedRRDCached(scratch.path + "/s", answers)
  }

  private func writer(_ server: ScriptedRRDCached, _ files: RRDWriter = RRDWriter())
    -> RRDCachedWriter
  {
    RRDCachedWriter(.path(server.path), files: files, directory: scratch.path)
  }

  /// Both files are there with their newest value already, so that the look at them finds what was given.
  private func paths(_ last: String...) async -> [String] {
    let paths = last.map { scratch.path + "/\($0).rrd" }
    _ = await RRDWriter().apply(paths.flatMap { updates($0, ["1", "2", "3"]) })
    return paths
  }

  @Test func aRoundIsOneBatch() async throws {
    let paths = await paths("a", "b c\\d")
    let server = server(.says(Self.fine))
    let given = paths.flatMap { updates($0, ["", "2", "3"]) }
    #expect(await writer(server).apply(given, now: noon + 900) == [])
    let (second, third) = (noon + 300, noon + 600)
    let escaped = "\(scratch.path)/b\\ c\\\\d.rrd"
    #expect(
      server.batches == [
        """
        BATCH
        UPDATE \(paths[0]) \(second):2 \(third):3
        FLUSH \(paths[0])
        UPDATE \(escaped) \(second):2 \(third):3
        FLUSH \(escaped)
        .

        """
      ])
  }

  /// What an earlier run has given is not given again, and the rest is.
  @Test func valuesThatAreThereAreLeftOut() async throws {
    let path = await paths("a")[0]
    let refusal =
      "1 illegal attempt to update using time \(noon).000000 when last update time is "
      + "\(noon + 300).000000 (minimum one second step)\n"
    let server = server(
      .says("0 Go ahead\n1 errors\n" + refusal), .says(Self.fine))
    #expect(await writer(server).apply(updates(path, ["1", "2", "3"]), now: noon + 900) == [])
    #expect(server.batches.count == 2)
    #expect(server.batches[1] == "BATCH\nUPDATE \(path) \(noon + 600):3\nFLUSH \(path)\n.\n")
  }

  @Test func valuesBehindAFileOfTheFutureAreLost() async throws {
    let path = await paths("a")[0]
    let server = server(
      .says(
        "0 Go ahead\n1 errors\n1 illegal attempt to update using time 1.0 when last update time is "
          + "\(noon + 90_000).000000 (minimum one second step)\n"))
    let failures = await writer(server).apply(updates(path, ["1", "2"]), now: noon + 900)
    #expect(failures.map(\.fate) == [.closed(until: noon + 90_000)])
    #expect(failures.map(\.updates) == [0..<2])
  }

  /// 300 polls of a file do not fit into one line.
  @Test func aLongBacklogTakesSeveralRounds() async throws {
    let path = scratch.path + "/a.rrd"
    let texts = (1...300).map { "\($0).25" }
    _ = await RRDWriter().apply(updates(path, texts))
    let server = server(.says(Self.fine))
    #expect(await writer(server).apply(updates(path, texts), now: noon + 900_000) == [])
    #expect(server.batches.count == 2)
    let values = server.batches.flatMap { $0.split(whereSeparator: \.isWhitespace) }
      .filter { $0.contains(":") }
    #expect(values.map(String.init) == texts.enumerated().map { "\(noon + $0 * 300):\($1)" })
    #expect(
      server.batches.allSatisfy { $0.split(separator: "\n").allSatisfy { $0.utf8.count < 4096 } })
  }

  /// rrdcached says of a value that librrd refused that it was flushed.
  @Test func whatIsNotInTheFileIsTold() async throws {
    let path = await paths("a")[0]
    let server = server(.says(Self.fine))
    let failures = await writer(server).apply(
      updates(path, ["1", "2", "3", "4", "5"]), now: noon + 9000)
    #expect(failures.map(\.fate) == [.later])
    #expect(
      failures.first?.description
        == "cannot update \(path): rrdcached at \(server.path) does not write it")
    // Then each by itself, after it was made to look at the file anew.
    #expect(
      server.batches[1]
        == "BATCH\nFORGET \(path)\nUPDATE \(path) \(noon + 900):4\nFLUSH \(path)\n.\n")
  }

  @Test func aFileThatIsRefusedFailsAlone() async throws {
    let paths = await paths("a", "b")
    let server = server(
      .says("0 Go ahead\n1 errors\n1 Cannot read/write \(paths[0]): Permission\u{7} denied\n"))
    let failures = await writer(server).apply(
      paths.flatMap { updates($0, ["2", "3"], from: noon + 300) }, now: noon + 900)
    #expect(failures.map(\.fate) == [.later] && failures.map(\.updates) == [0..<2])
    #expect(
      failures.first?.description
        == "cannot update \(paths[0]): rrdcached at \(server.path): Cannot read/write \(paths[0]): "
        + "Permission? denied")
  }

  @Test(arguments: [
    "hello\n", "-1 Permission denied\n", "0 Go ahead\n-1 errors\n", "0 Go ahead\n3 errors\n",
    "0 Go ahead\n99999999999999999999 errors\n", "0 Go ahead\n1 errors\n0 x\n",
    "0 Go ahead\n1 errors\n3 x\n", "0 Go ahead\n1 errors\nx\n", "0 Go ahead\n0 errors\n0 more\n",
    String(repeating: "x", count: 9000), "\u{0}\n",
  ])
  func anAnswerWithoutSenseIsTold(text: String) async throws {
    let path = await paths("a")[0]
    let server = server(.says(text))
    let failures = await writer(server).apply(
      updates(path, ["2", "3"], from: noon + 300), now: noon + 900)
    #expect(failures.map(\.fate) == [.later])
    let words = failures.first?.description ?? ""
    #expect(words.hasPrefix("rrdcached at \(server.path): its answer makes no sense: "), "\(words)")
    #expect(words.utf8.count < 500)
  }

  /// It ends while the batch is under way, and is there again.
  @Test(arguments: [1, 60]) func aConnectionThatBreaksIsMadeAnew(bytes: Int) async throws {
    let path = await paths("a")[0]
    let server = server(.closes(after: bytes), .says(Self.fine))
    let writer = writer(server)
    let given = updates(path, ["2", "3"], from: noon + 300)
    let failures = await writer.apply(given, now: noon + 900)
    #expect(failures.map(\.fate) == [.later])
    #expect(failures.first?.description.hasPrefix("rrdcached at \(server.path): ") == true)
    #expect(await writer.apply(given, now: noon + 910) == [])
  }

  @Test func oneThatIsNotThereIsToldWithItsSocket() async throws {
    let path = await paths("a")[0]
    let address = RRDCachedAddress.path(scratch.path + "/none")
    let writer = RRDCachedWriter(address, files: RRDWriter(), directory: scratch.path)
    let failures = await writer.apply(updates(path, ["2"]), now: noon)
    #expect(
      failures.map(\.description) == [
        "rrdcached at \(address): cannot connect: No such file or directory"
      ])
    #expect(RRDCachedWriter.trouble(of: address) == failures.first?.description)
    #expect(failures.map(\.fate) == [.later])
  }

  /// Words that librrd would read as a second value.
  @Test func aTextThatIsNoValueIsNotSent() async throws {
    let path = await paths("a")[0]
    let server = server(.says(Self.fine))
    let failures = await writer(server).apply(
      updates(path, ["1:2", "2 3", "3"]), now: noon + 900)
    #expect(failures.map(\.fate) == [.refused, .refused])
    #expect(server.batches == ["BATCH\nUPDATE \(path) \(noon + 600):3\nFLUSH \(path)\n.\n"])
  }

  @Test func aFileIsRenamedAfterItsOwnValues() async throws {
    let (old, new) = (scratch.path + "/old.rrd", scratch.path + "/new.rrd")
    _ = await RRDWriter().apply(updates(old, ["1", "2", "3"]))
    let server = server(.says(Self.fine))
    let later = updates(new, ["2", "3"], from: noon + 300, former: old)
    #expect(await writer(server).apply(updates(old, ["1", "2"]) + later, now: noon + 900) == [])
    #expect(server.batches.count == 2)
    #expect(access(old, F_OK) != 0 && access(new, F_OK) == 0)
  }

  /// What another program writes must not be put back: it would know more of a file than the file has.
  @Test func aFileMadeForItIsNotPutBack() async throws {
    let path = scratch.path + "/a.rrd"
    let files = RRDWriter(undoPath: scratch.path + "/undo")
    try await files.begin(generation: 4)
    let server = server(.closes(after: 1))
    let failures = await writer(server, files).apply(updates(path, ["1"]), now: noon + 900)
    #expect(failures.map(\.fate) == [.later] && access(path, F_OK) == 0)
    let next = RRDWriter(undoPath: scratch.path + "/undo")
    #expect(try await next.restore(generation: 4, newest: noon + 9000) == 0)
    #expect(access(path, F_OK) == 0)
  }

  @Test func addressesAreRead() {
    #expect(RRDCachedAddress("/run/s") == .path("/run/s"))
    #expect(RRDCachedAddress("unix:/run/s") == .path("/run/s"))
    #expect(RRDCachedAddress("localhost:42217") == .network(host: "localhost", port: 42217))
    #expect(RRDCachedAddress("[::1]:1") == .network(host: "::1", port: 1))
    for text in ["", "run/s", "host", "host:", "host:0", "host:70000", ":5", "unix:run/s", "unix:"]
    {
      #expect(RRDCachedAddress(text) == nil, "\(text)")
    }
  }
}
