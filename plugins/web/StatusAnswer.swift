internal import MuninWire

/// The numbers of a server's status page; `nil` for those that the page does not have.
struct StatusAnswer: Sendable, Equatable {
  /// Workers, or of php-fpm the processes of one pool.
  var busy: UInt64?
  var idle: UInt64?
  /// Slots for workers that are not started.
  var free: UInt64?
  /// nginx: connections by state.
  var reading: UInt64?
  var writing: UInt64?
  var waiting: UInt64?
  /// php-fpm: requests that wait for a process, and the pool's name.
  var queue: UInt64?
  var pool: String?
  /// Requests since the server's start.
  var requests: UInt64?

  /// - Returns: `nil` for a text that is not one of apache's `server-status?auto`, nginx's `stub_status` and php-fpm's
  ///   status.
  init?(_ text: Span<UInt8>) {
    var lines = LineReader()
    var number = 0
    var isNginx = false
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      number += 1
      if number > 10_000 { return nil }
      if isNginx, number == 3 {
        var words = WordReader()
        if words.skip(2, in: line) { requests = words.unsigned(in: line) }
        continue
      }
      guard let colon = line.firstIndex(of: 0x3A) else { continue }
      var words = WordReader(from: colon + 1)
      let value = words.unsigned(in: line)
      let name = line.extracting(0..<colon)
      if name.isEqual(to: "Active connections"), number == 1 {
        isNginx = value != nil
      } else if name.isEqual(to: "Reading"), isNginx {
        reading = value
        if words.skip(1, in: line) { writing = words.unsigned(in: line) }
        if words.skip(1, in: line) { waiting = words.unsigned(in: line) }
      } else if name.isEqual(to: "BusyWorkers") || name.isEqual(to: "BusyServers")
        || name.isEqual(to: "active processes")
      {
        busy = value
      } else if name.isEqual(to: "IdleWorkers") || name.isEqual(to: "IdleServers")
        || name.isEqual(to: "idle processes")
      {
        idle = value
      } else if name.isEqual(to: "Scoreboard") {
        var count: UInt64 = 0
        for place in colon..<line.count where line[place] == 0x2E { count += 1 }
        free = count
      } else if name.isEqual(to: "Total Accesses") || name.isEqual(to: "accepted conn") {
        requests = value
      } else if name.isEqual(to: "listen queue") {
        queue = value
      } else if name.isEqual(to: "pool") {
        var words = WordReader(from: colon + 1)
        pool = words.next(in: line).map { ServerTitle.poolName(line.extracting($0)) }
      }
    }
    guard busy != nil && idle != nil || isNginx && reading != nil else { return nil }
  }

  /// Whether it has the numbers that are shown of such a server.
  func fits(_ titles: ServerKind.Titles) -> Bool {
    switch titles {
    case .none: free != nil
    case .nginx: reading != nil
    case .fpm: pool != nil
    }
  }
}
