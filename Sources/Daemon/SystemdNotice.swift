public import EventLoop
internal import Glibc

/// Tells systemd how the daemon is doing: sd_notify(3)'s protocol, without its library. Started by anything else,
/// it tells nobody.
public struct SystemdNotice: Sendable {
  private let socket: String?

  /// - Parameter environment: the daemon's, `NAME=VALUE`. What it starts should not get `NOTIFY_SOCKET`: a plugin
  ///   must not speak for the node.
  public init(environment: [String]) {
    let name = "NOTIFY_SOCKET="
    let value = environment.first { $0.hasPrefix(name) }?.dropFirst(name.count)
    // Of other kinds, such as vsock:, a service is never given one.
    socket = value.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? String($0) : nil }
  }

  /// Masters can connect; also the end of ``reloading()``.
  public func ready(_ status: String? = nil) throws(IOError) {
    try send(["READY=1"] + words(of: status))
  }

  /// Settings are being read again.
  public func reloading() throws(IOError) {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    // Since systemd 253 asked for with Type=notify-reload, and before passed over.
    let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    try send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
  }

  /// The daemon is about to end.
  public func stopping() throws(IOError) { try send(["STOPPING=1"]) }

  /// A line that `systemctl status` shows.
  public func status(_ text: String) throws(IOError) { try send(words(of: text)) }

  private func words(of status: String?) -> [String] {
    guard let status else { return [] }
    // A line break would begin another statement.
    return ["STATUS=" + String(status.map { $0.isNewline ? " " : $0 }.prefix(400))]
  }

  private func send(_ lines: [String]) throws(IOError) {
    guard let socket else { return }
    try LocalDatagram.send(Array(lines.joined(separator: "\n").utf8), to: socket)
  }
}
