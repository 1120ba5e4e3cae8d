import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// `tmpfs` on machines made for one question each.
struct TmpfsTests {
  private func tmpfs(_ mounts: String, _ statvfs: String, _ settings: [String: String] = [:])
    throws -> [String: Field]
  {
    var files = MemoryMachine.meminfo(5, "Shmem: 4 kB\n")
    files["proc/self/mountinfo"] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mounts
    files["statvfs.txt"] = statvfs
    return try MemoryMachine.fields("tmpfs", files, settings)
  }

  @Test func aBoundMountCountsOnceAndAHiddenOneNot() throws {
    let fields = try tmpfs(
      "30 20 0:30 / /run rw - tmpfs tmpfs rw\n31 20 0:30 /a /srv/a rw - tmpfs tmpfs rw\n"
        + "32 20 0:32 / /over rw - tmpfs lower rw\n33 32 0:33 / /over rw - tmpfs upper rw\n"
        + "34 20 0:34 / /old/x rw - tmpfs hidden rw\n35 20 8:2 / /old rw - ext4 /dev/sdb rw\n",
      "/run 1000 900 900 10 5\n/srv/a 1000 900 900 10 5\n/over 2000 1000 1000 10 5\n"
        + "/old/x 1000 0 0 10 5\n")
    let used = fields.filter { $0.key.hasPrefix("_") && !$0.key.hasSuffix("s") }
    #expect(used.keys.sorted() == ["_over", "_over_size", "_run", "_run_size"])
    #expect(fields["_over"]?.readings.first?.text == "\(1000 * 4096)")
    #expect(fields["stored"]?.readings.first?.text == "\(1100 * 4096)")
  }

