internal import CLinux
internal import Glibc

/// Two descriptors as one transport: a child's pipes, or this process's stdin and stdout under ssh or inetd.
@LoopActor
public final class PipeTransport: Transport {
  public let peerName: String
  private let input: Watch
  private let output: Watch
  private var deadline: Deadline?
  /// The descriptors' flags before: a terminal is shared with the shell, so they are restored at the end.
  private let flags: [Int32]

  /// Takes over both descriptors.
  public init(reading input: Int32, writing output: Int32, name: String, clock: LoopClock = .real) {
    peerName = name
    flags = [input, output].map { fcntl($0, F_GETFL) }
    for descriptor in [input, output] { _ = clinux_set_nonblocking(descriptor) }
    let reader = Watch(input, writing: false)
    let writer = Watch(output)
    self.input = reader
    self.output = writer
    deadline = Deadline(clock: clock) { [weak reader, weak writer] in
      reader?.fail(.timedOut)
      writer?.fail(.timedOut)
    }
  }

  /// This process's stdin and stdout. Copies are used, so that the numbers 0 and 1 stay taken.
  /// - Throws: ``IOError`` when one of them is closed.
  public static func standard(clock: LoopClock = .real) throws(IOError) -> PipeTransport {
    let input = clinux_copy(0)
    let output = clinux_copy(1)
    guard input >= 0, output >= 0 else {
      throw .system(call: "dup", subject: "stdin and stdout", code: errno)
    }
    return PipeTransport(reading: input, writing: output, name: "stdin", clock: clock)
  }

  public var isIdle: Bool { output.failure == nil && input.isSilent }

  public func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result? {
    while true {
      if let failure = input.failure { throw failure }
      let count = read(input.descriptor, scratch.baseAddress, scratch.count)
      if count > 0 { return body(scratched(count).span) }
      if count == 0 { return nil }
      switch errno {
      case EAGAIN: try await input.waitReadable()
      case EINTR: continue
      default: throw .system(call: "read", subject: peerName, code: errno)
      }
    }
  }

  public func send(_ bytes: [UInt8]) async throws(IOError) {
    try await output.write(bytes, name: peerName)
  }

  @discardableResult
  public func sendAtOnce(_ bytes: [UInt8]) -> Int {
    output.failure == nil ? max(0, write(output.descriptor, bytes, bytes.count)) : 0
  }

  public func setDeadline(_ deadline: LoopClock.Instant?) { self.deadline?.set(deadline) }

  public func close() {
    deadline?.set(nil)
    for (watch, flags) in zip([input, output], flags) where watch.failure == nil && flags >= 0 {
      _ = fcntl(watch.descriptor, F_SETFL, flags)
    }
    input.fail(.closed)
    output.fail(.closed)
  }
}
