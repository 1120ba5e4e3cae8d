import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// A server of the loopback, or of a unix socket, that says one thing to everybody.
private final class StatusServer: @unchecked Sendable {
  // Unchecked: what the thread reads is set before it starts.
  private let listener: Int32
  /// Whether a thread accepts, and closes the listener.
  private let isServed: Bool
  private(set) var port = 0

  /// - Parameter answer: what is said; `nil` for a server that listens and never answers.
  init(unix path: String? = nil, _ answer: [UInt8]?) throws {
    isServed = answer != nil
    listener = socket(path == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var code: Int32 = -1
    if let path {
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      code = bound(&address, MemoryLayout<sockaddr_un>.size)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      code = bound(&address, MemoryLayout<sockaddr_in>.size)
      port = Int(UInt16(bigEndian: address.sin_port))
    }
    try #require(code == 0 && listen(listener, 16) == 0)
    guard let answer else { return }
    let listener = self.listener
    Thread.detachNewThread {
      // Here, where nobody can have got its number yet.
      defer { close(listener) }
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        var question = [UInt8](repeating: 0, count: 4096)
        _ = recv(client, &question, question.count, 0)
        var sent = 0
        while sent < answer.count {
          let count = answer.withUnsafeBytes {
            send(client, $0.baseAddress! + sent, min(7000, $0.count - sent), Int32(MSG_NOSIGNAL))
          }
          if count <= 0 { break }
          sent += count
        }
        close(client)
      }
    }
  }

  private func bound<Address>(_ address: inout Address, _ size: Int) -> Int32 {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        var length = socklen_t(size)
        return bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 ? 0 : -1
      }
    }
  }

  deinit {
    // Wakes the thread that accepts.
    shutdown(listener, Int32(SHUT_RDWR))
    if !isServed { close(listener) }
  }
}

struct WebStatusTests {
  private static let apache = """
    127.0.0.1
    Total Accesses: 1234
    Total kBytes: 9
    BusyWorkers: 2
    IdleWorkers: 5
    Scoreboard: _W__K__...........
    """
  private static let nginx = """
    Active connections: 7 
    server accepts handled requests
     100 99 4321 
    Reading: 1 Writing: 2 Waiting: 4 
    """
  private static let fpm = """
    pool:                 shop-2
    process manager:      dynamic
    accepted conn:        77
    listen queue:         3
    listen queue len:     511
    idle processes:       6
    active processes:     4
    total processes:      10
    """

  private static func page(_ text: String, _ status: String = "200 OK") -> [UInt8] {
    Array("HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\n\r\n\(text)\n".utf8)
  }

