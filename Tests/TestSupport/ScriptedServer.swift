import Foundation

/// An SMTP server on a loopback port that does as told: it accepts mails, except where its script
/// says otherwise.
public final class ScriptedServer: @unchecked Sendable {
  public enum Action: Sendable {
    case say(String)
    /// Close the connection without an answer.
    case close
    /// Read no more and answer nothing.
    case hang
  }

  /// A mail that the server has seen whole, answered or not.
  public struct Received: Sendable, Equatable {
    public var sender = ""
    public var recipient = ""
    /// The message as it came over the wire, dots and all, without the final one.
    public var wire = ""
    public var messageID: String { header("Message-ID") }
    public var subject: String { header("Subject") }
    /// The value of a header, its lines joined.
    public func header(_ name: String) -> String {
      (wire.components(separatedBy: "\r\n\r\n").first ?? "")
        .replacingOccurrences(of: "\r\n ", with: " ").components(separatedBy: "\r\n").first {
          $0.hasPrefix("\(name): ")
        }
        .map { String($0.dropFirst(name.count + 2)) } ?? ""
    }
  }

  /// What to do when the client says this verb (`.` ends a message, `` is the greeting); `nil`: what a
  /// server does. The count is that of connections so far.
  public typealias Script =
    @Sendable (_ verb: String, _ argument: String, _ connection: Int) -> Action?

  public let port: Int
  public var url: String { "smtp://127.0.0.1:\(port)" }
  // Unchecked: what follows is touched only under the lock.
  private let lock = NSLock()
  private var mails: [Received] = []
  private var said: [String] = []
  private var connections = 0
  private var isStopped = false
  private var behaviour: Script
  private let listener: Int32

  public init(_ script: @escaping Script = { _, _, _ in nil }) throws {
    behaviour = script
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = Int(in_port_t(bigEndian: address.sin_port))
    let thread = Thread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 {
          // Closed here and not in `stop`, where this thread might be about to accept on the number,
          // which by then is somebody else's.
          close(listener)
          return
        }
        guard let self else { return }
        let talk = Thread { self.talk(connection) }
        talk.start()
      }
    }
    thread.start()
  }

  /// Ends the server; connections are refused from now on.
  public func stop() {
    lock.withLock {
      if !isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
      isStopped = true
    }
  }

  deinit { stop() }

  public var received: [Received] { lock.withLock { mails } }
  /// All that clients have said, messages apart.
  public var dialogue: [String] { lock.withLock { said } }
  public var connectionCount: Int { lock.withLock { connections } }
  public func follow(_ script: @escaping Script) { lock.withLock { behaviour = script } }

  private func talk(_ socket: Int32) {
    defer { close(socket) }
    let number = lock.withLock {
      connections += 1
      return connections
    }
    func answer(_ verb: String, _ argument: String = "", _ usual: String) -> Bool {
      switch lock.withLock({ behaviour })(verb, argument, number) {
      case .close: return false
      case .hang:
        var byte: UInt8 = 0
        while recv(socket, &byte, 1, 0) > 0 {}
        return false
      case .say(let text): return say(text)
      case nil: return say(usual)
      }
    }
    func say(_ text: String) -> Bool {
      let bytes = Array((text + "\r\n").utf8)
      return send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
    var mail = Received()
    guard answer("", "", "220 scripted") else { return }
    while let line = readLine(socket) {
      lock.withLock { said.append(line) }
      let verb = String(line.prefix { $0 != " " }).uppercased()
      let argument = String(line.dropFirst(verb.count + 1))
      switch verb {
      case "EHLO": guard answer(verb, argument, "250-scripted\r\n250 SIZE 1000000") else { return }
      case "MAIL":
        mail = Received(sender: argument)
        guard answer(verb, argument, "250 fine") else { return }
      case "RCPT":
        mail.recipient = argument
        guard answer(verb, argument, "250 fine") else { return }
      case "DATA":
        let willRead = lock.withLock({ behaviour })(verb, argument, number) == nil
        guard answer(verb, argument, "354 go on") else { return }
        guard willRead else { continue }
        while let text = readLine(socket), text != "." { mail.wire += text + "\r\n" }
        lock.withLock { mails.append(mail) }
        guard answer(".", mail.recipient, "250 taken") else { return }
      case "QUIT":
        _ = answer(verb, argument, "221 bye")
        return
      default: guard answer(verb, argument, "250 fine") else { return }
      }
    }
  }

  /// One line without its CRLF; a bare LF does not end it.
  private func readLine(_ socket: Int32) -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while recv(socket, &byte, 1, 0) == 1 {
      line.append(byte)
      if line.suffix(2) == [13, 10] { return String(decoding: line.dropLast(2), as: UTF8.self) }
    }
    return nil
  }
}
