internal import CLinux
internal import Glibc

/// A lock of a program that writes its process number into a file and removes the file when it ends, as munin's programs do.
public enum ForeignLock {
  /// The process that holds a lock, `munin-update (pid 812)`; `nil` when nobody does.
  ///
  /// A file that a killed program has left is no lock: its process is gone, or the number belongs to a process that is younger than the file.
  public static func holder(of path: String) -> String? {
    var status = stat()
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = read(descriptor, &bytes, bytes.count)
    let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
    guard let pid = Int32(String(decoding: digits, as: UTF8.self)), pid > 0, pid != getpid(),
      let start = RunningProcess.start(of: pid), start <= status.st_mtim.tv_sec + 2
    else { return nil }
    return RunningProcess.text(pid)
  }
}
