internal import CLinux
internal import Glibc

/// The program that listens on a port we wanted.
public struct PortHolder: Equatable, Sendable, CustomStringConvertible {
  public let pid: Int32
  /// Its short name, as in /proc/PID/comm.
  public let name: String
  /// The systemd service it belongs to.
  public let unit: String?

  /// `munin-node (pid 812, munin-node.service)`.
  public var description: String {
    "\(name) (pid \(pid)\(unit.map { ", \($0)" } ?? ""))"
  }

  /// What to do about it.
  /// - Parameter units: those of the program that wanted the port.
  public func advice(for units: SystemdUnits) -> String {
    switch unit {
    case units.own?: "it is already running; 'systemctl restart \(units.own)' restarts it"
    case let unit? where units.predecessor.map(unit.hasPrefix) == true:
      "to switch over: systemctl disable --now \(unit) && systemctl enable --now \(units.own)"
    case let unit?: "stop it ('systemctl stop \(unit)'), or choose another port"
    case nil where pid == 1:
      "a socket unit has the port; 'systemctl list-sockets' tells which one"
    case nil: "look what it is ('ps -fp \(pid)'), or choose another port"
    }
  }

  /// Which program has a port, and what to do about it.
  /// - Parameters:
  ///   - units: those of the program that wanted the port.
  ///   - root: the folder that stands for `/`.
  public static func explanation(port: Int, units: SystemdUnits, root: String = "") -> String {
    if let holder = find(port: port, root: root) {
      return "port \(port) is taken by \(holder): \(holder.advice(for: units))"
    }
    // Only root sees the sockets of other users' processes.
    return "port \(port) is taken: as root, 'ss -ltnp sport = :\(port)' tells by which program"
  }
}

extension PortHolder {
  /// What one look may cost: a machine has some hundred thousand descriptors at most.
  private static let mostLinks = 1_000_000
  private static let mostBytes = 16 << 20

  /// Finds who listens on a TCP port.
  /// - Parameter root: the folder that stands for `/`.
  /// - Returns: `nil` when nobody does, or when it is a process that only root may look at.
  public static func find(port: Int, root: String = "") -> PortHolder? {
    var sockets: Set<String> = []
    for table in ["tcp", "tcp6"] {
      let text = contents(of: "\(root)/proc/net/\(table)", limit: mostBytes)
      for line in text.split(separator: UInt8(ascii: "\n")).dropFirst() {
        if let inode = listeningSocket(in: line, port: port) { sockets.insert("socket:[\(inode)]") }
      }
    }
    guard !sockets.isEmpty else { return nil }
    var links = 0
    var found: PortHolder?
    for pid in entries(of: "\(root)/proc").compactMap({ Int32($0) }).sorted() {
      let folder = "\(root)/proc/\(pid)/fd"
      let owns = entries(of: folder).contains { name in
        links += 1
        return links <= mostLinks && target(of: "\(folder)/\(name)").map(sockets.contains) ?? false
      }
      if owns {
        let holder = PortHolder(pid: pid, root: root)
        // systemd keeps the sockets it opens for others.
        if pid != 1 { return holder }
        found = holder
      }
      if links > mostLinks { break }
    }
    return found
  }

  private init(pid: Int32, root: String) {
    let folder = "\(root)/proc/\(pid)"
    self.pid = pid
    let name = PortHolder.contents(of: "\(folder)/comm", limit: 256)
      .filter { $0 > 0x20 && $0 < 0x7F }
    self.name = name.isEmpty ? "a program" : String(decoding: name, as: UTF8.self)
    let groups = PortHolder.contents(of: "\(folder)/cgroup", limit: 65536)
    unit =
      groups.split(separator: UInt8(ascii: "\n")).lazy.compactMap { line in
        // The unified hierarchy, or systemd's own of the older kind.
        let parts = line.split(
          separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty || parts[1].elementsEqual("name=systemd".utf8)
        else { return nil }
        return PortHolder.unit(in: String(decoding: parts[2], as: UTF8.self))
      }.first
  }

  /// The service in a control group's path; a user's own services are none that `systemctl` of root could stop.
  static func unit(in path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.first == "system.slice",
      let unit = parts.first(where: { $0.hasSuffix(".service") }),
      unit.utf8.allSatisfy({ ("!"..."~").contains(Character(Unicode.Scalar($0))) }),
      !unit.contains(where: { "'\"`$;&|<>()".contains($0) })
    else { return nil }
    return String(unit)
  }

  /// The inode of a line of /proc/net/tcp: `0: 0100007F:1355 00000000:0000 0A ... uid timeout inode ...`.
  static func listeningSocket(in line: ArraySlice<UInt8>, port: Int) -> Int? {
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
      .map { String(decoding: $0, as: UTF8.self) }
    guard words.count > 9, words[3] == "0A", let colon = words[1].lastIndex(of: ":"),
      Int(words[1][words[1].index(after: colon)...], radix: 16) == port,
      let inode = Int(words[9]), inode > 0
    else { return nil }
    return inode
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while names.count < mostLinks, let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func target(of link: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = buffer.withUnsafeMutableBytes { bytes in
      readlink(link, bytes.assumingMemoryBound(to: CChar.self).baseAddress!, bytes.count)
    }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }

  private static func contents(of path: String, limit: Int) -> [UInt8] {
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count < limit {
      let count = read(descriptor, &chunk, min(chunk.count, limit - bytes.count))
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes
  }
}
