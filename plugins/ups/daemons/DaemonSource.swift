internal import EventLoop
internal import MuninWire

/// A daemon that is connected to a UPS and reports it over a TCP socket. Each look has a connection of its own: both
/// daemons are near, and a connection that breaks between two looks costs nothing.
@LoopActor
final class DaemonSource: UPSSource {
  enum Kind: Sendable {
    /// upsd, the UPS's name there, and a user and password where upsd asks for them.
    case nut(ups: String, user: String?, password: String?)
    case apcupsd
  }

  private let kind: Kind
  private let address: SocketAddress
  private let name: String
  private let limit: Duration
  private let clock: LoopClock
  private var connection: Connection?

  /// - Parameters:
  ///   - name: what the daemon is called in messages: `127.0.0.1:3493`.
  ///   - limit: how long one answer may take.
  init(
    _ kind: Kind, at address: SocketAddress, name: String, within limit: Duration, clock: LoopClock
  ) {
    self.kind = kind
    self.address = address
    self.name = name
    self.limit = limit
    self.clock = clock
  }

  func close() { connection?.close() }

  func read() async throws(UPSFailure) -> UPSReading {
    try await connected { connection throws(UPSFailure) in
      switch kind {
      case .nut(let ups, let user, let password):
        let rows = try await variables(of: ups, user, password, on: connection)
        return UPSReading(nut: rows, now: clock.epoch)
      case .apcupsd:
        let status = try await status(on: connection)
        guard status.lines["STATUS"] != nil else {
          throw UPSFailure("\(name): expected apcupsd's status, found none")
        }
        return UPSReading(status, now: clock.epoch)
      }
    }
  }

  /// The UPSs that upsd has, by their names.
  func names() async throws(UPSFailure) -> [String] {
    try await connected { connection throws(UPSFailure) in
      try await list(["UPS"], on: connection).compactMap(\.first)
    }
  }

  private func connected<Result>(
    _ body: (Connection) async throws(UPSFailure) -> Result
  ) async throws(UPSFailure) -> Result {
    let connection: Connection
    do throws(IOError) {
      connection = try await Connection.connect(to: address, within: limit, clock: clock)
    } catch {
      throw failure(error)
    }
    self.connection = connection
    connection.setDeadline(clock.now.advanced(by: limit))
    defer {
      connection.close()
      self.connection = nil
    }
    return try await body(connection)
  }

  private func failure(_ error: IOError) -> UPSFailure {
    switch error {
    case .timedOut, .closed:
      UPSFailure("\(name): no answer within \(limit.components.seconds) s")
    default: UPSFailure("\(name): \(error)")
    }
  }

  // MARK: upsd

  private func variables(
    of ups: String, _ user: String?, _ password: String?, on connection: Connection
  ) async throws(UPSFailure) -> [String: String] {
    if let user { try await say(["USERNAME", user], on: connection) }
    if let password { try await say(["PASSWORD", password], on: connection) }
    var variables: [String: String] = [:]
    for row in try await list(["VAR", ups], on: connection) where row.count == 2 {
      variables[row[0]] = row[1]
    }
    guard variables["ups.status"] != nil else {
      throw UPSFailure("\(name): expected ups.status of \(ups), found none")
    }
    return variables
  }

  /// Logs in.
  private func say(_ words: [String], on connection: Connection) async throws(UPSFailure) {
    try await send(words, on: connection)
    var cutter = LineCutter(longest: NUTLine.longest)
    let line = try await lines(on: connection, &cutter).first!
    let answer = String(decoding: line.prefix(60), as: UTF8.self)
    guard answer.hasPrefix("OK") else {
      throw UPSFailure("\(name): expected OK to \(words[0]), found '\(answer)'")
    }
  }

  private func list(
    _ subject: [String], on connection: Connection
  ) async throws(UPSFailure) -> [[String]] {
    try await send(["LIST"] + subject, on: connection)
    var cutter = LineCutter(longest: NUTLine.longest)
    var answer = NUTAnswer(subject)
    while true {
      for line in try await lines(on: connection, &cutter) {
        switch answer.take(line) {
        case .more: break
        case .done: return answer.rows
        case .refused(let word):
          throw UPSFailure("\(name): expected \(subject.joined(separator: " ")), found \(word)")
        case .wrong(let expected):
          let found =
            line.isEmpty ? "nothing" : "'\(String(decoding: line.prefix(60), as: UTF8.self))'"
          throw UPSFailure("\(name): expected \(expected), found \(found)")
        }
      }
    }
  }

  private func send(_ words: [String], on connection: Connection) async throws(UPSFailure) {
    let line = words.map(NUTLine.quoted).joined(separator: " ") + "\n"
    do throws(IOError) {
      try await connection.send(Array(line.utf8))
    } catch {
      throw failure(error)
    }
  }

  /// Waits for at least one line.
  private func lines(
    on connection: Connection, _ cutter: inout LineCutter
  ) async throws(UPSFailure) -> [[UInt8]] {
    while true {
      var taken = cutter
      let lines = try await receive(on: connection) { bytes throws(LineCutter.Endless) in
        try taken.take(bytes)
      }
      cutter = taken
      if !lines.isEmpty { return lines }
    }
  }

  private func receive(
    on connection: Connection, _ take: (Span<UInt8>) throws(LineCutter.Endless) -> [[UInt8]]
  ) async throws(UPSFailure) -> [[UInt8]] {
    let received: Result<[[UInt8]], LineCutter.Endless>?
    do throws(IOError) {
      received = try await connection.receive { bytes in
        do throws(LineCutter.Endless) {
          return .success(try take(bytes))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw failure(error)
    }
    switch received {
    case .success(let lines): return lines
    case .failure:
      throw UPSFailure("\(name): expected lines of at most \(NUTLine.longest) bytes, found no end")
    case nil: throw UPSFailure("\(name): expected an answer, found the end of the connection")
    }
  }

  // MARK: apcupsd

  private func status(on connection: Connection) async throws(UPSFailure) -> NISStatus {
    var status = NISStatus()
    do throws(IOError) {
      try await connection.send(NISStatus.question)
    } catch {
      throw failure(error)
    }
    while true {
      let step: NISStatus.Step?
      do throws(IOError) {
        step = try await connection.receive { status.take($0) }
      } catch {
        throw failure(error)
      }
      switch step {
      case .more: break
      case .done: return status
      case .wrong(let expected): throw UPSFailure("\(name): expected \(expected), found others")
      case nil: throw UPSFailure("\(name): expected an answer, found the end of the connection")
      }
    }
  }
}
