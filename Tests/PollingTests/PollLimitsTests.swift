import Inventory
import Testing
import Text

@testable import Polling

@Suite struct PollLimitsTests {
  @Test(arguments: [
    (
      PollLimits(updateRate: 10),
      "2.5 s a quarter of update_rate 10; 3.3 s a third of update_rate 10; "
        + "3.3 s a third of update_rate 10; 9 s nine tenths of update_rate 10"
    ),
    (
      PollLimits(),
      "1 min 15 s a quarter of update_rate 300; 1 min 40 s a third of update_rate 300; "
        + "1 min 40 s a third of update_rate 300; 3 min timeout_fetch_one_node 180"
    ),
    (
      PollLimits(updateRate: 300, connectTimeout: 20, nodeTimeout: 60),
      "20 s timeout 20; 1 min timeout_fetch_one_node 60; 1 min timeout_fetch_one_node 60; "
        + "1 min timeout_fetch_one_node 60"
    ),
    (
      PollLimits(updateRate: 300, connectTimeout: 180, nodeTimeout: 30),
      "30 s timeout_fetch_one_node 30; 30 s timeout_fetch_one_node 30; "
        + "30 s timeout_fetch_one_node 30; 30 s timeout_fetch_one_node 30"
    ),
    (
      PollLimits(updateRate: 1),
      "1 s a quarter of update_rate 1; 1 s a third of update_rate 1; "
        + "1 s a third of update_rate 1; 1 s nine tenths of update_rate 1"
    ),
    (
      PollLimits(isProbe: true),
      "30 s a tenth of update_rate 300; 30 s a tenth of update_rate 300; "
        + "1 min 40 s a third of update_rate 300; 3 min timeout_fetch_one_node 180"
    ),
  ])
  func limitsFollowTheRateWithinMuninsTimeouts(limits: PollLimits, story: String) {
    let told = [PollLimits.Subject.connection, .banner, .answer, .node].map {
      let setting = limits.explanation(of: $0).split(separator: ": ")[1]
      return "\(TimeSpan.text(limits[$0])) \(setting)"
    }
    #expect(told.joined(separator: "; ") == story)
  }

  /// A dead node is probed in short, and now and then as long as any.
  @Test func aDeadNodeIsProbed() {
    let polls = (0...20).map { Backoff.isProbe(missed: $0) ? "p" : "." }.joined()
    #expect(polls == "...ppppppp.ppppppppp.")
  }
}
