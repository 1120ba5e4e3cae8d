import Glibc
import RRD
import Testing

@Suite struct RRDHistoryTests {
  let scratch = Scratch()
  let writer = RRDWriter()

  /// Four days of values: the finest archive holds two.
  private func file() async -> String {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, (0..<1152).map { String($0) }))
    return path
  }

  private let end = noon + 1151 * 300

  @Test func eachTimeHasItsFinestRow() async throws {
    let parts = try await writer.history(of: await file(), in: 31_536_000..<end + 86_400)
    #expect(parts.map(\.step) == [86_400, 7200, 1800, 300])
    let finest = try #require(parts.last)
    // The oldest of the 576 rows lie in the time of a coarser one.
    #expect((570...576).contains(finest.values.count))
    #expect(finest.time(of: finest.values.count - 1) == end && finest.values.last == 1151)
    // A part ends where the next begins: there are values on both sides.
    let half = parts[2]
    #expect(half.time(of: half.values.count - 1) == finest.start - finest.step)
    let known = half.values.lastIndex { !$0.isNaN }
    // 1800 s hold six values, whose average lies in their middle.
    let last = try #require(known)
    let number = Double((half.time(of: last) - noon) / 300) - 2.5
    #expect(half.values[last] == number)
  }

  @Test func aRangeIsKept() async throws {
    let parts = try await writer.history(of: await file(), in: end - 900..<end - 300)
    #expect(parts.map(\.values) == [[1149, 1150]])
    #expect(parts[0].start == end - 600)
    #expect(try await writer.history(of: scratch.file("load"), in: end + 300..<end + 900) == [])
  }

  @Test func timesAreThoseOfRRDTool() throws {
    #expect(
      try RRDTime.range(from: "1000000000", to: "1000000300") == 1_000_000_000..<1_000_000_300)
    #expect(try RRDTime.range(from: "end-1h", to: "1000003600") == 1_000_000_000..<1_000_003_600)
    let now = time(nil)
    let week = try RRDTime.range(from: "-7d", to: "now")
    #expect(abs(week.upperBound - now) < 60 && abs(week.count - 7 * 86_400) <= 3600)
  }

  @Test(arguments: [
    ("yester", "now"), ("now", "-1d"), ("now", "now"), ("", "now"), ("-1d", "24:99"),
  ])
  func otherTimesAreRefused(start: String, end: String) {
    let error = #expect(throws: RRDError.self) { try RRDTime.range(from: start, to: end) }
    #expect(error?.description.contains("expected a ") == true, "\(error as Any)")
  }
}
