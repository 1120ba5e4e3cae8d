internal import EventLoop
internal import Inventory
internal import Limits
internal import Logbook
internal import MuninWire
internal import Polling
internal import RRD
internal import Recording
internal import Settings

/// What the collector remembers of one node between polls.
@LoopActor
final class NodeRecord {
  private(set) var host: HostSettings
  /// `group;host`
  let path: String
  /// What munin.conf makes of graphs; with its settings.
  private var layouts: LayoutBook
  /// `nil` when munin.conf says something of this node alone.
  private var place: CommonPlace?
  /// The services' configs as they came last, by the names that the node lists.
  private(set) var configs: [String: ServiceConfig] = [:]
  /// The graphs of all services, by name.
  private(set) var graphs: [String: GraphRecord] = [:]
  /// Graphs that have a dash in their names, and all where the node has ``clashes``, by their names in files.
  private(set) var dashed: [String: String] = [:]
  /// Nodes whose files may have the same names.
  private(set) var clashes: [FileClash] = []
  /// Graphs that are not recorded because of them; so many are remembered.
  private var refused: Set<String> = []
  private static let mostRefused = 1000
  var isPolling = false
  /// Whether a task polls it when it is due.
  var isScheduled = false
  /// Whether munin.conf no longer names it.
  var isRetired = false
  /// One request at a time, because the node loses requests that arrive together.
  var isSerial = false
  /// The services that break the conversation with the node.
  var quarantine = Quarantine()
  /// Which services are asked for their config.
  private var configSchedule: ConfigSchedule
  /// How often the node is polled and its services are fetched.
  private var rates: ServiceRates
  var duration: Double?
  /// How long its services take.
  private(set) var serviceTimes = ServiceTimes()
  var counts = PollCounts()
  /// Up to when its spool was read, in seconds since 1970; 0 for a node that has none.
  private(set) var spoolPosition = 0
  /// Why values could not be written the last time, where the disk is the reason.
  var writeTrouble: String?
  /// What is wrong with its files that take no values at present.
  var fileFaults: [SeriesNumber: String] = [:]
  /// Files that were damaged and are set aside since the start, the first ones.
  var filesSetAside: [String] = []
  /// The services that may have fields without a file.
  private var unmade: Set<String> = []
  private var services = ListedServices()
  /// The facts in force about its replies, files and graphs, so that each is logged once.
  var facts = OnceLog<String>()
  /// How much of that is logged.
  var logLimit = NodeLogLimit()
  let number: NodeNumber
  private let book: NumberBook
  let series: NodeSeries
  /// Its graphs that are made of fields of other graphs.
  var virtual = VirtualGraphs()
  /// Made when it is first needed after a change of a description.
  private var judgedSeries: [String: [SeriesNumber]]?
  private var allJudgedSeries: [SeriesNumber]?
  /// What is new of files and rules.
  var news = DescriptionNews()

  /// Judged services that the node has not listed for some polls. They keep their configs, by which messages and pages say what is
  /// unknown, until they return.
  private(set) var goneServices: Set<String> = []
  /// A node that lists other services each day must not fill the memory.
  private static let mostGoneServices = 1000
  /// Judged fields that their services no longer describe.
  var goneFields: [SeriesNumber: GoneField] = [:]
  /// How many polls in a row have taken longer than their period.
  var overruns = 0

  init(host: HostSettings, book: NumberBook, layouts: LayoutBook) {
    self.host = host
    self.book = book
    self.layouts = layouts
    path = host.path
    place = layouts.settings.commonPlace(of: host)
    fileStart = host.fileStart(in: layouts.settings.databaseDirectory)
    number = book.node(path)
    configSchedule = ConfigSchedule(node: path)
    rates = ServiceRates(node: path, standard: host.rate)
    series = NodeSeries(node: number, book: book)
  }

  var settings: MasterSettings { layouts.settings }

  /// The services that the node lists in the poll under way; `nil` before the first, and for a spool.
  var listed: ServiceNames? {
    get { services.current }
    set { services.current = newValue }
  }

  /// What the names of its files begin with: one text for all of its graphs.
  let fileStart: String

  /// Goes on under other settings; what is known of the node stays.
  func change(host: HostSettings, layouts: LayoutBook) {
    self.host = host
    self.layouts = layouts
    place = settings.commonPlace(of: host)
    isSerial = false
    quarantine = Quarantine()
    configSchedule.askAll()
    rates.change(standard: host.rate)
    forgetJudged()
    virtual.isOutOfDate = true
    for (service, config) in configs {
      setRate(of: service, config)
      for form in layouts.forms(of: config, on: host, place) {
        guard let graph = graphs[form.name], graph.service == service else { continue }
        graph.update(form, &news)
      }
    }
    unmade = Set(configs.keys)
  }

