internal import CEvent
internal import CLinux
internal import Glibc

/// Waits for signals.
@LoopActor
public final class Signals {
  private var events: [OpaquePointer] = []
  private var arrived: [Int32] = []
  private var gate = Gate()

  /// Starts to listen: from now on these signals no longer have their default effect.
  public init(_ numbers: [Int32]) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    // The parent may have left them blocked, which outlives exec: then no signal could end this process.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in numbers { sigaddset(&wanted, number) }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    for number in numbers {
      let event = event_new(
        EventLoop.main.base, number, Int16(EV_SIGNAL | EV_PERSIST),
        { number, _, context in
          let signals = Unmanaged<Signals>.fromOpaque(context!).takeUnretainedValue()
          onLoop { signals.deliver(number) }
        }, context)
      event_add(event, nil)
      events.append(event!)
    }
    clinux_signals_changed()
  }

  // Isolated: the last reference may go on any thread, and libevent's lists belong to the loop's.
  isolated deinit {
    for event in events { event_free(event) }
  }

  private func deliver(_ number: Int32) {
    arrived.append(number)
    gate.open()
  }

  /// The next signal, or `nil` when the task is cancelled.
  public func next() async -> Int32? {
    while arrived.isEmpty {
      if Task.isCancelled { return nil }
      let gate = Gate()
      self.gate = gate
      await withTaskCancellationHandler {
        await gate.wait()
      } onCancel: {
        EventLoop.main.post { gate.open() }
      }
    }
    return arrived.removeFirst()
  }
}
