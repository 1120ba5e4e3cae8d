import Inventory
import MuninWire
import Settings
import Testing

@testable import Polling

/// A conversation as text: `< ` is what the node says, `> ` what the master must have said by then.
struct Transcript {
  /// The node's bytes, or the requests expected, in turn.
  private enum Part {
    case node([UInt8])
    case master(String)
  }

  private var parts: [Part] = []

  /// - Parameter isLatin: the node writes ISO 8859-1.
  init(_ text: String, isLatin: Bool = false) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let rest = line.dropFirst(2) + "\n"
      if line.hasPrefix("<") {
        let bytes = isLatin ? rest.unicodeScalars.map { UInt8($0.value) } : Array(rest.utf8)
        if case .node(let before) = parts.last {
          parts[parts.count - 1] = .node(before + bytes)
        } else {
          parts.append(.node(bytes))
        }
      } else if line.hasPrefix(">") {
        if case .master(let before) = parts.last {
          parts[parts.count - 1] = .master(before + rest)
        } else {
          parts.append(.master(String(rest)))
        }
      } else {
        Issue.record("a line of a transcript begins with < or >, not '\(line)'")
      }
    }
  }

  /// Plays the node's part in pieces of a size, compares what the master says, and gives back what it understood.
  func play(
    _ start: MasterDialogue, piece: Int, now: Int = 1000,
    location: SourceLocation = #_sourceLocation
  ) throws -> MasterDialogue {
    var dialogue = start
    var said = ""
    for part in parts {
      switch part {
      case .node(let bytes):
        for begin in stride(from: 0, to: bytes.count, by: piece) {
          let slice = Array(bytes[begin..<min(begin + piece, bytes.count)])
          try dialogue.receive(slice.span, now: now)
          said += String(decoding: dialogue.takeRequests(), as: UTF8.self)
        }
      case .master(let requests):
        #expect(said == requests, "in pieces of \(piece)", sourceLocation: location)
        said = ""
      }
    }
    #expect(said == "", "in pieces of \(piece)", sourceLocation: location)
    return dialogue
  }

  /// The sizes of pieces that a network may make of a conversation.
  static let pieces = [1, 2, 7, 4096]

  /// Plays in pieces of all sizes, each of which must lead to the same.
  func expect(
    _ start: MasterDialogue, _ understood: String, location: SourceLocation = #_sourceLocation
  ) throws {
    for piece in Self.pieces {
      let dialogue = try play(start, piece: piece, location: location)
      #expect(
        dialogue.understood == understood, "in pieces of \(piece)", sourceLocation: location)
    }
  }
}

extension MasterDialogue {
  /// A dialogue with a node of no particular settings.
  init(
    subject: Subject, security: Security = .none, window: Int = RequestWindow.Bound.requests,
    known: [String: ServiceConfig] = [:], configs: ConfigSchedule = ConfigSchedule(),
    fresh: Set<String> = [], leftOut: Set<String> = [], askedLast: Set<String> = []
  ) {
    let order = PollOrder(
      host: HostSettings(groups: ["g"], name: "node"), known: known, configs: configs,
      fresh: fresh, leftOut: leftOut, askedLast: askedLast)
    self.init(subject: subject, security: security, window: window, order: order)
  }

  /// What was understood, a line for each graph, value and fault.
  var understood: String {
    var lines: [String] = []
    for service in services {
      lines.append(service.name + (service.trouble.map { ": \($0)" } ?? ""))
      for graph in service.config?.graphs ?? [] {
        let fields = graph.fields.map { "\($0.name)(\($0.label ?? "-"))" }
        lines.append("  \(graph.name) '\(graph.title)' \(fields.joined(separator: " "))")
      }
      for graph in service.values {
        for value in graph.values {
          let time = value.reading.time.map { "\($0):" } ?? ""
          lines.append("  \(graph.name).\(value.field) = \(time)\(value.reading.text)")
        }
      }
    }
    lines += faults.map { "! \($0)" }
    if !isDone { lines.append("not done, waiting for \(subjectOfWork)") }
    return lines.joined(separator: "\n")
  }

  /// Takes text of the node.
  mutating func hear(_ text: String, now: Int = 1000) throws(Failure) {
    try receive(Array(text.utf8).span, now: now)
  }
}
