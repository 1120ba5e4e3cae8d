/// How graphs and their fields are drawn and recorded.
extension MasterDirectives {
  static let graphs = DirectiveSection(
    "Graphs",
    introduction:
      """
      At a service, as `SERVICE.word` in the section of a node: each replaces what the plugin says. Those of which the list below does \
      not say otherwise may also stand at a node, a group or the top level, for all graphs below that say nothing.
      """,
    [
      KnownDirective("graph_title", .text, at: .service, "Title. Only at a service."),
      KnownDirective("graph_category", .text, at: .graphs, "Category on the pages."),
      KnownDirective(
        "graph_info", .text, at: .service, "Text on the graph's page. Only at a service."),
      KnownDirective("graph_vlabel", .text, at: .graphs, "Label of the vertical axis."),
      KnownDirective("graph_vtitle", .text, at: .graphs, "Old name of `graph_vlabel`."),
      KnownDirective("graph_args", .text, at: .graphs, "Options for rrdtool's graph command."),
      KnownDirective("graph_args_after", .text, at: .graphs, "The same, put after all others."),
      KnownDirective(
        "graph_order", .text, default: "as the plugin lists them", at: .service,
        "Order of the fields; `-FIELD` hides one, `NAME=PATH` borrows one of another graph. Only at a service.",
        "PATH is `FIELD`, `SERVICE.FIELD`, `HOST:SERVICE.FIELD` or `GROUP;HOST:SERVICE.FIELD`."),
      KnownDirective(
        "graph_sources", .text, at: .service,
        "Fields that are used by others and not drawn, as `-FIELD` in `graph_order`. Only at a service."
      ),
      KnownDirective("graph_total", .text, at: .graphs, "Label of a line with the sum."),
      KnownDirective(
        "graph_scale", .flag, default: "yes", at: .graphs,
        "Whether numbers are shown with SI prefixes."),
      KnownDirective(
        "graph_noscale", .flag, default: "no", at: .graphs, "Old opposite of `graph_scale`."),
      KnownDirective(
        "graph_period", .choice(["second", "minute", "hour"]), default: "second", at: .graphs,
        "Unit of time of rates."),
      KnownDirective(
        "graph_printf", .text, default: "%6.2lf", at: .graphs, "Format of numbers in the legend."),
      KnownDirective(
        "graph_width", .whole(1...20_000), default: "400", at: .graphs,
        "Width of the drawing in pixels."),
      KnownDirective(
        "graph_height", .whole(1...20_000), default: "175", at: .graphs,
        "Height of the drawing in pixels."),
    ])

  static let fields = DirectiveSection(
    "Fields",
    introduction: """
      At a field, as `SERVICE.FIELD.word` in the section of a node: each replaces what the plugin says. `type`, `min`, `max` and `draw` \
      may also stand at a service, for its fields that say nothing. munin-update makes no use of the first three; here they count for the files too.
      """,
    [
      KnownDirective(
        "type", .choice(["GAUGE", "DERIVE", "COUNTER", "ABSOLUTE"]), default: "GAUGE",
        at: [.service, .field],
        "What the values are: `GAUGE`, `DERIVE`, `COUNTER` or `ABSOLUTE`.",
        "A changed type renames the file, as in munin, and changes the type inside it."),
      KnownDirective(
        "min", .bound, default: "U", at: [.service, .field],
        "Smallest value that is stored, others are unknown; `U` is no limit.",
        "It is changed in a file that exists. Of limits that contradict each other, one or both are ignored."
      ),
      KnownDirective(
        "max", .bound, default: "U", at: [.service, .field], "The same for the largest value."),
      KnownDirective(
        "oldname", .word, at: .field, isOwn: true,
        "Former name of the field: its file is renamed, as with a plugin's own `oldname`."),
      KnownDirective("label", .text, at: .field, "Text in the legend."),
      KnownDirective("info", .text, at: .field, "Text on the graph's page."),
      KnownDirective("extinfo", .text, at: .field, "Text that is added to messages."),
      KnownDirective(
        "draw", .draw, default: "LINE1", at: [.service, .field],
        "How the field is drawn: `LINE1`, `AREA`, `STACK`, `AREASTACK` or `LINESTACK1`."),
      KnownDirective(
        "colour", .colour, default: "next of the palette", at: .field,
        "Six hexadecimal digits, or `COLOUR` and a number of the palette."),
      KnownDirective("cdef", .text, at: .field, "What is drawn, in reverse Polish notation."),
      KnownDirective(
        "sum", .text, at: .field,
        "Makes the field the sum of fields of other graphs: a list of `PATH` as in `graph_order`.",
        "A member without a value does not count, and is named."),
      KnownDirective(
        "stack", .text, at: .field,
        "Draws fields of other graphs on top of each other: a list of `NAME=PATH`. The field itself is not drawn."
      ),
      KnownDirective(
        "onlynullcdef", .flag, default: "no", at: .field,
        "At a field of a stack: whether the `cdef` of the stack does not count for it."),
      KnownDirective(
        "negative", .text, at: .field, "Field that is drawn below zero beside this one."),
      KnownDirective(
        "graph", .graph, default: "yes", at: [.service, .field],
        "Whether the field is drawn; at a service, whether its graphs are among those of the node's page."
      ),
      KnownDirective("skipdraw", .flag, default: "no", at: .field, "Opposite of `graph`."),
      KnownDirective(
        "line", .text, at: .field,
        "Horizontal line: `value`, `value:colour` or `value:colour:label`."),
    ])
}
