internal import COpenSSL
public import EventLoop

/// A transport under TLS, over another transport.
///
/// Each line goes out as a record of its own: munin's Perl takes what one record holds for one line, on either
/// side. What comes in may be framed in any way.
@LoopActor
public final class TLSTransport: Transport {
  let inner: any Transport
  let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  // `ssl` borrows it.
  private let check: PeerCheck
  private var failure: IOError?
  private var hasEnded = false
  private var isFlushing = false
  private var isClosed = false
  private var waiters: [Gate] = []

  /// Encrypted bytes that wait to be sent are never many more than this.
  private static let batch = 64 << 10

  /// What a record holds at most.
  private static let record = 16384

  init(over inner: any Transport, with context: TLSContext, check: PeerCheck, asServer: Bool) {
    guard let ssl = SSL_new(context.handle), let incoming = BIO_new(BIO_s_mem()),
      let outgoing = BIO_new(BIO_s_mem())
    else { fatalError("out of memory") }
    self.inner = inner
    self.ssl = ssl
    self.incoming = incoming
    self.outgoing = outgoing
    self.check = check
    SSL_set_bio(ssl, incoming, outgoing)
    check.watch(ssl, asServer: asServer)
    if asServer { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
  }

  isolated deinit { SSL_free(ssl) }

  public var peerName: String { inner.peerName }

  /// `TLSv1.2` or `TLSv1.3`.
  public var version: String { String(cString: SSL_get_version(ssl)) }

  public var isIdle: Bool {
    failure == nil && !hasEnded && !isFlushing && copenssl_pending(incoming) == 0
      && SSL_pending(ssl) == 0 && inner.isIdle
  }

  public func setDeadline(_ deadline: LoopClock.Instant?) { inner.setDeadline(deadline) }

  /// Says goodbye, if that goes at once, and closes.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    if failure == nil, !isFlushing, copenssl_pending(outgoing) == 0 {
      SSL_shutdown(ssl)
      ERR_clear_error()
      inner.sendAtOnce(take())
    }
    failure = failure ?? .closed
    inner.close()
  }

  // MARK: Receiving

  public func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result? {
    while true {
      let count = failure == nil ? decrypt() : 0
      if count > 0 { return body(decrypted(count).span) }
      if hasEnded { return nil }
      if let failure { throw failure }
      // An answer to what was read, such as a new key; or an alert.
      try await flush(waiting: copenssl_pending(outgoing) > TLSTransport.batch)
      hasEnded = try await !feed()
    }
  }

  /// Passes encrypted bytes on to OpenSSL; `false` at their end.
  func feed() async throws(IOError) -> Bool {
    let incoming = self.incoming
    return try await inner.receive { bytes in
      bytes.withUnsafeBufferPointer { _ = BIO_write(incoming, $0.baseAddress, Int32($0.count)) }
    } != nil
  }

  /// The same with bytes that were read before TLS began.
  func feed(_ bytes: [UInt8]) {
    if !bytes.isEmpty { BIO_write(incoming, bytes, Int32(bytes.count)) }
  }

  /// What OpenSSL has not looked at.
  func unread() -> [UInt8] { drain(incoming) }

  /// Fills the buffer with all that can be read now; notes an end or a fault.
  private func decrypt() -> Int {
    var count = 0
    while count < plain.count {
      var piece = 0
      ERR_clear_error()
      let code = SSL_read_ex(ssl, plain.baseAddress! + count, plain.count - count, &piece)
      if code == 1 {
        count += piece
        continue
      }
      switch SSL_get_error(ssl, code) {
      case SSL_ERROR_WANT_READ: break
      case SSL_ERROR_ZERO_RETURN: hasEnded = true
      default: failure = .failed(TLSTransport.words(for: OpenSSLError.take()))
      }
      return count
    }
    return count
  }

  static func words(for error: OpenSSLError?) -> String {
    guard let error else { return "TLS failed" }
    return error.isAlert
      ? "the other side broke off TLS: \(error.alertWords)" : "TLS: \(error.words)"
  }

  // MARK: Sending

  public func send(_ bytes: [UInt8]) async throws(IOError) {
    var start = 0
    while start < bytes.count {
      if let failure { throw failure }
      while start < bytes.count, copenssl_pending(outgoing) < TLSTransport.batch {
        let limit = min(bytes.count, start + TLSTransport.record)
        let end = bytes[start..<limit].firstIndex(of: 0x0A).map { $0 + 1 } ?? limit
        try encrypt(bytes, start..<end)
        start = end
      }
      try await flush(waiting: true)
    }
  }

  private func encrypt(_ bytes: [UInt8], _ range: Range<Int>) throws(IOError) {
    var written = 0
    ERR_clear_error()
    let code = bytes.withUnsafeBytes {
      SSL_write_ex(ssl, $0.baseAddress! + range.lowerBound, range.count, &written)
    }
    guard code == 1, written == range.count else {
      let error = IOError.failed(TLSTransport.words(for: OpenSSLError.take()))
      failure = error
      throw error
    }
  }

  /// Sends all that OpenSSL has made. One task at a time does; what comes meanwhile, it sends too.
  /// - Parameter waiting: whether to wait for another task that does.
  func flush(waiting: Bool) async throws(IOError) {
    while isFlushing {
      guard waiting else { return }
      let gate = Gate()
      waiters.append(gate)
      await gate.wait()
      if let failure { throw failure }
    }
    guard copenssl_pending(outgoing) > 0 else { return }
    isFlushing = true
    defer {
      isFlushing = false
      let waiters = self.waiters
      self.waiters = []
      for waiter in waiters { waiter.open() }
    }
    do throws(IOError) {
      while copenssl_pending(outgoing) > 0 { try await inner.send(take()) }
    } catch {
      failure = failure ?? error
      throw error
    }
  }

  private func take() -> [UInt8] { drain(outgoing) }

  private func drain(_ bio: OpaquePointer) -> [UInt8] {
    let count = copenssl_pending(bio)
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, Int(BIO_read(bio, buffer.baseAddress, Int32(count))))
    }
  }
}

/// The buffer that all transports of the loop decrypt into: no one holds it across an `await`.
@LoopActor
private let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: 32768, alignment: 16)

@LoopActor
private func decrypted(_ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(rebasing: UnsafeRawBufferPointer(plain).bindMemory(to: UInt8.self)[..<count])
}
