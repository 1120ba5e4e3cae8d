internal import CCurl
internal import EventLoop
internal import Text

/// A request to a web server, as webhooks and heartbeats make it.
///
/// No redirect is followed: it would lead to a server that no setting names.
struct WebCall: Sendable {
  struct Header: Sendable {
    var name: String
    /// One line.
    var value: String
  }

  /// The status and the first line of an answer.
  struct Answer: Sendable, Hashable {
    var status: Int
    var text: String

    /// For a message: `503: try later`.
    var words: String { text.isEmpty ? "status \(status)" : "status \(status): \(text)" }
  }

  enum Outcome: Sendable, Hashable {
    case answered(Answer)
    case failed(String, isTimeout: Bool)
    case cancelled
  }

  /// `https://` or `http://`, as settings have checked it.
  var address: String
  /// What is posted; `nil` for a GET.
  var body: [UInt8]?
  var headers: [Header] = []
  /// A file of certificates that the server's has to come from; the system's when `nil`.
  var certificates: String?
  var timeout: Duration = .seconds(30)

  /// `https://host:port`, the part of an address that a log may show: paths hold the keys of most services.
  static func server(of address: String) -> String {
    let end = address.firstRange(of: "://").map(\.upperBound) ?? address.startIndex
    let place = address[end...].prefix { !"/?#".contains($0) }
    return "\(address[..<end])\(place.split(separator: "@").last ?? "")"
  }

  /// An answer's words without the path of the address: servers like to repeat it, and it may be a secret.
  func hidingPath(in words: String) -> String {
    let start = address.firstRange(of: "://").map(\.upperBound) ?? address.startIndex
    let path = address[start...].drop { $0 != "/" }.drop { $0 == "/" }
    return path.count > 3 ? words.replacing(path, with: "…") : words
  }

  /// Requests under way at a time; each has a thread.
  @LoopActor private static let threads = Blocking(threads: 8)

  /// Makes the request on a thread beside the loop. A cancelled task ends it within about a second.
  func outcome() async -> Outcome {
    let state = WebCallState()
    let limit = timeout + .seconds(10)
    let outcome = await withTaskCancellationHandler {
      await Self.threads.run(within: limit) { self.perform(state) }
    } onCancel: {
      state.cancel()
    }
    return outcome ?? .failed("no answer within \(TimeSpan.text(limit))", isTimeout: true)
  }

  /// Blocks for the time limit at most.
  private func perform(_ state: WebCallState) -> Outcome {
    guard Transfer.isReady, let handle = curl_easy_init() else {
      return .failed("cannot set up libcurl: out of memory", isTimeout: false)
    }
    defer { curl_easy_cleanup(handle) }
    var list = curl_slist_append(nil, "Expect:")
    for header in headers {
      list = curl_slist_append(list, "\(header.name): \(header.value)")
    }
    defer { curl_slist_free_all(list) }
    let errors = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    errors.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    defer { errors.deallocate() }
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errors)
    ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
    set(handle, state)
    let outcome = (body ?? []).withUnsafeBytes { bytes in
      if body != nil {
        ccurl_set_long(handle, CURLOPT_POST, 1)
        ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        // An empty array has no address, and without one libcurl would ask for the body.
        ccurl_set_pointer(
          handle, CURLOPT_POSTFIELDS,
          UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(errors)))
      }
      return withExtendedLifetime(state) { curl_easy_perform(handle) }
    }
    var status = 0
    ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    // The status line decides: what follows it may be cut off.
    if status >= 200 { return .answered(Answer(status: status, text: state.text)) }
    if outcome == CURLE_ABORTED_BY_CALLBACK { return .cancelled }
    if outcome == CURLE_OPERATION_TIMEDOUT {
      return .failed("no answer within \(TimeSpan.text(timeout))", isTimeout: true)
    }
    let words =
      errors[0] == 0 ? String(cString: curl_easy_strerror(outcome)) : String(cString: errors)
    return .failed(
      oneLine(state.isOverLimit ? "answer too long" : words, limit: 200), isTimeout: false)
  }

  private func set(_ handle: UnsafeMutableRawPointer, _ state: WebCallState) {
    let context = Unmanaged.passUnretained(state).toOpaque()
    ccurl_set_string(handle, CURLOPT_URL, address)
    ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    ccurl_set_string(handle, CURLOPT_USERAGENT, "apus-collector")
    ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, max(Int(timeout / .milliseconds(1)), 1))
    ccurl_set_long(
      handle, CURLOPT_CONNECTTIMEOUT_MS, max(Int(min(timeout, .seconds(10)) / .milliseconds(1)), 1))
    // A proxy of the environment is for servers that this machine cannot reach by itself.
    if Self.isLoopback(Self.server(of: address)) { ccurl_set_string(handle, CURLOPT_PROXY, "") }
    if let certificates { ccurl_set_string(handle, CURLOPT_CAINFO, certificates) }
    ccurl_set_write(handle, readBody, context)
    ccurl_set_header(handle, readHeader, context)
    ccurl_set_progress(handle, watchWebCall, context)
    ccurl_set_long(handle, CURLOPT_NOPROGRESS, 0)
  }

  private static func isLoopback(_ server: String) -> Bool {
    ["://127.", "://localhost", "://[::1]"].contains { server.contains($0) }
  }
}

/// What libcurl's callbacks share during one request.
private final class WebCallState: Sendable {
  private struct Read {
    /// The beginning of the body.
    var body: [UInt8] = []
    var count = 0
    var isCancelled = false
  }

  /// Of headers and body; what an answer has to say is much shorter.
  private static let mostBytes = 1 << 20
  private let read = Locked(Read())

  func cancel() { read.with { $0.isCancelled = true } }
  var isCancelled: Bool { read.with { $0.isCancelled } }
  var isOverLimit: Bool { read.with { $0.count > Self.mostBytes } }

  /// - Returns: whether to go on.
  func add(_ bytes: UnsafeRawBufferPointer, isBody: Bool) -> Bool {
    read.with { read in
      read.count += bytes.count
      if isBody { read.body += bytes.prefix(2000 - min(2000, read.body.count)) }
      return read.count <= Self.mostBytes
    }
  }

  /// The first line of the body, unless it is a page for browsers.
  var text: String {
    let body = String(decoding: read.with { $0.body }, as: UTF8.self)
    let line =
      body.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    return line.hasPrefix("<") ? "" : oneLine(String(line), limit: 200)
  }
}

private func readBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  read(bytes, size * count, context, isBody: true)
}

private func readHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  read(bytes, size * count, context, isBody: false)
}

/// - Returns: how much was taken; less than there was ends the transfer.
private func read(
  _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
  isBody: Bool
) -> Int {
  guard let context else { return 0 }
  let state = Unmanaged<WebCallState>.fromOpaque(context).takeUnretainedValue()
  let goesOn = state.add(UnsafeRawBufferPointer(start: bytes, count: count), isBody: isBody)
  return goesOn ? count : 0
}

private func watchWebCall(
  _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
  guard let context else { return 0 }
  return Unmanaged<WebCallState>.fromOpaque(context).takeUnretainedValue().isCancelled ? 1 : 0
}
