internal import EventLoop
internal import Glibc
internal import PluginKit

/// systemd-timesyncd: its properties on the bus, or without a bus its files and the kernel.
@LoopActor
struct Timesyncd {
  /// The path of the bus's socket.
  let bus: String

  /// The folder exists while the daemon runs; the file in it is written at each correction of the clock.
  private static let folder = "/run/systemd/timesync"
  private static let synchronised = "/run/systemd/timesync/synchronized"

  func snapshot(on host: Host, _ clock: LoopClock) async throws(PluginError) -> NTPSnapshot {
    let since = host.modificationTime(of: Timesyncd.synchronised)
    guard since != nil || host.modificationTime(of: Timesyncd.folder) != nil else {
      throw PluginError(
        source: Timesyncd.folder, expected: "the folder of systemd-timesyncd", found: "none")
    }
    guard let time = host.kernel.time() else {
      throw PluginError(source: "adjtimex", expected: "the kernel's clock", found: "no answer")
    }
    var snapshot = NTPSnapshot(time)
    snapshot.daemon = .timesyncd
    snapshot.version = "systemd-timesyncd"
    snapshot.place = bus
    let (seconds, nanoseconds) = clock.preciseEpoch
    let now = Double(seconds) + Double(nanoseconds) / 1e9
    if let since { snapshot.system.sinceSync = max(0, now - since) }
    do {
      try await account(clock).complete(&snapshot, at: now)
    } catch let error as PluginError {
      throw error
    } catch let error as IOError {
      // Without a bus the files and the kernel are used.
      guard !error.meansNoBus else {
        snapshot.place = Timesyncd.folder
        return snapshot
      }
      throw PluginError(
        source: bus, expected: "an answer of systemd-timesyncd", found: "\(error)",
        isTimeout: error == .timedOut)
    } catch {
      throw PluginError(
        source: bus, expected: "an answer of systemd-timesyncd", found: "bytes that are not D-Bus")
    }
    return snapshot
  }

  private static let limit = Duration.seconds(1)

  /// One conversation: authentication, hello and all questions, sent without waiting in between.
  private func account(_ clock: LoopClock) async throws -> TimesyncAccount {
    let address = try SocketAddress(path: bus)
    let connection = try await Connection.connect(
      to: address, within: Timesyncd.limit, clock: clock)
    defer { connection.close() }
    connection.setDeadline(clock.now.advanced(by: Timesyncd.limit))
    try await connection.send(Timesyncd.questions())
    var text: [UInt8] = []
    var account = TimesyncAccount()
    var isGreeted = false
    var open = Set(TimesyncAccount.properties.indices)
    var isThere = false
    while !open.isEmpty {
      let more = try await connection.receive { $0.withUnsafeBufferPointer(Array.init) }
      guard let more, text.count + more.count <= 2 * BusMessage.largest else { throw BusFault() }
      text += more
      if !isGreeted {
        guard let end = text.firstIndex(of: 0x0A) else { continue }
        guard text.starts(with: "OK ".utf8) else { throw BusFault() }
        text.removeFirst(end + 1)
        isGreeted = true
      }
      while let arrival = try BusMessage.arrival(in: text.span) {
        text.removeFirst(arrival.length)
        guard let serial = arrival.serial, let answer = arrival.answer, serial >= 2,
          open.remove(Int(serial) - 2) != nil
        else { continue }
        // An old daemon lacks some properties; without a daemon all are refused.
        if case .value(let value) = answer {
          account.take(value, of: Int(serial) - 2)
          isThere = true
        }
      }
    }
    guard isThere else {
      throw PluginError(
        source: bus, expected: "systemd-timesyncd on the bus", found: "no such name")
    }
    return account
  }

  /// Serial 1 is the hello, serials from 2 on are the properties.
  private static func questions() -> [UInt8] {
    let identity = Array("\(geteuid())".utf8).map { String($0, radix: 16) }.joined()
    var bytes: [UInt8] = [0] + Array("AUTH EXTERNAL \(identity)\r\nBEGIN\r\n".utf8)
    bytes += BusMessage.call(
      "Hello", of: "org.freedesktop.DBus", at: "/org/freedesktop/DBus",
      to: "org.freedesktop.DBus", serial: 1)
    for (number, property) in TimesyncAccount.properties.enumerated() {
      bytes += BusMessage.call(
        "Get", of: "org.freedesktop.DBus.Properties", at: "/org/freedesktop/timesync1",
        to: "org.freedesktop.timesync1",
        arguments: ["org.freedesktop.timesync1.Manager", property], serial: UInt32(number) + 2)
    }
    return bytes
  }
}

extension IOError {
  /// Whether there is no bus, or the node must not use it.
  fileprivate var meansNoBus: Bool {
    if case .system("connect", _, let code) = self {
      return [ENOENT, ECONNREFUSED, EACCES, EPERM].contains(code)
    }
    return false
  }
}
