import MuninWire
import Testing

@Suite struct RoundRobinLayoutTests {
  @Test(arguments: [
    ("normal", 300, "1×576 6×432 24×540 288×450"),
    ("huge", 300, "1×115200"),
    ("custom 576", 300, "1×633"),
    ("custom 5", 300, "1×6"),
    ("custom 576, 6 432, 24 540", 300, "1×633 6×475 24×594"),
    ("custom 1d, 5m for 7d, 1h for 30d", 10, "1×9504 30×2217 360×792"),
    ("custom  2h,5m for 1t ,1d for 1y", 300, "1×26 1×9820 288×401"),
    ("custom 1d, 5s for 1h", 10, "1×9504"),
    ("custom 1w", 604_800, "1×2"),
  ])
  func archivesAreMunins(text: String, step: Int, archives: String) throws {
    let layout = try #require(RoundRobinLayout(text))
    #expect(
      layout.archives(step: step).map { "\($0.steps)×\($0.rows)" }.joined(separator: " ")
        == archives)
  }

  @Test func onlyCustomSizesFollowTheUpdateRate() {
    #expect(RoundRobinLayout.normal.step(updateRate: 10) == 300)
    #expect(RoundRobinLayout.huge.step(updateRate: 10) == 300)
    #expect(RoundRobinLayout("custom 1d")?.step(updateRate: 10) == 10)
  }

  @Test(arguments: [
    ("normal", 10, []), ("huge", 10, []), ("custom 1d, 6 432", 300, []),
    ("custom 1d, 5m for 7d", 300, []),
    (
      "custom 1d, 1m for 1w, 5m for 1t", 300,
      ["60 s for 604800 s is finer than update_rate 300: left out"]
    ),
    ("custom 1m, 5m for 1t", 300, ["60 s is less than update_rate 300: left out"]),
    (
      "custom 1m", 300,
      ["60 s is less than update_rate 300: left out", "nothing is left of it: taken as normal"]
    ),
  ])
  func whatIsFinerThanTheStepIsAFinding(text: String, rate: Int, findings: [String]) {
    #expect(RoundRobinLayout(text)?.findings(updateRate: rate) == findings)
  }

  @Test(arguments: [
    "", "Normal", "normal 5", "custom", "custom ,", "custom 0", "custom 1d,", "custom 5m for 7d,5",
    "custom 1x", "custom 1d, 7d for 5m", "custom 1d, 5m to 7d", "custom 99999999999",
    "custom 1d, 0 5",
    "custom 1d, 1s for 10y", "custom -1", "custom 200y", "custom 99999999999999999999y",
  ])
  func otherTextIsRefused(text: String) {
    #expect(RoundRobinLayout(text) == nil)
  }
}
