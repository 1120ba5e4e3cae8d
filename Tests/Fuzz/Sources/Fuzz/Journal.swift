import Limits
import Recording

/// A row of the journal as it stands in a ledger that something has damaged.
func feedJournalRow(_ input: [UInt8]) {
  guard let row = JournalRow(number: 1, node: NodeNumber(1), bytes: input) else { return }
  let values = row.values
  demand(values.count == row.count, "\(row.count) values counted, \(values.count) read")
  // What was read can be written, and is the same when it is read again.
  let again = JournalRow(
    number: 1, node: NodeNumber(1), time: values.first?.time ?? 0, values: values)
  // Bytes that are no text have become others, perhaps more than a row takes.
  let isWhole = values.allSatisfy { $0.text.utf8.count <= 255 }
  demand(!isWhole || again.values == values, "written again it is another row")
}
