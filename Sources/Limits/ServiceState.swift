/// How a service is: as its worst field.
public struct ServiceState: Sendable, Hashable {
  /// The level of the worst field; ok when there are none.
  public let worst: Level
  /// The first field of that level, in the order given; `nil` when there are no fields.
  public let field: String?
  /// When the service began to be so: the earliest time among the fields of that level.
  public let since: Int?

  /// The state of a service.
  ///
  /// - Parameter fields: the names and states of the fields, in the order of the graph.
  public init(_ fields: some Sequence<(name: String, state: FieldState)>) {
    var worst: (name: String, state: FieldState)?
    var since: Int?
    for field in fields {
      if let known = worst, field.state.level < known.state.level { continue }
      if worst == nil || field.state.level > worst!.state.level {
        worst = field
        since = field.state.since
      } else if let time = field.state.since {
        since = min(since ?? time, time)
      }
    }
    self.worst = worst?.state.level ?? .ok
    field = worst?.name
    self.since = since
  }
}
