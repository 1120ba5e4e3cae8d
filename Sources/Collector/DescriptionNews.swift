internal import Inventory
internal import Limits
internal import MuninWire
internal import Recording

/// What a new description of graphs, or other settings, has changed for the stages behind: files and rules of series.
struct DescriptionNews {
  /// What the files of series are from now on.
  var files: [(series: SeriesNumber, form: FileForm)] = []
  /// How series are judged from now on; `nil` for one that has no limits any more.
  var rules: [(series: SeriesNumber, rules: SeriesRules?)] = []
  /// Judged series that are no longer described.
  var removed: [SeriesNumber] = []
  /// What these are called.
  var keys: [SeriesNumber: SeriesKey] = [:]
  /// Those of them that a new description of the same service has left out.
  var leftOut: [SeriesNumber: FormerField] = [:]

  /// A field of a former description.
  struct FormerField {
    let service: String
    let graph: Graph
    let field: String
  }
}
