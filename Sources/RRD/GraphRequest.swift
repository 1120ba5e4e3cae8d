/// How a graph is to be drawn, beside what its plugin says.
public struct GraphRequest: Sendable, Hashable {
  public var period: GraphPeriod
  /// The present, in seconds since 1970.
  public var now: Int
  /// The drawing area in pixels. Without it the graph's own size counts, or else 400 × 175.
  public var width: Int?
  public var height: Int?
  /// Whether the size is that of the whole picture.
  public var fullSize: Bool
  /// Whether only the lines are drawn: no title, axes, legend.
  public var onlyGraph: Bool
  /// Limits of the vertical axis that hold whatever the values are.
  public var lowerLimit: Double?
  public var upperLimit: Double?
  public var palette: Palette
  /// Whether the picture ends with the last whole row: where unknown values count as 0, as in a sum, the row that has only begun would
  /// be a fall to 0. munin ends such pictures one row earlier, too.
  public var endsEarly = false

  /// The newest values of fields as they came, per second for rates: they are drawn from the end of the file's last whole row on, which
  /// does not hold them yet. Empty for a picture of the files alone.
  public var newest: [String: Double] = [:]

  public init(
    period: GraphPeriod, now: Int, width: Int? = nil, height: Int? = nil, fullSize: Bool = false,
    onlyGraph: Bool = false, lowerLimit: Double? = nil, upperLimit: Double? = nil,
    palette: Palette = .standard
  ) {
    self.period = period
    self.now = now
    self.width = width
    self.height = height
    self.fullSize = fullSize
    self.onlyGraph = onlyGraph
    self.lowerLimit = lowerLimit
    self.upperLimit = upperLimit
    self.palette = palette
  }

  /// munin's `max_size_x` and `max_size_y`.
  public static let largestSize = 4000

  /// What the variables of the values that are drawn begin with: the averages, or these with the newest value behind them.
  var drawnPrefix: String { newest.isEmpty ? "g" : "e" }
}
