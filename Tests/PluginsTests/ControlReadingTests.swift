import TestSupport
import Testing

@testable import Plugins

struct ControlReadingTests {
  private func variables(_ text: [UInt8]) -> [String] {
    var found: [String] = []
    var reader = VariableReader()
    while let (name, value) = reader.next(in: text.span) {
      found.append("\(text.span.plainText(name))|\(text.span.plainText(value))")
    }
    return found
  }

  @Test func textIsTakenApart() {
    let text =
      "srcadr=10.9.0.2, srcport=123,\r\nversion=\"ntpd 4.2, x\", refid=GPS,\r\nlast=, alone, reach=0x3f\r\n\0\0"
    #expect(
      variables(Array(text.utf8)) == [
        "srcadr|10.9.0.2", "srcport|123", "version|ntpd 4.2, x", "refid|GPS", "last|", "reach|0x3f",
      ])
    #expect(variables([]).isEmpty)
    #expect(variables(Array("no equals sign".utf8)).isEmpty)
    #expect(variables(Array("open=\"never closed".utf8)) == ["open|never closed"])
  }

  /// ntpsec 1.2.2 sends uninitialised memory in filtdelay; what stands around it must not suffer.
  @Test func bytesThatAreNoTextSpoilNothing() {
    let text =
      Array("reach=0x3f,\r\nfiltdelay=0.1 ".utf8) + [0xC0, 0x67, 0x2B, 0xD6, 0xFF, 0x7F]
      + Array(", offset=1.5".utf8)
    #expect(Array(variables(text)).first == "reach|0x3f")
    #expect(variables(text).last == "offset|1.5")
  }

  private func association(_ text: String, status: UInt16 = 0x963A, clock: Double? = nil)
    -> Association?
  {
    Association(status: status, Array(text.utf8).span, clock: clock)
  }

  /// Measured with ntpsec 1.2.2; ntpq shows the same as `*10.9.0.2 127.127.1.1 3 u 9 8 77 0.0611 0.0160 0.0104`.
  @Test func aPeerIsRead() throws {
    let peer = try #require(
      association(
        "srcadr=10.9.0.2, srcport=123, hmode=3, stratum=3, ppoll=99, hpoll=3,\r\nrefid=127.127.1.1, "
          + "reftime=0xeeab64bd.05b22733, rec=0xeeab64f4.6ec55e26,\r\nreach=0x3f, delay=0.061094, offset=0.016025, "
          + "jitter=0.010400,\r\ndispersion=0.140466\r\n", clock: Double(0xEEAB_64FD)))
    #expect(peer.name == "10.9.0.2" && peer.reference == "127.127.1.1" && peer.kind == .unicast)
    #expect(peer.stratum == 3 && peer.poll == 8 && peer.reach == 0o77 && peer.answered == 6)
    #expect(peer.selection == .systemPeer && peer.leads && peer.isUsable)
    // Milliseconds become seconds, and the sign stays: ntpd's is positive where the peer is ahead.
    #expect(abs(peer.offset! - 16.025e-6) < 1e-15)
    #expect(abs(peer.delay! - 61.094e-6) < 1e-15 && abs(peer.jitter! - 10.4e-6) < 1e-15)
    #expect(abs(peer.age! - 8.567) < 0.001)
  }

  @Test func theSelectionIsTranslated() {
    let order = [
      (0, 0, " "), (1, 1, "x"), (2, 2, "."), (3, 4, "-"), (4, 5, "+"), (5, 3, "#"), (6, 6, "*"),
      (7, 7, "o"),
    ]
    for (wire, munin, tally) in order {
      let peer = association("srcadr=10.9.0.2,reach=0x1", status: UInt16(0x9000 | wire << 8))
      #expect(peer?.selection?.rawValue == munin)
      #expect(peer?.selection?.tally == Character(tally))
    }
  }

  @Test func aPoolsLineIsNoPeer() {
    #expect(association("srcadr=0.0.0.0, refid=POOL, stratum=16") == nil)
    #expect(association("srcadr=::, refid=POOL, stratum=16") == nil)
    #expect(association("stratum=2, offset=1") == nil)
    #expect(association("srcadr=") == nil)
  }

  @Test func whatWasNeverOrLongAgoMeasuredIsUnknown() throws {
    for text in ["reach=0x0, dispersion=1", "reach=0xff, dispersion=16000.0", "offset=0"] {
      let peer = try #require(association("srcadr=10.9.0.2, delay=5, offset=7, jitter=1, " + text))
      #expect(peer.offset == nil && peer.delay == nil && peer.jitter == nil)
    }
  }

  @Test func clocksHaveNamesOfTheirOwn() throws {
    let new = try #require(
      association("srcadr=127.127.28.0, srchost=\"SHM(0)\", refid=SHM, stratum=0, reach=0x1"))
    #expect(new.name == "SHM(0)" && new.kind == .clock && new.stratum == 0 && !new.isLocalClock)
    let old = try #require(association("srcadr=127.127.20.1, refid=GPS, stratum=0, reach=0x1"))
    #expect(old.name == "127.127.20.1" && old.kind == .clock)
    let own = try #require(association("srcadr=127.127.1.0, refid=LOCL, stratum=10, reach=0xff"))
    #expect(own.isLocalClock && own.leads)
    var snapshot = NTPSnapshot(daemon: .ntpd, place: "test")
    snapshot.associations = [own]
    #expect(snapshot.systemPeer == nil && snapshot.usable == 0 && snapshot.leader == own)
  }

  @Test func absurdValuesAreUnknown() throws {
    let peer = try #require(
      association(
        "srcadr=10.9.0.2, reach=0x100, stratum=17, hpoll=200, ppoll=99, offset=1e300, delay=nan, jitter=inf, rec=0xzz"
      ))
    #expect(peer.reach == nil && peer.stratum == nil && peer.poll == nil)
    #expect(peer.offset == nil && peer.delay == nil && peer.jitter == nil && peer.age == nil)
  }

  /// As measured with ntpsec 1.2.2.
  @Test func theSystemIsRead() {
    let text = """
      leap=00, stratum=2, rootdelay=1.178, rootdisp=192.726, refid=203.0.113.11, reftime=0xeeb05756.978ebe0e,
      clock=0xeeb05759.0a478feb, offset=-0.084632, frequency=-12.5, sys_jitter=2.047244, version="ntpd ntpsec-1.2.2"
      """
    let found = ControlSystem(status: 0x0014, Array(text.utf8).span)
    #expect(
      found.system.leap == 0 && found.system.stratum == 2 && found.version == "ntpd ntpsec-1.2.2")
    #expect(abs(found.system.offset! + 84.632e-6) < 1e-15 && found.system.frequency == -12.5)
    #expect(
      abs(found.system.rootDelay! - 0.001178) < 1e-12
        && abs(found.system.sinceSync! - 2.448) < 0.001)
    #expect(found.system.reference == "203.0.113.11")
  }

  /// Not synchronised it says offset=0: that is not perfect, but nothing.
  @Test func anUnsynchronisedSystemHasNoOffset() {
    let text =
      "leap=11, stratum=16, refid=INIT, reftime=0x00000000.00000000, offset=0.000, sys_jitter=0.000"
    let system = ControlSystem(status: 0xC016, Array(text.utf8).span).system
    #expect(
      system.leap == 3 && system.stratum == 16 && system.offset == nil && system.jitter == nil)
    #expect(system.sinceSync == nil)
  }

  @Test func noiseIsSurvived() {
    var noise = Noise(4711)
    let pieces = [
      "srcadr=", "offset=", "reach=0x", "=", ",", "\"", "\r\n", "0x", "0xeeb05756.978ebe0e",
      "1e999", "-", "127.127.1.",
      "stratum=", "hpoll=", "rec=", "99999999999999999999", "leap=", "clock=",
    ]
    for _ in 0..<3000 {
      let text = noise.text(of: pieces, count: 60)
      _ = variables(text)
      let system = ControlSystem(status: .random(in: 0...65535, using: &noise), text.span).system
      if let stratum = system.stratum { #expect((0...16).contains(stratum)) }
      let peer = Association(status: .random(in: 0...65535, using: &noise), text.span, clock: 4e9)
      if let poll = peer?.poll { #expect((1...0x1p36).contains(poll)) }
      if let peer { #expect(isPlain(NTPShape.field(of: peer.name))) }
    }
  }

  private func isPlain(_ field: String) -> Bool {
    field.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F
    }
  }
}
