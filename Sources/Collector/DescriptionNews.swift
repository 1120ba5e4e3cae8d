internal import Limits
internal import Recording

/// What a new description of graphs, or other settings, has changed for the stages behind: files and rules of series.
struct DescriptionNews {
  /// What the files of series are from now on.
  var files: [(series: SeriesNumber, form: FileForm)] = []
  /// How series are judged from now on; `nil` for one that has no limits any more.
  var rules: [(series: SeriesNumber, rules: SeriesRules?)] = []
  /// Judged series that are no longer described.
  var removed: [SeriesNumber] = []
}
