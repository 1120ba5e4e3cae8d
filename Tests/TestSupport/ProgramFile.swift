internal import Foundation

/// Writes a program that is run soon.
///
/// While this process has a file open for writing, another thread may start a child, which has the descriptor too until its exec; to
/// run the file in that moment fails with "Text file busy". So another process writes it, whose descriptor nobody inherits.
/// - Parameter mode: permissions.
public func writeProgram(_ bytes: [UInt8], to file: String, mode: Int = 0o755) throws {
  let source = file + ".text"
  try Data(bytes).write(to: URL(fileURLWithPath: source))
  defer { unlink(source) }
  let words = ["install", "-m", String(mode, radix: 8), source, file + ".new"]
  var arguments = words.map { strdup($0) }
  arguments.append(nil)
  defer { for argument in arguments { free(argument) } }
  var pid: pid_t = 0
  let problem = posix_spawn(&pid, "/usr/bin/install", nil, nil, arguments, nil)
  guard problem == 0 else { throw ProgramFileError(file: file, code: problem) }
  var status: Int32 = 0
  while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  guard status == 0, rename(file + ".new", file) == 0 else {
    throw ProgramFileError(file: file, code: status)
  }
}

public struct ProgramFileError: Error {
  let file: String
  let code: Int32
}
