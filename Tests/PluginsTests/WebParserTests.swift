import TestSupport
import Testing

@testable import Plugins

/// Whatever /proc, a state file or a server says: a value or none, never a trap.
struct WebParserTests {
  private static let pieces = [
    "Pss: ", "Rss:", "Private_Dirty: ", "SwapPss:", "VmRSS: ", "RssAnon:", "RssShmem: ", "VmSwap:",
    " kB\n", "\n", " ", ":", "18446744073709551615", "4294967296", "0", "-1", "nginx: ",
    "master process", "php-fpm: pool ", "is shutting down", "Active connections: 1\n", "Reading: ",
    "Scoreboard: _..", "BusyWorkers: 1\n", "IdleWorkers:", "pool: ", "server ", "apache", "child ",
    "apus web_processes 1\n", "master 1 2\n", " measured\n", "1 (a) S ", ")", "(",
  ]

  @Test func nothingTraps() {
    var noise = Noise(20_261_124)
    for round in 0..<4000 {
      let text =
        round % 2 == 0
        ? noise.text(of: Self.pieces, count: 40)
        : noise.bytes(Int.random(in: 0...200, using: &noise))
      _ = ProcessStat(text.span)
      var uses: [MemoryUse] = []
      if let rollup = MemoryUse.Rollup(text.span) { uses.append(.measured(rollup)) }
      if var counted = MemoryUse.Counted(status: text.span) {
        uses.append(.counted(counted, isOverCap: true))
        counted.take(statm: text.span)
        uses.append(.counted(counted, isOverCap: false))
      }
      if let sum = MemorySum(uses) { #expect(sum.all >= sum.own) }
      for titles in [ServerKind.Titles.nginx, .fpm] { _ = ServerTitle(titles, text) }
      _ = StatusAnswer(text.span)
      #expect(FastCGI.Answer(text).output.count <= text.count)
      _ = StatusAddress(String(decoding: text, as: UTF8.self))
      // What is kept is what was read.
      if let history = ServerHistory(text.span) {
        #expect(ServerHistory(history.text.span) == history)
      }
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1", "/"), ("http://[::1]:8080/a?b", "/a?b"),
    ("fcgi://127.0.0.1:9000", "/status"),
    ("fcgi:/run/x.sock", "/status"), ("fcgi:/run/x.sock:/s", "/s"),
    ("fcgi:/a:1/x.sock:/s", "/s"), ("fcgi:/a:1/x.sock", "/status"), ("http://localhost:80/", "/"),
  ])
  func addressesAreRead(text: String, path: String) {
    #expect(StatusAddress(text)?.path == path)
  }

  @Test(arguments: [
    "", "http://", "http://example.com/", "http://127.0.0.1:0/", "http://127.0.0.1:x/",
    "fcgi://127.0.0.1",
    "fcgi:run", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "https://127.0.0.1/",
    "http://[::1/", "fcgi:/a:b", "http://127.0.0.1/\u{E9}",
  ])
  func whatIsNoAddressIsNone(text: String) { #expect(StatusAddress(text) == nil) }

  /// The records that a server wants: lengths of both forms, an end of the parameters, an end of the input.
  @Test func aQuestionOfFastCGIIsWhole() {
    let path = "/status?" + String(repeating: "x", count: 300)
    let bytes = FastCGI.request(path)
    var kinds: [UInt8] = []
    var place = 0
    while place + 8 <= bytes.count {
      #expect(bytes[place] == 1 && bytes[place + 3] == 1)
      kinds.append(bytes[place + 1])
      place += 8 + Int(bytes[place + 4]) << 8 + Int(bytes[place + 5])
    }
    #expect(place == bytes.count && kinds == [1, 4, 4, 5])
    let length: [UInt8] = [11, 0x80, 0, 1, 52]
    #expect(bytes.firstRange(of: length + Array("REQUEST_URI/status?xxx".utf8)) != nil)
  }
}
