import MuninWire
import TestSupport
import Testing

/// A reply that is as its config promises is read by comparing bytes; it means the same as read line by line.
@Suite struct FetchPatternTests {
  private static let configs: [(service: String, config: String, reply: String)] = [
    (
      "load", "graph_title L\nload.label l\nusers.label u\nload.warning 5\n",
      "load.value 0.26\nusers.value 17\n"
    ),
    (
      "if-eth0", "graph_title T\nup.label u\nup.type DERIVE\ndown.label d\n5m.label five\n",
      "up.value 18446744073709551615\ndown.value -12\n_m.value U\n"
    ),
    (
      "disk",
      "multigraph disk\ngraph_title D\na.label a\nmultigraph disk.sda\ngraph_title S\n"
        + "a.label a\nb.label b\nmultigraph other\ngraph_title O\nvalue.label v\n",
      "multigraph disk\na.value 1700000000:1\nmultigraph disk.sda\na.value 2\nb.value 0.5\n"
        + "multigraph other\nvalue.value 0\n"
    ),
    (
      "x", "multigraph y\ngraph_title Y\na.label a\n", "multigraph y\na.value -0.5\n"
    ),
  ]

  private static let tokens = [
    "U", "0", "1", "-1", "1.5", "-0.0", "007", "1e5", "+1", ".5", "5.", "-", "", "1 ", " 1", "0x1",
    "1:2:3", "1700000000:5", "1700000000:U", ":5", "9999999999999:1", "12345678901234567890",
    "99999999999999999999", String(repeating: "9", count: 60), String(repeating: "9", count: 61),
    "0." + String(repeating: "1", count: 58), "1\r", "1\0", "nan", "u", "1,5", "1.2.3", "--1", "1-",
  ]

  private func pattern(_ service: String, _ config: String) -> FetchPattern {
    FetchPattern(
      ConfigAnswer(config.utf8.span, service: service).graphs, service: service)
  }

  @Test(arguments: 0..<configs.count)
  func thePromisedReplyIsPlain(index: Int) throws {
    let (service, config, reply) = Self.configs[index]
    let plain = try #require(match(pattern(service, config), reply))
    let answer = FetchAnswer(reply.utf8.span, service: service)
    #expect(plain.graphs == answer.graphs && answer.faults.isEmpty)
    var shown: [(String, Range<Int>)] = []
    plain.forEachGraph { shown.append(($0, $1)) }
    #expect(shown.map(\.0) == answer.graphs.map(\.name))
    #expect(shown.map { $0.1.count } == answer.graphs.map { $0.values.count })
    #expect(shown.last?.1.upperBound == plain.values.count)
  }

  private func match(_ pattern: FetchPattern, _ reply: some StringProtocol) -> PlainReply? {
    let bytes = Array(reply.utf8)
    return pattern.match(bytes.span)
  }

  /// The line of the service's own graph may be missing, or be there although the config has none.
  @Test func theOwnGraphNeedsNoLine() throws {
    let (service, config, reply) = Self.configs[2]
    let without = String(reply.dropFirst("multigraph disk\n".count))
    #expect(match(pattern(service, config), without)?.values.count == 4)
    let load = Self.configs[0]
    let with = "multigraph load\n" + load.reply
    #expect(match(pattern(load.service, load.config), with)?.values.count == 2)
    let (other, named, line) = Self.configs[3]
    #expect(match(pattern(other, named), line.dropFirst("multigraph y\n".count)) == nil)
  }

  /// Tens of thousands of replies that are damaged here and there: what is taken as plain is what the general reader says.
  @Test(arguments: 0..<configs.count)
  func bothReadersSayTheSame(index: Int) {
    let (service, config, reply) = Self.configs[index]
    let pattern = pattern(service, config)
    var noise = Noise(UInt64(index))
    var (plain, other) = (0, 0)
    for round in 0..<10_000 {
      var bytes = Array(reply.utf8)
      if round % 2 == 0 {
        // Other values on some of the lines.
        let lines = reply.split(separator: "\n").map { line -> String in
          guard line.contains(".value "), Bool.random(using: &noise) else { return String(line) }
          return line.prefix { $0 != " " } + " " + Self.tokens.randomElement(using: &noise)!
        }
        bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      }
      if round % 3 == 0 { bytes = noise.damaged(bytes) }
      guard let match = pattern.match(bytes.span) else {
        other += 1
        continue
      }
      plain += 1
      let answer = FetchAnswer(bytes.span, service: service)
      #expect(match.graphs == answer.graphs && answer.faults == [] && answer.refusal == nil)
      let numbers = match.values.map { value -> Double? in
        switch value.number {
        case .unknown: nil
        case .whole(let number): Double(number)
        case .real(let number): number
        }
      }
      #expect(numbers == answer.graphs.flatMap { $0.values.map(\.reading.value) })
    }
    #expect(plain > 500 && other > 500, "\(plain) plain, \(other) not")
  }

  @Test func aConfigWithoutFieldsPromisesNothing() {
    #expect(match(FetchPattern([], service: "x"), "") == nil)
    #expect(match(FetchPattern([Graph(name: "x")], service: "x"), "") == nil)
  }
}
