internal import MuninWire
internal import PluginKit

/// A value that not every kernel provides.
enum Finding<Value> {
  /// The kernel does not provide it: there is no field.
  case absent
  /// The kernel's text could not be parsed: the field stays, its value is unknown.
  case unknown
  case value(Value)

  /// - Parameter value: `nil` for an absent value.
  init(_ value: Value?) { self = value.map { .value($0) } ?? .absent }

  /// The result of a look. An error is added to the complaints and makes the value unknown.
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
  /// The value; `nil` where it is absent or unknown.
  var known: Value? { if case .value(let value) = self { value } else { nil } }

  /// A part of the value; absent when `part` returns `nil`.
  func part<Part>(_ part: (Value) -> Part?) -> Finding<Part> {
    switch self {
    case .absent: .absent
    case .unknown: .unknown
    case .value(let value): Finding<Part>(part(value))
    }
  }
}

extension Reply {
  /// Writes a field, unless the value is absent.
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
