internal import EventLoop
internal import Inventory
internal import MuninWire
internal import Recording
internal import Settings

/// Lays munin.conf over the services' configs, once for all nodes for which that comes to the same, and keeps what comes of it.
///
/// A fleet has thousands of nodes and few kinds of them: with 800,000 series, names, labels, rules and the forms of files would
/// take most of the memory if each node had its own.
@LoopActor
final class LayoutBook {
  /// The settings in force. Other settings have a book of their own.
  let settings: MasterSettings
  private var services: [Key: Service] = [:]
  private var forms: Set<GraphForm> = []
  private var files: Set<FileForm> = []
  private var rules: Set<FieldRules> = []
  private var drawn: [Key: Drawn] = [:]
  private var drawnCount = 0

  /// A config under settings that some nodes have in common.
  private struct Key: Hashable {
    let config: ObjectIdentifier
    let place: CommonPlace

    /// - Returns: `nil` where a host has a place of its own.
    init?(_ config: ServiceConfig, _ place: CommonPlace?) {
      guard let place else { return nil }
      self.config = ObjectIdentifier(config)
      self.place = place
    }
  }

  /// The config is held, so that its identity stays its own.
  private struct Service {
    let config: ServiceConfig
    let forms: [GraphForm]
  }

  private struct Drawn {
    let config: ServiceConfig
    let graphs: [Graph]
  }

  /// How many graphs are kept as they are drawn.
  private static let mostDrawn = 2048

  /// - Parameter former: the book of the settings before; what both have in common stays shared.
  nonisolated init(_ settings: MasterSettings) { self.settings = settings }

  /// The book of other settings. What has the same form under both stays shared.
  func successor(_ settings: MasterSettings) -> LayoutBook {
    let next = LayoutBook(settings)
    next.forms = forms
    next.files = files
    next.rules = rules
    return next
  }

  /// The graphs of a service, in the order of its config.
  /// - Parameter place: `nil` for a host of which munin.conf says something that concerns it alone.
  func forms(
    of config: ServiceConfig, on host: HostSettings, _ place: CommonPlace?
  ) -> [GraphForm] {
    let key = Key(config, place)
    if let key, let known = services[key] { return known.forms }
    let forms = config.graphs.map {
      shared(GraphLayout($0, host: host, settings: settings).form)
    }
    if let key { services[key] = Service(config: config, forms: forms) }
    return forms
  }

  /// The graphs of a service as they are drawn, in the order of its config.
  func graphs(
    of config: ServiceConfig, on host: HostSettings, _ place: CommonPlace?
  ) -> [Graph] {
    let key = Key(config, place)
    if let key, let known = drawn[key] { return known.graphs }
    let graphs = config.graphs.map {
      GraphOverrides($0, host: host, settings: settings).graph
    }
    guard let key else { return graphs }
    if drawnCount + graphs.count > LayoutBook.mostDrawn {
      drawn = [:]
      drawnCount = 0
    }
    drawn[key] = Drawn(config: config, graphs: graphs)
    drawnCount += graphs.count
    return graphs
  }

  /// The form that is kept, of all that are equal.
  private func shared(_ form: GraphForm) -> GraphForm {
    if let index = forms.firstIndex(of: form) { return forms[index] }
    let fields = form.fields.map { field in
      FieldForm(
        name: field.name, file: files.insert(field.file).memberAfterInsert,
        shared: rules.insert(field.shared).memberAfterInsert)
    }
    let form = GraphForm(
      name: form.name, category: form.category, fields: fields,
      findings: form.findings, others: form.others)
    forms.insert(form)
    return form
  }

  /// Forgets what no node has any more.
  func forget(except configs: Set<ObjectIdentifier>, _ used: [GraphForm]) {
    services = services.filter { configs.contains($0.key.config) }
    drawn = [:]
    drawnCount = 0
    forms = Set(used)
    files = Set(forms.flatMap { $0.fields.map(\.file) })
    rules = Set(forms.flatMap { $0.fields.map(\.shared) })
  }
}
