import Foundation

/// What a node answered to `config` and `fetch`, read by rules of our own: each graph of a multigraph is a service.
struct Conversation {
  /// The services, as listed.
  var services: [String] = []
  /// Service → attribute of the graph → text.
  var graphs: [String: [String: String]] = [:]
  /// Service → field → attribute → text.
  var fields: [String: [String: [String: String]]] = [:]
  /// Service → field → the last reading.
  var values: [String: [String: String]] = [:]

  /// - Parameter transcript: the master's lines have `> ` before them, one request at a time.
  init(_ transcript: String) {
    var request: [Substring] = []
    var graph = ""
    for line in transcript.split(separator: "\n") where !line.hasPrefix("#") && line != "." {
      let words = line.split(separator: " ", maxSplits: 1)
      if line.hasPrefix("> ") {
        request = line.dropFirst(2).split(separator: " ")
        graph = request.count == 2 ? String(request[1]) : ""
      } else if words.first == "multigraph", words.count == 2 {
        graph = String(words[1])
      } else if request.first == "list" {
        services = line.split(separator: " ").map(String.init)
      } else if request.count == 2, let key = words.first {
        take(
          key.split(separator: ".").map(String.init), words.count > 1 ? String(words[1]) : "",
          of: graph)
      }
    }
  }

  private mutating func take(_ key: [String], _ text: String, of service: String) {
    if key.count == 1 {
      graphs[service, default: [:]][key[0]] = text
    } else if key[1] == "value" {
      values[service, default: [:]][key[0]] = text
    } else {
      fields[service, default: [:]][key[0], default: [:]][key[1]] = text
    }
  }
}

extension Conversation {
  /// Asks a node for everything it has, one request after the other.
  init(with port: Int) throws {
    let greeting = try converse(with: port, "cap multigraph\nlist\nquit\n")
    let list = greeting.split(separator: "\n").last.map(String.init) ?? ""
    var transcript = "> list\n\(list)\n"
    for service in list.split(separator: " ") {
      for request in ["config \(service)", "fetch \(service)"] {
        let answer = try converse(with: port, "\(request)\nquit\n")
        transcript += "> \(request)\n\(answer)"
      }
    }
    self.init(transcript)
  }
}
