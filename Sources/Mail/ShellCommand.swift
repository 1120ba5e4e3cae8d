internal import CLinux
internal import EventLoop
@preconcurrency internal import Glibc

/// One run of `/bin/sh -c`, in a session of its own.
struct ShellCommand {
  private let command: String
  private var complaint: [UInt8] = []
  private var written = 0

  init(_ command: String) { self.command = command }

  /// Blocks until the command has ended, or was killed.
  /// - Returns: what went wrong, `nil` if the exit status was 0.
  mutating func run(input: [UInt8], timeLimit: Duration) -> DeliveryFailure? {
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    // Other children do not inherit these: `clinux_spawn` leaves them only 0, 1 and 2.
    guard pipe(&toChild) == 0 else { return failure("cannot make a pipe", errno) }
    guard pipe(&fromChild) == 0 else {
      let problem = errno
      for end in toChild { close(end) }
      return failure("cannot make a pipe", problem)
    }
    // The ends become -1 as they are closed.
    defer { for end in toChild + fromChild where end >= 0 { close(end) } }
    var child = Child()
    if let problem = child.start(command, input: toChild[0], errors: fromChild[1]) {
      return failure(problem.step, problem.code)
    }
    defer { close(child.pidfd) }
    shut(&toChild[0])
    shut(&fromChild[1])
    _ = clinux_set_nonblocking(toChild[1])
    _ = clinux_set_nonblocking(fromChild[0])

    let deadline = now() + Int(timeLimit / .milliseconds(1))
    while true {
      if toChild[1] >= 0, !write(input, to: toChild[1]) { shut(&toChild[1]) }
      if fromChild[0] >= 0, !listen(to: fromChild[0]) { shut(&fromChild[0]) }
      // What it leaves behind may hold the pipes: `mail` hands over to the mail system in the background.
      if let ending = child.ending() {
        if fromChild[0] >= 0 { _ = listen(to: fromChild[0]) }
        return judge(ending)
      }
      let left = deadline - now()
      if left <= 0 {
        child.killGroup()
        return DeliveryFailure(
          .mail, isTimeout: true, "\(name): still running after \(timeLimit), killed")
      }
      // Descriptors of -1 are passed over.
      var events = [
        pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: toChild[1], events: Int16(POLLOUT), revents: 0),
        pollfd(fd: fromChild[0], events: Int16(POLLIN), revents: 0),
      ]
      poll(&events, nfds_t(events.count), Int32(left))
    }
  }

  private func shut(_ descriptor: inout Int32) {
    close(descriptor)
    descriptor = -1
  }

  private func judge(_ ending: Ending) -> DeliveryFailure? {
    if ending == .exit(0) { return nil }
    let text = String(decoding: complaint, as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).first.map {
      ": " + oneLine("\($0)", limit: 200)
    }
    return DeliveryFailure(.mail, "\(name): \(ending)\(line ?? "")")
  }

  /// - Returns: whether there is more to write. A command that does not read is no failure; its thread has
  ///   SIGPIPE blocked, as every thread of ours.
  private mutating func write(_ input: [UInt8], to pipe: Int32) -> Bool {
    while written < input.count {
      let count = input.withUnsafeBytes {
        Glibc.write(pipe, $0.baseAddress! + written, input.count - written)
      }
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      written += count
    }
    return false
  }

  /// Keeps the first 4 kB, and reads on so that the command is never stuck.
  /// - Returns: whether there may be more.
  private mutating func listen(to pipe: Int32) -> Bool {
    var piece = [UInt8](repeating: 0, count: 4096)
    // A command that never stops complaining must not keep us from looking at the time.
    for _ in 0..<64 {
      let count = read(pipe, &piece, piece.count)
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      if count == 0 { return false }
      complaint += piece[..<count].prefix(4096 - complaint.count)
    }
    return true
  }

  private func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  private var name: String { "command '\(oneLine(command, limit: 60))'" }

  private func failure(_ what: String, _ code: Int32) -> DeliveryFailure {
    DeliveryFailure(.mail, "\(name): \(what): \(String(cString: strerror(code)))")
  }
}

/// The shell's process.
private struct Child {
  private var pid: Int32 = 0
  /// Readable when the process has ended.
  private(set) var pidfd: Int32 = -1

  /// - Returns: the step that failed, and its errno.
  mutating func start(_ command: String, input: Int32, errors: Int32) -> (
    step: String, code: Int32
  )? {
    // Closed, it would be given to the first file that the command opens.
    let output = clinux_open_append("/dev/null")
    guard output >= 0 else { return ("cannot open /dev/null", errno) }
    defer { close(output) }
    let shell = strdup("/bin/sh")
    let folder = strdup("/")
    let arguments: [UnsafeMutablePointer<CChar>?] = [
      strdup("sh"), strdup("-c"), strdup(command), nil,
    ]
    defer { for text in arguments + [shell, folder] { free(text) } }
    var step: UnsafePointer<CChar>?
    let code = arguments.withUnsafeBufferPointer {
      var program = clinux_program()
      program.path = UnsafePointer(shell)
      program.arguments = $0.baseAddress
      program.environment = UnsafePointer(environ)
      program.directory = UnsafePointer(folder)
      program.input = input
      program.output = output
      program.errors = errors
      program.mask = 0o022
      return clinux_spawn(&program, &pid, &pidfd, &step)
    }
    if code == 0 { return nil }
    return ("cannot start /bin/sh (\(step.map { String(cString: $0) } ?? "spawn"))", code)
  }

  func ending() -> Ending? {
    var code: Int32 = 0
    var wasKilled: Int32 = 0
    let result = clinux_reap(pidfd, &code, &wasKilled)
    if result == 0 { return nil }
    // Somebody else has reaped it, and we shall never know: that is no delivery.
    if result < 0 { return .exit(-1) }
    return wasKilled != 0 ? .signal(code) : .exit(code)
  }

  /// Ends the command with all its children. The leader is not yet reaped, so its number still means this
  /// group.
  func killGroup() {
    kill(-pid, SIGKILL)
    var wait = [pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)]
    // A process in uninterruptible sleep ends when it can: a second is enough for all others.
    poll(&wait, 1, 1000)
    _ = ending()
  }
}
