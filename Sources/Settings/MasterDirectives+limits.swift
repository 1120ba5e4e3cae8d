/// How values are judged.
extension MasterDirectives {
  static let limits = DirectiveSection(
    "Limits",
    introduction: """
      They may stand at every level. As in munin, those of a node or above reach only graphs of which a field, or the graph \
      itself, has a limit.
      """,
    [
      KnownDirective(
        "warning", .range, at: .all,
        "Range of good values: `max`, `min:max`, `min:` or `:max`; outside the field is in warning."
      ),
      KnownDirective("critical", .range, at: .all, "The same for critical."),
      KnownDirective(
        "unknown_limit", .whole(0...1_000_000), default: "3", at: .all,
        "How many unknown values in a row are tolerated before the field is unknown."),
    ])
}
