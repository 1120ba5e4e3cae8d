import Inventory
import MuninWire
import Settings

@testable import Polling

/// A hostile node's side of a poll. The first byte says how the node is polled, the second how its bytes are cut; after a
/// break the master goes on over another connection, as in a real poll.
func feedMasterDialogue(_ input: [UInt8]) {
  guard input.count > 2 else { return }
  let ways = input[0]
  let text = Array(input.dropFirst(2))
  let whole = understand(text, ways: ways, piece: text.count)
  let cut = understand(text, ways: ways, piece: Int(input[1] % 64) + 1)
  // Under TLS it counts what came with the answer to STARTTLS.
  demand(
    ways & 128 != 0 || whole == cut,
    "in pieces of \(input[1] % 64 + 1) bytes it is understood otherwise")
}

private let known: [String: ServiceConfig] = {
  let configs = [
    "load": "graph_title Load\nload.label load\n",
    "disk": "multigraph disk\ngraph_title D\nsda.label sda\n"
      + "multigraph disk.sda\ngraph_title S\nused.label used\n",
    "dirty": "graph_title D\nx.label x\nx.value 1\n",
  ]
  return configs.reduce(into: [:]) { known, config in
    let bytes = Array(config.value.utf8)
    known[config.key] = ServiceConfig(
      bytes.span, ConfigAnswer(bytes.span, service: config.key), service: config.key)
  }
}()

/// What was understood of a conversation up to its first break, a line for each fact.
private func understand(_ text: [UInt8], ways: UInt8, piece: Int) -> [String] {
  let isSerial = ways & 1 != 0
  var schedule = ConfigSchedule()
  schedule.interval = ways & 2 != 0 ? 12 : 1
  var order = PollOrder(
    host: HostSettings(groups: ["g"], name: "node"), known: ways & 4 != 0 ? known : [:],
    configs: schedule, fresh: ways & 8 != 0 ? ["disk"] : [],
    askedLast: ways & 16 != 0 ? ["load"] : [])
  order.spoolPosition = ways & 32 != 0 ? 1_700_000_000 : 0
  var dialogue = MasterDialogue(
    subject: ways & 64 != 0 ? .named("node") : .nodeName,
    security: ways & 128 != 0 ? .wished : .none,
    window: isSerial ? 1 : RequestWindow.Bound.requests, order: order)
  var search = BreakSearch(isSerial: isSerial)
  var facts: [String] = []
  var isBroken = false
  var position = 0
  var asked = 0
  while position < text.count, !dialogue.isDone {
    let end = min(text.count, position + piece)
    do throws(MasterDialogue.Failure) {
      try dialogue.receive(text[position..<end].span, now: 1_700_000_600)
      while dialogue.hasPart {
        check(dialogue)
        try dialogue.continueSpool(now: 1_700_000_600)
      }
      if dialogue.takeHandshake() != nil { dialogue.begin() }
    } catch {
      if !isBroken { facts.append("\(error)") }
      isBroken = true
      guard dialogue.hasList, !dialogue.isSpool, !dialogue.isComplete else { break }
      let due = dialogue.due
      let step = search.add(
        BreakSearch.Break(
          service: due?.service, wasAlone: due?.isAlone == true, answers: dialogue.answers,
          reason: error.description, isLast: dialogue.isFull), open: dialogue.open)
      guard step == .askAgain else { break }
      dialogue = dialogue.resumed(
        window: search.isSerial ? 1 : RequestWindow.Bound.requests,
        without: search.isSerial ? search.broken : search.broken.union(search.suspects),
        askedLast: search.isSerial ? search.suspects : [])
    }
    asked += lineCount(dialogue.takeRequests())
    check(dialogue)
    position = end
  }
  if isBroken { return facts }
  // Two requests for each service, the greeting, and the config again after a change.
  demand(asked <= 3 * dialogue.services.count + 6, "\(asked) requests")
  facts += dialogue.faults
  for service in dialogue.services {
    facts.append(
      "\(service.name) \(service.outcome) \(service.trouble ?? "") \(service.valueCount)")
  }
  return facts
}

/// What holds whatever the node says.
private func check(_ dialogue: MasterDialogue) {
  demand(dialogue.services.count <= MasterDialogue.Bound.services, "too many services")
  demand(
    dialogue.isSpool || dialogue.work.count == dialogue.services.count, "a service without work")
  for service in dialogue.services where service.readTime != nil {
    demand(service.config != nil || dialogue.isSpool, "values of a service without a config")
  }
  if let position = dialogue.spool?.position {
    demand(position <= 1_700_000_600, "a spool was read up to the future")
  }
}
