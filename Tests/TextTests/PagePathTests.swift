import TestSupport
import Testing
import Text

@Suite struct PagePathTests {
  @Test func eachPageHasItsPath() {
    #expect("\(PagePath.group(["Shop", "EU"]))" == "/Shop/EU/")
    #expect("\(PagePath.node("web01", in: ["Shop"]))" == "/Shop/web01/")
    #expect("\(PagePath.node("web01", in: ["Shop"], category: "disk"))" == "/Shop/web01/#disk")
    #expect("\(PagePath.graph("load", of: "web01", in: ["Shop"]))" == "/Shop/web01/load")
  }

  @Test func theDotsOfANestedGraphAreSlashes() {
    #expect("\(PagePath.graph("if.eth0.rx", of: "n", in: ["g"]))" == "/g/n/if/eth0/rx")
    #expect("\(PagePath.graph("..a..", of: "n", in: ["g"]))" == "/g/n/a")
  }

  @Test func whatCouldEndAPartIsEscaped() {
    let path = PagePath.graph("a", of: "x?y#z/%", in: ["Müll & Co"])
    #expect("\(path)" == "/M%C3%BCll%20%26%20Co/x%3Fy%23z%2F%25/a")
  }

  /// A path never leaves the site, whatever a node calls itself.
  @Test func randomNamesStayInTheirPart() {
    var random = Noise(8)
    for _ in 0..<1000 {
      let name = String(
        decoding: random.bytes(12), as: UTF8.self)
      let path = PagePath.node(name, in: [name]).description
      #expect(path.utf8.count { $0 == UInt8(ascii: "/") } == 3)
      #expect(path.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#\"<>&'".utf8.contains($0) })
    }
  }
}
