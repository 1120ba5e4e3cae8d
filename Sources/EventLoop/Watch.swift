internal import CEvent
internal import Glibc

/// Waits until a descriptor can be read or written. The event is edge-triggered and stays registered until the
/// descriptor is closed, so a wait costs no system call of its own.
@LoopActor
final class Watch {
  let descriptor: Int32
  private var event: OpaquePointer?
  private var reader: UnsafeContinuation<Void, Never>?
  private var writer: UnsafeContinuation<Void, Never>?
  private var readable = false
  private var writable = false
  /// The error of all further waits; `nil` while the descriptor is open.
  private(set) var failure: IOError?

  /// Owns the descriptor from now on, and closes it.
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
    // epoll refuses descriptors that are always ready, such as a file's; there is nothing to wait for then.
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

  /// Whether the descriptor is open and a read would have to wait.
  var isSilent: Bool {
    guard failure == nil else { return false }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) == 0
  }

  /// Waits until a read may succeed. Call it only after a read said EAGAIN.
  func waitReadable() async throws(IOError) {
    if let failure { throw failure }
    precondition(reader == nil, "two tasks read one descriptor")
    // Another job may run before this closure does, so the state is looked at again here.
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
    // Another job may run before this closure does, so the state is looked at again here.
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
