internal import CCurl

/// A libcurl handle with its connection, which stays open from one mail to the next.
struct Transfer: ~Copyable {
  /// How one attempt went.
  struct Result {
    /// The server has accepted the mail.
    var isAccepted: Bool
    var isTimeout: Bool
    var isCancelled: Bool
    /// The code of the server's last answer; 0 if there was none.
    var code: Int
    /// The server's last answer, or libcurl's words about the connection.
    var words: String
    /// The server's answer to the message.
    var answer: String
    var stage: Stage
    /// An earlier mail had opened the connection.
    var wasReused: Bool
    /// The version of TLS that the connection has; `nil` without TLS.
    var tlsVersion: String?
  }

  /// What the server was last asked.
  enum Stage: Int, Comparable {
    case connection, greeting, session, login, sender, recipient, data, message
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  private let handle: UnsafeMutableRawPointer
  private let sockets = OpenSockets()
  /// The version of TLS of the connection that is open.
  private var tlsVersion: String?

  /// libcurl has to be initialised once, before its first use.
  static let isReady = ccurl_global_init() == CURLE_OK

  init(
    server: MailServer, hostName: String, login: MailLogin?, certificates: String?
  ) throws(DeliveryFailure) {
    guard Self.isReady, let handle = curl_easy_init() else {
      throw DeliveryFailure(.server, "cannot set up libcurl: out of memory")
    }
    self.handle = handle
    // The path of the address is the name that EHLO gives.
    ccurl_set_string(handle, CURLOPT_URL, "\(server)/\(hostName)")
    ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    // A proxy in the environment is for HTTP.
    ccurl_set_string(handle, CURLOPT_PROXY, "")
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
    let useTLS = server.security == .whenOffered ? CURLUSESSL_TRY : CURLUSESSL_ALL
    if server.security != .none {
      ccurl_set_long(handle, CURLOPT_USE_SSL, Int(useTLS.rawValue))
    }
    if server.security == .whenOffered {
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let certificates { ccurl_set_string(handle, CURLOPT_CAINFO, certificates) }
    if let login {
      ccurl_set_string(handle, CURLOPT_USERNAME, login.user)
      ccurl_set_string(handle, CURLOPT_PASSWORD, login.password)
    }
    ccurl_set_read(handle, giveMessage, nil)
    ccurl_set_debug(handle, noteDialogue, nil)
    ccurl_set_long(handle, CURLOPT_VERBOSE, 1)
    ccurl_set_progress(handle, watchCancellation, nil)
    ccurl_set_opened(handle, noteOpened, Unmanaged.passUnretained(sockets).toOpaque())
    ccurl_set_long(handle, CURLOPT_NOPROGRESS, 0)
  }

  deinit {
    sockets.stopReading()
    curl_easy_cleanup(handle)
  }

  /// What a stage may take of a whole attempt's time: libcurl counts greeting, TLS and login as the connection.
  static func limit(of stage: Stage, _ timeout: Duration) -> Duration {
    stage < .sender ? min(timeout, .seconds(20)) : min(timeout, .seconds(30))
  }

  /// Hands one message over. Blocks, at most for the time limit. After a failure the handle is not used
  /// again: libcurl keeps a connection whose server did not answer to the message.
  mutating func send(
    _ message: [UInt8], from: MailAddress, to: MailAddress, timeout: Duration
  ) -> Result {
    let dialogue = SMTPDialogue(message, on: sockets)
    let context = Unmanaged.passUnretained(dialogue).toOpaque()
    ccurl_set_read(handle, giveMessage, context)
    ccurl_set_debug(handle, noteDialogue, context)
    ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, max(Int(timeout / .milliseconds(1)), 1))
    let connecting = Self.limit(of: .connection, timeout)
    ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, max(Int(connecting / .milliseconds(1)), 1))
    let answering = Self.limit(of: .message, timeout)
    ccurl_set_long(
      handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, max(Int(answering / .seconds(1)), 1))
    ccurl_set_string(handle, CURLOPT_MAIL_FROM, from.description)
    ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count))
    let recipients = curl_slist_append(nil, to.description)
    ccurl_set_recipients(handle, recipients)
    let errors = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    errors.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errors)
    defer {
      ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, nil)
      errors.deallocate()
      ccurl_set_recipients(handle, nil)
      curl_slist_free_all(recipients)
      // The handle outlives this object; closing it sends QUIT, which calls the callbacks again.
      ccurl_set_read(handle, giveMessage, nil)
      ccurl_set_debug(handle, noteDialogue, nil)
    }

    let outcome = withExtendedLifetime(dialogue) { curl_easy_perform(handle) }
    var connects = 0
    ccurl_get_long(handle, CURLINFO_NUM_CONNECTS, &connects)
    if connects > 0 { tlsVersion = dialogue.tlsVersion }
    let curlWords =
      errors[0] == 0 ? String(cString: curl_easy_strerror(outcome)) : String(cString: errors)
    return Result(
      isAccepted: outcome == CURLE_OK,
      isTimeout: outcome == CURLE_OPERATION_TIMEDOUT,
      isCancelled: outcome == CURLE_ABORTED_BY_CALLBACK,
      code: dialogue.code,
      words: oneLine(dialogue.code >= 400 ? dialogue.answer : curlWords, limit: 200),
      answer: oneLine(dialogue.answer, limit: 200),
      stage: connects > 0 && dialogue.stage == .connection && dialogue.code > 0
        ? .greeting : dialogue.stage,
      wasReused: connects == 0 && dialogue.stage > .connection, tlsVersion: tlsVersion)
  }
}

private func noteOpened(
  _ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype
) -> Int32 {
  if let context { Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().add(socket) }
  return CURL_SOCKOPT_OK
}

private func giveMessage(
  _ room: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let room, let context else { return 0 }
  let dialogue = Unmanaged<SMTPDialogue>.fromOpaque(context).takeUnretainedValue()
  let length = min(size * count, dialogue.message.count - dialogue.position)
  dialogue.message.withUnsafeBytes {
    UnsafeMutableRawPointer(room).copyMemory(
      from: $0.baseAddress! + dialogue.position, byteCount: length)
  }
  dialogue.position += length
  // The answer 354 was read before: the next answer is about the message.
  dialogue.code = 0
  dialogue.answer = ""
  return length
}

private func noteDialogue(
  _ handle: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ bytes: UnsafeMutablePointer<CChar>?,
  _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let bytes, let context,
    kind == CURLINFO_HEADER_IN || kind == CURLINFO_HEADER_OUT || kind == CURLINFO_TEXT
  else { return 0 }
  let dialogue = Unmanaged<SMTPDialogue>.fromOpaque(context).takeUnretainedValue()
  let text = String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: min(count, 1000)), as: UTF8.self)
  switch kind {
  case CURLINFO_HEADER_OUT: dialogue.noteCommand(text)
  case CURLINFO_HEADER_IN: dialogue.noteAnswer(text)
  default: dialogue.noteConnection(text)
  }
  return 0
}

/// libcurl calls this about once a second: a cancelled task ends the transfer, so that the program's end does not wait for a
/// server.
private func watchCancellation(
  _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
  Task.isCancelled ? 1 : 0
}
