import Dispatch
import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// Plugins that would have to wait, and the reads that are made for them on other threads.
struct SlowReadTests {
  /// A machine with a disk and FUSE mounts whose servers may fall silent.
  private final class Mounts: Sendable {
    let folder: TemporaryFolder
    /// A read of a silent mount waits here.
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

  /// What has to be read before a plugin is asked for its values.
  private func reads(
    _ host: PluginKit.Host, of plugin: String = "df", for question: PluginQuestion = .fetch
  ) throws -> [AnySlowRead] {
    var list = SlowReads()
    try local(plugin).slowReads(for: question, on: host, into: &list)
    return list.needed
  }

  /// Makes reads on a thread, and waits for the thread only where they end.
  private func make(_ reads: [AnySlowRead], on host: PluginKit.Host, end: Bool) -> [AnySlowRead.End]
  {
    reads.map { read in
      let over = DispatchSemaphore(value: 0)
      if let work = read.begin() {
        let begun = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
          begun.signal()
          work()
          over.signal()
        }
        begun.wait()
      }
      if end { over.wait() } else { usleep(20_000) }
      return read.finish(at: host.kernel.secondsSinceBoot())
    }
  }

  @Test func aSilentMountIsUnknownAndNotReadAgainUntilItAnswers() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    let buffer = ReadBuffer(hasWorkers: true)
    let host = mounts.host(buffer, at: 100)
    let needed = try reads(host)
    #expect(needed.count == 1 && mounts.questions == 0)
    #expect(make(needed, on: host, end: false) == [.stuck])
    #expect(try values(host) == "_dev_sda1.value 50\npool.value U\n")
    #expect(try reads(host).isEmpty)
    // Also minutes later it is not asked once more.
    let later = mounts.host(buffer, at: 400)
    #expect(try reads(later).isEmpty)
    #expect(try values(later) == "_dev_sda1.value 50\npool.value U\n")
    #expect(mounts.questions == 1)
    let graph = try local("df").graphs(on: later)[0]
    #expect(graph.fields.map(\.name) == ["_dev_sda1", "pool"])
    // It answers: what it said is old, so it is asked anew.
    mounts.door.signal()
    var again: [AnySlowRead] = []
    for _ in 0..<5000 where again.isEmpty {
      usleep(1000)
      again = try reads(later)
    }
    mounts.door.signal()
    #expect(make(again, on: later, end: true) == [.answered])
    #expect(try values(later) == "_dev_sda1.value 50\npool.value 50\n")
    #expect(mounts.questions == 2)
    // The answer serves the next question too.
    #expect(try reads(mounts.host(buffer, at: 405)).isEmpty)
    #expect(try reads(mounts.host(buffer, at: 408)).count == 1)
  }

  /// A plugin may wait for several reads: an answer that came first is not too old when the last one is over.
  @Test func anAnswerCountsHoweverLongOthersTook() throws {
    let mounts = try Mounts(Self.disk + Self.fuse + "3 1 0:41 / /mnt/b rw - fuse.b b rw\n")
    let buffer = ReadBuffer(hasWorkers: true)
    let host = mounts.host(buffer, at: 100)
    let needed = try reads(host)
    #expect(needed.map(\.subject) == ["/mnt/far", "/mnt/b"])
    mounts.door.signal()
    mounts.door.signal()
    #expect(make([needed[0]], on: host, end: true) == [.answered])
    let later = mounts.host(buffer, at: 130)
    #expect(make([needed[1]], on: later, end: true) == [.answered])
    #expect(try values(later) == "_dev_sda1.value 50\npool.value 50\nb.value 50\n")
  }

  /// Whether there are file systems is told without asking them.
  @Test func autoconfOfFileSystemsWaitsForNoMount() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    let host = mounts.host(ReadBuffer(hasWorkers: true), at: 100)
    #expect(try reads(host, for: .autoconf).isEmpty)
    #expect(try local("df").autoconf(on: host) == .yes)
  }

  @Test func whereAllIsSilentThereIsNoAnswerInTime() throws {
    let mounts = try Mounts(Self.fuse)
    let host = mounts.host(ReadBuffer(hasWorkers: true), at: 100)
    #expect(make(try reads(host), on: host, end: false) == [.stuck])
    let error = #expect(throws: PluginError.self) { try values(host) }
    #expect(error?.isTimeout == true)
    mounts.door.signal()
  }

  /// All threads are taken: a read that none began does not begin later, unasked.
  @Test func aReadThatNoThreadBeganIsCancelled() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    let buffer = ReadBuffer(hasWorkers: true)
    let host = mounts.host(buffer, at: 100)
    let read = try #require(try reads(host).first)
    let work = try #require(read.begin())
    #expect(read.begin() == nil)
    #expect(read.finish(at: 100) == .notBegun)
    work()
    #expect(mounts.questions == 0)
    #expect(try values(host) == "_dev_sda1.value 50\npool.value U\n")
    // The next poll tries again.
    #expect(try reads(mounts.host(buffer, at: 400)).count == 1)
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
    let host = mounts.host(ReadBuffer(hasWorkers: true), at: 100)
    #expect(try reads(host).map(\.subject) == expected)
  }

  /// Without a node around it, a plugin makes the read itself.
  @Test func aPluginAloneReadsItself() throws {
    let mounts = try Mounts(Self.disk + Self.fuse)
    mounts.door.signal()
    #expect(try values(mounts.host(ReadBuffer(), at: 100)) == "_dev_sda1.value 50\npool.value 50\n")
  }

  // MARK: Processes

  /// Thousands of processes are counted on a worker thread, once for all three plugins.
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
    let buffer = ReadBuffer(hasWorkers: true)
    func ask(_ plugin: String, at seconds: Double) throws -> (text: String, reads: Int) {
      let host = LittleMachine(folder.path).host(for: try local(plugin), at: seconds, [:], buffer)
      let ends = make(try reads(host, of: plugin), on: host, end: true)
      var reply = Reply()
      try local(plugin).values(on: host, into: &reply)
      return (reply.text, ends.count)
    }
    let pri = try ask("proc_pri", at: 10)
    #expect(pri.text == "high.value 0\nlow.value 700\nlocked.value 1\n" && pri.reads == 1)
    let processes = try ask("processes", at: 10.2)
    #expect(processes.text.contains("sleeping.value 350\n") && processes.reads == 0)
    let threads = try ask("threads", at: 10.4)
    #expect(threads.text == "threads.value 1400\n" && threads.reads == 0)
    // Asked by another master in another order: locked memory is looked for from the first.
    #expect(try ask("processes", at: 40).reads == 1)
    #expect(try ask("proc_pri", at: 40.1).reads == 0)
    // Few are counted at once.
    for pid in 400...700 { try folder.remove("proc/\(pid)") }
    #expect(try ask("threads", at: 70).reads == 1)
    #expect(try ask("threads", at: 100).reads == 0)
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