  /// Takes over what a former run left.
  /// - Parameters:
  ///   - configs: by the names of the services.
  ///   - gone: those of ``goneServices``.
  func restore(
    series stored: [InventoryTables.StoredSeries], configs: [(String, ServiceConfig)],
    gone: [(String, ServiceConfig)] = [], spoolPosition: Int
  ) {
    self.spoolPosition = spoolPosition
    series.restore(stored)
    // A graph that a listed service brings is that one's.
    for (service, config) in configs + gone { describe(service, config, isStored: true) }
    goneServices = Set(gone.map(\.0))
    for service in goneServices { rates.forget(service) }
    series.compact()
  }

  /// Sets what a service says of its graphs.
  /// - Parameter isStored: whether the ledger has it already.
  func describe(_ service: String, _ config: ServiceConfig, isStored: Bool = false) {
    // The usual case: the dialogue has given the known one back.
    let old = configs[service]
    let isBack = !isStored && goneServices.remove(service) != nil
    guard old !== config || isBack else {
      if !refused.isEmpty { describeRefused(service, config) }
      return
    }
    let config = isStored ? config : book.shared(config, of: service)
    guard old !== config || isBack else { return }
    forgetJudged()
    if virtual.concerns(config, old) { virtual.isOutOfDate = true }
    configs[service] = config
    unmade.insert(service)
    if !isStored { book.describe(service, config, of: number) }
    setRate(of: service, config)
    let forms = layouts.forms(of: config, on: host, place)
    let removed = news.removed.count
    if old != nil {
      let names = Set(forms.map(\.name))
      // What another service brought stays that one's.
      for name in graphs.filter({ $1.service == service && !names.contains($0) }).keys {
        graphs.removeValue(forKey: name)?.end(&news)
      }
    }
    var former: Set<String> = []
    for form in forms {
      if let record = graphs[form.name] {
        if record.service == service {
          record.update(form, &news)
          continue
        }
        guard !isStored, isFree(record) else { continue }
        record.end(&news)
        former.insert(record.service)
      } else if fileTwin(of: form.name) != nil {
        // Both would write the same files, and the values of one would be lost without a word.
        continue
      } else if isKeptOut(form, isStored: isStored) {
        // A node whose graphs have other names in each poll must not fill the memory.
        if refused.count >= NodeRecord.mostRefused { refused = [] }
        refused.insert(form.name)
        continue
      }
      add(form, of: service)
    }
    if let old, news.removed.count > removed { noteLeftOut(since: removed, of: service, old) }
    // An import names services by their graphs: nothing is left of such a one when the plugin has its graphs.
    for name in former where !graphs.values.contains(where: { $0.service == name }) { end(name) }
  }

