import Foundation

/// Asks a node several things in one connection, without waiting in between.
///
/// - Returns: an answer for each request, line by line, without the closing dot.
func answers(of port: Int, to requests: [String]) throws -> [[String]] {
  let text = try converse(
    with: port, "cap multigraph\n" + requests.map { "\($0)\n" }.joined() + "quit\n")
  // The banner and the answer to `cap` come first.
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
  var answers: [[String]] = []
  var answer: [String] = []
  for line in lines {
    if line == "." {
      answers.append(answer)
      answer = []
    } else {
      answer.append(String(line))
    }
  }
  guard answers.count == requests.count, answer == [""] else {
    throw Trouble("port \(port): \(answers.count) answers to \(requests.count) requests: \(text)")
  }
  return answers
}

/// A graph as a master reads it from a config: of two lines with one name the last one counts.
struct GraphDescription: Equatable {
  var attributes: [String: String] = [:]
  /// In the order in which they appear.
  var fields: [String] = []
  var fieldAttributes: [String: [String: String]] = [:]
}

/// The graphs of a config by name; empty is that of the service itself.
func graphs(in config: [String]) -> [String: GraphDescription] {
  var graphs: [String: GraphDescription] = [:]
  var graph = ""
  for line in config where !line.hasPrefix("#") {
    let words = line.split(separator: " ", maxSplits: 1)
    guard let first = words.first else { continue }
    let text = words.count == 2 ? words[1].trimmingCharacters(in: .whitespaces) : ""
    if first == "multigraph" {
      graph = text
      continue
    }
    let key = first.split(separator: ".", maxSplits: 1).map(String.init)
    if key.count == 2 {
      if graphs[graph]?.fields.contains(key[0]) != true {
        graphs[graph, default: GraphDescription()].fields.append(key[0])
      }
      graphs[graph]?.fieldAttributes[key[0], default: [:]][key[1]] = text
    } else {
      graphs[graph, default: GraphDescription()].attributes[key[0]] = text
    }
  }
  return graphs
}

/// The values of a fetch by `graph/field`.
func values(in fetch: [String]) -> [String: String] {
  var values: [String: String] = [:]
  var graph = ""
  for line in fetch where !line.hasPrefix("#") {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    if words.count == 2, words[0] == "multigraph" {
      graph = words[1]
    } else if words.count == 2, words[0].hasSuffix(".value") {
      values["\(graph)/\(words[0].dropLast(6))"] = words[1]
    }
  }
  return values
}
