import MuninWire
import TestSupport
import Testing

@Test(arguments: [
  ("10.0.0.1", "_", "_0_0_0_1", "_0_0_0_1"), ("2f", "_f", "_f", "_f"),
  ("/dev/sda1", "_dev_sda1", "_dev_sda1", "_dev_sda1"), ("x-y", "x_y", "x_y", "x_y"),
  ("1n", "_n", "_n", "_n"), ("root", "__root", "root", "root"), ("", "", "", ""),
  ("é", "_", "__", "__"), ("tmpfs", "tmpfs", "tmpfs", "tmpfs"),
])
func fieldNamesAreCleaned(text: String, perl: String, shell: String, master: String) {
  #expect(FieldCleaning.perl.clean(text) == perl)
  #expect(FieldCleaning.shell.clean(text) == shell)
  #expect(FieldCleaning.master.clean(text) == master)
}

@Test(arguments: [
  ("load", true), ("if_eth0.100", true), ("snmp_ups@site:1_x-y", true), (".hidden", false),
  ("..", false), ("a/b", false), ("a b", false), ("", false), ("é", false), ("a\n", false),
  (String(repeating: "x", count: 129), false),
])
func serviceNamesAreFileNames(name: String, good: Bool) {
  #expect(isServiceName(name) == good)
}

@Test(arguments: [
  ("diskstats_latency.sda", true), ("a.b.c", true), (".a", false), ("a.", false), ("a..b", false),
  ("multigraph", false), ("a/b", false), ("", false), ("a@b", false), ("a:b-c", true),
])
func graphNamesNestByDots(name: String, good: Bool) {
  #expect(isGraphName(name) == good)
}

@Test(arguments: [("_x1", true), ("X", true), ("1x", false), ("a-b", false), ("", false)])
func fieldNamesAreWords(name: String, good: Bool) {
  #expect(isFieldName(name) == good)
}

@Test func cleanedNamesAreFieldNames() {
  var random = Noise(4)
  for _ in 0..<5_000 {
    let bytes = random.text(
      of: ["a", "_", "1", "."], count: Int.random(in: 1...20, using: &random))
    for cleaning in FieldCleaning.allCases {
      #expect(isFieldName(cleaning.clean(String(copying: bytes.span))))
    }
  }
}

@Test func masterFilesPluginsUnderWords() {
  #expect(masterServiceName("if_eth0.100") == "if_eth0_100")
  #expect(masterServiceName("x-y@z") == "x_y_z")
}
