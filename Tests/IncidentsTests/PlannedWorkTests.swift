import Incidents
import Testing
import Text

@Suite struct PlannedWorkTests {
  /// 2026-11-29 is a Sunday; its midnight in UTC.
  private let sunday = 1_795_910_400

  private func window(_ text: String, place: String = "munin.conf:44") throws -> MaintenanceWindow {
    MaintenanceWindow(spans: try WeekSpan.list(text), zone: .utc, place: place)
  }

  private func silence(_ from: Int, _ until: Int) -> Silence {
    Silence(
      number: 1, target: AlertTarget(path: []), from: from, until: until, who: "ada",
      why: "new disk")
  }

  @Test func aWindowHoldsAndSaysWhereItStands() throws {
    let work = PlannedWork(windows: [try window("Sun 02:00-04:00")])
    #expect(work.hold(at: sunday + 7199) == nil)
    #expect(
      work.hold(at: sunday + 7200)
        == PlannedWork.Hold(
          until: sunday + 14_400, by: "Sun 02:00-04:00 (munin.conf:44)", isSilence: false))
    #expect(work.nextChange(after: sunday) == sunday + 7200)
    #expect(work.nextChange(after: sunday + 7200) == sunday + 14_400)
    #expect(work.nextChange(after: sunday + 14_400) == sunday + 7 * 86_400 + 7200)
  }

  @Test func whatMeetsIsOneHold() throws {
    let work = PlannedWork(
      windows: [
        try window("Sun 02:00-04:00"), try window("Sun 03:00-05:00", place: "munin.conf:9"),
      ],
      silences: [silence(sunday + 18_000, sunday + 20_000)])
    #expect(
      work.hold(at: sunday + 7200)
        == PlannedWork.Hold(
          until: sunday + 20_000, by: "silence by ada (new disk)", isSilence: true)
    )
    #expect(work.hold(at: sunday + 20_000) == nil)
  }

  @Test func aWindowWithoutEndIsNeverOver() throws {
    let work = PlannedWork(windows: [try window("00:00-24:00")])
    #expect(work.hold(at: sunday)?.until == .max)
    #expect(work.nextChange(after: sunday) == nil)
    #expect(PlannedWork().nextChange(after: sunday) == nil)
  }

  @Test(
    arguments: [
      ("all", [], nil, nil), ("g", ["g"], nil, nil), ("g;h", ["g", "h"], nil, nil),
      ("g;h:df", ["g", "h"], "df", nil),
      ("g;s;h:df._dev_sda1", ["g", "s", "h"], "df", "_dev_sda1"),
    ] as [(String, [String], String?, String?)])
  func aTargetIsReadAndWritten(text: String, path: [String], service: String?, field: String?)
    throws
  {
    let target = try #require(AlertTarget(text))
    #expect(target == AlertTarget(path: path, service: service, field: field))
    #expect(target.description == text)
  }

  @Test(arguments: ["", ";", "g;", "g:df", "g;h:", "g;h:.x", "g;h:df.", "a\nb"])
  func aTextThatNamesNothingIsNoTarget(text: String) {
    #expect(AlertTarget(text) == nil)
  }

  @Test func aTargetHoldsWhatIsInIt() throws {
    let path = ["g", "s", "h"]
    for text in ["all", "g", "g;s", "g;s;h", "g;s;h:df", "g;s;h:df.root"] {
      #expect(AlertTarget(text)?.holds(path: path, service: "df") == true, "\(text)")
    }
    for text in ["x", "g;h", "g;s;h;i", "g;s;h:load", "g;s:df"] {
      #expect(AlertTarget(text)?.holds(path: path, service: "df") == false, "\(text)")
    }
    #expect(AlertTarget("g;s;h:df")?.holds(path: path, service: nil) == false)
  }
}
