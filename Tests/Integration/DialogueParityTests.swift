import Foundation
import Testing

extension Programs {
  /// Every transcript, said to the real munin-node and to the released apus-node, which run the same plugins:
  /// what the unit tests expect of this node is what munin-node says, byte for byte.
  @Suite struct DialogueParityTests {
    private static let folder = Project.path("Tests/Transcripts")

    @Test func bothNodesSpeakAsWritten() async throws {
      try await compare(Self.folder)
    }

    @Test func bothNodesSpeakAsWrittenWithOddPlugins() async throws {
      try await compare("\(Self.folder)/outside")
    }

    /// - Parameter folder: transcripts; `plugins` and `plugin-conf.d` in it are for both nodes.
    private func compare(_ folder: String) async throws {
      let scratch = try Scratch()
      let name = "web01.example.com"
      // The peer's script makes the rest of its folder.
      let plugins = try scratch.place("munin-node/plugins")
      let settings = try scratch.place("munin-node/plugin-conf.d")
      let files = FileManager.default
      try files.createSymbolicLink(atPath: plugins, withDestinationPath: "\(folder)/plugins")
      if files.fileExists(atPath: "\(folder)/plugin-conf.d") {
        try files.createSymbolicLink(
          atPath: settings, withDestinationPath: "\(folder)/plugin-conf.d")
      } else {
        try files.createDirectory(atPath: settings, withIntermediateDirectories: true)
      }
      let munin = try await startPeer("munin-node", in: scratch, [name])
      let apus = try await startNode(
        in: scratch, name: name, plugins: plugins, pluginSettings: settings)

      // After STARTTLS munin-node speaks TLS and nothing else: other tests see to that.
      let names = try files.contentsOfDirectory(atPath: folder).filter {
        $0.hasSuffix(".txt") && !$0.hasPrefix("starttls")
      }
      #expect(names.count >= 6)
      for name in names.sorted() {
        let script = Script(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
        let spoken = (munin: try said(munin.port, script), apus: try said(apus.port, script))
        #expect(spoken.munin == canonical(script.toldByMunin), "\(name), munin-node")
        #expect(spoken.apus == canonical(script.toldByApus), "\(name), apus-node")
      }
    }

    private func said(_ port: Int, _ script: Script) throws -> String {
      canonical(try bytesSaid(by: port, after: script.said, finishing: true))
    }

    /// What may differ: the order of services and nodes, which munin-node leaves to chance, and the version.
    private func canonical(_ bytes: [UInt8]) -> String {
      var lines: [String] = []
      for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
        var text = line.map { byte in
          (0x20..<0x7F).contains(byte)
            ? String(UnicodeScalar(byte)) : "\\x\(String(byte, radix: 16))"
        }.joined()
        if text.hasPrefix("munins node on ") {
          text = String(text.prefix { $0 != ":" })
        } else if !text.hasPrefix("#"), !text.contains(".value"), text.contains(" ") {
          let words = text.split(separator: " ", omittingEmptySubsequences: false)
          if lines.last?.hasPrefix("graph_") != true,
            words.contains("alpha") || words.contains("cpu")
          {
            text = words.sorted().joined(separator: " ")
          }
        }
        lines.append(text)
      }
      sortNodes(&lines)
      return lines.joined(separator: "\n")
    }

    /// The names of nodes stand together, one to a line.
    private func sortNodes(_ lines: inout [String]) {
      var start = 0
      while start < lines.count {
        let end = lines[start...].firstIndex { !$0.hasSuffix(".example.com") } ?? lines.count
        if end > start { lines[start..<end].sort() }
        start = max(end, start + 1)
      }
    }
  }
}

/// A transcript: what a master says, and what each of the nodes answers. The rules are those of `TranscriptTests`.
private struct Script {
  var said: [UInt8] = []
  var toldByMunin: [UInt8] = []
  var toldByApus: [UInt8] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let mark = line.prefix { $0 != " " }
      let bytes = Self.decoded(line.dropFirst(mark.count + 1))
      switch mark {
      case ">": said += bytes + [0x0A]
      case ">|": said += bytes
      case "<":
        toldByMunin += bytes + [0x0A]
        toldByApus += bytes + [0x0A]
      case "<m": toldByMunin += bytes + [0x0A]
      case "<a": toldByApus += bytes + [0x0A]
      default: break
      }
    }
  }

  private static func decoded(_ text: Substring) -> [UInt8] {
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
