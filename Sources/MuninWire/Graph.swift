/// A graph as its plugin describes it: munin's "service", or one part of a multigraph.
public struct Graph: Sendable, Hashable {
  /// The name of the service or of the multigraph part; empty while nobody has given one.
  public var name: String
  /// Everything said of the graph, unknown attributes too, in the order it was said.
  public var attributes: [Attribute]
  /// The fields in the order of their first mention.
  public var fields: [Field]

  /// A graph from its parts, as read from a node.
  public init(name: String, attributes: [Attribute] = [], fields: [Field] = []) {
    self.name = name
    self.attributes = attributes
    self.fields = fields
  }

  /// A graph as a plugin describes it.
  public init(
    _ title: String, category: String, args: String? = nil, vlabel: String? = nil,
    scale: Bool = true, period: String? = nil, order: String? = nil, info: String? = nil,
    fields: [Field]
  ) {
    self.init(name: "", attributes: [Attribute("graph_title", title)], fields: fields)
    func add(_ name: String, _ value: String?) {
      if let value { attributes.append(Attribute(name, value)) }
    }
    add("graph_args", args)
    add("graph_vlabel", vlabel)
    add("graph_scale", scale ? nil : "no")
    add("graph_period", period)
    add("graph_category", category)
    add("graph_info", info)
    add("graph_order", order)
  }

  /// An attribute by name. Where one was given twice, the first counts; setting leaves one.
  public subscript(_ attribute: String) -> String? {
    get { attributes.first { $0.name == attribute }?.value }
    set {
      guard let newValue else { return attributes.removeAll { $0.name == attribute } }
      guard let index = attributes.firstIndex(where: { $0.name == attribute }) else {
        return attributes.append(Attribute(attribute, newValue))
      }
      attributes[index].value = newValue
    }
  }

  /// A field by name.
  public func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}

extension Graph {
  /// The title; the name when the plugin gives none.
  public var title: String { self["graph_title"] ?? name }

  /// The category in small letters, `other` when the plugin gives none.
  public var category: String {
    let given = self["graph_category"]?.lowercased() ?? ""
    return given.isEmpty ? "other" : given
  }

  /// Options for rrdtool, quoted as in a shell.
  public var args: String? { self["graph_args"] }
  /// What the graph shows, for its page.
  public var info: String? { self["graph_info"] }

  /// The label of the vertical axis; `graph_vtitle` is its old name.
  public var vlabel: String? { self["graph_vlabel"] ?? self["graph_vtitle"] }

  /// The unit of time of rates: `second`, `minute` or `hour`.
  public var period: String { self["graph_period"] ?? "second" }

  /// Whether numbers are shown with SI prefixes.
  public var scale: Bool { !isNo(self["graph_scale"]) && !isYes(self["graph_noscale"]) }

  /// The seconds between two values, when the plugin says so: `300`, `5m`, `1h`, `300 aligned`.
  public var updateRate: Int? { self["update_rate"].flatMap(parseUpdateRate) }

  /// The names of the fields as they are drawn: those of `graph_order`, then the others as they
  /// came, none twice. `-name` in `graph_order` hides a field; names without a field are left out.
  public var order: [String] {
    let known = Set(fields.map(\.name))
    var seen: Set<String> = []
    var names: [String] = []
    for word in (self["graph_order"] ?? "").split(whereSeparator: \.isWhitespace) {
      let hidden = word.hasPrefix("-")
      let name = String(hidden ? word.dropFirst() : word)
      if known.contains(name), seen.insert(name).inserted, !hidden { names.append(name) }
    }
    return names + fields.map(\.name).filter { seen.insert($0).inserted }
  }
}
