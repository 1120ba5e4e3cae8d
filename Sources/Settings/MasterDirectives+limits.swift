/// How values are judged.
extension MasterDirectives {
  private static let percent =
    "It is of the value as it is drawn (after `cdef` and `graph_period`). An end may be `92%`, of the field's `max`, `80% of FIELD`, of a field of the graph or as `SERVICE.FIELD` of another one (of which the picture has no line), or `80% of 16G`."

  static let limits = DirectiveSection(
    "Limits",
    introduction: """
      They may stand at every level. As in munin, those of a node or above reach only graphs of which a field, or the graph \
      itself, has a limit.
      """,
    [
      KnownDirective(
        "warning", .range, at: .all,
        "Range of good values: `max`, `min:max`, `min:` or `:max`; outside the field is in warning.",
        percent + " For what somebody should look at within days."),
      KnownDirective(
        "critical", .range, at: .all, "The same for critical.",
        "For what somebody has to do something about now, at night too."),
      KnownDirective(
        "unknown_limit", .whole(0...1_000_000), default: "3", at: .all,
        "How many unknown values in a row are tolerated before the field is unknown.",
        "For a device that does not answer each time. So many polls are also waited for a service that fails or is not listed, and for a "
          + "field that its service no longer describes, as of a disk that was unplugged: one that was judged for a day or longer is "
          + "unknown until it is described again or `history forget` removes it, a younger one is no longer watched. A service with limits "
          + "that is not listed is unknown on the pages and for `nagios-check` from the first poll on, and in messages until it is listed "
          + "again or `history forget` removes it."
      ),
      KnownDirective(
        "hold", .hold, default: "1 of 1 for a state, else 2 of 3", at: .all,
        isOwn: true,
        "How many of the last runs must be bad before a warning counts, which ends when fewer are; M is at most 16. "
          + "A good value that ends a critical level ends the warning, too.",
        "For values that jump, as a load does."),
      KnownDirective(
        "hold_critical", .hold, default: "1 of 1", at: .all, isOwn: true,
        "The same for critical.", "For a value of which one bad sample means nothing."),
      KnownDirective(
        "clear", .writtenRange, default: "the range of warning", at: .all, isOwn: true,
        "Range in which a warning ends.", "For a disk that stays close to its limit."),
      KnownDirective(
        "clear_critical", .writtenRange, default: "the range of critical", at: .all,
        isOwn: true, "The same for critical."),
      KnownDirective(
        "trend", .trend, at: .all,
        "Time, such as `6h`: warns when the line through the last samples reaches a limit within it.",
        "For a swap that fills slowly. `yes` and `no` are munin's, for a line in the graph, which is not built."
      ),
      KnownDirective(
        "rate", .rateRange, at: .all, isOwn: true,
        "Range of the change per time: `:50/min`, `-5:5/h`; the time is `s`, `min`, `h` or `d`. Outside the field is in warning.",
        "For a queue that grows too fast."),
      KnownDirective(
        "rate_critical", .rateRange, at: .all, isOwn: true, "The same for critical."),
      KnownDirective(
        "is_state", .flag, default: "yes for those that the manual names", at: .all, isOwn: true,
        "Whether the field tells a state, such as up or down: then one bad run is a warning.",
        "For a plugin that reports a link or a lock as 0 or 1. Known are fields called `up` or `*_up`, `children` of `web_processes*`, `state` of `ups*`, `state` of `snmp_*_ups*`, `state` of `nut_*`, and `system_peer`, `usable` and `stratum` of `ntp_peers*`."
      ),
      KnownDirective(
        "munin_compatible", .flag, default: "no", at: .graphs, isOwn: true,
        "Judges as munin-limits does: the raw value rounded to two digits, one run, unknown after 600 s.",
        "For a switch from munin during which both are compared. The last value counts for 600 s, whether the node and the plugin answer or "
          + "not, and then `unknown_limit` runs are tolerated: after 25 minutes without values a field is unknown. At the top level contacts "
          + "with a `command` also get the same messages as from munin, run by run: of a dead node a text for each service with limits at that "
          + "time, and none of the node itself. Contacts without a command are told a dead node as ever, by one message after two missed "
          + "polls, and a plugin that fails after `unknown_limit` polls. munin-limits forgets a service whose `config` fails, with its level, "
          + "and tells nobody; here it is unknown as one that brings no values. A service that is no longer listed is told to contacts without a command only."
      ),
    ])
}
