internal import Glibc

/// A child could not be started.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program's path.
  public let path: String
  /// The system call that failed.
  public let step: String
  public let code: Int32
  /// The program that a script's first line names and that does not exist; `nil` for any other cause.
  public let interpreter: String?

  init(path: String, step: String, code: Int32) {
    self.path = path
    self.step = step
    self.code = code
    let isMissing = step == "execve" && code == ENOENT
    interpreter = isMissing ? SpawnError.missingInterpreter(of: path) : nil
  }

  public var description: String {
    if let interpreter {
      return "cannot run \(path): its interpreter '\(interpreter)' does not exist"
    }
    return "cannot run \(path): \(step): \(IOError.words(for: code))"
  }

  /// execve(2) says ENOENT for the script, although it is the interpreter that it did not find. A line that ends with CR
  /// is the usual reason; control characters are shown as `\x0d`.
  private static func missingInterpreter(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // The kernel looks at as many (BINPRM_BUF_SIZE).
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 2, bytes[0] == UInt8(ascii: "#"), bytes[1] == UInt8(ascii: "!") else {
      return nil
    }
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    let word = bytes[2..<count].drop { blanks.contains($0) }
      .prefix { $0 != 0 && $0 != UInt8(ascii: "\n") && !blanks.contains($0) }
    guard !word.isEmpty, access(String(decoding: word, as: UTF8.self), F_OK) != 0 else {
      return nil
    }
    var text = ""
    for character in String(decoding: word, as: UTF8.self).unicodeScalars {
      if character.value < 0x20 || character.value == 0x7F {
        let hex = String(character.value, radix: 16)
        text += "\\x" + (hex.utf8.count < 2 ? "0" : "") + hex
      } else {
        text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
