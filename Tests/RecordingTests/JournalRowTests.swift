import Ledger
import Limits
import TestSupport
import Testing

@testable import Recording

@Suite struct JournalRowTests {
  private func value(_ series: UInt32, _ time: Int, _ text: String) -> SeriesValue {
    SeriesValue(series: SeriesNumber(series), time: time, text: text)
  }

  @Test func valuesComeBackAsTheyWent() {
    let values = [
      value(7, 1_700_000_000, "0.37"), value(8, 1_700_000_000, "18446744073709551615"),
      value(3, 1_699_999_700, "U"), value(.max, 1_700_000_300, "-1"), value(0, 0, ""),
      value(1, .max, "1"), value(1, .min, String(repeating: "9", count: 255)),
    ]
    let row = JournalRow(number: 5, node: NodeNumber(9), time: 1_700_000_000, values: values)
    #expect(row.count == values.count && row.values == values)
    let stored = JournalRow(number: 5, node: NodeNumber(9), bytes: row.bytes)
    #expect(stored == row)
  }

  /// What a poll of a usual node takes.
  @Test func aPollOf80ValuesTakes700Bytes() {
    let values = (0..<80).map { value(4000 + $0, 1_700_000_000, "12.\($0)") }
    let row = JournalRow(number: 1, node: NodeNumber(1), time: 1_700_000_000, values: values)
    #expect(row.bytes.count <= 700, "\(row.bytes.count)")
  }

  @Test func textsThatLibrrdNeverTakesAreLeftOut() {
    let long = value(1, 1, String(repeating: "9", count: 256))
    let row = JournalRow(number: 1, node: NodeNumber(1), time: 1, values: [long, value(2, 1, "2")])
    #expect(row.count == 1 && row.values == [value(2, 1, "2")])
  }

  @Test func aCutRowIsNone() {
    let row = JournalRow(
      number: 1, node: NodeNumber(1), time: 1_700_000_000,
      values: [value(1, 1_700_000_000, "12"), value(2, 1_700_000_001, "34")])
    let whole = (0...row.bytes.count).filter {
      JournalRow(number: 1, node: NodeNumber(1), bytes: Array(row.bytes[..<$0])) != nil
    }
    // Behind the time, behind the first value, and behind the second.
    #expect(whole.count == 3 && whole.last == row.bytes.count)
    #expect(JournalRow(number: 1, node: NodeNumber(1), bytes: [2] + row.bytes.dropFirst()) == nil)
  }

  @Test func noiseIsARowOrNone() {
    var noise = Noise(1)
    var rows = 0
    for round in 0..<20_000 {
      var bytes = noise.bytes(round % 40)
      if round % 2 == 0 { bytes.insert(1, at: 0) }
      guard let row = JournalRow(number: 1, node: NodeNumber(1), bytes: bytes) else { continue }
      rows += 1
      #expect(row.values.count == row.count)
    }
    #expect(rows > 50)
  }

  @Test func aRowWrittenTwiceIsThereOnce() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(JournalTable.migrations)
    let row = JournalRow(
      number: 3, node: NodeNumber(2), time: 10, values: [value(1, 10, "1"), value(2, 10, "2")])
    for _ in 0..<2 {
      try await ledger.transaction { transaction throws(LedgerError) in
        try row.write(in: transaction)
      }
    }
    let read = try await ledger.read { transaction throws(LedgerError) in
      try JournalTable.read(in: transaction)
    }
    #expect(read.rows == [row] && read.unreadable.count == 0)
  }
}
