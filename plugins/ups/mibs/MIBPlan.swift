#if SNMP
  internal import SNMP

  /// What a known device is asked for at each look, and how the answers are read: as few objects as tell all.
  struct MIBPlan: Sendable {
    /// All objects, each once.
    private(set) var objects: [OID] = []
    private var parts: [Part] = []
    private let identity: MIBIdentity

    private struct Part: Sendable {
      let table: MIBTable
      let worth: MIBAnswers.Worth
      /// The places of the objects in the table, and of the same ones in ``objects``.
      var places: [(own: Int, all: Int)] = []
    }

    /// - Parameters:
    ///   - report: what the device has answered for all objects of its tables.
    ///   - room: how many objects one request holds.
    init(_ report: MIBReport, room: Int, now: Int) {
      identity = report.identity
      let (_, winners) = report.compose(now)
      var spares: [(part: Int, place: Int)] = []
      for (number, answers) in report.parts.enumerated() {
        parts.append(Part(table: answers.table, worth: answers.worth))
        for place in MIBPlan.states(of: answers) { add(place, number) }
        for (row, numbers) in answers.table.numbers.enumerated()
        where !UPSQuantity.settings.contains(numbers.quantity) {
          let winner = winners[numbers.quantity]
          let own = MIBReport.Winner(part: number, row: row)
          let present = numbers.objects.filter { answers.values[$0].isPresent }
          if numbers.isCheck || winner.map({ own <= $0 }) ?? true {
            for place in present { add(place, number) }
          } else if winner?.part == number {
            // Should the better row fail, this one tells the same less precisely.
            spares += present.map { (number, $0) }
          }
        }
      }
      for (part, place) in spares where objects.count % room != 0 { add(place, part) }
      let silent = parts.indices.filter { $0 > 0 && parts[$0].places.isEmpty }
      for number in silent.reversed() { parts.remove(at: number) }
    }

    /// Where the states, flags and counts of alarms are that the device has.
    private static func states(of answers: MIBAnswers) -> [Int] {
      guard answers.worth > .nothing else { return [] }
      let table = answers.table
      let places =
        table.states.map(\.object) + [table.flags?.object, table.count].compactMap(\.self)
      return places.filter { answers.values[$0].isPresent }
    }

    private mutating func add(_ place: Int, _ part: Int) {
      guard !parts[part].places.contains(where: { $0.own == place }) else { return }
      let object = parts[part].table.objects[place]
      let all = objects.firstIndex(of: object) ?? objects.count
      if all == objects.count { objects.append(object) }
      parts[part].places.append((place, all))
    }

    /// Whether more than one table is read.
    var isShared: Bool { parts.count > 1 }

    /// Reads the first table only: the others are what the device may fail at.
    mutating func reduce() {
      parts.removeSubrange(1...)
      let kept = parts[0].places.map { objects[$0.all] }
      objects = kept
      parts[0].places = parts[0].places.enumerated().map { ($1.own, $0) }
    }

    /// - Parameter values: one for each of ``objects``.
    func report(_ values: [SNMPValue]) -> MIBReport {
      MIBReport(
        parts.map { part in
          var own = [SNMPValue](repeating: .noSuchObject, count: part.table.objects.count)
          for place in part.places { own[place.own] = values[place.all] }
          return MIBAnswers(table: part.table, values: own, worth: part.worth)
        }, identity: identity)
    }
  }
#endif