  /// An answer of php-fpm, in records of at most `size` bytes, with padding.
  private static func records(_ text: String, size: Int = 50) -> [UInt8] {
    let output = Array("Content-type: text/plain\r\n\r\n\(text)\n".utf8)
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: output.count, by: size) {
      let part = output[start..<min(start + size, output.count)]
      bytes += [1, 6, 0, 1, UInt8(part.count >> 8), UInt8(part.count & 0xFF), 3, 0] + part
      bytes += [0, 0, 0]
    }
    return bytes + [1, 3, 0, 1, 0, 8, 0, 0] + Array(repeating: 0, count: 8)
  }

  private func machine() throws -> ProcessMachine {
    let machine = try ProcessMachine()
    try machine.putApache()
    try machine.put(300, "nginx", parent: 1, title: "nginx: master process x")
    try machine.put(400, "php-fpm", parent: 1, title: "php-fpm: master process x")
    try machine.put(401, "php-fpm", parent: 400, title: "php-fpm: pool www")
    return machine
  }

  @Test func serversTellWhatTheirWorkersDo() throws {
    let machine = try machine()
    let folder = try TemporaryFolder()
    let one = try StatusServer(Self.page(Self.apache))
    let two = try StatusServer(Self.page(Self.nginx))
    let three = try StatusServer(unix: folder.path + "/pool", Self.records(Self.fpm))
    let four = try StatusServer(
      Self.records(Self.fpm.replacingOccurrences(of: "shop-2", with: "www")))
    let settings = [
      // Two apaches are added up.
      "status_apache": "http://127.0.0.1:\(one.port)/server-status?auto "
        + "http://localhost:\(one.port)/server-status?auto",
      "status_nginx": "http://127.0.0.1:\(two.port)/status",
      "status_php_fpm": "fcgi:\(folder.path)/pool:/status fcgi://127.0.0.1:\(four.port)",
    ]
    let answer = try machine.values(settings)
    #expect(answer.complaint == nil)
    for (field, value) in [
      "apache_workers.busy": "4", "apache_workers.idle": "10", "apache_workers.free": "22",
      "apache_requests.requests": "2468", "nginx_connections.reading": "1",
      "nginx_connections.writing": "2", "nginx_connections.waiting": "4",
      "nginx_requests.requests": "4321", "php_fpm_requests.requests": "154",
      // A pool without processes is known by its page only.
      "php_fpm_shop_2_pool.busy": "4", "php_fpm_shop_2_pool.children": "0",
      "php_fpm_www_pool.idle": "6", "php_fpm_www_pool.queue": "3",
      "php_fpm_www_pool.children": "1",
    ] { #expect(answer.values[field] == value, "\(field)") }
    let config = try machine.graphs(settings)
    var described: Set<String> = []
    for graph in config {
      for field in graph.fields {
        described.insert(
          graph.name.hasPrefix("web_processes.")
            ? "\(graph.name.dropFirst(14)).\(field.name)" : field.name)
      }
    }
    #expect(described == Set(answer.values.keys))
    _ = (one, two, three, four)
  }

  /// Pages are asked for only when they are named.
  @Test func nobodyIsAskedUnlessConfigured() throws {
    let values = try machine().values().values
    #expect(!values.keys.contains { $0.contains("workers") || $0.contains("requests") })
  }

  @Test(
    arguments: [
      ([], "a status page"), (page("hello"), "a status page"),
      (page(apache, "503 Service Unavailable"), "status 200"),
      (Array("SSH-2.0-OpenSSH\r\n".utf8), "HTTP"), (page(nginx), "a status page"),
      (page(String(repeating: "x", count: 300_000)), "at most"),
      (page("BusyWorkers: x\nIdleWorkers: 1\n"), "a status page"),
      (page("BusyWorkers: 1\nIdleWorkers: 99999999999999999999999\n"), "a status page"),
    ] as [([UInt8], String)])
  func whatIsNoStatusPageIsUnknownAndTold(answer: [UInt8], expected: String) throws {
    let machine = try machine()
    let server = try StatusServer(answer)
    let settings = ["status_apache": "http://127.0.0.1:\(server.port)/"]
    let found = try machine.values(settings)
    #expect(found.values["apache_workers.busy"] == "U")
    #expect(found.values["apache_up"] == "1" && found.values["nginx_up"] == "1")
    let complaint = try #require(found.complaint)
    #expect(complaint.contains("http://127.0.0.1:\(server.port)/: expected "))
    #expect(complaint.contains(expected) || answer.isEmpty, "\(complaint)")
  }

  @Test(
    arguments: [
      [], [1, 6, 0, 1, 0, 5], [2, 6, 0, 1, 0, 5, 0, 0, 1, 2, 3, 4, 5],
      [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], records("File not found."),
      Array(records(fpm).dropLast(16)), records(apache),
    ] as [[UInt8]])
  func whatIsNoAnswerOfFastCGIIsUnknownAndTold(answer: [UInt8]) throws {
    let machine = try machine()
    let server = try StatusServer(answer)
    let found = try machine.values(["status_php_fpm": "fcgi://127.0.0.1:\(server.port)/s"])
    #expect(found.values["php_fpm_www_pool.busy"] == "U" && found.values["php_fpm_up"] == "1")
    #expect(found.complaint?.contains("fcgi://127.0.0.1:\(server.port)/s: expected ") == true)
  }

  @Test func nobodyThereIsToldAtOnce() throws {
    let machine = try machine()
    let found = try machine.values(["status_php_fpm": "fcgi:/no/such/socket"])
    #expect(found.complaint?.contains("fcgi:/no/such/socket: expected a connection") == true)
    #expect(found.values["php_fpm_www_pool.busy"] == "U")
  }

  /// One wrong address costs the fields of that page, and nothing else of the plugin.
  @Test(
    arguments: [
      ("nginx", "ftp://127.0.0.1/"), ("nginx", "http://www.example.com/"),
      ("nginx", "http://127.0.0.1:99999/"), ("php_fpm", "fcgi:/run/x:status"),
      ("php_fpm", "/run/php/php8.2-fpm.sock"), ("haproxy", "http://127.0.0.1/"),
    ])
  func anInvalidAddressCostsItsOwnFieldsOnly(server: String, address: String) throws {
    let machine = try machine()
    let page = try StatusServer(Self.page(Self.apache))
    let found = try machine.values([
      "names": "apache nginx php_fpm haproxy", "status_\(server)": address,
      "status_apache": "http://127.0.0.1:\(page.port)/server-status?auto",
    ])
    #expect(found.values["apache_workers.busy"] == "2" && found.values["nginx_up"] == "1")
    #expect(found.values["php_fpm_www_pool.children"] == "1")
    let own = ["nginx": "nginx_connections.reading", "php_fpm": "php_fpm_www_pool.busy"][server]
    if let own { #expect(found.values[own] == "U") }
    let complaint = try #require(found.complaint)
    #expect(complaint.hasPrefix("env.status_\(server): expected ") && !complaint.contains("\n"))
  }

  /// A page that hangs costs its limit once, not at each fetch; the log has one message for all the time.
  @Test func aPageThatHangsIsNotAskedForAWhile() throws {
    let machine = try machine()
    var silent: StatusServer? = try StatusServer(nil)
    let settings = ["status_apache": "http://127.0.0.1:\(silent!.port)/"]
    let first = try machine.values(at: 1000, settings)
    #expect(
      first.complaint?.hasSuffix("/: no answer within 3 s; asked again every 10 minutes") == true)
    let start = ContinuousClock.now
    for seconds in [1000.5, 1300, 1599] {
      let next = try machine.values(at: seconds, settings)
      #expect(next.values["apache_workers.idle"] == "U" && next.values["apache_up"] == "1")
      #expect(next.complaint == first.complaint)
    }
    #expect(ContinuousClock.now - start < .seconds(2))
    // Asked again, it turns out that nobody listens there any more.
    silent = nil
    let later = try machine.values(at: 1601, settings)
    #expect(later.complaint?.contains("expected a connection, found Connection refused") == true)
  }

  @Test func randomAnswersAreSurvived() throws {
    let machine = try machine()
    var noise = Noise(4711)
    let sane = [Self.page(Self.apache), Self.page(Self.nginx), Self.records(Self.fpm)]
    for round in 0..<60 {
      let server = try StatusServer(noise.damaged(sane[round % 3]))
      let address = "\(round % 3 == 2 ? "fcgi" : "http")://127.0.0.1:\(server.port)/"
      let name = ["apache", "nginx", "php_fpm"][round % 3]
      let found = try machine.values(at: 1000 + 300 * Double(round), ["status_\(name)": address])
      #expect(found.values["\(name)_up"] == "1")
      for (field, value) in found.values where value != "U" {
        #expect(Double(value) != nil, "\(field) \(value)")
      }
    }
  }
}
