/// The part of FastCGI 1.0 that a GET request takes: the records of the request and of the answer.
enum FastCGI {
  private enum Kind {
    static let begin: UInt8 = 1
    static let end: UInt8 = 3
    static let parameters: UInt8 = 4
    static let input: UInt8 = 5
    static let output: UInt8 = 6
  }

  /// A request for a page that php-fpm itself answers, such as its status.
  static func request(_ path: String) -> [UInt8] {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    let script = parts.first ?? "/"
    var parameters: [UInt8] = []
    for (name, value) in [
      ("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", script), ("SCRIPT_FILENAME", script),
      ("REQUEST_URI", path), ("QUERY_STRING", parts.count > 1 ? parts[1] : ""),
      ("SERVER_PROTOCOL", "HTTP/1.0"), ("CONTENT_LENGTH", "0"),
    ] {
      for text in [name, value] { appendLength(text.utf8.count, to: &parameters) }
      parameters += name.utf8
      parameters += value.utf8
    }
    // Role: responder; the server closes the connection afterwards.
    return record(Kind.begin, [0, 1, 0, 0, 0, 0, 0, 0]) + record(Kind.parameters, parameters)
      + record(Kind.parameters, []) + record(Kind.input, [])
  }

  private static func record(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
    precondition(body.count <= 0xFFFF, "a path of at most 1000 bytes makes no longer record")
    let length = UInt16(body.count)
    return [1, kind, 0, 1, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0] + body
  }

  private static func appendLength(_ length: Int, to bytes: inout [UInt8]) {
    if length < 128 {
      bytes.append(UInt8(length))
    } else {
      bytes += [0x80 | UInt8(length >> 24), UInt8(length >> 16 & 0xFF)]
      bytes += [UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
    }
  }

  /// The answer of a server, as far as it has been received.
  struct Answer {
    /// The text, with its header lines.
    private(set) var output: [UInt8] = []
    /// Whether the server has sent the end of the request.
    private(set) var isWhole = false
    /// Whether the bytes are FastCGI records.
    private(set) var isSane = true

    init(_ bytes: [UInt8]) {
      var place = 0
      while bytes.count - place >= 8 {
        guard bytes[place] == 1 else {
          isSane = false
          return
        }
        let length = Int(bytes[place + 4]) << 8 | Int(bytes[place + 5])
        let next = place + 8 + length + Int(bytes[place + 6])
        guard next <= bytes.count else { return }
        switch bytes[place + 1] {
        case Kind.output: output += bytes[(place + 8)..<(place + 8 + length)]
        case Kind.end:
          isWhole = true
          return
        default: break
        }
        place = next
      }
    }
  }
}
