internal import CEvent
internal import EventLoop

/// A request on its way to its answer. Client, connection and server may be gone before.
@LoopActor
final class HTTPExchange {
  /// evhttp's request, until it is answered or freed.
  private var request: UnsafeMutablePointer<evhttp_request>?
  private var task: Task<Void, Never>?
  private var stream: HTTPStream?
  /// Called when the client has taken a part of a stream.
  var progressed: (() -> Void)?

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
    let headers = request.pointee.output_headers
    for header in response.headers + response.safety {
      // evhttp refuses a value that would begin another header.
      evhttp_add_header(headers, header.name, header.value)
    }
    if closing { evhttp_add_header(headers, "Connection", "close") }
    if let stream = response.stream, request.pointee.type != EVHTTP_REQ_HEAD {
      self.stream = stream
      // Chunked, or up to the end of the connection where the client is too old for chunks.
      evhttp_send_reply_start(request, Int32(response.status), response.reason)
      return sendPart()
    }
    self.request = nil
    if request.pointee.type != EVHTTP_REQ_HEAD {
      evbuffer_add(request.pointee.output_buffer, response.body, response.body.count)
    } else if response.status != 304, response.stream == nil {
      // evhttp adds none to this answer.
      evhttp_add_header(headers, "Content-Length", String(response.body.count))
    }
    evhttp_send_reply(request, Int32(response.status), response.reason, nil)
  }

  /// Sends the next part of the stream; the one after it follows when the client has taken this one.
  private func sendPart() {
    guard let request else { return }
    guard let part = stream?.next() else {
      stream = nil
      self.request = nil
      return evhttp_send_reply_end(request)
    }
    guard !part.isEmpty else {
      task = EventLoop.start {
        await EventLoop.main.turned()
        self.progressed?()
        self.sendPart()
      }
      return
    }
    guard let buffer = evbuffer_new() else { return }
    defer { evbuffer_free(buffer) }
    evbuffer_add(buffer, part, part.count)
    evhttp_send_reply_chunk_with_cb(
      request, buffer,
      { _, context in
        // Its connection holds the exchange until the answer is sent or the connection ends.
        let exchange = Unmanaged<HTTPExchange>.fromOpaque(context!).takeUnretainedValue()
        onLoop {
          exchange.progressed?()
          exchange.sendPart()
        }
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The connection is at its end, and evhttp frees the request with it.
  func abandon() {
    task?.cancel()
    task = nil
    stream = nil
    // After an error during our work evhttp has let go of the request: then it is ours to free.
    if let request, evhttp_request_get_connection(request) == nil { evhttp_request_free(request) }
    request = nil
  }
}
