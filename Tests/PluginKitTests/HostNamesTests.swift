import MuninWire
import PluginKit
import TestSupport
import Testing

struct HostNamesTests {
  private func text(_ name: String, in folder: TemporaryFolder) throws(PluginError) -> String? {
    try PluginKit.Host(root: folder.path).readIfPresent("/proc/", name.utf8.span, "/stat") { text in
      String(copying: text)
    }
  }

  @Test func aFileIsFoundByItsName() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/12/stat", "twelve")
    #expect(try text("12", in: folder) == "twelve")
    #expect(try text("13", in: folder) == nil)
  }

  /// A large one is read to its end, although one read does for most.
  @Test func aLargeFileIsWhole() throws {
    let folder = try TemporaryFolder()
    for size in [4095, 4096, 4097, 8192, 100_000] {
      try folder.write("proc/12/stat", String(repeating: "x", count: size))
      #expect(try text("12", in: folder)?.utf8.count == size)
    }
  }

  @Test(arguments: [
    "", ".", "..", "../proc/12", "12/.", "/12", "1\0", String(repeating: "1", count: 256),
  ])
  func aNameThatIsNoneFindsNothing(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/12/stat", "twelve")
    try folder.write("proc/stat", "all")
    try folder.write("stat", "outside")
    #expect(try text(name, in: folder) == nil)
    let isThere = PluginKit.Host(root: folder.path).has("/proc/", name.utf8.span)
    #expect(!isThere)
  }

  @Test func whatCannotBeReadIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/12/stat/folder", "")
    let error = #expect(throws: PluginError.self) { try text("12", in: folder) }
    #expect(
      error.map { "\($0)" } == "cannot read /proc/12/stat: Is a directory")
  }

  @Test func namesOfAFolder() throws {
    let folder = try TemporaryFolder()
    for name in ["a", ".b", "c d"] { try folder.write("proc/\(name)", "") }
    var names: Set<String> = []
    try PluginKit.Host(root: folder.path).forEachName(in: "/proc") { name in
      names.insert(String(copying: name))
    }
    #expect(names == ["a", ".b", "c d"])
    let error = #expect(throws: PluginError.self) {
      try PluginKit.Host(root: folder.path).forEachName(in: "/sys") { _ in }
    }
    #expect(error?.source == "/sys")
  }

  @Test func aLinkIsFollowedInsideTheRoot() throws {
    let folder = try TemporaryFolder()
    try folder.write("dev/sda1", "")
    try folder.link("dev/root", to: "sda1")
    let host = PluginKit.Host(root: folder.path)
    #expect(host.destination(of: "/dev/root") == "/dev/sda1")
    #expect(host.destination(of: "/dev/none") == nil)
    #expect(PluginKit.Host().destination(of: "/proc/self/../self/../..") == "/")
  }

  @Test func whatIsKeptStays() {
    final class Thing {}
    final class Other {}
    let buffer = ReadBuffer()
    func host() -> PluginKit.Host { PluginKit.Host(buffer: buffer) }
    let first = host().kept { Thing() }
    #expect(host().kept { Thing() } === first)
    #expect(host().kept(for: "a") { Thing() } !== first)
    #expect(host().kept(for: "a") { Thing() } === host().kept(for: "a") { Thing() })
    _ = host().kept { Other() }
    #expect(host().kept { Thing() } === first)
    #expect(PluginKit.Host().kept { Thing() } !== first)
  }

  @Test(arguments: [
    (0.0, "0"), (1, "1"), (100, "100"), (0.5, "0.5"), (19.429657318742, "19.429657318742"),
    (123_456_789.125, "123456789.125"), (2.0 / 3, "0.666666666666667"), (1e15, "1000000000000000"),
    (1e20, "100000000000000000000"), (0.00003240953203228, "0.000032409532032"),
    (9.9999999999999999, "10"), (.nan, "U"), (.infinity, "U"), (-0.25, "-0.25"),
  ])
  func aNumberIsWrittenWithAllItsDigits(number: Double, text: String) {
    var reply = Reply()
    reply.value("a_b", exactly: number)
    #expect(reply.text == "a_b.value \(text)\n")
  }

  @Test func aNameOfAFileBecomesAFieldName() {
    var reply = Reply()
    reply.value("i", "IPI-0 ü".utf8.span, KernelCounter(7))
    reply.value("sda", "_rdio", exactly: nil)
    reply.multigraph("d.", "sda")
    #expect(reply.text == "iIPI_0___.value 7\nsda_rdio.value U\nmultigraph d.sda\n")
  }

  @Test func theRealMachineAnswers() {
    let kernel = Kernel.real
    #expect(kernel.secondsSinceBoot() > 0)
    #expect(kernel.fileSystem("/")!.blocks > 0)
    #expect(kernel.fileSystem("/no/such/place") == nil)
    #expect(kernel.hasProcess(1))
    #expect(!kernel.hasProcess(Int32.max))
  }
}
