internal import Limits
internal import Recording

/// What a poll of a node has brought, for the stages behind it.
struct Intake: Sendable {
  /// For the files.
  var values: [SeriesValue] = []
  /// For the judge.
  var samples: [SeriesSample] = []
}
