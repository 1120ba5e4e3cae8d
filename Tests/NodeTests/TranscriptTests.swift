import EventLoop
import Foundation
import MuninWire
import Node
import PluginKit
import Plugins
import Settings
import TestSupport
import Testing

/// A conversation as text: `> ` what the master says, `>| ` the same without a line end, `< ` what it is told,
/// `! ` the reason that the log gets; `tls: ` the node's setting of that name; `\r \t \0 \\ \xHH` stand for bytes. `<a ` is
/// told by this node only, and `<m ` by munin-node only, which `DialogueParityTests` asks the same. Other lines are
/// remarks.
struct Transcript {
  var said: [UInt8] = []
  var told: [UInt8] = []
  var reason: String?
  var tls: TLSSettings.Mode?

  init(_ path: String) throws {
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("> ") || line == ">" {
        said += Transcript.bytes(line.dropFirst(2)) + [0x0A]
      } else if line.hasPrefix(">| ") {
        said += Transcript.bytes(line.dropFirst(3))
      } else if line.hasPrefix("< ") || line == "<" {
        told += Transcript.bytes(line.dropFirst(2)) + [0x0A]
      } else if line.hasPrefix("<a ") {
        told += Transcript.bytes(line.dropFirst(3)) + [0x0A]
      } else if line.hasPrefix("! ") {
        reason = String(line.dropFirst(2))
      } else if line.hasPrefix("tls: ") {
        tls = TLSSettings.Mode(rawValue: String(line.dropFirst(5)))
      }
    }
  }

  static func bytes(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      switch kind {
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "0"): bytes.append(0)
      case UInt8(ascii: "x"):
        bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!)
        rest = rest.dropFirst(2)
      default: bytes.append(kind)
      }
    }
    return bytes
  }
}

/// Two graphs in one plugin.
struct Twins: Plugin {
  let name: StaticString = "twins"
  let manual = Manual("two graphs", details: "For tests.", fields: [], example: "[twins]")
  let isMultigraph = true

  func autoconf(on host: PluginKit.Host) -> Availability { .yes }

  func graphs(on host: PluginKit.Host) -> [Graph] {
    ["castor", "pollux"].map { name in
      var graph = Graph("The \(name)", category: "sky", fields: [Field("light")])
      graph.name = name
      return graph
    }
  }

  func values(on host: PluginKit.Host, into reply: inout Reply) {
    for (name, value) in [("castor", 1), ("pollux", 2)] {
      reply.multigraph(name)
      reply.value("light", value)
    }
  }
}

struct TranscriptTests {
  static let folder = fixtures.replacingOccurrences(of: "Fixtures", with: "Transcripts")
  static let names = transcripts(in: folder).filter { isWithTLS || !$0.hasPrefix("tls-") }
  #if TLS
    static let isWithTLS = true
  #else
    static let isWithTLS = false
  #endif
  /// Those with outside plugins, whose scripts and settings stand beside them.
  static let outside = transcripts(in: "\(folder)/outside")

  private static func transcripts(in folder: String) -> [String] {
    files(in: folder).filter { $0.hasSuffix(".txt") }
  }

  @Test func thereAreTranscripts() {
    #expect(TranscriptTests.names.count >= 6)
    #expect(TranscriptTests.outside.count >= 6)
  }

  @Test(arguments: names, [1, 2, 7, 4096])
  func goesAsWritten(name: String, piece: Int) async throws {
    try await expect("\(TranscriptTests.folder)/\(name)", inPiecesOf: piece) {
      try await Bench(builtIns: fewBuiltIns + [.local(Twins())])
    }
  }

  @Test(arguments: outside, [1, 2, 7, 4096])
  func goesAsWrittenWithOutsidePlugins(name: String, piece: Int) async throws {
    let folder = "\(TranscriptTests.folder)/outside"
    let settings = try String(contentsOfFile: "\(folder)/plugin-conf.d/all", encoding: .utf8)
    try await expect("\(folder)/\(name)", inPiecesOf: piece) {
      try await Bench(
        settings: settings,
        prepare: { bench in
          for plugin in files(in: "\(folder)/plugins") {
            try bench.link("plugins/\(plugin)", to: "\(folder)/plugins/\(plugin)")
          }
        })
    }
  }

  private func expect(
    _ path: String, inPiecesOf piece: Int,
    with makeBench: @escaping @LoopActor @Sendable () async throws -> Bench
  ) async throws {
    let transcript = try Transcript(path)
    let (told, reason, closed) = try await onTestLoop {
      let bench = try await makeBench()
      let master = ScriptedMaster(saying: transcript.said, inPiecesOf: piece)
      let security = transcript.tls.flatMap { mode in
        NodeTLS.make(
          TLSSettings(mode: mode, pem: "/nonexistent"), log: bench.log, clock: bench.clock)
      }
      let session = NodeSession(
        over: master, with: bench.services, from: "192.0.2.1", within: .seconds(900),
        security: security, clock: bench.clock)
      let reason = await session.run()
      return (master.heard, reason, master.isClosed)
    }
    #expect(
      String(decoding: told, as: UTF8.self) == String(decoding: transcript.told, as: UTF8.self))
    #expect(told == transcript.told)
    #expect(reason == transcript.reason)
    #expect(closed)
  }
}
