public import EventLoop
public import Settings

#if TLS
  internal import TLS
#endif

/// A node inside the test, on a port of loopback that the kernel chooses.
@LoopActor
public final class TestNode {
  public struct Service: Sendable {
    public let name: String
    public var config: String
    public var fetch: String

    /// - Parameter fetch: without the last line `.`, as `config`.
    public init(_ name: String, _ config: String, _ fetch: String) {
      self.name = name
      self.config = config
      self.fetch = fetch
    }
  }

  public enum Mood: Equatable, Sendable {
    case well
    /// Takes the connection and says nothing at all.
    case silent
    /// Says nothing any more once it is asked this.
    case hangs(at: String)
    /// Closes the connection once it is asked this.
    case closes(at: String)
    /// Closes without a word.
    case denies
    /// Answers one request at a time, and forgets what came with it.
    case isSimple
    /// Answers all but STARTTLS with a refusal, and closes.
    case requiresTLS
    /// Says this to any request, and closes.
    case remarks(String)
    /// Closes right behind its last answer, without waiting for the farewell.
    case hurries
  }

  /// What a node does wrong when it is asked one request; other requests are answered.
  public enum Fault: Sendable, CaseIterable {
    case closes
    /// Never answers, and reads no further request of this connection.
    case stalls
    /// Sends 9 MiB of lines.
    case floods
    /// Sends a line of 70 kB, without its end.
    case sendsALongLine
    /// Answers, but no further request of this connection if others came with this one.
    case losesMore
  }

  public var services: [Service]
  /// By the whole line of the request.
  public var faults: [String: Fault] = [:]
  public var mood = Mood.well
  /// STARTTLS is answered with these; `nil` for a node that does not know it.
  public var tls: TLSSettings?
  /// Why a handshake failed.
  public private(set) var tlsTrouble: String?
  /// All requests so far.
  public private(set) var requests: [String] = []
  private let name: String
  private let listener: Listener
  private var open: [Connection] = []

  public init(_ services: [Service] = [], name: String = "node") throws {
    self.services = services
    self.name = name
    listener = try Listener(on: SocketAddress(host: "127.0.0.1", port: 0))
    let listener = listener
    EventLoop.start { [weak self] in
      while let connection = try? await listener.accept() {
        guard let self else { return }
        self.open.append(connection)
        EventLoop.start { await self.serve(connection) }
      }
    }
  }

  public var port: Int { listener.address.port }

  /// Ends it: nobody listens there any more.
  public func close() {
    listener.close()
    for connection in open { connection.close() }
  }

  /// Closes all connections, as a node that is started again.
  public func hangUp() { for connection in open { connection.close() } }

  /// How many have called.
  public var calls: Int { open.count }

  /// Counts calls and requests: as long as it moves, the master has work to do.
  public var activity: Int { calls + requests.count }

  private func serve(_ plain: Connection) async {
    var connection: any Transport = plain
    defer { connection.close() }
    if mood == .denies { return }
    do {
      if mood != .silent { try await connection.send(Array("# munin node at \(name)\n".utf8)) }
      var text: [UInt8] = []
      while let piece = try await connection.receive({ $0.withUnsafeBufferPointer { Array($0) } }) {
        text += piece
        while let end = text.firstIndex(of: 0x0A) {
          let line = String(decoding: text[..<end], as: UTF8.self)
          text.removeFirst(mood == .isSimple ? text.count : end + 1)
          requests.append(line)
          #if TLS
            if line == "STARTTLS", let tls {
              let context = TLSContext(tls)
              try await connection.send(
                Array((context.hasKey ? "TLS OK\n" : "TLS MAYBE\n").utf8))
              do throws(TLSFailure) {
                connection = try await TLSTransport.secure(
                  connection, as: context.hasKey ? .server : .client, with: context)
              } catch {
                tlsTrouble = error.description
                if !error.leavesPlainText { return }
                text += error.leftover
              }
              continue
            }
          #endif
          switch faults[line] {
          case .closes: return
          case .stalls:
            while try await connection.receive({ _ in }) != nil {}
            return
          case .floods:
            let lines = Array(String(repeating: "x.info y\n", count: 1 << 20).utf8)
            try await connection.send(lines)
          case .sendsALongLine:
            try await connection.send([UInt8](repeating: 0x78, count: 70 << 10))
            continue
          case .losesMore:
            try await connection.send(Array(answer(line).utf8))
            if text.isEmpty { continue }
            while try await connection.receive({ _ in }) != nil {}
            return
          case nil: break
          }
          switch mood {
          case .closes(let request) where request == line: return
          case .silent: continue
          case .requiresTLS:
            try await connection.send(Array("# I require TLS. Closing.\n".utf8))
            return
          case .remarks(let text):
            try await connection.send(Array("\(text)\n".utf8))
            return
          case .hangs(let request) where request == line: mood = .silent
          default:
            if line.hasPrefix("quit") { return }
            try await connection.send(Array(answer(line).utf8))
            if mood == .hurries, line == "fetch \(services.last?.name ?? "")" { return }
          }
        }
      }
    } catch {
      // The test has closed it, or the master is gone.
    }
  }

