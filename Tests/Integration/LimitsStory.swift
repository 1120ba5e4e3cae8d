import Foundation

/// A story of values; README.md beside the files tells how one is written.
struct LimitsStory {
  /// What happens in a step.
  enum Step {
    /// munin.conf is this from here on.
    case conf(String)
    /// The plugin of a service describes it so, in lines as `load.warning 5`.
    case service(node: String, name: String, [String])
    case gone(node: String, name: String)
    /// A node does not answer, or does again.
    case reach(node: String, answers: Bool)
    /// The plugin of a service fails, or works again.
    case plugin(node: String, name: String, works: Bool)
    /// A run, so many seconds after the last one.
    case run(after: Int, [Value])
  }

  /// A value that was taken some time before a run.
  struct Value {
    /// `g;h:load.load`, where the node is named.
    let field: String
    let text: String
    let age: Int
  }

  let name: String
  let steps: [Step]

  /// The stories of a file.
  static func read(_ text: String) throws -> [LimitsStory] {
    var stories: [(name: String, blocks: [Block])] = []
    var common: [Block] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.first == " " {
        let inner = String(line.hasPrefix("    ") ? line.dropFirst(4) : line)
        if stories.isEmpty {
          common[common.count - 1].lines.append(inner)
        } else {
          stories[stories.count - 1].blocks[stories[stories.count - 1].blocks.count - 1].lines
            .append(inner)
        }
        continue
      }
      if line.isEmpty || line.first == "#" { continue }
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let rest = words.count > 1 ? words[1] : ""
      if words[0] == "story" {
        stories.append((rest, common))
      } else if stories.isEmpty {
        common.append(Block(what: words[0], rest: rest))
      } else {
        stories[stories.count - 1].blocks.append(Block(what: words[0], rest: rest))
      }
    }
    return try stories.map { name, blocks in
      LimitsStory(name: name, steps: try blocks.flatMap { try $0.steps })
    }
  }
}

/// A line of a story with the indented lines below it.
private struct Block {
  var what: String
  var rest: String
  var lines: [String] = []

  var steps: [LimitsStory.Step] {
    get throws {
      var words = rest.split(separator: " ").map(String.init)
      switch what {
      case "conf": return [.conf(lines.map { $0 + "\n" }.joined())]
      case "service": return [.service(node: words[0], name: words[1], lines)]
      case "gone": return [.gone(node: words[0], name: words[1])]
      case "down", "up": return [.reach(node: words[0], answers: what == "up")]
      case "fails", "works":
        return [.plugin(node: words[0], name: words[1], works: what == "works")]
      // Only of munin's own files.
      case "state": return []
      case "run":
        var after = 300
        var times = 1
        if let first = words.first, first.hasPrefix("+"), let seconds = Int(first.dropFirst()) {
          after = seconds
          words.removeFirst()
        }
        if let first = words.first, first.hasPrefix("x"), let number = Int(first.dropFirst()) {
          times = number
          words.removeFirst()
        }
        let values = try words.map(value)
        return (0..<times).map { .run(after: $0 == 0 ? after : 300, values) }
      default: throw Trouble("a story has no word \(what)")
      }
    }
  }

  private func value(_ word: String) throws -> LimitsStory.Value {
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw Trouble("\(word): a value expected") }
    let value = parts[1].split(separator: "@").map(String.init)
    return LimitsStory.Value(
      field: parts[0], text: value[0], age: value.count > 1 ? Int(value[1]) ?? 0 : 10)
  }
}
