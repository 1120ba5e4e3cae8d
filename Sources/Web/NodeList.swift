internal import Collector
internal import EventLoop
internal import HTTP
internal import Limits
internal import MuninWire
internal import Text

/// Everything the pages say, for programs: `/nodes.json`.
///
/// The list of a fleet is long: it is made while it is sent, graph by graph. A node that comes or goes meanwhile is in it or not.
@LoopActor
final class NodeList {
  private let source: any SiteSource
  private let version: String
  private let names: [NodeName]
  private var index = 0
  /// The node that is being written, and how many of its graphs are: one may have thousands.
  private var node: NodeView?
  private var graph = 0
  private var isBegun = false
  private var isFirstNode = true
  private var isEnded = false

  /// The length of a part: a few milliseconds of work.
  private static let part = 48 << 10

  init(source: any SiteSource, version: String) {
    self.source = source
    self.version = version
    names = source.names
  }

  nonisolated static func response(_ list: NodeList) -> HTTPResponse {
    var response = HTTPResponse("application/json", HTTPStream { list.next() })
    response.setCaching("no-cache")
    return response
  }

  /// The next part; `nil` after the last one.
  func next() -> [UInt8]? {
    guard !isEnded else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.part + (8 << 10))
    if !isBegun {
      isBegun = true
      bytes += head()
    }
    while let node = node ?? nextNode(&bytes) {
      while graph < node.graphs.count {
        if graph > 0 { bytes.append(UInt8(ascii: ",")) }
        var json = JSON()
        Self.write(node.graphs[graph], of: node, to: &json)
        bytes += json.bytes
        graph += 1
        if bytes.count >= Self.part { return bytes }
      }
      bytes += "]}".utf8
      self.node = nil
      index += 1
    }
    isEnded = true
    return bytes + "]}".utf8
  }

  /// All up to the list of nodes.
  private func head() -> ArraySlice<UInt8> {
    let state = source.state
    var json = JSON()
    json.object { json in
      json.member("apus", version)
      json.member("time", state.time)
      json.member("started", state.started)
      json.member("update_rate", state.updateRate)
      json.member("mails_waiting", state.mailsWaiting)
      json.member("mails_failed", state.mailsFailed)
      json.name("mails_given_up")
      json.list(state.mailsGivenUp) { json, mail in
        json.object { json in
          json.member("contact", mail.contact)
          json.member("subject", mail.subject)
          json.member("created", mail.created)
          json.member("given_up", mail.givenUp)
          json.member("problem", mail.problem)
        }
      }
      json.member("values_lost", state.lost.total)
      json.name("storage_troubles")
      json.list(state.storageTroubles) { $0.string($1) }
      json.member("heartbeat_trouble", state.heartbeatTrouble)
      json.member("settings_trouble", state.settingsTrouble?.words)
      json.member("settings_trouble_since", state.settingsTrouble?.since)
      json.name("delivery_troubles")
      json.list(state.deliveryTroubles) { json, trouble in
        json.object { json in
          json.member("contact", trouble.contact)
          json.member("way", trouble.way)
          json.member("since", trouble.since)
          json.member("problem", trouble.problem)
        }
      }
      json.name("held_messages")
      json.list(state.heldMessages) { json, held in
        json.object { json in
          json.member("contact", held.contact)
          json.member("until", held.until)
          json.member("incidents", held.incidents)
        }
      }
      json.name("findings")
      json.list(state.recordingFindings) { $0.string($1) }
      json.name("nodes")
      json.list(EmptyCollection<Int>()) { _, _ in }
    }
    // The nodes come between the brackets of the empty list.
    return json.bytes.dropLast(2)
  }

  /// Begins the next node, up to the list of its services.
  private func nextNode(_ bytes: inout [UInt8]) -> NodeView? {
    while index < names.count {
      guard let node = source.node(names[index]) else {
        index += 1
        continue
      }
      if !isFirstNode { bytes.append(UInt8(ascii: ",")) }
      isFirstNode = false
      var json = JSON()
      Self.write(node, to: &json)
      bytes += json.bytes.dropLast(2)
      self.node = node
      graph = 0
      return node
    }
    return nil
  }

  private static func write(_ node: NodeView, to json: inout JSON) {
    json.object { json in
      json.member("name", node.name)
      json.name("groups")
      json.list(node.groups) { $0.string($1) }
      json.member("path", node.path)
      json.member("page", SiteLink.node(node).text)
      json.member("address", node.address)
      json.member("polled", node.isPolled)
      json.member("level", node.level.rawValue)
      json.member("last_answer", node.lastAnswer)
      json.member("duration", node.duration)
      json.member("trouble", node.trouble)
      json.member("trouble_since", node.troubleSince)
      json.name("findings")
      json.list(node.findings) { $0.string($1) }
      json.name("services")
      json.list(EmptyCollection<Int>()) { _, _ in }
    }
  }

  private static func write(_ view: GraphView, of node: NodeView, to json: inout JSON) {
    json.object { json in
      json.member("name", view.graph.name)
      json.member("title", view.graph.title)
      json.member("category", view.graph.category)
      json.member("level", view.level.rawValue)
      json.member("updated", view.updated)
      json.member("fault", view.fault)
      json.member("fault_since", view.faultSince)
      json.name("findings")
      json.list(view.findings) { $0.string($1) }
      json.member("page", SiteLink.graph(view, of: node).text)
      json.name("pictures")
      json.object { json in
        json.member("hour", SiteLink.picture(view, of: node, .hour).text)
        json.member("day", SiteLink.picture(view, of: node, .day).text)
        json.member("week", SiteLink.picture(view, of: node, .week).text)
        json.member("month", SiteLink.picture(view, of: node, .month).text)
        json.member("year", SiteLink.picture(view, of: node, .year).text)
      }
      json.name("fields")
      json.list(view.fields) { json, field in
        let type = view.graph.field(field.name)?.type ?? .gauge
        write(field, type, to: &json)
      }
    }
  }

  private static func write(_ field: FieldView, _ type: FieldType, to json: inout JSON) {
    json.object { json in
      json.member("name", field.name)
      json.member("label", field.label)
      json.member("type", type.rawValue)
      json.member("value", field.value)
      json.member("level", field.level.rawValue)
      json.member("since", field.since)
      json.member("warning", field.warning)
      json.member("critical", field.critical)
      json.member("extinfo", field.extinfo)
      json.member("origin", field.origin)
      json.member("fault", field.fault)
      json.member("fault_since", field.faultSince)
    }
  }
}
