import Dispatch
import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// Plugins that would have to wait, and somebody who goes for them.
struct ErrandTests {
  /// A machine with a disk and FUSE mounts whose servers may fall silent.
  private final class Mounts: Sendable {
    let folder: TemporaryFolder
    /// Who looks at a silent mount waits here.
    let door = DispatchSemaphore(value: 0)
    private let asked = Counter()

    /// How often a FUSE mount was asked.
    var questions: Int { asked.value }

    init(_ lines: String) throws {
      folder = try TemporaryFolder()
      try folder.write("proc/self/mountinfo", lines)
    }

    func host(_ buffer: ReadBuffer, at seconds: Double) -> PluginKit.Host {
      let door = self.door
      let asked = self.asked
      return PluginKit.Host(
        root: folder.path, service: "df", buffer: buffer,
        kernel: Kernel(
          secondsSinceBoot: { seconds },
          fileSystem: { path in
            if String(cString: path).hasPrefix("/mnt") {
              asked.add()
              door.wait()
            }
            return FileSystemUse(blocks: 10, free: 5, available: 5, inodes: 0, freeInodes: 0)
          }, hasProcess: { _ in true }))
    }
  }

  private static let disk = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
  private static let fuse = "2 1 0:40 / /mnt/far rw - fuse.mergerfs pool rw\n"

  private func values(_ host: PluginKit.Host) throws -> String {
    var reply = Reply()
    try local("df").values(on: host, into: &reply)
    return reply.text
  }

