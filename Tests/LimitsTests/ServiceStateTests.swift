import Limits
import Testing

/// A field per word, such as `critical@300`.
private func service(_ words: String) -> ServiceState {
  ServiceState(
    words.split(separator: " ").enumerated().map { number, word in
      let parts = word.split(separator: "@")
      let state = FieldState(
        level: Level(rawValue: String(parts[0]))!, since: parts.count > 1 ? Int(parts[1]) : nil,
        missed: 0, seen: nil, previous: nil, value: nil)
      return (name: "f\(number)", state: state)
    })
}

@Test(
  arguments: [
    ("", Level.ok, nil, nil), ("ok@100 ok@50", .ok, "f0", 50),
    ("ok unknown@9 ok", .unknown, "f1", 9),
    ("unknown@1 warning@2 ok@3", .warning, "f1", 2),
    ("warning@1 critical@7 unknown@2 critical@5 critical@9", .critical, "f1", 5),
    ("ok", .ok, "f0", nil),
  ] as [(String, Level, String?, Int?)])
func serviceIsAsItsWorstField(fields: String, worst: Level, field: String?, since: Int?) {
  let state = service(fields)
  #expect(state.worst == worst)
  #expect(state.field == field)
  #expect(state.since == since)
}
