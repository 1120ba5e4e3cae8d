internal import Glibc

/// An error of a connection, a pipe or a socket.
public enum IOError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A system call failed: its name, what it was for, and the errno.
  case system(call: String, subject: String, code: Int32)
  /// The deadline passed before the other side answered.
  case timedOut
  /// This side closed the connection while a task waited on it.
  case closed
  /// A name has no address; the resolver's words follow.
  case unresolved(host: String, reason: String)
  /// A layer above the socket, such as encryption, cannot go on; the words are the whole message.
  case failed(String)
  /// A text that cannot be parsed as an address.
  case badAddress(String)

  public var description: String {
    switch self {
    case .system(let call, let subject, let code):
      "\(call) \(subject): \(IOError.words(for: code))"
    case .timedOut: "no answer in time"
    case .closed: "closed by this side"
    case .unresolved(let host, let reason): "cannot resolve \(host): \(reason)"
    case .failed(let words): words
    case .badAddress(let text): "bad address '\(text)', expected an IP address or a path"
    }
  }

  /// Whether this machine has no addresses of the kind that was asked for: a kernel without IPv6, or with IPv6
  /// disabled, when `::` is to be bound.
  public var meansNoSuchFamily: Bool {
    switch self {
    case .system("socket", _, let code): code == EAFNOSUPPORT || code == EPROTONOSUPPORT
    case .system("bind", _, let code): code == EADDRNOTAVAIL || code == EAFNOSUPPORT
    default: false
    }
  }

  /// Whether another process listens on the address.
  public var meansAddressInUse: Bool {
    if case .system("bind", _, EADDRINUSE) = self { true } else { false }
  }

  /// Whether a unix socket's queue of connections is full, so that a later attempt may succeed.
  public var meansFullQueue: Bool {
    if case .system("connect", _, EAGAIN) = self { true } else { false }
  }

  /// The C library's words for an errno, as in `Permission denied`.
  public static func words(for code: Int32) -> String {
    String(cString: strerror(code))
  }
}
