/// The word of `known` that `word` is probably a misspelling of, or `nil` when all differ too much.
public func nearestWord(to word: String, among known: some Sequence<String>) -> String? {
  let wanted = Array(word.lowercased().utf8)
  guard (1...64).contains(wanted.count) else { return nil }
  let tolerance = max(1, wanted.count / 3)
  var best: (word: String, slips: Int)?
  for candidate in known where abs(candidate.utf8.count - wanted.count) <= tolerance {
    let slips = editDistance(wanted, Array(candidate.utf8))
    if slips <= tolerance, slips < best?.slips ?? .max { best = (candidate, slips) }
  }
  return best?.word
}

/// `, did you mean 'timeout'?`, or nothing.
func suggestion(for word: String, among known: some Sequence<String>) -> String {
  nearestWord(to: word, among: known).map { ", did you mean '\($0)'?" } ?? ""
}

/// How many letters have to be changed, added, removed or swapped with their neighbour.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var slips = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        slips = min(slips, beforeLast[j - 1] + 1)
      }
      row.append(slips)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
