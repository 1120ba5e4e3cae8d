import Glibc
import MuninWire
import PluginKit
import TestSupport
import Testing

struct HostTests {
  private func text(_ host: Host, _ path: StaticString) throws(PluginError) -> String {
    try host.read(path) { String(copying: $0) }
  }

  @Test func filesAreReadBelowTheRoot() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/x", "hello")
    let host = Host(root: folder.path)
    #expect(try text(host, "/proc/x") == "hello")
    #expect(host.canRead("/proc/x"))
    #expect(!host.canRead("/proc/y"))
  }

  @Test func withoutARootItIsTheMachine() throws {
    #expect(try text(Host(), "/proc/self/comm").isEmpty == false)
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 8192, 100_000])
  func filesOfAnySizeComeWhole(size: Int) throws {
    let folder = try TemporaryFolder()
    var noise = Noise(UInt64(size))
    let bytes = noise.bytes(size)
    try folder.write("f", bytes)
    let host = Host(root: folder.path)
    let read = try host.read("/f") { span in span.withUnsafeBufferPointer { Array($0) } }
    #expect(read == bytes)
  }

  /// The buffer is used again: nothing of a longer file may show behind a shorter one.
  @Test func aShortFileAfterALongOneIsShort() throws {
    let folder = try TemporaryFolder()
    try folder.write("long", String(repeating: "x", count: 50_000))
    try folder.write("short", "ab")
    let host = Host(root: folder.path)
    #expect(try text(host, "/long").utf8.count == 50_000)
    #expect(try text(host, "/short") == "ab")
  }

  /// A folder that the machine names: any path below the root, and none that leads out of it.
  @Test func filesInNamedFoldersAreRead() throws {
    let folder = try TemporaryFolder()
    try folder.write("sys/fs/a b/max", "5")
    try folder.write("outside", "x")
    let host = Host(root: folder.path + "/sys")
    func read(_ path: String, _ file: StaticString) throws(PluginError) -> String? {
      try host.readIfPresent(in: Array(path.utf8), file) { String(copying: $0) }
    }
    #expect(try read("/fs/a b", "/max") == "5")
    #expect(try read("/fs/a b", "/min") == nil)
    #expect(try read("/fs/../..", "/outside") == nil)
    #expect(try read("fs/a b", "/max") == nil)
    #expect(try read("/fs/a b\0/c", "/max") == nil)
    #expect(try read("/" + String(repeating: "x", count: 9000), "/max") == nil)
    #expect(
      throws: PluginError.unreadable("/fs/a b", code: EISDIR)
    ) {
      try read("/fs", "/a b")
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("folder/x", "")
    let host = Host(root: folder.path)
    #expect(
      throws: PluginError.unreadable("/nothing", code: ENOENT)
    ) {
      try text(host, "/nothing")
    }
    #expect(
      throws: PluginError.unreadable("/folder", code: EISDIR)
    ) {
      try text(host, "/folder")
    }
  }

  @Test func endlessFilesAreRefused() {
    let error = #expect(throws: PluginError.self) { try text(Host(), "/dev/zero") }
    #expect(error.map { "\($0)" } == "cannot read /dev/zero: larger than 16 MiB")
  }

  /// A pipe that nobody writes into must not hold up the loop.
  @Test func aPipeDoesNotBlock() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    _ = try? text(Host(root: folder.path), "/pipe")
  }

  // MARK: Thresholds

  @Test(
    arguments: [
      ([:], nil, nil),
      (["warning": "5"], nil, "5"),
      (["f_warning": "7", "warning": "5"], nil, "7"),
      (["g_warning": "7"], nil, nil),
      (["f_warning": "0"], nil, "0"),
      (["f_warning": "50%"], nil, "50%"),
      (["f_warning": "50%"], 1000, "500"),
      (["f_warning": "10%:90%"], 1000, "100:900"),
      (["f_warning": ":90%"], 1000, ":900"),
      (["f_warning": "10%:"], 1000, "100:"),
      (["f_warning": "3:90%"], 1000, "3:900"),
      (["f_warning": "33.3%"], 1000, "333"),
      (["f_warning": "x%"], 1000, "x%"),
      (["f_warning": "%"], 1000, "%"),
      (["f_warning": "50%"], UInt64.max, "9223372036854775808"),
    ] as [([String: String], UInt64?, String?)])
  func thresholdsAreLookedUp(settings: [String: String], whole: UInt64?, expected: String?) {
    #expect(Host(settings: settings).threshold("warning", of: "f", whole: whole) == expected)
  }

  @Test func thePluginsOwnLimitComesLast() {
    #expect(Host().threshold("warning", of: "f", default: "9") == "9")
    #expect(Host(settings: ["warning": "5"]).threshold("warning", of: "f", default: "9") == "5")
    #expect(Host(settings: ["f_warning": ""]).threshold("warning", of: "f", default: "9") == nil)
  }

  @Test func fieldsAreGivenTheirLimits() {
    var field = Field("f", warning: "1")
    Host(settings: ["critical": "8"]).applyThresholds(to: &field)
    #expect(field.warning == "1" && field.critical == "8")
  }

  /// What a file that is read leaves open would show as 500.
  @Test func descriptorsAreGivenBack() throws {
    let folder = try TemporaryFolder()
    try folder.write("f", "x")
    let host = Host(root: folder.path)
    func count() -> Int {
      guard let list = opendir("/proc/self/fd") else { return -1 }
      defer { closedir(list) }
      var count = 0
      while readdir(list) != nil { count += 1 }
      return count
    }
    let before = count()
    for _ in 0..<250 {
      _ = try text(host, "/f")
      _ = try? text(host, "/nothing")
    }
    #expect(count() - before < 150)
  }

  /// An error is one line of a log or a terminal, whatever was found.
  @Test func anErrorIsOneLine() {
    let error = PluginError(
      source: "/x", expected: "a number", found: "'a\nb\u{1B}[2J\t\u{7F}'")
    #expect("\(error)" == "/x: expected a number, found 'a\\nb\\x1b[2J\\t\\x7f'")
  }
}
