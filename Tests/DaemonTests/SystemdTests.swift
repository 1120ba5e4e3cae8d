import Daemon
import EventLoop
import Foundation
import TestSupport
import Testing

/// What systemd is told, and what it hands over.
@Suite(.serialized)
struct SystemdTests {
  /// systemd's end of NOTIFY_SOCKET.
  private final class Manager {
    private let descriptor: Int32

    init(_ name: [UInt8]) {
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
      let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.count
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(length))
        }
      }
      #expect(result == 0)
    }

    deinit { close(descriptor) }

    func next() -> String? {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  @Test(arguments: [false, true])
  func everyStateIsTold(isAbstract: Bool) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/notify"
    let manager = Manager(isAbstract ? [0] + Array(path.utf8) : Array(path.utf8))
    let notice = SystemdNotice(environment: [
      "PATH=/bin", "NOTIFY_SOCKET=\(isAbstract ? "@" : "")\(path)",
    ])
    try notice.ready("12 services\nREADY=0")
    #expect(manager.next() == "READY=1\nSTATUS=12 services READY=0")
    var before = timespec()
    clock_gettime(CLOCK_MONOTONIC, &before)
    try notice.reloading()
    let lines = try #require(manager.next()).split(separator: "\n")
    #expect(lines.count == 2 && lines.first == "RELOADING=1")
    let time = try #require(Int(lines[1].dropFirst("MONOTONIC_USEC=".count)))
    let least = before.tv_sec * 1_000_000 + before.tv_nsec / 1000
    #expect(lines[1].hasPrefix("MONOTONIC_USEC=") && (least...least + 60_000_000).contains(time))
    try notice.ready()
    #expect(manager.next() == "READY=1")
    try notice.status("asks plugins")
    #expect(manager.next() == "STATUS=asks plugins")
    try notice.stopping()
    #expect(manager.next() == "STOPPING=1")
    #expect(manager.next() == nil)
  }

  @Test(arguments: [
    [], ["NOTIFY_SOCKET="], ["NOTIFY_SOCKET=vsock:2:1"], ["NOTIFY_SOCKET=x"], ["NOTIFY_SOCKETS=/x"],
  ])
  func nobodyIsTold(environment: [String]) throws {
    let notice = SystemdNotice(environment: environment)
    try notice.ready("well")
    try notice.reloading()
    try notice.stopping()
  }

  @Test func aSocketThatIsGoneIsNamed() throws {
    let notice = SystemdNotice(environment: ["NOTIFY_SOCKET=/nonexistent/notify"])
    let error = #expect(throws: IOError.self) { try notice.ready() }
    #expect(error?.description == "send to /nonexistent/notify: No such file or directory")
  }

  // MARK: Sockets

  /// Numbers that nothing else in this process has.
  private static let first: Int32 = 700

  /// Puts a socket where systemd would, from `first` on.
  private func hand(_ descriptor: Int32, at place: Int32) {
    #expect(dup2(descriptor, SystemdTests.first + place) >= 0)
    close(descriptor)
  }

  private func listening(_ path: String? = nil, type: Int32 = Int32(SOCK_STREAM.rawValue)) throws
    -> Int32
  {
    let descriptor = socket(path == nil ? AF_INET : AF_UNIX, type, 0)
    if let path {
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(result == 0)
    }
    // Without bind(2), Linux takes 0.0.0.0 and a free port.
    if type == Int32(SOCK_STREAM.rawValue) { #expect(listen(descriptor, 8) == 0) }
    return descriptor
  }

  private func take(_ environment: [String]) throws(IOError) -> [Int32] {
    try InheritedSockets.take(from: environment, process: 42, first: SystemdTests.first)
  }

  @Test func whatIsHandedOverServes() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/sock"
    hand(try listening(), at: 0)
    hand(try listening(path), at: 1)
    let descriptors = try take(["LISTEN_PID=42", "LISTEN_FDS=2", "LISTEN_FDNAMES=a:b"])
    #expect(descriptors == [700, 701])
    try await onTestLoop {
      for descriptor in descriptors {
        let listener = try Listener(adopting: descriptor)
        let port = listener.address.port
        let address =
          listener.address.isLocal
          ? try SocketAddress(path: path) : try SocketAddress(host: "127.0.0.1", port: port)
        #expect(listener.address.isLocal ? listener.address.host == path : port > 0)
        // It did not wait for us; now a master comes.
        async let accepted = listener.accept()
        let master = try await Connection.connect(to: address, within: .seconds(10))
        let node = try await accepted
        try await node.send(Array("# munin node\n".utf8))
        var text: [UInt8] = []
        while text.count < 13,
          try await master.receive({ $0.withUnsafeBufferPointer { text += $0 } }) != nil
        {}
        #expect(String(decoding: text, as: UTF8.self) == "# munin node\n")
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
        master.close()
        node.close()
        listener.close()
      }
    }
    // systemd's file is not ours to remove.
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: [
    [], ["LISTEN_FDS=1"], ["LISTEN_PID=42"], ["LISTEN_PID=41", "LISTEN_FDS=1"],
    ["LISTEN_PID=x", "LISTEN_FDS=1"], ["LISTEN_PID=42", "LISTEN_FDS=0"],
  ])
  func nothingIsHandedOver(environment: [String]) throws {
    #expect(try take(environment) == [])
  }

  @Test(arguments: ["x", "", "-1", "65", "99999999999999", "1 "])
  func aCountThatIsNoneIsRefused(count: String) throws {
    #expect(throws: IOError.self) { try take(["LISTEN_PID=42", "LISTEN_FDS=\(count)"]) }
  }

  @Test func onlyListeningStreamsAreTaken() throws {
    let environment = ["LISTEN_PID=42", "LISTEN_FDS=1"]
    defer { close(SystemdTests.first) }
    close(SystemdTests.first)
    #expect(throws: IOError.system(call: "adopt", subject: "descriptor 700", code: EBADF)) {
      try take(environment)
    }
    hand(open("/dev/null", O_RDONLY), at: 0)
    #expect(throws: IOError.system(call: "adopt", subject: "descriptor 700", code: ENOTSOCK)) {
      try take(environment)
    }
    hand(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), at: 0)
    #expect(throws: IOError.self) { try take(environment) }
    hand(try listening(type: Int32(SOCK_DGRAM.rawValue)), at: 0)
    let error = #expect(throws: IOError.self) { try take(environment) }
    #expect("\(error!)".hasPrefix("adopt descriptor 700, no listening stream socket: "))
  }
}
