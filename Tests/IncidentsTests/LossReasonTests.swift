import Incidents
import Limits
import Testing

@Suite struct LossReasonTests {
  private func reasons(_ words: [(String, [String])]) -> [String] {
    let nodes = words.enumerated().map { index, node in
      LossReason.Node(number: NodeNumber(UInt32(index)), words: node.0, names: node.1)
    }
    return LossReason.all(of: nodes).map { "\($0.count) \($0.first.raw) \($0.words)" }
  }

  @Test func theReasonThatMostNodesHaveComesFirst() {
    #expect(
      reasons([
        ("192.0.2.1:4949: no answer within 75 s", []),
        ("connect 192.0.2.2:4949: No route to host", []),
        ("connect [2001:db8::3]:4949: No route to host", []),
        ("cannot connect to db4: it has no address", ["db4"]),
        ("connect 192.0.2.5:4949: No route to host", []),
        ("cannot connect to db6: it has no address", ["db6", "db6:4949"]),
      ]) == [
        "3 1 connect 192.0.2.2:4949: No route to host",
        "2 3 cannot connect to db4: it has no address",
        "1 0 192.0.2.1:4949: no answer within 75 s",
      ])
  }

  @Test func numbersThatAreNoPortsCount() {
    #expect(reasons([("code: 12", []), ("code: 13", []), (":12 x", []), ("", [])]).count == 4)
    #expect(LossReason.all(of: []).isEmpty)
  }
}
