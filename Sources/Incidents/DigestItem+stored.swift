internal import Limits

/// A digest as it is stored until it is delivered.
extension DigestContents {
  func write(to writer: inout FactWriter) {
    writer.put(since)
    writer.put(isHourly)
    writer.putList(items) { $1.write(to: &$0) }
    writer.putList(further) { $0.put($1) }
    writer.put(compared)
    writer.put(comparable)
  }

  /// - Parameter version: of the notification's form.
  init(_ reader: inout FactReader, _ version: Int) throws(FactError) {
    let since = try reader.number()
    let isHourly = try reader.flag()
    let items = try reader.list { reader throws(FactError) in try DigestItem(&reader, version) }
    self.init(since: since, isHourly: isHourly, items: items)
    let counts = try reader.list { reader throws(FactError) in try reader.number() }
    for (index, count) in zip(further.indices, counts) { further[index] = count }
    compared = try reader.numberIfAny()
    comparable = try reader.numberIfAny()
  }
}

extension DigestItem {
  fileprivate func write(to writer: inout FactWriter) {
    writer.put(heading.rawValue)
    writer.put(isNews)
    writer.putList(groups) { $0.put($1) }
    writer.put(host)
    writer.put(service)
    switch fact {
    case .open(let line, let plannedUntil):
      writer.put(0)
      line.write(to: &writer)
      writer.put(plannedUntil)
    case .over(let line, let count):
      writer.put(1)
      line.write(to: &writer)
      writer.put(count)
    case .mishap(let kind, let count, let all, let words):
      writer.put(2)
      writer.put(kind.rawValue)
      writer.put(count)
      writer.put(all)
      writer.put(words)
    case .nearLimit(let part):
      writer.put(3)
      part.write(to: &writer)
    case .unusual(let part, let low, let high, let from, let to):
      writer.put(4)
      part.write(to: &writer)
      writer.put(low)
      writer.put(high)
      writer.put(from)
      writer.put(to)
    case .restarted(let count, let last):
      writer.put(5)
      writer.put(count)
      writer.put(last)
    case .isNew(let services):
      writer.put(9)
      writer.put(services)
    case .isGone: writer.put(7)
    case .silence(let target, let until, let who, let why):
      writer.put(8)
      writer.put(target)
      writer.put(until)
      writer.put(who)
      writer.put(why)
    }
  }

  fileprivate init(_ reader: inout FactReader, _ version: Int) throws(FactError) {
    let heading: Heading = try reader.choice()
    let isNews = try reader.flag()
    let groups = try reader.list { reader throws(FactError) in try reader.text() }
    let host = try reader.text()
    let service = try reader.textIfAny()
    let fact: Fact
    switch try reader.number() {
    case 0:
      fact = .open(try NotificationLine(&reader, version), plannedUntil: try reader.numberIfAny())
    case 1: fact = .over(try NotificationLine(&reader, version), count: try reader.number())
    case 2:
      fact = .mishap(
        try reader.choice(), count: try reader.number(), of: try reader.number(),
        words: try reader.text())
    case 3: fact = .nearLimit(try NotificationPart(&reader))
    case 4:
      fact = .unusual(
        try NotificationPart(&reader), low: try reader.real(), high: try reader.real(),
        from: try reader.number(), to: try reader.number())
    case 5: fact = .restarted(count: try reader.number(), last: try reader.number())
    case 6: fact = .isNew(services: 0)
    case 7: fact = .isGone
    case 8:
      fact = .silence(
        target: try reader.text(), until: try reader.number(), who: try reader.text(),
        why: try reader.text())
    case 9: fact = .isNew(services: try reader.number())
    default: throw FactError()
    }
    self.init(heading, isNews: isNews, groups: groups, host: host, service: service, fact)
  }
}
