public import MuninWire

/// How a ``VirtualGraph`` is drawn: a value for the thread that draws, which alone knows which files there are.
public struct VirtualDrawing: Sendable {
  /// A field of another graph.
  public struct Member: Sendable, Hashable {
    public let file: String
    /// As its own graph describes it.
    public let field: Field

    public init(file: String, field: Field) {
      self.file = file
      self.field = field
    }
  }

  public let virtual: VirtualGraph
  /// The members that were found, and whether they are added.
  private let members: [String: (found: [Member], isSum: Bool)]
  /// The files of the graph's own fields.
  private let own: [String: String]

  public init(
    _ virtual: VirtualGraph, members: [String: (found: [Member], isSum: Bool)],
    own: [String: String]
  ) {
    self.virtual = virtual
    self.members = members
    self.own = own
  }

  /// Whether unknown values count as 0 in some field: in a sum and in a stack.
  public var isFilled: Bool {
    virtual.fields.contains { $0.kind != .borrowed || members[$0.name]?.isSum ?? false }
  }

  /// The same picture as a graph whose fields each have a file, as munin makes it: a sum's members become hidden fields, of which unknown
  /// values count as 0. A member without a file does not count, and a field without any member is not drawn.
  public func plain(hasFile: (String) -> Bool) -> (graph: Graph, files: [String: String]) {
    var graph = virtual.graph
    let names = Set(graph.fields.map(\.name))
    graph.fields = []
    graph["graph_order"] = nil
    graph["graph_sources"] = nil
    var files: [String: String] = [:]
    var stacks: Set<String> = []
    for line in virtual.lines {
      switch line {
      case .own(let name, let isHidden):
        guard var field = virtual.graph.field(name), let file = own[name] else { continue }
        if isHidden { field["graph"] = "no" }
        graph.fields.append(field)
        files[name] = file
      case .virtual(let made):
        let known = members[made.name]
        let found = (known?.found ?? []).filter { hasFile($0.file) }
        guard let last = found.last else { continue }
        var field = field(made, like: found[0].field)
        var values = made.name
        if known?.isSum ?? false {
          values = Self.known(made.name)
          for (index, member) in found.dropLast().enumerated() {
            var name = "z\(made.number)_\(index)"
            while names.contains(name) { name = "_" + name }
            var hidden = Field(name: name, attributes: [Attribute("label", name)])
            hidden["type"] = member.field["type"]
            hidden["graph"] = "no"
            hidden["cdef"] = Self.known(name)
            graph.fields.append(hidden)
            files[name] = member.file
            values += ",\(name),ADDNAN"
          }
        } else if case .stacked = made.kind {
          values = Self.known(made.name)
        }
        if case .stacked(let holder) = made.kind {
          let draw = virtual.graph.field(holder)?.draw ?? "LINE1"
          field["draw"] = stacks.insert(holder).inserted ? draw : "STACK"
        }
        if values != made.name {
          field["cdef"] =
            virtual.cdef(of: made).map {
              RPNWords.replacing(made.name, in: $0, with: values)
            } ?? values
        }
        graph.fields.append(field)
        files[made.name] = last.file
      }
    }
    return (graph, files)
  }

  /// A field with what it takes from its first member, where munin.conf says nothing.
  private func field(_ made: VirtualField, like member: Field) -> Field {
    var field = virtual.graph.field(made.name) ?? Field(name: made.name)
    let taken = made.kind == .sum ? ["type"] : ["draw", "type", "info"]
    for word in taken where field[word] == nil { field[word] = member[word] }
    if field.label == nil { field["label"] = made.name }
    if made.isHidden { field["graph"] = "no" }
    return field
  }

  /// The values of a field, 0 for unknown ones.
  private static func known(_ name: String) -> String { "\(name),UN,0,\(name),IF" }
}