  /// Sends a plugin's errands to a thread, and waits for the thread only where it is to come back.
  private func send(_ host: PluginKit.Host, comesBack: Bool) -> [Errand.End] {
    host.takeErrands().map { errand in
      let back = DispatchSemaphore(value: 0)
      if let work = errand.setOut() {
        let begun = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
          begun.signal()
          work()
          back.signal()
        }
        begun.wait()
      }
      if comesBack { back.wait() } else { usleep(20_000) }
      return errand.comeBack(at: host.kernel.secondsSinceBoot())
    }
  }

  @Test func aSilentMountIsUnknownAndLeftAloneUntilItAnswers() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    let buffer = ReadBuffer(sendsErrands: true)
    let host = mounts.host(buffer, at: 100)
    _ = try values(host)
    #expect(host.hasErrands && mounts.questions == 0)
    let ends = send(host, comesBack: false)
    #expect(ends.count == 1 && ends.contains { if case .stuck = $0 { true } else { false } })
    #expect(try values(host) == "_dev_sda1.value 50\npool.value U\n")
    #expect(!host.hasErrands)
    // Also minutes later it is not asked once more.
    let later = mounts.host(buffer, at: 400)
    #expect(try values(later) == "_dev_sda1.value 50\npool.value U\n")
    #expect(!later.hasErrands && mounts.questions == 1)
    let graph = try local("df").graphs(on: later)[0]
    #expect(graph.fields.map(\.name) == ["_dev_sda1", "pool"])
    // It answers: what it said is old, so it is asked anew.
    mounts.door.signal()
    var tries = 0
    repeat {
      usleep(1000)
      tries += 1
      _ = try values(later)
    } while !later.hasErrands && tries < 5000
    mounts.door.signal()
    let back = send(later, comesBack: true)
    #expect(back.contains { if case .answered = $0 { true } else { false } })
    #expect(try values(later) == "_dev_sda1.value 50\npool.value 50\n")
    #expect(mounts.questions == 2)
  }

  @Test func whereAllIsSilentThereIsNoAnswerInTime() throws {
    let mounts = try Mounts(Self.fuse)
    let host = mounts.host(ReadBuffer(sendsErrands: true), at: 100)
    _ = try? values(host)
    _ = send(host, comesBack: false)
    let error = #expect(throws: PluginError.self) { try values(host) }
    #expect(error?.isTimeout == true)
    mounts.door.signal()
  }

  /// All threads are taken: what nobody began does not begin later, unasked.
  @Test func whatNobodyBeganIsCalledOff() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    let host = mounts.host(ReadBuffer(sendsErrands: true), at: 100)
    _ = try values(host)
    let errand = try #require(host.takeErrands().first)
    let work = try #require(errand.setOut())
    #expect(errand.setOut() == nil)
    guard case .notBegun = errand.comeBack(at: 100) else {
      Issue.record("not called off")
      return
    }
    work()
    #expect(mounts.questions == 0)
    #expect(try values(host) == "_dev_sda1.value 50\npool.value U\n")
    // The next poll tries again.
    let later = mounts.host(ReadBuffer(sendsErrands: true), at: 400)
    _ = try values(later)
    #expect(later.hasErrands)
  }

  /// A disk below a mount that hangs cannot be reached without it.
  @Test(arguments: [
    ("3 2 8:2 / /mnt/far/disk rw - ext4 /dev/sdb1 rw\n", ["/mnt/far", "/mnt/far/disk"]),
    ("3 1 8:2 / /disk rw - ext4 /dev/sdb1 rw\n", ["/mnt/far"]),
    ("3 1 8:2 / /disk rw - fuseblk /dev/sdb1 rw\n", ["/mnt/far"]),
    (
      "3 1 0:9 / /nfs rw - nfs filer:/x rw\n4 3 0:10 / /nfs/t rw - tmpfs tmpfs rw\n",
      ["/mnt/far", "/nfs/t"]
    ),
  ])
  func onlyWhatMayHangIsAskedElsewhere(line: String, expected: [String]) throws {
    let mounts = try Mounts(Self.disk + Self.fuse + line)
    let host = mounts.host(ReadBuffer(sendsErrands: true), at: 100)
    _ = try values(host)
    #expect(host.takeErrands().map(\.subject) == expected)
  }

  /// Without a node around it, a plugin waits itself.
  @Test func aPluginAloneAsksItself() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    mounts.door.signal()
    #expect(try values(mounts.host(ReadBuffer(), at: 100)) == "_dev_sda1.value 50\npool.value 50\n")
  }

  // MARK: Processes

  /// Thousands of processes are counted beside the loop, once for all three plugins.
  @Test func oneLookAtManyProcessesServesAll() throws {
    let folder = try TemporaryFolder()
    func machine(_ count: Int) throws {
      for pid in 1...count {
        try folder.write(
          "proc/\(pid)/stat",
          "\(pid) (a) \(pid % 2 == 0 ? "S" : "R") 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 5 2 0 5 4096 1\n")
      }
    }
    try machine(700)
    try folder.write("proc/7/status", "VmLck:\t12 kB\n")
    let buffer = ReadBuffer(sendsErrands: true)
    func ask(_ plugin: String, at seconds: Double) throws -> (text: String, errands: Int) {
      let host = LittleMachine(folder.path).host(for: try local(plugin), at: seconds, [:], buffer)
      var reply = Reply()
      var errands = 0
      do { try local(plugin).values(on: host, into: &reply) } catch {}
      if host.hasErrands {
        errands = send(host, comesBack: true).count
        reply = Reply()
        try local(plugin).values(on: host, into: &reply)
      }
      return (reply.text, errands)
    }
    let pri = try ask("proc_pri", at: 10)
    #expect(pri.text == "high.value 0\nlow.value 700\nlocked.value 1\n" && pri.errands == 1)
    let processes = try ask("processes", at: 10.2)
    #expect(processes.text.contains("sleeping.value 350\n") && processes.errands == 0)
    let threads = try ask("threads", at: 10.4)
    #expect(threads.text == "threads.value 1400\n" && threads.errands == 0)
    // Asked by another master in another order: locked memory is looked for from the first.
    #expect(try ask("processes", at: 40).errands == 1)
    #expect(try ask("proc_pri", at: 40.1).errands == 0)
    // Few are counted at once.
    for pid in 400...700 { try folder.remove("proc/\(pid)") }
    #expect(try ask("threads", at: 70).errands == 1)
    #expect(try ask("threads", at: 100).errands == 0)
  }
}

/// Counts from several threads.
private final class Counter: @unchecked Sendable {
  // Unchecked: `count` is touched only while `lock` is held.
  private let lock = NSLock()
  private var count = 0

  func add() { lock.withLock { count += 1 } }

  var value: Int { lock.withLock { count } }
}
