import MuninWire
import TestSupport
import Testing

@Test(
  arguments: [
    ("list", .list(nil)), ("list\r", .list(nil)),
    ("list web01.example.com", .list("web01.example.com")),
    ("LIST  Web01 more", .list("Web01")), ("listfoo", .list("foo")),
    ("list my_host", .list("my_host")),
    ("list /x", .list(nil)),
    ("cap", .capabilities([])),
    ("cap multigraph dirtyconfig\r", .capabilities(["multigraph", "dirtyconfig"])),
    ("nodes", .nodes), ("NodesX", .nodes), ("version", .version), ("versions", .version),
    ("fetch load", .fetch("load")), ("fetchload", .fetch("load")),
    ("fetch load now", .fetch("load")),
    ("fetch  load", .fetch("")), ("fetch", .fetch("")), ("fetch load\r", .fetch("load")),
    ("fetch ../x", .fetch("../x")), ("FETCH\tLoad", .fetch("Load")),
    ("config load", .config("load")), ("Config", .config("")),
    ("quit ", .quit), ("QUITxyz", .quit), (".", .quit), (".x", .quit),
    ("starttls", .startTLS), ("STARTTLS \r", .startTLS), ("starttlsx", .unknown),
    ("spoolfetch 1700000000", .spoolFetch(1_700_000_000)), ("SPOOLFETCH 1", .unknown),
    ("spoolfetch x", .unknown), ("spoolfetch 99999999999999999999", .unknown),
    ("", .unknown), (" list", .unknown), ("help", .unknown), ("lis", .unknown),
  ] as [(String, Command)])
func commandIsUnderstood(line: String, command: Command) {
  #expect(Command(line.utf8.span) == command)
}

@Test func randomBytesNeverTrapACommand() {
  var random = Noise(5)
  let pieces = ["list", "cap", "fetch", "config", "spoolfetch", "starttls", " ", "9", "."]
  for _ in 0..<20_000 {
    let bytes = random.text(of: pieces, count: Int.random(in: 0...12, using: &random))
    if case .fetch(let name) = Command(bytes.span) { #expect(name.utf8.count <= 3 * bytes.count) }
  }
}
