internal import Limits

/// A notification as it is stored until it is delivered.
extension Notification {
  /// The version of the form. The first one had no reasons of a site's nodes, the second one no messages by the clock, the third one
  /// neither since when a plugin fails nor what is of values.
  private static let version = 4

  /// The notification as bytes.
  public var stored: [UInt8] {
    var writer = FactWriter()
    writer.put(Notification.version)
    writer.put(number)
    writer.put(contact)
    writer.put(kind.rawValue)
    writer.put(at)
    writer.put(identifier)
    writer.putList(references) { $0.put($1) }
    writer.putList(groups) { $0.put($1) }
    writer.put(furtherCount)
    writer.put(heldBy)
    writer.put(span)
    writer.put(threadCount)
    writer.putList(lines) { $1.write(to: &$0) }
    writer.putOptional(digest) { $1.write(to: &$0) }
    writer.putOptional(alive) { $1.write(to: &$0) }
    return writer.bytes
  }

  /// Why a stored notification is sent, without reading all of it.
  static func kind(stored bytes: [UInt8]) -> Kind? {
    var reader = FactReader(bytes)
    do throws(FactError) {
      let version = try reader.number()
      guard (1...Notification.version).contains(version) else { return nil }
      _ = try reader.number()
      _ = try reader.text()
      return try reader.choice()
    } catch {
      return nil
    }
  }

