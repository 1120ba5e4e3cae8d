/// How the collector reaches a node: munin's `address`.
public enum NodeAddress: Sendable, Hashable {
  /// `name`, `192.0.2.1`, `[2001:db8::1]`, `munin://host:port`. The host has no brackets.
  case tcp(host: String, port: Int)
  /// `unix:///path`
  case unix(path: String)
  /// `ssh://[user@]host[:port]/command arguments`; without a command the other side's account decides what runs.
  case ssh(SSHAddress)
  /// `cmd:///command arguments`: a program on this machine that speaks the protocol.
  case command(String)

  /// A program started on another machine by ssh.
  public struct SSHAddress: Sendable, Hashable {
    public var user: String?
    public var host: String
    public var port: Int?
    /// The command line; empty where the other side runs what its `authorized_keys` says.
    public var command: String
  }

  /// - Parameter port: used by the forms that have none of their own.
  public init?(_ text: String, port: Int = 4949) {
    let scheme = text.prefix { $0 != ":" }
    guard text.dropFirst(scheme.count).hasPrefix("://") else {
      guard let host = Self.bareHost(text) else { return nil }
      self = .tcp(host: host, port: port)
      return
    }
    let rest = String(text.dropFirst(scheme.count + 3))
    switch scheme.lowercased() {
    case "munin":
      let place = rest.last == "/" ? String(rest.dropLast()) : rest
      if let host = Self.bareHost(place) {
        self = .tcp(host: host, port: port)
      } else if let pair = HostPort(place), pair.host != "*", pair.port > 0 {
        self = .tcp(host: pair.host, port: pair.port)
      } else {
        return nil
      }
    case "unix":
      // The kernel takes 107 bytes and a zero.
      guard rest.first == "/", (2...107).contains(rest.utf8.count) else { return nil }
      self = .unix(path: rest)
    case "ssh":
      guard let ssh = SSHAddress(rest) else { return nil }
      self = .ssh(ssh)
    case "cmd":
      guard rest.first == "/", rest.count > 1 else { return nil }
      self = .command(rest)
    default:
      return nil
    }
  }

  private static func bareHost(_ text: String) -> String? {
    text == "*" ? nil : HostPort.host(text)
  }
}

extension NodeAddress.SSHAddress {
  /// The text after `ssh://`. As in munin, what follows the first blank is added to the path: `host/ uptime` runs `uptime`.
  init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    guard let first = words.first, text.first != " " else { return nil }
    let slash = first.firstIndex(of: "/") ?? first.endIndex
    let path = first[slash...].utf8.count > 1 ? first[slash...] : ""
    command = ([path] + words.dropFirst()).filter { !$0.isEmpty }.joined(separator: " ")
    var place = first[..<slash]
    if let at = place.lastIndex(of: "@") {
      // A user that begins with "-" would be an option of ssh.
      guard at > place.startIndex, place.first != "-", !place[..<at].contains(" ") else {
        return nil
      }
      user = String(place[..<at])
      place = place[place.index(after: at)...]
    }
    guard place.first != "-" else { return nil }
    if let pair = HostPort(String(place)) {
      guard pair.port > 0 else { return nil }
      host = pair.host
      port = pair.port
    } else if let name = HostPort.host(String(place)) {
      host = name
    } else {
      return nil
    }
    guard host != "*" else { return nil }
  }
}

extension NodeAddress: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tcp(let host, let port): HostPort(host: host, port: port).description
    case .unix(let path): "unix://\(path)"
    case .ssh(let ssh):
      "ssh://\(ssh.description)"
    case .command(let command): "cmd://\(command)"
    }
  }
}

extension NodeAddress.SSHAddress: CustomStringConvertible {
  public var description: String {
    let place =
      port.map { HostPort(host: host, port: $0).description }
      ?? (host.contains(":") ? "[\(host)]" : host)
    let path = command.isEmpty || command.hasPrefix("/") ? command : "/ \(command)"
    return "\(user.map { $0 + "@" } ?? "")\(place)\(path)"
  }
}
