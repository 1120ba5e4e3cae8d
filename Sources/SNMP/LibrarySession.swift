internal import CNetSNMP
internal import EventLoop
internal import Glibc

/// A session of net-snmp, one request at a time. It has no timers: its caller decides when it sends, sends again and
/// abandons a request. It calls ``whenAnswered`` when something has arrived.
@LoopActor
final class LibrarySession {
  /// What has arrived.
  enum Event: Equatable {
    case answer(Inquiry.Answer)
    case report(Report)
    /// A datagram that the library could not read or did not accept. The request is still waiting for its answer.
    case nonsense
    case failure(String)
  }

  /// Why nothing was sent.
  enum SendError: Error {
    /// More objects than one message can hold.
    case tooLong
    case failure(String)
  }

  enum Request: Equatable {
    case get([OID])
    case next([OID])
    /// Asks a v3 agent for its engine ID (RFC 3414, section 4).
    case discovery
  }

  var whenAnswered: (@LoopActor (Event) -> Void)?
  /// The engine of a v3 agent, once it is known.
  private(set) var engine: Engine?
  private let user: SNMPUser?
  private let handle: UnsafeMutableRawPointer
  private let descriptor: Int32
  private var watch: DescriptorWatch?
  private var asked: [OID] = []

  init(_ target: SNMPTarget) throws(SNMPError) {
    Library.start()
    if case .v3(let user) = target.version { self.user = user } else { user = nil }
    let opened = try LibrarySession.open(target)
    guard let transport = snmp_sess_transport(opened) else {
      snmp_sess_close(opened)
      throw .failed(agent: target.agent, reason: "the library gave no socket")
    }
    handle = opened
    descriptor = transport.pointee.sock
    let session = snmp_sess_session(handle)!
    // The library's timer is called only to send again or to abandon at once, see resend() and abandon().
    session.pointee.timeout = -1_000_000
    session.pointee.retries = -1
    // Opening clears the flag; without it the first request would block to discover the engine.
    session.pointee.flags |= UInt(SNMP_FLAGS_DONT_PROBE)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    do {
      // The library accepts answers from any address. A connected socket receives those of the agent only, and is
      // told when the agent's machine answers that the port is closed.
      try target.address.connect(descriptor)
    } catch {
      snmp_sess_close(handle)
      throw .failed(agent: target.agent, reason: "\(error)")
    }
    watch = DescriptorWatch(descriptor) { [unowned self] in read() }
  }

  isolated deinit {
    // First, since the library closes the descriptor; open requests end with a callback.
    watch?.stop()
    whenAnswered = nil
    snmp_sess_close(handle)
  }

  /// Sends a request; the one before must have ended.
  func send(_ request: Request) throws(SendError) {
    let pdu: UnsafeMutablePointer<netsnmp_pdu>
    switch request {
    case .get(let objects): pdu = try make(CNETSNMP_GET, objects)
    case .next(let objects): pdu = try make(CNETSNMP_GETNEXT, objects)
    case .discovery:
      pdu = try make(CNETSNMP_GET, [])
      pdu.pointee.securityName = strdup("")
      pdu.pointee.securityLevel = SNMP_SEC_LEVEL_NOAUTH
    }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let sent = lending { snmp_sess_async_send(handle, pdu, called, context) }
    if sent == 0 {
      snmp_free_pdu(pdu)
      let session = snmp_sess_session(handle)!.pointee
      if session.s_snmp_errno == SNMPERR_TOO_LONG { throw .tooLong }
      throw .failure(
        session.s_errno != 0
          ? IOError.words(for: session.s_errno)
          : String(cString: snmp_api_errstring(session.s_snmp_errno)))
    }
  }

  private func make(_ command: Int, _ objects: [OID])
    throws(SendError) -> UnsafeMutablePointer<netsnmp_pdu>
  {
    guard let pdu = snmp_pdu_create(Int32(command)) else {
      throw .failure("the library has no memory")
    }
    asked = objects
    for object in objects {
      let numbers = object.numbers
      withUnsafeTemporaryAllocation(of: oid.self, capacity: numbers.count) { name in
        for (place, number) in numbers.enumerated() { name[place] = oid(number) }
        _ = snmp_add_null_var(pdu, name.baseAddress, numbers.count)
      }
    }
    return pdu
  }

