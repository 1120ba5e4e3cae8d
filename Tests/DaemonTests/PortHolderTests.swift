import EventLoop
import Foundation
import TestSupport
import Testing

@testable import Daemon

/// Who has the port, on a little machine.
struct PortHolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

  /// A line of /proc/net/tcp.
  private func line(_ local: String, _ state: String, _ inode: Int) -> String {
    "   0: \(local) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 "
      + "\(inode) 1 0000000000000000 100 0 0 10 0\n"
  }

  private func write(tcp: String = "", tcp6: String = "") throws {
    try folder.write("proc/net/tcp", PortHolderTests.head + tcp)
    try folder.write("proc/net/tcp6", PortHolderTests.head + tcp6)
  }

  private func process(
    _ pid: Int, _ name: String, cgroup: String = "0::/init.scope\n", sockets: [Int] = []
  ) throws {
    try folder.write("proc/\(pid)/comm", name + "\n")
    try folder.write("proc/\(pid)/cgroup", cgroup)
    try folder.write("proc/\(pid)/fd/0", "")
    for (number, inode) in sockets.enumerated() {
      try folder.link("proc/\(pid)/fd/\(number + 3)", to: "socket:[\(inode)]")
    }
  }

  private func find(_ port: Int = 4949) -> PortHolder? {
    PortHolder.find(port: port, root: folder.path)
  }

  @Test func theServiceThatHasThePort() throws {
    // 4949 is 0x1355; a connection to it (01) and another listener do not count.
    try write(
      tcp: line("0100007F:1356", "0A", 70) + line("0100007F:1355", "01", 71),
      tcp6: line("00000000000000000000000000000000:1355", "0A", 72))
    try process(1, "systemd", sockets: [10])
    try process(70, "other", sockets: [70, 71])
    try process(
      812, "munin-node", cgroup: "0::/system.slice/munin-node.service\n", sockets: [5, 72])
    let holder = try #require(find())
    #expect(holder.description == "munin-node (pid 812, munin-node.service)")
    #expect(
      holder.advice(for: .node) == "to switch over: systemctl disable --now munin-node.service "
        + "&& systemctl enable --now apus-node.service")
    #expect(find(4950)?.description == "other (pid 70)")
    #expect(find(4951) == nil)
  }

  @Test func theOlderKindOfControlGroups() throws {
    try write(tcp: line("00000000:1355", "0A", 9))
    try process(
      30, "munin-node-c",
      cgroup: """
        3:cpu,cpuacct:/elsewhere/wrong.service
        1:name=systemd:/system.slice/system-munin\\x2dnode\\x2dc.slice/munin-node-c@4.service/sub

        """, sockets: [9])
    let holder = try #require(find())
    #expect(holder.unit == "munin-node-c@4.service")
    #expect(
      PortHolder.explanation(port: 4949, units: .node, root: folder.path)
        == "port 4949 is taken by munin-node-c (pid 30, munin-node-c@4.service): to switch over: "
        + "systemctl disable --now munin-node-c@4.service && systemctl enable --now apus-node.service"
    )
  }

  /// Where systemd holds a socket for a service that runs, the service is meant.
  @Test func systemdHoldsForOthers() throws {
    try write(tcp: line("00000000:1355", "0A", 9))
    try process(1, "systemd", sockets: [9])
    #expect(find()?.description == "systemd (pid 1)")
    #expect(find()?.advice(for: .node).contains("systemctl list-sockets") == true)
    try process(40, "some", cgroup: "0::/system.slice/some.service\n", sockets: [9])
    #expect(find()?.description == "some (pid 40, some.service)")
    #expect(
      find()?.advice(for: .node)
        == "stop it ('systemctl stop some.service'), or choose another port")
  }

  @Test(arguments: [
    ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/node.service", nil),
    ("0::/system.slice/docker-0123.scope", nil), ("0::/", nil), ("", nil), ("nonsense", nil),
    ("0::/system.slice/a b.service", nil), ("0::/system.slice/$(x).service", nil),
    ("0::/system.slice/apus-node.service", "apus-node.service"),
  ])
  func onlyAServiceThatSystemctlKnowsIsNamed(cgroup: String, unit: String?) throws {
    try write(tcp: line("00000000:1355", "0A", 9))
    try process(50, "x\u{1B}[31m y", cgroup: cgroup, sockets: [9])
    let holder = try #require(find())
    #expect(holder.unit == unit && holder.pid == 50)
    #expect(holder.name == "x[31my")
    if unit == nil {
      #expect(holder.advice(for: .node) == "look what it is ('ps -fp 50'), or choose another port")
    } else {
      #expect(holder.advice(for: .node).hasPrefix("it is already running"))
    }
  }

  @Test func whatCannotBeSeenIsNobody() throws {
    #expect(find() == nil)
    try write(tcp: line("00000000:1355", "0A", 9) + line("00000000:1355", "0A", 0))
    try process(60, "x")
    #expect(find() == nil)
    #expect(
      PortHolder.explanation(port: 4949, units: .node, root: folder.path)
        == "port 4949 is taken: as root, 'ss -ltnp sport = :4949' tells by which program")
  }

  @Test func noiseIsNobody() throws {
    var noise = Noise(5)
    let good = Array((PortHolderTests.head + line("00000000:1355", "0A", 9)).utf8)
    try process(61, "x", sockets: [99_999])
    for _ in 0..<200 {
      try folder.write("proc/net/tcp", noise.damaged(good))
      try folder.write("proc/net/tcp6", noise.bytes(300))
      #expect(find() == nil)
    }
  }

  /// The real machine: this process.
  @Test func aRealListenerIsFound() async throws {
    let pid = getpid()
    let holder = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { listener.close() }
      return PortHolder.find(port: listener.address.port)
    }
    #expect(holder?.pid == pid)
  }
}
