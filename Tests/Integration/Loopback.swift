import Foundation

/// A listener on 127.0.0.1; with port 0, on one that the kernel chooses.
func listenOnLoopback(port: Int = 0) throws -> (socket: Int32, port: Int) {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = loopback(port: port)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(listener, $0, length) == 0 && listen(listener, 64) == 0
        && getsockname(listener, $0, &length) == 0
    }
  }
  guard code else {
    close(listener)
    throw Trouble("cannot listen: \(String(cString: strerror(errno)))")
  }
  return (listener, Int(UInt16(bigEndian: address.sin_port)))
}

func connectToLoopback(_ port: Int) throws -> Int32 {
  let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = loopback(port: port)
  let code = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard code == 0 else {
    close(client)
    throw Trouble("cannot connect to port \(port): \(String(cString: strerror(errno)))")
  }
  return client
}

/// A port of 127.0.0.1 on which nobody listens now.
func freePort() throws -> Int {
  let (socket, port) = try listenOnLoopback()
  close(socket)
  return port
}

private func loopback(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

/// Says something to a server and returns all it answers until it closes.
func converse(with port: Int, _ text: String) throws -> String {
  String(decoding: try bytesSaid(by: port, after: text), as: UTF8.self)
}

/// The same, byte by byte.
func bytesSaid(by port: Int, after text: String) throws -> [UInt8] {
  try bytesSaid(by: port, after: Array(text.utf8))
}

/// - Parameter finishing: whether the server sees at once that nothing more will come.
func bytesSaid(by port: Int, after text: [UInt8], finishing: Bool = false) throws -> [UInt8] {
  let client = try connectToLoopback(port)
  defer { close(client) }
  var limit = timeval(tv_sec: 20, tv_usec: 0)
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  guard send(client, text, text.count, Int32(MSG_NOSIGNAL)) == text.count else {
    throw Trouble("port \(port) takes nothing")
  }
  if finishing { shutdown(client, Int32(SHUT_WR)) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = read(client, &buffer, buffer.count)
    if count == 0 { return bytes }
    guard count > 0 else { throw Trouble("port \(port): \(String(cString: strerror(errno)))") }
    bytes += buffer[..<count]
  }
}
