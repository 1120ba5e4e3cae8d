import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// `memory_available` on machines made for one question each. (Whole machines: GoldenTests.)
struct MemoryAvailableTests {
  // MARK: Thresholds that fit the machine

  /// 1 MB of 32 MB, 10 MB of a server, by the square root between.
  @Test(arguments: [
    (24_576, 1_048_576), (32_768, 1_048_576), (131_072, 2_097_152), (524_288, 4_194_304),
    (1_048_576, 5_931_641), (3_276_800, 10_485_760), (25_165_824, 10_485_760),
    (536_870_912, 10_485_760),
  ])
  func freeMemoryScales(kilobytes: UInt64, least: UInt64) throws {
    let field = try #require(
      try MemoryMachine.fields("memory_available", MemoryMachine.meminfo(kilobytes))["free"])
    #expect(field.warning == "\(least):" && field.critical == nil)
  }

  @Test(arguments: [
    (32_768, 1_006_632), (1_048_576, 32_212_254), (25_165_824, 104_857_600),
    (536_870_912, 104_857_600),
  ])
  func theCacheScales(kilobytes: UInt64, least: UInt64) throws {
    let files = MemoryMachine.meminfo(kilobytes, "Cached: 500 kB\nShmem: 100 kB\n")
    let field = try #require(try MemoryMachine.fields("memory_available", files)["cached"])
    #expect(field.warning == "\(least):")
    #expect(field.readings.first?.text == "409600")
  }

  @Test func thresholdsMayBeBytesOrSharesOrNone() throws {
    let files = MemoryMachine.meminfo(
      1_000_000, "MemAvailable: 5000 kB\nSwapTotal: 1000 kB\nSwapFree: 10 kB\n")
    let settings = [
      "free_warning": "2000000:", "available_warning": "25%:", "available_critical": "",
      "swap_critical": "50%",
    ]
    let fields = try MemoryMachine.fields("memory_available", files, settings)
    #expect(fields["free"]?.warning == "2000000:")
    #expect(fields["available"]?.warning == "256000000:")
    #expect(fields["available"]?.critical == nil)
    #expect(fields["swap"]?.warning == "819200" && fields["swap"]?.critical == "512000")
    // What is meant for all plugins is not meant for these.
    let general = try MemoryMachine.fields("memory_available", files, ["warning": "1:2"])
    #expect(general["free"]?.warning == "5792618:")
  }

  /// Huge pages are nobody's who does not ask for them, whether the kernel sums them up or not.
  @Test(arguments: [
    "Hugetlb: 800000 kB\nHugePages_Total: 1\n",
    "HugePages_Total:   400\nHugePages_Free: 1\nHugepagesize:  2000 kB\n",
  ])
  func hugePagesAreNoMemoryForOthers(lines: String) throws {
    let files = MemoryMachine.meminfo(1_000_000, "MemAvailable: 5000 kB\n" + lines)
    #expect(
      try MemoryMachine.fields("memory_available", files)["available"]?.warning
        == "\(200_000 * 1024 / 10):")
  }

  @Test func noHugePagesTakeMoreThanThereIs() throws {
    let files = MemoryMachine.meminfo(
      1000, "MemAvailable: 5 kB\nHugePages_Total: 999999999999\nHugepagesize: 1048576 kB\n")
    #expect(try MemoryMachine.fields("memory_available", files)["available"]?.warning == "0:")
  }

  // MARK: Fields that a kernel has not

  @Test func withoutAnEstimateOfTheKernelsOneIsMadeOnRequest() throws {
    let lines = "Buffers: 100 kB\nCached: 2000 kB\nShmem: 500 kB\nSReclaimable: 50 kB\n"
    let files = MemoryMachine.meminfo(10_000, lines)
    #expect(try MemoryMachine.fields("memory_available", files)["available_estimate"] == nil)
    let field = try #require(
      try MemoryMachine.fields("memory_available", files, ["estimate": "yes"])["available_estimate"]
    )
    #expect(field.readings.first?.text == "\((900 + 100 + 1500 + 50) * 1024)")
    #expect(field.warning == "1024000:" && field.label == "available (estimate)")
    let modern = MemoryMachine.meminfo(10_000, lines + "MemAvailable: 77 kB\n")
    let fields = try MemoryMachine.fields("memory_available", modern, ["estimate": "yes"])
    #expect(fields["available"] != nil && fields["available_estimate"] == nil)
  }

  /// Kernels have printed counts that fell below zero, containers odd words: the field stays, its value is unknown, and
  /// the log names the line.
  @Test(arguments: [
    "18446744073709551584 kB", "-12 kB", "many kB", "99999999999999999999999 kB", "",
  ])
  func aLineWithoutACredibleNumberIsUnknown(words: String) throws {
    let lines = "Committed_AS: \(words)\nMapped: 5 kB\nCached: 9 kB\nShmem: 1 kB\n"
    let files = MemoryMachine.meminfo(10_000, lines)
    let fields = try MemoryMachine.fields("memory", files)
    #expect(fields["committed"]?.readings == [.unknown])
    #expect(fields["mapped"]?.readings.first?.text == "5120")
    #expect(fields["apps"]?.readings.first?.text == "\((10_000 - 900 - 9) * 1024)")
    #expect(try MemoryMachine.complaint("memory", files)?.contains("Committed_AS") == true)
    // What is computed from such a line is unknown too.
    let slab = MemoryMachine.meminfo(
      10_000, "Slab: \(words)\nSwapTotal: 9 kB\nSwapFree: \(words)\nCached: 9 kB\nShmem: \(words)\n"
    )
    let derived = try MemoryMachine.fields("memory", slab)
    for name in ["slab", "apps", "swap", "cached", "shmem"] {
      #expect(derived[name]?.readings == [.unknown], "\(name)")
    }
    let room = try MemoryMachine.fields("memory_available", slab)
    #expect(room["swap"]?.readings == [.unknown] && room["cached"]?.readings == [.unknown])
    #expect(room["free"]?.readings.first?.text == "921600")
  }

  @Test func whatIsMissingIsLeftOut() throws {
    #expect(
      try MemoryMachine.fields("memory_available", MemoryMachine.meminfo(10_000)).keys.sorted() == [
        "free"
      ])
    let none = MemoryMachine.meminfo(10_000, "SwapTotal: 0 kB\nSwapFree: 0 kB\nCached: 9 kB\n")
    #expect(try MemoryMachine.fields("memory_available", none).keys.sorted() == ["free"])
  }

  // MARK: Settings that cannot be meant

  /// A share whose `%` was forgotten would be some bytes.
  @Test(arguments: [
    ("memory_available", "available_warning", "15"), ("memory_available", "free_critical", "10:"),
    ("memory", "apps_warning", "90"), ("memory", "warning", "5:80"),
    ("swap_usage", "total_warning", "50"), ("swap_usage", "_dev_sda2_critical", "95"),
    ("tmpfs", "_run_warning", "80"), ("tmpfs", "critical", "95"),
    ("web_processes", "memory_warning", "60"), ("web_processes", "nginx_memory_critical", "80"),
  ])
  func aShareWithoutItsSignIsAFinding(plugin: String, name: String, value: String) throws {
    let finding = try #require(try local(plugin).manual.finding(on: value, of: name))
    #expect(finding.contains("the values are bytes") && finding.contains("%"), "\(finding)")
    #expect(try local(plugin).manual.finding(on: "15%", of: name) == nil)
    #expect(try local(plugin).manual.finding(on: "0:2000000", of: name) == nil)
    #expect(try local(plugin).manual.finding(on: ":0", of: name) == nil)
  }
}
