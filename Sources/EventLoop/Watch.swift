internal import CEvent
internal import Glibc

/// Tells when a descriptor can be read or written, edge by edge: the event stays registered for the
/// descriptor's life, so a wait costs no system call of its own.
@LoopActor
final class Watch {
  let descriptor: Int32
  private var event: OpaquePointer?
  private var reader: UnsafeContinuation<Void, Never>?
  private var writer: UnsafeContinuation<Void, Never>?
  private var readable = false
  private var writable = false
  /// Why waiting is over, when it is.
  private(set) var failure: IOError?

  /// Takes over the descriptor and closes it in the end.
  init(_ descriptor: Int32, writing: Bool = true) {
    self.descriptor = descriptor
    FreeMemory.began()
    let context = Unmanaged.passUnretained(self).toOpaque()
    let kinds = EV_PERSIST | EV_ET | EV_READ | (writing ? EV_WRITE : 0)
    event = event_new(
      EventLoop.main.base, descriptor, Int16(kinds),
      { _, what, context in
        let watch = Unmanaged<Watch>.fromOpaque(context!).takeUnretainedValue()
        onLoop { watch.happened(Int32(what)) }
      }, context)
    // epoll refuses what is always ready, such as a file; then nobody ever has to wait.
    if event_add(event, nil) != 0 {
      event_free(event)
      event = nil
    }
  }

  // Isolated: the last reference may go on any thread, and libevent's lists belong to the loop's.
  isolated deinit {
    if failure == nil { release() }
  }

  private func release() {
    FreeMemory.ended()
    if let event { event_free(event) }
    event = nil
    Glibc.close(descriptor)
  }

  private func happened(_ what: Int32) {
    if what & EV_READ != 0 {
      readable = true
      reader?.resume()
      reader = nil
    }
    if what & EV_WRITE != 0 {
      writable = true
      writer?.resume()
      writer = nil
    }
  }

  /// Waits until a read may succeed. Call it only after a read said EAGAIN.
  func waitReadable() async throws(IOError) {
    if let failure { throw failure }
    precondition(reader == nil, "two tasks read one descriptor")
    // Getting here may take a turn of the loop, so the question is asked where the answer is kept.
    await withUnsafeContinuation { waiter in
      if readable || failure != nil { waiter.resume() } else { reader = waiter }
    }
    readable = false
    if let failure { throw failure }
  }

  /// Waits until a write may succeed. Call it only after a write said EAGAIN.
  func waitWritable() async throws(IOError) {
    if let failure { throw failure }
    precondition(writer == nil, "two tasks write one descriptor")
    // Getting here may take a turn of the loop, so the question is asked where the answer is kept.
    await withUnsafeContinuation { waiter in
      if writable || failure != nil { waiter.resume() } else { writer = waiter }
    }
    writable = false
    if let failure { throw failure }
  }

  /// Ends all waiting with an error and closes the descriptor. The first reason stays.
  func fail(_ error: IOError) {
    guard failure == nil else { return }
    failure = error
    release()
    reader?.resume()
    reader = nil
    writer?.resume()
    writer = nil
  }
}
