import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// Kernels print their counters with 32 bits or 64, with a sign or without: each is a value.
struct KernelCounterTests {
  private func values(_ plugin: String, _ files: [String: String]) throws -> String {
    let folder = try TemporaryFolder()
    for (path, text) in files { try folder.write(path, text) }
    return try answers(of: plugin, on: folder.path).values
  }

  private static let big = "18446744073709551615"

  /// Some kernels print the 2^31st fork and later ones with a sign.
  @Test func forksGoOnBeyondTheSign() throws {
    let text = "cpu  1 2 3 4\nprocesses -2049562273\nprocs_running 1\n"
    #expect(try values("forks", ["proc/stat": text]) == "forks.value -2049562273\n")
    #expect(
      try values("forks", ["proc/stat": "processes \(Self.big)\n"])
        == "forks.value \(Self.big)\n")
  }

  @Test func interruptsAndSwitchesGoOnBeyondTheSign() throws {
    let text = "intr -1294967296 1 2\nctxt -9223372036854775808\n"
    #expect(
      try values("interrupts", ["proc/stat": text])
        == "intr.value -1294967296\nctx.value -9223372036854775808\n")
  }

  @Test func timesOfProcessorsAreScaledWithTheirSign() throws {
    let text = "cpu  -100 -9223372036854775808 0 \(Self.big) 4294967295\n"
    let expected = """
      user.value -100
      nice.value -9223372036854775808
      system.value 0
      idle.value \(Self.big)
      iowait.value 4294967295

      """
    #expect(try values("cpu", ["proc/stat": text]) == expected)
  }

  /// A count of tasks that slipped below 0 is not a load of 2^64 tasks, and no alarm.
  @Test(arguments: ["-1", "4294967295", big])
  func aNumberOfThingsBelowZeroIsUnknown(blocked: String) throws {
    #expect(
      try values("vmstat", ["proc/stat": "procs_running 2\nprocs_blocked \(blocked)\n"])
        == "wait.value 2\nsleep.value U\n")
    let names = "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\n"
    let values = try values("netstat", ["proc/net/snmp": names + "Tcp: -7 2 3 4 \(blocked)\n"])
    #expect(values.hasPrefix("multigraph netstat\nactive.value -7\npassive.value 2\n"))
    #expect(values.hasSuffix("multigraph netstat_established\nestablished.value U\n"))
    let packets = "Ip: InReceives ForwDatagrams\nIp: -2147483648 \(Self.big)\n"
    #expect(
      try self.values("fw_packets", ["proc/net/snmp": packets])
        == "received.value -2147483648\nforwarded.value \(Self.big)\n")
  }

  @Test func inodesAndFilesBelowZeroAreNone() throws {
    #expect(
      try values("open_inodes", ["proc/sys/fs/inode-nr": "120 -4 0 0 0 0 0\n"])
        == "used.value 120\nmax.value 120\n")
    #expect(
      try values("open_files", ["proc/sys/fs/file-nr": "-3 0 9223372036854775807\n"])
        == "used.value 0\n")
  }

  @Test func swappedPagesAndBytesOfInterfacesGoOnBeyondTheSign() throws {
    #expect(
      try values("swap", ["proc/vmstat": "pswpin -5\npswpout \(Self.big)\n"])
        == "swap_in.value -5\nswap_out.value \(Self.big)\n")
    let device =
      " face |bytes\n  x0:-2147483648 1 -1 0 0 0 0 0 4294967295 1 0 0 0 0 0 0\n"
    for (plugin, lines) in [
      ("if_", "down.value -2147483648\nup.value 4294967295\n"),
      ("if_err_", "rcvd.value -1\ntrans.value 0\n"),
    ] {
      let values = try values(
        plugin, ["proc/net/dev": device, "service.txt": plugin + "x0"])
      #expect(values.hasPrefix(lines))
    }
    #expect(
      try values(
        "if_",
        [
          "sys/class/net/x0/statistics/rx_bytes": "-1\n",
          "sys/class/net/x0/statistics/tx_bytes": "\(Self.big)\n", "service.txt": "if_x0",
        ]) == "down.value -1\nup.value \(Self.big)\n")
  }

  /// The counters of a disk on a 32-bit kernel begin anew after 2^32; those of a disk put in anew begin at 0.
  @Test(arguments: [
    ("4294967000", "1004", "4.33333333333333"), ("-1000", "200", "4"), ("-1000", "-400", "2"),
    ("18446744073709551000", "884", "5"), ("1000", "5", "U"), ("4294967000", "2147483647", "U"),
    ("8589934592", "5", "U"),
  ])
  func countersOfDisksPassTheirEnd(old: String, new: String, rate: String) throws {
    let folder = try TemporaryFolder()
    for (place, reads) in [("earlier/", old), ("", new)] {
      try folder.write("\(place)proc/diskstats", "8 0 sda \(reads) 0 8 0 0 0 0 0 -1 0 0\n")
    }
    #expect(try answers(of: "diskstats", on: folder.path).values.contains("rdio.value \(rate)\n"))
  }

  // MARK: /proc/interrupts

  private static let board = """
               CPU0       CPU1       CPU2       CPU3
      1:          0          0          0          0     GICv2  25 Level     vgic
     75:          1   ARMCTRL
    FIQ:              usb_fiq
    IPI5:1832994294  356298973  370391406  307321362       IRQ work interrupts
    IPI6:         0          0          0          0       CPU wake-up interrupts
    Err:          0

    """

  @Test func countsRightBehindTheColonAreCounted() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/interrupts", Self.board)
    let (config, values) = try answers(of: "irqstats", on: folder.path)
    #expect(
      values == "i1.value 0\ni75.value 1\niFIQ.value 0\niIPI5.value 2867006035\n"
        + "iIPI6.value 0\niErr.value 0\n")
    #expect(config.contains("graph_order i1 i75 iFIQ iIPI5 iIPI6 iErr\n"))
    #expect(config.contains("iIPI5.label IRQ work interrupts\n"))
  }

  @Test func aRowThatIsNotUnderstoodIsTold() throws {
    let folder = try TemporaryFolder()
    let plugin = try local("irqstats")
    func complaint(_ text: String) throws -> String? {
      try folder.write("proc/interrupts", text)
      var reply = Reply()
      try plugin.values(on: LittleMachine(folder.path).host(for: plugin), into: &reply)
      return reply.takeComplaint()
    }
    #expect(try complaint(Self.board) == nil)
    #expect(
      try complaint(Self.board + "\n  \n12 14 15\nNot Me: 4\n")
        == "/proc/interrupts: expected a row 'NAME: counts', found '12 14 15'")
    #expect(try complaint("CPU0\n: 5\n") != nil)
  }
}
