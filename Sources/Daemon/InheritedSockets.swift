public import EventLoop
internal import Glibc

/// The listening sockets that systemd opened for the daemon: sd_listen_fds(3)'s protocol, without its library.
public enum InheritedSockets {
  /// systemd hands over from 3 on. More than these nobody wants for one node.
  private static let most = 64

  /// Looks for sockets and makes sure of them.
  /// - Parameters:
  ///   - environment: the daemon's, `NAME=VALUE`. What it starts should not get `LISTEN_PID` and `LISTEN_FDS`.
  ///   - process: whom they have to be meant for; this process when `nil`.
  ///   - first: the number of the first one.
  /// - Returns: their descriptors, for ``Listener/init(adopting:clock:)``; none when the daemon was started otherwise.
  /// - Throws: ``IOError`` when what was handed over is no listening stream socket.
  public static func take(
    from environment: [String], process: Int32? = nil, first: Int32 = 3
  ) throws(IOError) -> [Int32] {
    func value(_ name: String) -> Substring? {
      environment.first { $0.hasPrefix(name + "=") }?.dropFirst(name.utf8.count + 1)
    }
    guard let owner = value("LISTEN_PID"), let count = value("LISTEN_FDS") else { return [] }
    // Left over from a parent who was the one meant.
    guard Int32(owner) == process ?? getpid() else { return [] }
    guard let number = Int32(count), (0...Int32(most)).contains(number) else {
      throw .system(call: "take sockets", subject: "LISTEN_FDS=\(count.prefix(20))", code: EINVAL)
    }
    let descriptors = Array(first..<first + number)
    for descriptor in descriptors { try Listener.check(inherited: descriptor) }
    return descriptors
  }
}
