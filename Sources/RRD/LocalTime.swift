internal import Glibc

/// A time as C's `ctime` writes it, without the line's end: `Sat Nov 21 02:03:14 2026`.
@Sendable public func localTime(_ time: Int) -> String {
  var seconds = time_t(time)
  var parts = tm()
  guard localtime_r(&seconds, &parts) != nil else { return String(time) }
  var buffer = [CChar](repeating: 0, count: 64)
  let count = strftime(&buffer, buffer.count, "%a %b %e %H:%M:%S %Y", &parts)
  return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
}
