internal import CEvent
internal import EventLoop

/// A request on its way to its answer. Client, connection and server may be gone before.
@LoopActor
final class HTTPExchange {
  /// evhttp's request, until it is answered or freed.
  private var request: UnsafeMutablePointer<evhttp_request>?
  private var task: Task<Void, Never>?

  init(_ request: UnsafeMutablePointer<evhttp_request>) { self.request = request }

  /// Starts to work on the answer.
  func start(_ question: HTTPRequest, _ handler: @escaping HTTPServer.Handler) {
    task = EventLoop.start { await self.work(question, handler) }
  }

  private func work(_ question: HTTPRequest, _ handler: HTTPServer.Handler) async {
    answer(await handler(question).unlessKnown(to: question))
  }

  /// Sends the answer, unless the client has gone.
  /// - Parameter closing: the connection is not to be used any further.
  func answer(_ response: HTTPResponse, closing: Bool = false) {
    task = nil
    guard let request else { return }
    self.request = nil
    let headers = request.pointee.output_headers
    for header in response.headers + HTTPResponse.safety {
      // evhttp refuses a value that would begin another header.
      evhttp_add_header(headers, header.name, header.value)
    }
    if closing { evhttp_add_header(headers, "Connection", "close") }
    if request.pointee.type != EVHTTP_REQ_HEAD {
      evbuffer_add(request.pointee.output_buffer, response.body, response.body.count)
    } else if response.status != 304 {
      // evhttp adds none to this answer.
      evhttp_add_header(headers, "Content-Length", String(response.body.count))
    }
    evhttp_send_reply(request, Int32(response.status), response.reason, nil)
  }

  /// The connection is at its end, and evhttp frees the request with it.
  func abandon() {
    task?.cancel()
    task = nil
    // After an error during our work evhttp has let go of the request: then it is ours to free.
    if let request, evhttp_request_get_connection(request) == nil { evhttp_request_free(request) }
    request = nil
  }
}