  private func answer(_ line: String) -> String {
    let words = line.split(separator: " ")
    let service = services.first { words.count > 1 && $0.name == words[1] }
    switch words.first {
    case "cap": return "cap multigraph dirtyconfig\n"
    case "list": return services.map(\.name).joined(separator: " ") + "\n"
    case "nodes": return "\(name)\n.\n"
    case "config": return (service?.config ?? "# Unknown service") + "\n.\n"
    case "fetch": return (service?.fetch ?? "# Unknown service") + "\n.\n"
    default: return "# Unknown command. Try cap, list, nodes, config, fetch, version or quit\n"
    }
  }
}

extension TestNode {
  /// What a fetch of a service answers from now on.
  public func says(_ service: String, _ fetch: String) {
    guard let index = services.firstIndex(where: { $0.name == service }) else { return }
    services[index].fetch = fetch
  }

  public func describes(_ service: String, _ config: String) {
    guard let index = services.firstIndex(where: { $0.name == service }) else { return }
    services[index].config = config
  }
}

/// Moves a standing clock on, whenever nothing happens at the nodes any more, until something is so.
/// - Parameter step: in milliseconds.
/// - Returns: how far the clock was moved, in seconds.
@LoopActor
public func pass(
  _ clock: LoopClock, with nodes: [TestNode], by step: Int = 100, until look: @LoopActor () -> Bool
) async throws -> Double {
  var passed = 0
  var activity = -1
  while !look() {
    guard passed < 3_600_000 else { throw Missed(what: "an end within an hour") }
    try await LoopClock.real.sleep(for: .milliseconds(3))
    let now = nodes.reduce(0) { $0 + $1.activity }
    defer { activity = now }
    guard now == activity else { continue }
    clock.advance(by: .milliseconds(step))
    passed += step
  }
  return Double(passed) / 1000
}

/// Runs `body`, and moves a standing clock on whenever nothing happens at the nodes any more.
/// - Returns: what `body` returned, and how far the clock was moved, in seconds.
@LoopActor
public func pass<Value: Sendable>(
  _ clock: LoopClock, with nodes: [TestNode], by step: Int = 100,
  while body: @escaping @LoopActor @Sendable () async -> Value
) async throws -> (value: Value, seconds: Double) {
  let end = Outcome<Value>()
  EventLoop.start { end.value = await body() }
  let seconds = try await pass(clock, with: nodes, by: step) { end.value != nil }
  return (end.value!, seconds)
}

@LoopActor
private final class Outcome<Value: Sendable> {
  var value: Value?
}

/// Waits until something is so, a turn of the loop at a time.
@LoopActor
public func until(
  _ what: String, _ look: @LoopActor () -> Bool
) async throws {
  let end = LoopClock.real.now.advanced(by: .seconds(20))
  while !look() {
    guard LoopClock.real.now < end else { throw Missed(what: what) }
    try await LoopClock.real.sleep(for: .milliseconds(1))
  }
}

public struct Missed: Error { public let what: String }