  /// Sends the request once more, with the same number: an answer to either counts.
  func resend() {
    let session = snmp_sess_session(handle)!
    session.pointee.retries = .max
    lending { snmp_sess_timeout(handle) }
    session.pointee.retries = -1
  }

  /// Abandons the request: an answer that still arrives is ignored.
  func abandon() {
    let listener = whenAnswered
    whenAnswered = nil
    snmp_sess_timeout(handle)
    whenAnswered = listener
  }

  private func read() {
    let result = lending { Library.read(handle, descriptor) }
    guard result < 0 else { return }
    let code = snmp_sess_session(handle)!.pointee.s_errno
    switch code {
    case 0: whenAnswered?(.nonsense)
    case EAGAIN, EINTR: break
    default: whenAnswered?(.failure(IOError.words(for: code)))
    }
  }

  /// What the library calls, in the middle of sending, reading or closing.
  fileprivate func happened(_ operation: Int32, _ pdu: UnsafeMutablePointer<netsnmp_pdu>?) {
    guard let pdu, let whenAnswered else { return }
    switch Int32(operation) {
    case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE, NETSNMP_CALLBACK_OP_SEC_ERROR:
      // Depending on the distribution's patches a report arrives as a message, as an error, or as both.
      switch Int(pdu.pointee.command) {
      case CNETSNMP_RESPONSE:
        whenAnswered(
          .answer(
            Inquiry.Answer(
              status: pdu.pointee.errstat, index: pdu.pointee.errindex, bindings: bindings(pdu))))
      case CNETSNMP_REPORT: whenAnswered(.report(Report(reading: pdu)))
      default: break
      }
    case NETSNMP_CALLBACK_OP_SEND_FAILED:
      whenAnswered(.failure(IOError.words(for: errno)))
    default: break
    }
  }

  private func bindings(_ pdu: UnsafeMutablePointer<netsnmp_pdu>) -> [SNMPBinding] {
    var bindings: [SNMPBinding] = []
    bindings.reserveCapacity(asked.count)
    var next = pdu.pointee.variables
    while let variable = next {
      let place = bindings.count
      bindings.append(
        SNMPBinding(
          copying: variable.pointee, asked: place < asked.count ? asked[place] : nil))
      next = variable.pointee.next_variable
    }
    return bindings
  }

  /// Runs a call that builds or reads messages. Nothing stays in v3's global lists.
  private func lending<Result>(_ body: () -> Result) -> Result {
    guard user != nil else { return body() }
    engine?.lend()
    let result = body()
    engine?.takeBack()
    free_etimelist()
    return result
  }
}

/// The library's callback; it returns whether the request has ended.
private let called: snmp_callback = { operation, _, _, pdu, context in
  nonisolated(unsafe) let pdu = pdu
  nonisolated(unsafe) let context = context
  onLoop {
    Unmanaged<LibrarySession>.fromOpaque(context!).takeUnretainedValue().happened(operation, pdu)
  }
  return 1
}

// MARK: Opening, and v3's engine

