/// What is known of few fields only: of those with texts for messages, and of those with faulty values.
struct FieldNotes: Sendable, Equatable {
  /// What the plugin says of the field's state.
  var extinfo: String?
  /// The time of the newest value in the file, where that lies in the future: until then librrd takes no other.
  var closedUntil: Int?
  /// When the last value came whose time cannot be true; `nil` once a poll brought none.
  var impossibleAt: Int?
  /// What came last in place of a number, and when; `nil` once a poll brought none.
  private(set) var malformed: String?
  private var malformedAt: Int?

  /// A value came: what stood in place of its number, `nil` for a number or `U`. One fault counts for a whole poll.
  mutating func observe(malformed text: String?, now: Int) {
    if text == nil, malformedAt == now || malformed == nil { return }
    malformed = text
    malformedAt = now
  }

  /// What stays when the field is described anew.
  func carriedOver(isSameFile: Bool) -> FieldNotes {
    var notes = FieldNotes()
    notes.extinfo = extinfo
    notes.closedUntil = isSameFile ? closedUntil : nil
    return notes
  }

  var isEmpty: Bool {
    extinfo == nil && closedUntil == nil && impossibleAt == nil && malformed == nil
  }

  /// Whether something is wrong with the field's values.
  var hasFindings: Bool { closedUntil != nil || impossibleAt != nil || malformed != nil }
}
