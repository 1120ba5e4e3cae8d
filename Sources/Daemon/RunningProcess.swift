internal import CLinux
internal import Glibc

/// What /proc says of a process by its number.
enum RunningProcess {
  /// `munin-node (pid 812)`.
  static func text(_ pid: Int32) -> String {
    let name = content(of: "/proc/\(pid)/comm").prefix { $0 != 0x0A }
    return name.isEmpty ? "pid \(pid)" : "\(String(decoding: name, as: UTF8.self)) (pid \(pid))"
  }

  /// When a process started, in seconds since 1970 by the present clock; `nil` when there is none, or it has ended and only its parent has
  /// not noticed yet.
  static func start(of pid: Int32) -> Int? {
    let text = content(of: "/proc/\(pid)/stat")
    // The name is in parentheses and may hold any of them; state is field 3, the start in ticks since the boot field 22 (proc(5)).
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let words = text[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard words.count > 19, words[0] != [UInt8(ascii: "Z")], words[0] != [UInt8(ascii: "X")],
      let ticks = Int(String(decoding: words[19], as: UTF8.self))
    else { return nil }
    var now = timespec()
    var sinceBoot = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    return now.tv_sec - sinceBoot.tv_sec + ticks / max(1, sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func content(of path: String) -> [UInt8] {
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }
}
