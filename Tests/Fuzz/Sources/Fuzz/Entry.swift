import Glibc

/// What is fed with hostile bytes, by the name that the environment variable `FUZZ_SUBJECT` gives.
private let subjects: [String: @Sendable ([UInt8]) -> Void] = [
  "dialogue": feedDialogue,
  "node-settings": feedNodeSettings,
  "plugin-settings": feedPluginSettings,
  "master-settings": feedMasterSettings,
  "master-dialogue": feedMasterDialogue,
  "plugin-output": feedPluginOutput,
  "web-servers": feedWebServers,
  "ups-daemons": feedUPSDaemons,
  "ups-profile": feedUPSProfile,
  "ups-text": feedUPSText,
  "ntp-control": feedNTPControl,
  "ntp-chrony": feedNTPChrony,
  "ntp-bus": feedNTPBus,
  "wire": feedWire,
  "journal-row": feedJournalRow,
  "rrdcached": feedRRDCached,
  "datafile": feedDatafile,
]

private let subject: @Sendable ([UInt8]) -> Void = {
  let name = getenv("FUZZ_SUBJECT").map { String(cString: $0) } ?? ""
  guard let subject = subjects[name] else {
    say("FUZZ_SUBJECT is '\(name)': expected one of \(subjects.keys.sorted())")
    exit(2)
  }
  return subject
}()

/// libFuzzer calls this with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  subject(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// Ends the run when something that must hold does not. libFuzzer then keeps the input.
func demand(_ holds: Bool, _ fact: @autoclosure () -> String) {
  if holds { return }
  // A trap is no signal that libFuzzer knows on every processor; this is.
  say("not so: \(fact())")
  abort()
}

private func say(_ message: String) {
  let text = Array("\n\(message)\n".utf8)
  _ = write(STDERR_FILENO, text, text.count)
}

/// How many lines a text has, the last one with or without an end.
func lineCount(_ text: [UInt8]) -> Int {
  text.count { $0 == 0x0A } + (text.last.map { $0 == 0x0A ? 0 : 1 } ?? 0)
}
