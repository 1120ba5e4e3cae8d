internal import COpenSSL
internal import Glibc

/// A file of keys or certificates, read within bounds.
struct PEMFile: ~Copyable {
  /// A bundle of all the certificate authorities of the world has a quarter of that.
  static let mostBytes = 1 << 20

  private let bytes: [UInt8]
  /// Whether every user of this machine may read it.
  let isOpenToAll: Bool

  /// - Parameter word: the setting that names the file.
  init(_ path: String, word: String) throws(TLSFinding) {
    // Without O_NONBLOCK a pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw PEMFile.unreadable(path, word, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw PEMFile.unreadable(path, word, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TLSFinding(word, "\(word) \(path): expected a file in PEM format, found none")
    }
    guard status.st_size <= PEMFile.mostBytes else {
      throw TLSFinding(
        word, "\(word) \(path): expected at most 1 MiB, found \(status.st_size) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw PEMFile.unreadable(path, word, errno) }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    self.bytes = bytes
    isOpenToAll = status.st_mode & 0o004 != 0
  }

  // It may hold a private key.
  deinit {
    bytes.withUnsafeBytes {
      OPENSSL_cleanse(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
  }

  /// Lends a reader of the bytes.
  func read<Value>(_ body: (OpaquePointer) -> Value) -> Value {
    bytes.withUnsafeBytes { bytes in
      guard
        let bio = BIO_new_mem_buf(
          bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), Int32(bytes.count))
      else { fatalError("out of memory") }
      defer { BIO_free(bio) }
      return body(bio)
    }
  }

  private static func unreadable(_ path: String, _ word: String, _ code: Int32) -> TLSFinding {
    var text = "cannot read \(word) \(path): \(String(cString: strerror(code)))"
    if code == EACCES || code == EPERM {
      text += "; make it (and its folders) readable for the user \(runningUser())"
    }
    return TLSFinding(word, text, isMissingFile: code == ENOENT)
  }
}

/// The user of this process: the name, or the number where there is none.
func runningUser() -> String {
  let id = geteuid()
  var entry = passwd()
  var found: UnsafeMutablePointer<passwd>?
  var buffer = [CChar](repeating: 0, count: 4096)
  guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, let found else {
    return "\(id)"
  }
  return String(cString: found.pointee.pw_name)
}
