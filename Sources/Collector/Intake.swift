internal import Limits
internal import Recording

/// What a poll of a node has brought, for the stages behind it.
struct Intake: Sendable {
  /// For the files.
  var journal: JournalDraft
  /// For the judge.
  var samples: [JudgedSample] = []
  /// Values that do not get into a file.
  var lost = LostValues()
  /// Values that are not newer than those before, as of a node that repeats them until there are new ones.
  var repeated = 0

  /// - Parameter time: of the poll, in seconds since 1970.
  init(time: Int) { journal = JournalDraft(time: time) }
}
