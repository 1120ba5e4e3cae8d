/// What concerns the process itself.
extension MasterDirectives {
  static let log = DirectiveSection(
    "Log and process",
    [
      KnownDirective(
        "log_file", .logFile, default: "standard error", isOwn: true,
        "Where messages go: a file, or `Sys::Syslog` for syslog."),
      KnownDirective(
        "log_level", .whole(0...4), default: "2", isOwn: true,
        "How much is logged: 0 failures, 1 warnings, 2 changes of state, 3 also each poll with its duration, 4 also each service with its values and each request for a page."
      ),
      KnownDirective(
        "syslog_ident", .word, default: "apus-collector", isOwn: true,
        "Name of the program in syslog."),
      KnownDirective(
        "syslog_facility", .facility, default: "daemon", isOwn: true,
        "Facility in syslog: `daemon`, `user`, `local0` to `local7` or another of syslog's."),
      KnownDirective(
        "pid_file", .path, default: "none", isOwn: true,
        "File that the process number is written to, locked while the collector runs."),
    ])
}
