internal import Glibc
internal import Terminal

/// What dpkg recorded of the plugins that munin's packages installed: the MD5 sum of each file.
struct PackageSums: Sendable {
  /// The sums in hexadecimal by the files' paths.
  private(set) var sums: [String: String] = [:]
  /// Why a list or the folder could not be read: then nothing proves that a file without a sum belongs to no package.
  private(set) var failure: String?

  /// Reads the lists of munin's packages (`munin-plugins-core.md5sums` and the like).
  /// - Parameters:
  ///   - folder: where dpkg keeps them. Without any, there are no sums.
  ///   - library: only files of this folder count.
  init(folder: String, library: String) {
    // dpkg's paths begin without a slash.
    let start = library.drop { $0 == "/" } + "/"
    guard let names = Terminal.names(in: folder) else {
      if errno != ENOENT { failure = "\(FileFailure(path: folder, code: errno))" }
      return
    }
    for name in names where name.hasPrefix("munin") && name.hasSuffix(".md5sums") {
      let bytes: [UInt8]
      switch Terminal.readRegular("\(folder)/\(name)") {
      case .success(let found): bytes = found
      case .failure(let error):
        failure = failure ?? "\(error)"
        continue
      }
      for line in bytes.split(separator: 0x0A) {
        guard let (sum, path) = PackageSums.parse(line), path.hasPrefix(start) else { continue }
        sums["/" + path] = sum
      }
    }
  }

  /// A line of md5sum(1): 32 hexadecimal digits, two characters, a path.
  static func parse(_ line: ArraySlice<UInt8>) -> (sum: String, path: String)? {
    let digits = line.prefix(32)
    guard line.count > 34, digits.allSatisfy({ PackageSums.isHexadecimal($0) }),
      line[line.startIndex + 32] == UInt8(ascii: " ")
    else { return nil }
    return (
      String(decoding: digits, as: UTF8.self).lowercased(),
      String(decoding: line.dropFirst(34), as: UTF8.self)
    )
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