  /// Notes which judged fields a new config of a service lacks.
  private func noteLeftOut(since count: Int, of service: String, _ old: ServiceConfig) {
    let former = Dictionary(
      layouts.graphs(of: old, on: host, place).map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    for series in news.removed[count...] {
      guard let key = news.keys[series], let graph = former[key.graph] else { continue }
      news.leftOut[series] = DescriptionNews.FormerField(
        service: service, graph: graph, field: key.field)
    }
  }

  private func add(_ form: GraphForm, of service: String) {
    takeFilesFromGone(for: form.name)
    if !clashes.isEmpty || form.name.utf8.contains(UInt8(ascii: "-")) {
      dashed[NodeRecord.fileName(form.name)] = form.name
    }
    refused.remove(form.name)
    graphs[form.name] = GraphRecord(
      form, service: service, series: series, fileStart: fileStart, &news)
  }

  /// Whether a graph would write into files of another node's graph. A graph that a former run did not record stays out until it is
  /// described again: which of the two nodes is taken over first says nothing.
  private func isKeptOut(_ form: GraphForm, isStored: Bool) -> Bool {
    if clashingGraph(of: form.name) != nil { return true }
    return isStored && mayClash(form.name)
      && !form.fields.contains {
        series.isKnown(SeriesKey(graph: form.name, field: $0.name))
      }
  }

  /// Records the graphs of a service that another node's graphs have kept out, where these are gone.
  private func describeRefused(_ service: String, _ config: ServiceConfig) {
    for form in layouts.forms(of: config, on: host, place)
    where refused.contains(form.name) && graphs[form.name] == nil
      && fileTwin(of: form.name) == nil && clashingGraph(of: form.name) == nil
    {
      judgedSeries = nil
      virtual.isOutOfDate = true
      unmade.insert(service)
      add(form, of: service)
    }
  }

  /// Sets the nodes whose files may have the same names.
  func setClashes(_ clashes: [FileClash]) {
    if self.clashes.isEmpty, !clashes.isEmpty {
      for name in graphs.keys { dashed[NodeRecord.fileName(name)] = name }
    }
    self.clashes = clashes
  }

  /// The graph with a name in files; of nodes with ``clashes`` any graph is found.
  func graph(withFileName fileName: String) -> String? {
    dashed[fileName].flatMap { hasFiles($0) ? $0 : nil }
  }

  /// Whether another service may have a graph: the one that was first has it as long as the node lists it. A spool lists only what has something
  /// new: there it is the one that has brought values.
  private func isFree(_ graph: GraphRecord) -> Bool {
    listed.map { !$0.all.contains(graph.service) } ?? (graph.updated == nil)
  }

  /// A service is gone. The ledger keeps its numbers.
  private func end(_ service: String) {
    forgetJudged()
    virtual.isOutOfDate = true
    configs[service] = nil
    goneServices.remove(service)
    unmade.remove(service)
    rates.forget(service)
    facts.forget(service)
    for gone in goneFields.values where gone.service == service {
      goneFields[gone.series] = nil
      news.removed.append(gone.series)
    }
    book.ended(service, of: number)
  }

  /// In how many polls in a row a service was not listed: a process that polls once goes on with the count of those before it.
  func setUnlisted(_ service: String, polls: Int) { services.setMissed(service, polls: polls) }

  /// Marks the services as gone that the node has not listed for some polls in a row, here and in the ledger, and forgets those of them
  /// that are not judged.
  /// - Returns: their names.
  func forgetUnlisted(_ list: ServiceNames) -> [String] {
    let removed = services.count(list, known: configs.keys.filter { !goneServices.contains($0) })
    for service in removed {
      // Judged values that are gone are a trouble, not something that is over.
      guard isJudged(service), goneServices.count < NodeRecord.mostGoneServices else {
        forget(service)
        continue
      }
      goneServices.insert(service)
      rates.forget(service)
      facts.forget(service)
      book.ended(service, of: number)
    }
    return removed
  }

  /// Forgets a service and its graphs. The ledger keeps their numbers.
  func forget(_ service: String) {
    let names = graphs.filter { $0.value.service == service }.map(\.key).sorted()
    for name in names { graphs.removeValue(forKey: name)?.end(&news) }
    end(service)
  }

  /// Forgets one graph.
  func drop(_ graph: String) {
    forgetJudged()
    virtual.isOutOfDate = true
    graphs.removeValue(forKey: graph)?.end(&news)
  }

  /// The services that are known, and that the node has not listed in the poll under way.
  var unlistedServices: [String] {
    guard !services.isComplete || !goneServices.isEmpty else { return [] }
    return services.missing(of: Set(configs.keys))
  }

  /// Orders the files of a service's fields that no value has come for, once after each change of its config.
  func makeFiles(of service: String, at time: Int, into intake: inout Intake) {
    guard !unmade.isEmpty, unmade.remove(service) != nil else { return }
    // A large empty table is no use.
    if unmade.isEmpty { unmade = [] }
    guard let config = configs[service] else { return }
    for form in layouts.forms(of: config, on: host, place) {
      guard let record = graphs[form.name], record.service == service else { continue }
      record.makeFiles(at: time, into: &intake)
    }
  }

  private func setRate(of service: String, _ config: ServiceConfig) {
    let set = settings.updateRate(of: service, on: host)
    rates.set(set ?? config.updateRate, isSet: set != nil, of: service)
  }

  /// Seconds between two polls.
  var period: Int { rates.period }

  /// A service was fetched.
  /// - Parameter isStamped: whether its values have times of their own.
  func setFetched(_ service: String, at time: Int, isStamped: Bool) {
    rates.setFetched(service, at: time, isStamped: isStamped)
  }

  /// What the times of a service's values are rounded down to a multiple of, if at all.
  func alignment(of service: String) -> Int? { rates.alignment(of: service) }

  /// Remembers what the next poll has to ask for.
  func observe(_ poll: Poll) {
    isSerial = poll.isSerial
    configSchedule.apply(poll)
    // A spool tells nothing of the services' own time, and lists only what is new.
    guard let list = poll.list else {
      listed = nil
      return
    }
    if list !== listed { listed = book.shared(list) }
    if let listed { setTimes(of: poll.services, listed) }
  }

  /// Remembers how long the services have taken.
  /// - Parameter list: what they are of, in the same order.
  func setTimes(of services: [PolledService], _ list: ServiceNames) {
    serviceTimes.update(services, of: list)
  }

  /// The node's spool was read up to a time. It is committed with the values.
  func setSpooled(_ position: Int) {
    guard position > spoolPosition else { return }
    spoolPosition = position
    book.setSpooled(position, of: number)
  }

  /// The node could not be polled.
  func observeFailure() { configSchedule.askAll() }

  /// What the next poll needs to know.
  /// - Parameters:
  ///   - missed: how many polls in a row have failed.
  ///   - asksAll: whether every service is asked for its config.
  func order(now: Int, missed: Int, asksAll: Bool = false) -> PollOrder {
    configSchedule.interval =
      asksAll ? 1 : ConfigSchedule.interval(configEvery: settings.configEvery, period: period)
    var order = PollOrder(
      host: host,
      limits: PollLimits(
        updateRate: period, connectTimeout: settings.connectTimeout,
        nodeTimeout: settings.nodeTimeout, isProbe: Backoff.isProbe(missed: missed)),
      isSerial: isSerial, known: configs, configs: configSchedule, fresh: rates.fresh(now: now),
      leftOut: quarantine.isEmpty ? [] : quarantine.leftOut,
      askedLast: quarantine.isEmpty ? [] : quarantine.askedLast)
    order.spoolPosition = spoolPosition
    order.listed = listed
    return order
  }

  /// The judged series of all graphs.
  var allJudged: [SeriesNumber] {
    if let allJudgedSeries { return allJudgedSeries }
    let all = judged.values.flatMap { $0 }
    allJudgedSeries = all
    return all
  }

  private func forgetJudged() {
    judgedSeries = nil
    allJudgedSeries = nil
  }

  /// The judged series of all graphs, by the services that bring them.
  var judged: [String: [SeriesNumber]] {
    if let judgedSeries { return judgedSeries }
    var judged: [String: [SeriesNumber]] = [:]
    for graph in graphs.values where graph.isJudged {
      judged[graph.service, default: []] += graph.judgedSeries
    }
    judgedSeries = judged
    return judged
  }

  /// What the files of series are that are new since the last call.
  func takeFiles() -> [(series: SeriesNumber, form: FileForm)] {
    guard !news.files.isEmpty else { return [] }
    defer { news.files = [] }
    return news.files
  }

  /// The rules that are new since the last call, and the judged series that are gone.
  func takeRules() -> (
    rules: [(series: SeriesNumber, rules: SeriesRules?)], removed: [SeriesNumber],
    leftOut: [SeriesNumber: DescriptionNews.FormerField]
  )? {
    guard !news.rules.isEmpty || !news.removed.isEmpty else { return nil }
    defer {
      news.rules = []
      news.removed = []
      news.keys = [:]
      news.leftOut = [:]
    }
    return (news.rules, news.removed, news.leftOut)
  }

  /// The graphs of a service as they are drawn, in the order of its config.
  func drawn(_ service: String) -> [Graph] {
    configs[service].map { layouts.graphs(of: $0, on: host, place) } ?? []
  }

  /// A graph as it is drawn.
  func drawn(_ graph: GraphRecord) -> Graph {
    drawn(graph.service).first { $0.name == graph.name } ?? Graph(name: graph.name)
  }

  /// Counts the values that could not be stored, and marks their fields.
  func countLost(_ failures: [SeriesFailure], in lost: inout LostValues) {
    guard !failures.isEmpty else { return }
    // A node whose files are all closed has a failure for each.
    var owners: [SeriesNumber: (graph: GraphRecord, field: Int)] = [:]
    for graph in graphs.values {
      for (index, field) in graph.fields.enumerated() { owners[field.series] = (graph, index) }
    }
    for failure in failures {
      if let owner = owners[failure.series] {
        owner.graph.countLost(failure, field: owner.field, in: &lost)
      }
    }
  }
}

extension HostSettings {
  fileprivate var rate: UpdateRate { UpdateRate(seconds: updateRate, isAligned: isAligned) }
}
