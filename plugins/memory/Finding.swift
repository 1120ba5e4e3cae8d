internal import MuninWire
internal import PluginKit

/// What was found of something that not every kernel tells.
enum Finding<Value> {
  /// The kernel does not tell it: there is no field.
  case absent
  /// It tells it, but not in a way that makes sense: the field stays, its value is unknown.
  case unknown
  case value(Value)

  /// - Parameter value: `nil` for what is absent.
  init(_ value: Value?) { self = value.map { .value($0) } ?? .absent }

  /// Looks for something. What goes wrong is added to the complaints.
  init(
    _ complaints: inout [PluginError], _ look: () throws(PluginError) -> Value?
  ) {
    do throws(PluginError) {
      self.init(try look())
    } catch {
      complaints.append(error)
      self = .unknown
    }
  }

  var isAbsent: Bool { if case .absent = self { true } else { false } }
  var isUnknown: Bool { if case .unknown = self { true } else { false } }

  /// A part of what was found; `nil` for one that is not there.
  func part<Part>(_ part: (Value) -> Part?) -> Finding<Part> {
    switch self {
    case .absent: .absent
    case .unknown: .unknown
    case .value(let value): Finding<Part>(part(value))
    }
  }
}

extension Reply {
  /// Writes a field, unless there is none.
  mutating func value(_ field: StaticString, _ finding: Finding<UInt64>) {
    switch finding {
    case .absent: break
    case .unknown: unknown(field)
    case .value(let value): self.value(field, value)
    }
  }

  mutating func value(_ field: String, _ finding: Finding<UInt64>) {
    switch finding {
    case .absent: break
    case .unknown: value(field, "", exactly: nil)
    case .value(let value): self.value(field, value)
    }
  }

  mutating func complain(_ errors: [PluginError]) {
    for error in errors { complain("\(error)") }
  }
}
