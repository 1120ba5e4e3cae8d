internal import Collector
internal import HTTP
internal import Limits
internal import MuninWire

/// Everything the pages say, for programs: `/nodes.json`.
struct NodeList {
  let snapshot: Snapshot
  let version: String

  var response: HTTPResponse {
    var json = JSON()
    json.object { json in
      json.member("apus", version)
      json.member("time", snapshot.time)
      json.member("started", snapshot.started)
      json.member("update_rate", snapshot.updateRate)
      json.member("mails_waiting", snapshot.mailsWaiting)
      json.member("mails_failed", snapshot.mailsFailed)
      json.member("values_lost", snapshot.lost.total)
      json.name("storage_troubles")
      json.list(snapshot.storageTroubles) { $0.string($1) }
      json.name("findings")
      json.list(snapshot.recordingFindings) { $0.string($1) }
      json.name("nodes")
      json.list(snapshot.nodes) { Self.write($1, to: &$0) }
    }
    var response = HTTPResponse.json(json.bytes)
    response.setCaching("no-cache")
    return response
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
      json.list(node.graphs) { write($1, of: node, to: &$0) }
    }
  }

  private static func write(_ view: GraphView, of node: NodeView, to json: inout JSON) {
    json.object { json in
      json.member("name", view.graph.name)
      json.member("title", view.graph.title)
      json.member("category", view.graph.category)
      json.member("level", view.level.rawValue)
      json.member("updated", view.updated)
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
    }
  }
}
