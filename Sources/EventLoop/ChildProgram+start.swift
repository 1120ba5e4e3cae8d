internal import CLinux
internal import Glibc

extension ChildProgram {
  /// Turns this process into the program, under its present user.
  /// - Returns: only when that fails.
  public func replaceThisProcess() -> SpawnError {
    withPointers(to: [name ?? path] + arguments) { argv in
      withPointers(to: environment) { envp in
        // The event loop ignores SIGPIPE, which outlives execve; a plugin expects the default.
        signal(SIGPIPE, SIG_DFL)
        _ = execve(path, argv, envp)
      }
    }
    let code = errno
    if code == ENOEXEC {
      // A script without #! is run by the shell, as execvp(3) does it.
      withPointers(to: ["/bin/sh", path] + arguments) { argv in
        withPointers(to: environment) { envp in _ = execve("/bin/sh", argv, envp) }
      }
    }
    return SpawnError(path: path, step: "execve", code: code)
  }

  /// Starts the program with the given descriptors as stdin (-1: /dev/null), stdout and stderr.
  func start(input: Int32, output: Int32, errors: Int32) throws(SpawnError) -> (
    pid: Int32, pidfd: Int32
  ) {
    var pid: Int32 = -1
    var pidfd: Int32 = -1
    var step: UnsafePointer<CChar>?
    let code = withPointers(to: [name ?? path] + arguments) { argv in
      withPointers(to: environment) { envp in
        path.withCString { path in
          directory.withCString { directory in
            var program = clinux_program()
            program.path = path
            program.arguments = argv
            program.environment = envp
            program.directory = directory
            program.input = input
            program.output = output
            program.errors = errors
            program.mask = mask
            guard let credentials else { return clinux_spawn(&program, &pid, &pidfd, &step) }
            return credentials.groups.withUnsafeBufferPointer { groups in
              program.change_credentials = 1
              program.user = credentials.user
              program.group = credentials.group
              program.groups = groups.baseAddress
              program.group_count = groups.count
              return clinux_spawn(&program, &pid, &pidfd, &step)
            }
          }
        }
      }
    }
    guard code == 0 else {
      throw SpawnError(path: path, step: step.map { String(cString: $0) } ?? "clone", code: code)
    }
    return (pid, pidfd)
  }
}

/// Lends a NULL-terminated array of C strings.
private func withPointers<Result>(
  to texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
