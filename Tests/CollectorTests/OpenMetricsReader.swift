import Testing

/// A strict reader of OpenMetrics 1.0, as far as gauges and counters go: what the format forbids is an error.
struct OpenMetricsReader {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// By the names with their labels, as they stand in the text.
  private(set) var samples: [String: Double] = [:]
  /// In the order of the text.
  private(set) var families: [String] = []

  init(_ text: String) throws {
    guard text.hasSuffix("\n# EOF\n") else { throw Failure(description: "no # EOF at the end") }
    var family = ""
    var kind = ""
    var metadata: Set<String> = []
    var hasSamples = false
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(2)
    for line in lines {
      if line.hasPrefix("#") {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count >= 4 || (words.count == 3 && words[1] == "HELP"),
          ["TYPE", "UNIT", "HELP"].contains(words[1]), words[0] == "#"
        else { throw Failure(description: "'\(line)'") }
        let name = String(words[2])
        if name != family || hasSamples {
          guard !families.contains(name), words[1] == "TYPE" else {
            throw Failure(description: "family \(name) twice, or not begun by its type")
          }
          families.append(name)
          family = name
          metadata = []
          hasSamples = false
          kind = String(words[3])
          guard ["gauge", "counter"].contains(kind) else { throw Failure(description: "'\(line)'") }
        }
        guard metadata.insert(String(words[1])).inserted else {
          throw Failure(description: "\(words[1]) of \(name) twice")
        }
        if words[1] == "UNIT", !name.hasSuffix("_\(words[3])") {
          throw Failure(description: "\(name) does not end in its unit")
        }
      } else {
        hasSamples = true
        try read(String(line), family: family, kind: kind)
      }
    }
  }

  private mutating func read(_ line: String, family: String, kind: String) throws {
    let label = #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/#
    let pattern = #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)/#
    guard let match = line.wholeMatch(of: pattern),
      String(match.1) == (kind == "counter" ? family + "_total" : family),
      let value = Double(match.3)
    else { throw Failure(description: "'\(line)' in \(family)") }
    if let labels = match.2 {
      var rest = labels.dropFirst().dropLast()
      var names: Set<String> = []
      while let one = rest.prefixMatch(of: label) {
        guard names.insert(String(one.0.prefix { $0 != "=" })).inserted else {
          throw Failure(description: "a label twice: '\(line)'")
        }
        rest = rest[one.range.upperBound...]
        if rest.first == "," { rest = rest.dropFirst() } else { break }
      }
      guard rest.isEmpty else { throw Failure(description: "labels of '\(line)': '\(rest)'") }
    }
    guard kind != "counter" || value >= 0 else { throw Failure(description: "'\(line)'") }
    let key = String(match.1) + (match.2 ?? "")
    guard samples.updateValue(value, forKey: key) == nil else {
      throw Failure(description: "\(key) twice")
    }
  }
}

@Suite struct OpenMetricsReaderTests {
  private static let good = "# TYPE a gauge\n# HELP a x\na{b=\"c\\\"\\\\\\n\"} 1e-05\na 2\n# EOF\n"

  @Test func readsWhatTheFormatAllows() throws {
    #expect(try OpenMetricsReader(Self.good).samples.count == 2)
  }

  @Test(arguments: [
    "a 1\n", "# TYPE a counter\na 1\n# EOF\n", "# TYPE a gauge\na 1\na 2\n# EOF\n",
    "# TYPE a gauge\na{b=\"c\"d\"} 1\n# EOF\n", "# TYPE a gauge\na{b=\"\\t\"} 1\n# EOF\n",
    "# TYPE a gauge\na{b=\"1\",b=\"2\"} 1\n# EOF\n", "# TYPE a gauge\n\na 1\n# EOF\n",
    "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n",
    "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n", "# TYPE a gauge\na one\n# EOF\n",
    "# TYPE a gauge\nb 1\n# EOF\n",
  ])
  func refusesWhatItForbids(text: String) {
    #expect(throws: OpenMetricsReader.Failure.self) { try OpenMetricsReader(text) }
  }
}
