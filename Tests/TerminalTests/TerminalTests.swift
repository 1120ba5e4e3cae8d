import Terminal
import TestSupport
import Testing

struct TerminalTests {
  @Test func filesAreReadWhole() throws {
    let folder = try TemporaryFolder()
    var noise = Noise(1)
    let bytes = noise.bytes(150_000)
    let path = try folder.write("f", bytes)
    #expect(try Terminal.read(path).get() == bytes)
  }

  @Test func aFileIsNeverCut() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", "0123456789")
    #expect(try Terminal.read(path, limit: 10).get().count == 10)
    #expect(throws: FileFailure(path: path, code: 27)) { try Terminal.read(path, limit: 9).get() }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    let error = #expect(throws: FileFailure.self) { try Terminal.read("/nonexistent").get() }
    #expect(error?.description == "cannot open /nonexistent: No such file or directory")
    #expect(throws: FileFailure.self) { try Terminal.read("/proc").get() }
  }

  @Test func foldersAreListedInByteOrder() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "B", "a-1", ".hidden", "sub/x"] { try folder.write(name, "") }
    try folder.link("link", to: "b")
    try folder.link("dangling", to: "nowhere")
    #expect(Terminal.files(in: folder.path) == [".hidden", "B", "a-1", "b", "link"])
    #expect(Terminal.files(in: "/nonexistent") == nil)
  }

  @Test func colourNeedsATerminal() {
    // Under tests stdout is none.
    #expect(Terminal.paint("x", .red) == "x")
  }
}
