internal import CLinux

/// The state of the kernel's clock discipline from adjtimex(2), in the kernel's own units.
public struct KernelTime: Sendable, Hashable {
  /// The clock's state, 0 to 5: `TIME_OK`, `TIME_INS`, `TIME_DEL`, `TIME_OOP`, `TIME_WAIT`, `TIME_ERROR` (not
  /// synchronised).
  public var state: Int
  /// The `STA_` bits.
  public var status: Int
  /// The offset that remains to be corrected, in nanoseconds when `STA_NANO` is set in ``status``, else in microseconds.
  public var offset: Int
  /// The correction of the frequency, in ppm times 65536.
  public var frequency: Int
  /// The largest and the estimated error, in microseconds.
  public var maximumError: Int
  public var estimatedError: Int
  /// The time constant of the loop, the logarithm to base 2 of seconds.
  public var timeConstant: Int
  /// TAI minus UTC, in seconds; 0 when it was never set.
  public var tai: Int

  public init(
    state: Int, status: Int, offset: Int, frequency: Int, maximumError: Int, estimatedError: Int,
    timeConstant: Int, tai: Int
  ) {
    self.state = state
    self.status = status
    self.offset = offset
    self.frequency = frequency
    self.maximumError = maximumError
    self.estimatedError = estimatedError
    self.timeConstant = timeConstant
    self.tai = tai
  }

  static func now() -> KernelTime? {
    var answer = clinux_time()
    let state = clinux_ask_time(&answer)
    guard state >= 0 else { return nil }
    return KernelTime(
      state: Int(state), status: Int(answer.status), offset: answer.offset,
      frequency: answer.frequency, maximumError: answer.maximum_error,
      estimatedError: answer.estimated_error, timeConstant: answer.constant, tai: Int(answer.tai))
  }
}
