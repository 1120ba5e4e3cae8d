/// What the numbers of a field are, in librrd's words.
public enum FieldType: String, Sendable, Hashable, CaseIterable {
  /// The value itself.
  case gauge = "GAUGE"
  /// A count that grows; its change per second is stored, also when it is negative.
  case derive = "DERIVE"
  /// A count that grows, and begins again at zero after its largest value.
  case counter = "COUNTER"
  /// A count that begins again at zero each time it is read.
  case absolute = "ABSOLUTE"

  /// The letter in the name of the field's RRD file.
  public var letter: String {
    switch self {
    case .gauge: "g"
    case .derive: "d"
    case .counter: "c"
    case .absolute: "a"
    }
  }
}

/// A name and its value, of a graph (`graph_title`) or of a field (`label`).
public struct Attribute: Sendable, Hashable {
  /// The name: letters, digits and `_ - .`.
  public var name: String
  /// The text after it.
  public var value: String

  /// An attribute from its parts.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One line of a graph: its name, what the node says of it, and, in a dirty config, its readings.
public struct Field: Sendable, Hashable {
  /// The name, which is part of the name of the RRD file.
  public var name: String
  /// Everything said of the field, unknown attributes too, in the order it was said.
  public var attributes: [Attribute]
  /// The values of a config that brings them along.
  public var readings: [Reading]

  /// A field from its parts, as read from a node.
  public init(name: String, attributes: [Attribute] = [], readings: [Reading] = []) {
    self.name = name
    self.attributes = attributes
    self.readings = readings
  }

  /// A field as a plugin describes it. The label is the name when none is given.
  public init(
    _ name: String, label: String? = nil, type: FieldType = .gauge, min: Int? = nil,
    max: Int? = nil, draw: String? = nil, colour: String? = nil, negative: String? = nil,
    cdef: String? = nil, graph: Bool = true, info: String? = nil, warning: String? = nil,
    critical: String? = nil
  ) {
    self.init(name: name, attributes: [Attribute("label", label ?? name)])
    func add(_ name: String, _ value: String?) {
      if let value { attributes.append(Attribute(name, value)) }
    }
    add("draw", draw)
    add("colour", colour)
    add("type", type == .gauge ? nil : type.rawValue)
    add("min", min.map(String.init))
    add("max", max.map(String.init))
    add("graph", graph ? nil : "no")
    add("cdef", cdef)
    add("negative", negative)
    add("info", info)
    add("warning", warning)
    add("critical", critical)
  }

  /// An attribute by name. Where one was given twice, the last counts; setting leaves one.
  public subscript(_ attribute: String) -> String? {
    get { attributes.last { $0.name == attribute }?.value }
    set {
      guard let newValue else { return attributes.removeAll { $0.name == attribute } }
      guard let index = attributes.firstIndex(where: { $0.name == attribute }) else {
        return attributes.append(Attribute(attribute, newValue))
      }
      attributes[index].value = newValue
      let tail = attributes[(index + 1)...].filter { $0.name != attribute }
      attributes.replaceSubrange((index + 1)..., with: tail)
    }
  }
}

extension Field {
  /// The text of the legend; a field without one is a fault of its plugin.
  public var label: String? { self["label"] }

  /// The type, ``FieldType/gauge`` when none or an unknown one is given.
  public var type: FieldType { self["type"].flatMap { FieldType(rawValue: $0) } ?? .gauge }

  /// The smallest value librrd takes, as a plain decimal; `nil` when none is given, or no number.
  public var min: String? { limit("min") }

  /// The largest value librrd takes, as a plain decimal; `nil` when none is given, or no number.
  public var max: String? { limit("max") }

  private func limit(_ attribute: String) -> String? {
    guard let text = self[attribute], parseNumber(text.utf8.span) != nil else { return nil }
    return Reading(text)?.rrdText
  }

  /// The range outside of which the field is in warning, as given.
  public var warning: String? { self["warning"] }

  /// The range outside of which the field is critical, as given.
  public var critical: String? { self["critical"] }

  /// How the field is drawn, such as `AREA` or `LINE2`.
  public var draw: String? { self["draw"] }
  /// Six hexadecimal digits, or `COLOUR` and a number.
  public var colour: String? { self["colour"] }
  /// What is drawn instead of the value, in reverse Polish notation.
  public var cdef: String? { self["cdef"] }
  /// What the field is, for its page.
  public var info: String? { self["info"] }
  /// What the plugin adds to the messages of an alert.
  public var extinfo: String? { self["extinfo"] }

  /// The field drawn below zero, mirrored, beside this one.
  public var negative: String? { self["negative"] }

  /// Whether the field is drawn by itself: `graph no` and `skipdraw` say no.
  public var isDrawn: Bool { !isNo(self["graph"]) && !isYes(self["skipdraw"]) }
}

/// Whether an attribute says no in one of munin's ways.
func isNo(_ text: String?) -> Bool {
  text.map { ["no", "0", "false", "off"].contains($0.lowercased()) } ?? false
}

/// Whether an attribute says yes in one of munin's ways.
func isYes(_ text: String?) -> Bool {
  text.map { ["yes", "1", "true", "on"].contains($0.lowercased()) } ?? false
}
