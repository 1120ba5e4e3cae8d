import Node
import TestSupport
import Testing

struct DialogueTests {
  /// All steps of a conversation whose bytes come in pieces.
  private func steps(_ text: [UInt8], inPiecesOf piece: Int, ended: Bool = true) -> [Dialogue.Step]
  {
    var dialogue = Dialogue(nodeName: "Web01")
    var steps: [Dialogue.Step] = []
    var rest = text[...]
    while !rest.isEmpty {
      dialogue.receive(Array(rest.prefix(piece)).span)
      rest = rest.dropFirst(piece)
      while let step = dialogue.next() { steps.append(step) }
    }
    if ended { dialogue.end() }
    while let step = dialogue.next() { steps.append(step) }
    return steps
  }

  // MARK: STARTTLS

  @Test(
    arguments: ["STARTTLS\n", "starttls \r\n", "StartTLS\n"],
    [Dialogue.Security.offered, .required])
  func startTLSIsAStep(line: String, security: Dialogue.Security) {
    var dialogue = Dialogue(nodeName: "n", security: security)
    dialogue.receive(Array(line.utf8).span)
    #expect(dialogue.next() == .startTLS)
    #expect(dialogue.next() == nil)
    dialogue.secured()
    dialogue.receive(Array("fetch a\nSTARTTLS\n".utf8).span)
    #expect(dialogue.next() == .fetch("a"))
    // Once is enough.
    guard case .say(let text)? = dialogue.next() else {
      Issue.record("no answer")
      return
    }
    #expect(text.hasPrefix("# Unknown command."))
  }

  /// Whether they came with STARTTLS is for the network to say; where they did, nobody can vouch for them.
  @Test func bytesBehindStartTLSEndIt() {
    var dialogue = Dialogue(nodeName: "n", security: .offered)
    dialogue.receive(Array("fetch a\nSTARTTLS\nquit\n".utf8).span)
    #expect(dialogue.next() == .fetch("a"))
    #expect(
      dialogue.next()
        == .close(reason: "expected nothing between STARTTLS and TLS, found 5 bytes"))
    #expect(dialogue.next() == nil)
  }

  @Test(arguments: ["cap", "quit", "list", "", ".", "version", "starttlsx", "fetch load"])
  func whereTLSIsRequiredNothingElseIsAnswered(line: String) {
    var dialogue = Dialogue(nodeName: "n", security: .required)
    dialogue.receive(Array("\(line)\nlist\n".utf8).span)
    #expect(dialogue.next() == .say("# I require TLS. Closing.\n"))
    guard case .close(let reason?)? = dialogue.next() else {
      Issue.record("not closed")
      return
    }
    #expect(reason.hasPrefix("expected STARTTLS, found '\(line)'"))
    #expect(dialogue.next() == nil)
  }

  /// Going on in plain text is nothing that `required` knows.
  @Test func requiredStaysRequired() {
    var dialogue = Dialogue(nodeName: "n", security: .required)
    dialogue.receive(Array("STARTTLS\n".utf8).span)
    #expect(dialogue.next() == .startTLS)
    dialogue.receive(Array("list\n".utf8).span)
    #expect(dialogue.next() == .say("# I require TLS. Closing.\n"))
  }

  @Test func theBannerKeepsItsLetters() {
    #expect(Dialogue(nodeName: "Web01").banner == "# munin node at Web01\n")
  }

  @Test(arguments: [1, 2, 7, 4096])
  func stepsDoNotDependOnPieces(piece: Int) {
    let text = "list\nLIST web01\r\nnodes\nfetch a\nconfigb\nquit\nfetch c\n"
    #expect(
      steps(Array(text.utf8), inPiecesOf: piece) == [
        .list(host: nil), .list(host: "web01"), .nodes, .fetch("a"), .config("b"),
        .close(reason: nil),
      ])
  }

  @Test func aLineWithoutEndWaits() {
    #expect(steps(Array("fetch a".utf8), inPiecesOf: 3, ended: false) == [])
    #expect(
      steps(Array("fetch a".utf8), inPiecesOf: 3) == [.fetch("a"), .close(reason: nil)])
  }

  @Test func nothingAtAllIsAnEnd() {
    #expect(steps([], inPiecesOf: 1) == [.close(reason: nil)])
    #expect(steps([], inPiecesOf: 1, ended: false) == [])
  }

  @Test func nothingFollowsAClose() {
    var dialogue = Dialogue(nodeName: "n")
    dialogue.receive(Array("quit\nlist\n".utf8).span)
    #expect(dialogue.next() == .close(reason: nil))
    #expect(dialogue.next() == nil)
    dialogue.receive(Array("list\n".utf8).span)
    dialogue.end()
    #expect(dialogue.next() == nil)
  }

  @Test(arguments: [1, 100, 5000])
  func longLinesCloseWithAReason(piece: Int) {
    let fits = [UInt8](repeating: 0x61, count: Dialogue.longestLine)
    let first = steps(fits + [10], inPiecesOf: piece).first
    #expect(first != .close(reason: "line too long"))
    for ending: [UInt8] in [[], [10], [10, 10]] {
      #expect(
        steps(fits + [0x61] + ending, inPiecesOf: piece, ended: false) == [
          .close(reason: "line too long")
        ])
    }
  }

  @Test(arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
  func bytesThatAreNoTextClose(bytes: [UInt8]) {
    let all = steps(Array("list ".utf8) + bytes + Array("\nlist\n".utf8), inPiecesOf: 2)
    #expect(all == [.close(reason: "expected UTF-8, found other bytes")])
  }

  @Test func capabilitiesAreKept() {
    #expect(announced("multigraph").multigraph)
    #expect(!announced("multigraph").dirtyConfig)
    #expect(announced("x dirtyconfig y").dirtyConfig)
    #expect(!announced("multigraphs").multigraph)
  }

  /// As in munin-node: a later cap takes multigraph back; dirtyconfig from the list, but never from plugins.
  @Test func dirtyConfigIsNeverTakenBack() {
    var dialogue = Dialogue(nodeName: "n")
    dialogue.receive(Array("cap multigraph dirtyconfig\ncap\n".utf8).span)
    _ = dialogue.next()
    #expect(dialogue.capabilities.multigraph)
    _ = dialogue.next()
    #expect(!dialogue.capabilities.multigraph)
    #expect(dialogue.capabilities.dirtyConfig)
    #expect(!dialogue.capabilities.showsDirty)
  }
}
