/// What libcurl's callbacks share during one attempt; they run inside `curl_easy_perform`.
final class SMTPDialogue {
  let message: [UInt8]
  var position = 0
  var stage = Transfer.Stage.connection
  /// The last answer since the last command: its code and its words.
  var code = 0
  var answer = ""

  /// The version of TLS, of a connection that was opened in this attempt.
  private(set) var tlsVersion: String?

  /// QUIT was sent: later answers do not count.
  private var isOver = false
  private let sockets: OpenSockets

  init(_ message: [UInt8], on sockets: OpenSockets) {
    self.message = message
    self.sockets = sockets
  }

  func noteCommand(_ line: String) {
    let verb = line.prefix(4).uppercased()
    if verb == "QUIT" {
      isOver = true
      sockets.stopReading()
      return
    }
    code = 0
    answer = ""
    stage =
      switch verb {
      case "AUTH": .login
      case "MAIL": .sender
      case "RCPT": .recipient
      case "DATA": .data
      // What follows AUTH is the rest of a login, which must not be seen anywhere.
      default: stage == .login && verb != "EHLO" && verb != "RSET" ? .login : .session
      }
  }

  /// libcurl's words about the connection: `SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384`, with GnuTLS `TLS1.3`.
  func noteConnection(_ line: String) {
    let mark = "SSL connection using TLS"
    guard line.hasPrefix(mark) else { return }
    let number = line.dropFirst(mark.count).drop { $0 == "v" }
      .prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    tlsVersion = number.isEmpty ? "TLS" : "TLS \(number)"
  }

  func noteAnswer(_ line: String) {
    guard !isOver, let code = Int(line.prefix(3)) else { return }
    self.code = code
    answer = String(line)
    if stage == .data, code == 354 { stage = .message }
  }
}
