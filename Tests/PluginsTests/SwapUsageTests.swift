import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// `swap_usage` on machines made for one question each.
struct SwapUsageTests {
  private static let head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

  @Test(arguments: [
    "\n", "hello\n", head + "/dev/sda2\n", head + "/dev/sda2 partition 5\n",
    head + "/dev/sda2 partition x 5 -2\n", head + "/dev/sda2 partition 5 -5 -2\n",
    head + "sda2 partition 5 5 -2\n", head + "\n",
  ])
  func aTableWithoutSenseIsNamed(text: String) throws {
    let error = #expect(throws: PluginError.self) {
      try MemoryMachine.fields(
        "swap_usage", MemoryMachine.meminfo(5).merging(["proc/swaps": text]) { $1 })
    }
    #expect(error?.source == "/proc/swaps")
  }

  @Test func namesakesAreOneFieldAndNothingOverflows() throws {
    let most = UInt64.max
    let swaps =
      Self.head + "/swap\\040file file 100 10 -2\n/swap_file file 50 5 -3\n"
      + "/huge file \(most) \(most) -4\n"
    let files = MemoryMachine.meminfo(5).merging(["proc/swaps": swaps]) { $1 }
    let fields = try MemoryMachine.fields("swap_usage", files)
    #expect(fields.keys.sorted() == ["_huge", "_swap_file", "total"])
    #expect(fields["_swap_file"]?.readings.first?.text == "\(15 * 1024)")
    #expect(fields["total"]?.readings.first?.text == "\(most)")
  }

  @Test func noSwapIsNeitherEmptyNorFull() throws {
    for swaps in [Self.head, nil] {
      var files = MemoryMachine.meminfo(5, "SwapTotal: 0 kB\nSwapFree: 0 kB\n")
      files["proc/swaps"] = swaps
      let fields = try MemoryMachine.fields("swap_usage", files)
      #expect(fields["total"]?.readings.first == .unknown && fields.count == 1)
      #expect(fields["total"]?.warning == nil)
      #expect(
        try MemoryMachine.complaint("swap_usage", files) == "/proc/swaps: expected swap, found none"
      )
    }
    let folder = try TemporaryFolder()
    try folder.write("proc/swaps", Self.head)
    #expect(
      try local("swap_usage").autoconf(on: PluginKit.Host(root: folder.path)) == .no("no swap"))
  }

  /// A kernel that has swap and does not say where is not one without.
  @Test func aMissingTableIsNoMissingSwap() throws {
    #expect(throws: PluginError.self) {
      try MemoryMachine.fields(
        "swap_usage", MemoryMachine.meminfo(5, "SwapTotal: 9 kB\nSwapFree: 9 kB\n"))
    }
  }

  @Test func aZRAMThatTellsNoSenseIsUnknown() throws {
    var files = MemoryMachine.meminfo(5)
    files["proc/swaps"] = Self.head + "/dev/zram0 partition 100 10 5\n"
    files["sys/block/zram0/mm_stat"] = "10240 3000\n"
    let fields = try MemoryMachine.fields("swap_usage", files)
    #expect(fields["_dev_zram0_memory"]?.readings == [.unknown])
    #expect(fields["_dev_zram0"]?.readings.first?.text == "10240")
    let complaint = try MemoryMachine.complaint("swap_usage", files)
    #expect(complaint?.hasPrefix("/sys/block/zram0/mm_stat: expected 3 numbers") == true)
  }

  @Test func olderKernelsTellOfZRAMElsewhere() throws {
    var files = MemoryMachine.meminfo(5)
    files["proc/swaps"] = Self.head + "/dev/zram0 partition 100 10 5\n"
    files["sys/block/zram0/mem_used_total"] = "4096\n"
    #expect(
      try MemoryMachine.fields("swap_usage", files)["_dev_zram0_memory"]?.readings.first?.text
        == "4096")
    files["sys/block/zram0/mm_stat"] = "10240 3000 8192 0 0 0 0\n"
    #expect(
      try MemoryMachine.fields("swap_usage", files)["_dev_zram0_memory"]?.readings.first?.text
        == "8192")
  }
}