  /// A stored notification; `nil` for bytes that are none.
  public init?(stored bytes: [UInt8]) {
    var reader = FactReader(bytes)
    do throws(FactError) {
      let version = try reader.number()
      guard (1...Notification.version).contains(version) else { return nil }
      number = try reader.number()
      contact = try reader.text()
      kind = try reader.choice()
      at = try reader.number()
      identifier = try reader.text()
      references = try reader.list { reader throws(FactError) in try reader.text() }
      groups = try reader.list { reader throws(FactError) in try reader.text() }
      furtherCount = try reader.number()
      heldBy = try reader.textIfAny()
      span = try reader.numberIfAny()
      threadCount = try reader.numberIfAny()
      lines = try reader.list { reader throws(FactError) in
        try NotificationLine(&reader, version)
      }
      if version > 2 {
        digest = try reader.optional { reader throws(FactError) in
          try DigestContents(&reader, version)
        }
        alive = try reader.optional { reader throws(FactError) in try AliveFacts(&reader) }
      }
    } catch {
      return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

extension NotificationLine {
  func write(to writer: inout FactWriter) {
    writer.put(incident)
    writer.put(step.rawValue)
    switch place {
    case .service(let node, let name):
      writer.put(0)
      writer.put(Int(node.raw))
      writer.put(name)
    case .node(let node):
      writer.put(1)
      writer.put(Int(node.raw))
    case .site: writer.put(2)
    case .collector: writer.put(3)
    }
    writer.putList(groups) { $0.put($1) }
    writer.put(host)
    writer.put(name)
    writer.put(service)
    writer.put(graph)
    writer.put(title)
    writer.put(info)
    writer.put(level.stored)
    writer.put(was?.stored)
    writer.put(worst.stored)
    writer.put(opened)
    writer.put(closed)
    writer.put(at)
    writer.put(lastValues)
    writer.put(words)
    writer.putList(details) { $0.put($1) }
    writer.putOptional(fault) { writer, fault in
      switch fault {
      case .fails(let words):
        writer.put(0)
        writer.put(words)
      case .notListed: writer.put(1)
      case .withoutSubject(let name):
        writer.put(2)
        writer.put(name)
      }
    }
    writer.put(faultSince)
    writer.put(isOfValues)
    writer.put(polls)
    writer.put(plannedUntil)
    writer.put(plannedBy)
    writer.put(changedBy)
    writer.put(changedAt)
    writer.putList(beginnings) { $0.put($1) }
    writer.put(beginningCount)
    writer.put(steadyAfter)
    writer.put(reminder)
    writer.put(nextAt)
    writer.put(toldTo)
    writer.put(toldAt)
    writer.put(acknowledgedBy)
    writer.putList(parts) { $1.write(to: &$0) }
    writer.putList(members) { $0.put($1) }
    writer.put(memberCount)
    writer.put(returned)
    writer.put(groupCount)
    writer.putList(reasons) { writer, reason in
      writer.put(reason.words)
      writer.put(reason.count)
      writer.put(reason.first)
    }
    writer.put(memberPath)
    writer.putList(others) { writer, other in
      writer.put(other.incident)
      writer.put(other.level.stored)
      writer.put(other.name)
      writer.putOptional(other.part) { $1.write(to: &$0) }
    }
    writer.putList(followers) { writer, follower in
      writer.put(follower.graph)
      writer.put(follower.title)
      writer.put(follower.count)
    }
  }

  init(_ reader: inout FactReader, _ version: Int) throws(FactError) {
    incident = try reader.number()
    step = try reader.choice()
    switch try reader.number() {
    case 0:
      let node = NodeNumber(stored: try reader.number())
      place = .service(node: node, name: try reader.text())
    case 1: place = .node(NodeNumber(stored: try reader.number()))
    case 2: place = .site
    case 3: place = .collector
    default: throw FactError()
    }
    groups = try reader.list { reader throws(FactError) in try reader.text() }
    host = try reader.text()
    name = try reader.textIfAny()
    service = try reader.textIfAny()
    graph = try reader.textIfAny()
    title = try reader.text()
    info = try reader.textIfAny()
    level = Level(stored: try reader.number())
    was = try reader.numberIfAny().map(Level.init(stored:))
    worst = Level(stored: try reader.number())
    opened = try reader.numberIfAny()
    closed = try reader.numberIfAny()
    at = try reader.numberIfAny()
    lastValues = try reader.numberIfAny()
    words = try reader.textIfAny()
    details = try reader.list { reader throws(FactError) in try reader.text() }
    fault = try reader.optional { reader throws(FactError) in
      switch try reader.number() {
      case 0: return .fails(try reader.text())
      case 1: return .notListed
      case 2: return .withoutSubject(try reader.text())
      default: throw FactError()
      }
    }
    if version > 3 {
      faultSince = try reader.numberIfAny()
      isOfValues = try reader.flag()
    }
    polls = try reader.numberIfAny()
    plannedUntil = try reader.numberIfAny()
    plannedBy = try reader.textIfAny()
    changedBy = try reader.textIfAny()
    changedAt = try reader.numberIfAny()
    beginnings = try reader.list { reader throws(FactError) in try reader.number() }
    beginningCount = try reader.number()
    steadyAfter = try reader.numberIfAny()
    reminder = try reader.numberIfAny()
    nextAt = try reader.numberIfAny()
    toldTo = try reader.textIfAny()
    toldAt = try reader.numberIfAny()
    acknowledgedBy = try reader.textIfAny()
    parts = try reader.list { reader throws(FactError) in try NotificationPart(&reader) }
    members = try reader.list { reader throws(FactError) in try reader.text() }
    memberCount = try reader.number()
    returned = try reader.number()
    groupCount = try reader.numberIfAny()
    reasons = []
    if version > 1 {
      reasons = try reader.list { reader throws(FactError) in
        Reason(
          words: try reader.text(), count: try reader.number(), first: try reader.text())
      }
      memberPath = try reader.textIfAny()
    }
    others = try reader.list { reader throws(FactError) in
      Other(
        incident: try reader.number(), level: Level(stored: try reader.number()),
        name: try reader.text(),
        part: try reader.optional { reader throws(FactError) in try NotificationPart(&reader) })
    }
    followers = try reader.list { reader throws(FactError) in
      NotificationFollower(
        graph: try reader.text(), title: try reader.text(), count: try reader.number())
    }
  }
}

extension NotificationPart {
  func write(to writer: inout FactWriter) {
    writer.put(Int(series.raw))
    writer.put(service)
    writer.put(isNews)
    writer.put(graph)
    writer.put(title)
    writer.put(field)
    writer.put(label)
    writer.put(level.stored)
    writer.put(was?.stored)
    writer.put(worst.stored)
    writer.put(value)
    writer.put(worstValue)
    writer.put(worstAt)
    writer.putOptional(limit) { writer, limit in
      switch limit {
      case .range(let low, let high):
        writer.put(0)
        writer.put(low)
        writer.put(high)
      case .rate(let low, let high, let seconds, let change):
        writer.put(1)
        writer.put(low)
        writer.put(high)
        writer.put(seconds)
        writer.put(change)
      case .trend(let limit, let at, let perHour):
        writer.put(2)
        writer.put(limit)
        writer.put(at)
        writer.put(perHour)
      }
    }
    for range in [warning, critical] {
      writer.putOptional(range) { writer, range in
        writer.put(range.low)
        writer.put(range.high)
      }
    }
    writer.put(since)
    writer.put(lasted)
    writer.put(badRuns)
    writer.put(heldRuns)
    writer.put(extinfo)
    writer.put(info)
    writer.putList(details) { $0.put($1) }
    writer.put(unit)
    writer.put(base)
    writer.put(isScaled)
  }

  init(_ reader: inout FactReader) throws(FactError) {
    let series = SeriesNumber(UInt32(clamping: try reader.number()))
    let service = try reader.textIfAny()
    let isNews = try reader.flag()
    let (graph, title) = (try reader.text(), try reader.text())
    let (field, label) = (try reader.text(), try reader.text())
    let level = Level(stored: try reader.number())
    let was = try reader.numberIfAny().map(Level.init(stored:))
    let worst = Level(stored: try reader.number())
    self.init(
      series: series, graph: graph, title: title, field: field, label: label, level: level,
      was: was, worst: worst, value: try reader.realIfAny())
    self.service = service
    self.isNews = isNews
    worstValue = try reader.realIfAny()
    worstAt = try reader.numberIfAny()
    limit = try reader.optional { reader throws(FactError) in
      switch try reader.number() {
      case 0: return .range(low: try reader.realIfAny(), high: try reader.realIfAny())
      case 1:
        return .rate(
          low: try reader.realIfAny(), high: try reader.realIfAny(),
          seconds: try reader.number(), change: try reader.real())
      case 2:
        return .trend(
          limit: try reader.real(), at: try reader.number(), perHour: try reader.real())
      default: throw FactError()
      }
    }
    let range = { (reader: inout FactReader) throws(FactError) in
      Range(low: try reader.realIfAny(), high: try reader.realIfAny())
    }
    warning = try reader.optional(range)
    critical = try reader.optional(range)
    since = try reader.numberIfAny()
    lasted = try reader.numberIfAny()
    badRuns = try reader.numberIfAny()
    heldRuns = try reader.numberIfAny()
    extinfo = try reader.textIfAny()
    info = try reader.textIfAny()
    details = try reader.list { reader throws(FactError) in try reader.text() }
    unit = try reader.textIfAny()
    base = try reader.number()
    isScaled = try reader.flag()
  }
}

extension Level {
  fileprivate var stored: Int { ledgerCode }
  fileprivate init(stored number: Int) { self.init(ledgerCode: number) }
}