  @Test func smallReadOnlyAndPassingOnesAreLeftOut() throws {
    let mounts =
      "30 20 0:30 / /run rw - tmpfs tmpfs rw\n31 20 0:31 / /small rw - tmpfs tmpfs rw,size=1024k\n"
      + "32 20 0:32 / /ro ro - tmpfs tmpfs ro\n"
      + "33 30 0:33 / /run/credentials/x.service rw - tmpfs none rw\n"
      + "34 20 0:34 / /var/lib/kubelet/pods/a/token rw - tmpfs tmpfs rw\n"
    let statvfs =
      "/run 1000 900 900 10 5\n/small 256 0 0 10 5\n/ro 1000 900 900 10 5\n"
      + "/run/credentials/x.service 1000 900 900 10 5\n"
      + "/var/lib/kubelet/pods/a/token 1000 900 900 10 5\n"
    let shown = try tmpfs(mounts, statvfs)
    #expect(
      shown.keys.filter { $0.hasPrefix("_") }.sorted() == ["_run", "_run_inodes", "_run_size"])
    // Yet what is on them takes memory.
    #expect(shown["stored"]?.readings.first?.text == "\((400 + 256) * 4096)")
    let all = try tmpfs(mounts, statvfs, ["exclude_re": "^/run$"])
    #expect(
      all.keys.filter { $0.hasSuffix("_size") }.sorted() == [
        "_run_credentials_x_service_size", "_var_lib_kubelet_pods_a_token_size",
      ])
  }

  @Test func withoutALimitThereIsNoShare() throws {
    let fields = try tmpfs(
      "30 20 0:30 / /any rw - tmpfs tmpfs rw,size=0\n", "/any 0 0 0 100 30\n",
      ["warning": "50%", "_any_inodes_critical": "90"])
    #expect(fields["_any"] == nil && fields["_any_size"] == nil)
    #expect(fields["_any_inodes"]?.warning == "50" && fields["_any_inodes"]?.critical == "90")
    #expect(fields["_any_inodes"]?.readings.first?.text == "70")
  }

  @Test func thereIsABoundOnWhatIsShown() throws {
    let mounts = (0..<500).map { "\($0 + 30) 20 0:\($0 + 30) / /t\($0) rw - tmpfs tmpfs rw\n" }
    let statvfs = (0..<500).map { "/t\($0) 1000 900 900 10 5\n" }
    let fields = try tmpfs(mounts.joined(), statvfs.joined())
    #expect(fields.keys.filter { $0.hasSuffix("_size") }.count == 64)
    #expect(fields["stored"]?.readings.first?.text == "\(500 * 100 * 4096)")
  }

  @Test func theSizeOfABlockIsTheKernels() throws {
    var files = MemoryMachine.meminfo(5)
    files["proc/self/mountinfo"] =
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 20 0:30 / /run rw - tmpfs tmpfs rw\n"
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    let use = FileSystemUse(
      blocks: 100, free: 90, available: 90, inodes: 0, freeInodes: 0, blockSize: 65536)
    let host = PluginKit.Host(
      root: folder.path, service: "tmpfs",
      kernel: Kernel(
        secondsSinceBoot: { 1 }, fileSystem: { String(cString: $0) == "/run" ? use : nil },
        hasProcess: { _ in true }))
    var reply = Reply()
    try local("tmpfs").values(on: host, into: &reply)
    #expect(reply.text.contains("_run.value 655360\n"))
    #expect(reply.text.contains("_run_size.value 6553600\n"))
  }

  /// The way to a tmpfs may lead over a mount that never answers: then it is unknown, and the others go on.
  @Test func oneThatCannotBeReachedIsUnknown() throws {
    let folder = try TemporaryFolder()
    for (name, text) in MemoryMachine.meminfo(5) { try folder.write(name, text) }
    try folder.write(
      "proc/self/mountinfo",
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 20 0:30 / /run rw - tmpfs tmpfs rw\n"
        + "31 20 0:31 / /nfs rw - nfs filer:/x rw\n32 31 0:32 / /nfs/t rw - tmpfs tmpfs rw\n")
    let use = FileSystemUse(blocks: 1000, free: 900, available: 900, inodes: 10, freeInodes: 5)
    let host = PluginKit.Host(
      root: folder.path, service: "tmpfs", buffer: ReadBuffer(hasWorkers: true),
      kernel: Kernel(
        secondsSinceBoot: { 1 }, fileSystem: { _ in use }, hasProcess: { _ in true }))
    var reads = SlowReads()
    try local("tmpfs").slowReads(for: .fetch, on: host, into: &reads)
    #expect(reads.needed.map(\.subject) == ["/nfs/t"])
    // A read has begun and does not end.
    _ = reads.needed.first?.begin()
    _ = reads.needed.first?.finish(at: 1)
    var reply = Reply()
    try local("tmpfs").values(on: host, into: &reply)
    #expect(reply.text.contains("_run.value 409600\n_nfs_t.value U\n"))
    let config = try local("tmpfs").graphs(on: host).map(\.wireText).joined()
    #expect(config.contains("_nfs_t.label /nfs/t\n") && config.contains("_nfs_t_inodes.label"))
  }

  /// What is stored and not in memory is in swap: no more than swap in use, no less than the kernel counts.
  @Test(arguments: [
    (100, 4, 1000, 0, "\(96 * 1024)"), (100, 4, 50, 0, "\(50 * 1024)"), (100, 200, 1000, 0, "0"),
    (100, 200, 1000, 7, "7"), (100, 4, 1000, 4096, "\(100 * 1024)"), (100, 4, 0, 0, "0"),
  ])
  func sharedMemoryInSwapIsTheLeastItCanBe(
    stored: Int, resident: Int, used: Int, segments: Int, swapped: String
  ) throws {
    var files = MemoryMachine.meminfo(
      5, "Shmem: \(resident) kB\nSwapTotal: 2000 kB\nSwapFree: \(2000 - used) kB\n")
    files["proc/self/mountinfo"] =
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 20 0:30 / /run rw - tmpfs tmpfs rw\n"
    files["statvfs.txt"] = "/run 1000 \(1000 - stored / 4) 900 10 5\n"
    files["proc/sysvipc/shm"] = "key shmid rss swap\n-5 1 0 \(segments)\n"
    #expect(try MemoryMachine.fields("tmpfs", files)["swapped"]?.readings.first?.text == swapped)
  }

  @Test(arguments: ["key rss swap\n1 2\n", "key rss swap\n1 x 3\n", "key rss swap\n\n"])
  func aTableOfSegmentsWithoutSenseIsNamed(text: String) throws {
    var files = MemoryMachine.meminfo(5, "Shmem: 4 kB\n")
    files["proc/self/mountinfo"] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    files["proc/sysvipc/shm"] = text
    let fields = try MemoryMachine.fields("tmpfs", files)
    #expect(fields["sysv"]?.readings == [.unknown] && fields["shmem"]?.readings.count == 1)
    let complaint = try MemoryMachine.complaint("tmpfs", files)
    #expect(complaint?.hasPrefix("/proc/sysvipc/shm: expected 3 numbers, found ") == true)
  }
}