extension LibrarySession {
  private static func open(_ target: SNMPTarget) throws(SNMPError) -> UnsafeMutableRawPointer {
    var wish = netsnmp_session()
    snmp_sess_init(&wish)
    // What one Ethernet frame holds with IPv6's headers: cards drop fragmented datagrams.
    wish.sndMsgMaxSize = 1452
    var texts: [UnsafeMutablePointer<CChar>?] = []
    defer { for text in texts { free(text) } }
    func kept(_ text: String) -> UnsafeMutablePointer<CChar>? {
      texts.append(strdup(text))
      return texts.last!
    }
    wish.peername = kept((target.address.host.contains(":") ? "udp6:" : "udp:") + target.agent)
    switch target.version {
    case .v1(let community), .v2c(let community):
      wish.version = Int(SNMP_VERSION_1)
      if case .v2c = target.version { wish.version = Int(SNMP_VERSION_2c) }
      let bytes = kept(community)
      wish.community_len = community.utf8.count
      wish.community = UnsafeMutableRawPointer(bytes)?.assumingMemoryBound(to: UInt8.self)
    case .v3(let user):
      wish.version = Int(SNMP_VERSION_3)
      // Neither a discovery of the engine, which would block, nor a user without an engine.
      wish.flags |= UInt(SNMP_FLAGS_DONT_PROBE | SNMP_FLAGS_USER_CREATED)
      wish.securityModel = Int32(SNMP_SEC_MODEL_USM)
      wish.securityName = kept(user.name)
      wish.securityNameLen = user.name.utf8.count
      wish.contextName = kept(user.context)
      wish.contextNameLen = user.context.utf8.count
      wish.securityLevel = SNMP_SEC_LEVEL_NOAUTH
      if let authentication = user.authentication {
        wish.securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV
        wish.securityAuthProto = sc_get_auth_oid(
          authentication.method.number, &wish.securityAuthProtoLen)
        try set(&wish.securityAuthKey, &wish.securityAuthKeyLen, authentication.passphrase)
        if let privacy = user.privacy {
          wish.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV
          wish.securityPrivProto = sc_get_priv_oid(
            privacy.method.number, &wish.securityPrivProtoLen)
          try set(&wish.securityPrivKey, &wish.securityPrivKeyLen, privacy.passphrase)
        }
        guard wish.securityAuthProto != nil, user.privacy == nil || wish.securityPrivProto != nil
        else {
          throw .failed(agent: target.agent, reason: "net-snmp was built without this protocol")
        }
        func set<Key>(_ field: inout Key, _ length: inout Int, _ passphrase: String)
          throws(SNMPError)
        {
          guard let key = Library.key(of: passphrase, by: authentication.method) else {
            throw .failed(agent: target.agent, reason: "net-snmp makes no key of the passphrase")
          }
          withUnsafeMutableBytes(of: &field) { $0.copyBytes(from: key) }
          length = key.count
        }
      }
    }
    guard let handle = snmp_sess_open(&wish) else {
      throw .failed(
        agent: target.agent,
        reason: "cannot open a socket: "
          + (wish.s_errno != 0
            ? IOError.words(for: wish.s_errno)
            : String(cString: snmp_api_errstring(wish.s_snmp_errno))))
    }
    return handle
  }

  /// Accepts an engine as the agent's, and localizes the keys to it.
  /// - Returns: whether the library could.
  func adopt(_ report: Report) -> Bool {
    forgetEngine()
    let session = snmp_sess_session(handle)!
    session.pointee.securityEngineID = LibrarySession.copy(report.engine)
    session.pointee.securityEngineIDLen = report.engine.count
    session.pointee.contextEngineID = LibrarySession.copy(report.engine)
    session.pointee.contextEngineIDLen = report.engine.count
    session.pointee.flags &= ~UInt(SNMP_FLAGS_USER_CREATED)
    let made = usm_create_user_from_session(session)
    session.pointee.flags |= UInt(SNMP_FLAGS_USER_CREATED)
    guard made == 0,
      let user = usm_get_user(report.engine, report.engine.count, session.pointee.securityName)
    else { return false }
    Engine.unlink(user)
    engine = Engine(report.engine, boots: report.boots, time: report.time, user: user)
    return true
  }

  /// Forgets the engine: it is discovered again before the next request.
  func forgetEngine() {
    engine = nil
    let session = snmp_sess_session(handle)!
    free(session.pointee.securityEngineID)
    session.pointee.securityEngineID = nil
    session.pointee.securityEngineIDLen = 0
    free(session.pointee.contextEngineID)
    session.pointee.contextEngineID = nil
    session.pointee.contextEngineIDLen = 0
  }

  private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
    let copy = UnsafeMutableRawPointer(malloc(max(1, bytes.count))!)
    copy.copyMemory(from: bytes, byteCount: bytes.count)
    return copy.assumingMemoryBound(to: UInt8.self)
  }
}
