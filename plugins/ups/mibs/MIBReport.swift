#if SNMP
  internal import SNMP

  /// What all MIBs of a device tell together: the values of the best one, from the others what it lacks, and the worst
  /// of their states.
  struct MIBReport {
    /// The best one first.
    private(set) var parts: [MIBAnswers]
    private(set) var identity: MIBIdentity

    /// The row by which a quantity was set: the place of its part, and its place in that part's table.
    struct Winner: Comparable {
      let part: Int
      let row: Int

      static func < (one: Winner, other: Winner) -> Bool {
        (one.part, one.row) < (other.part, other.row)
      }
    }

    init(_ parts: [MIBAnswers] = [], identity: MIBIdentity = MIBIdentity()) {
      self.parts = parts
      self.identity = identity
    }

    /// Adds what the device has answered for one more table: behind those that tell more, or as much.
    mutating func add(_ answers: MIBAnswers) {
      let place = parts.firstIndex { $0.worth < answers.worth } ?? parts.count
      parts.insert(answers, at: place)
      identity = MIBIdentity()
      for part in parts { identity.add(part.identity) }
    }

    /// Whether one of the tables is filled.
    var isFull: Bool { parts.first?.worth == .full }

    /// Whether a table's objects were asked for, by this table or another one of the same MIB.
    func covers(_ table: MIBTable) -> Bool {
      parts.contains {
        $0.table.name == table.name || ($0.table.prefix == table.prefix && $0.worth > .nothing)
      }
    }

    /// - Parameters:
    ///   - alarms: the identifiers of the alarms that stand, of each part; `nil` where they were not read.
    ///   - now: seconds since 1970.
    func reading(alarms: [[OID]?] = [], now: Int) -> UPSReading { compose(alarms: alarms, now).0 }

    /// The reading, and which row has set each quantity.
    func compose(
      alarms: [[OID]?] = [], _ now: Int
    ) -> (UPSReading, winners: [UPSQuantity: Winner]) {
      var reading = UPSReading(source: parts.first?.table.name ?? "")
      describe(&reading, now)
      var winners: [UPSQuantity: Winner] = [:]
      var doubts: UPSReading.Doubts = []
      var speakers: Set<Int> = []
      for (place, part) in parts.enumerated() {
        part.measure(&reading, identity) { winners[$0] = Winner(part: place, row: $1) }
        guard part.worth > .nothing else { continue }
        var meaning = part.meaning()
        let isSpeaking = !meaning.state.isEmpty || !meaning.doubts.isEmpty
        addAlarms(part, alarms.indices.contains(place) ? alarms[place] : nil, &meaning, &reading)
        if isSpeaking { speakers.insert(place) }
        reading.state.formUnion(meaning.state)
        doubts.formUnion(meaning.doubts)
      }
      reading.judge(doubts)
      share(&reading, winners, speakers)
      return (reading, winners)
    }

    private func describe(_ reading: inout UPSReading, _ now: Int) {
      let texts = identity.texts
      reading.maker =
        texts[.maker] ?? parts.lazy.filter { $0.worth > .nothing }.compactMap(\.table.maker).first
      reading.model = texts[.model]
      reading.serial = texts[.serial]
      reading.firmware = texts[.firmware] ?? texts[.agent]
      if let date = texts[.replaced] {
        reading.takeBatteryDate(date, order: identity.dateOrder, now: now)
      }
      for (quantity, value) in identity.settings { reading.take(quantity, value) }
    }

    private func addAlarms(
      _ part: MIBAnswers, _ rows: [OID]?, _ meaning: inout MIBMeaning, _ reading: inout UPSReading
    ) {
      let rows = rows ?? []
      var count = part.alarmCount
      var unknown = max(0, (count ?? 0) - rows.count)
      for row in rows {
        guard let one = MIBAlarms.meaning(of: row) else {
          unknown += 1
          continue
        }
        meaning.state.formUnion(one.state)
        meaning.doubts.formUnion(one.doubts)
      }
      if !rows.isEmpty { count = max(count ?? 0, rows.count) }
      // Several MIBs count the same alarms.
      if let count { reading.alarms = max(reading.alarms ?? 0, count) }
      if unknown > 0 { meaning.state.insert(.alarm) }
    }

    /// Says which part told what, where several did.
    private func share(
      _ reading: inout UPSReading, _ winners: [UPSQuantity: Winner], _ speakers: Set<Int>
    ) {
      let shares = parts.indices.map { place in
        UPSReading.Share(
          source: parts[place].table.name, tellsState: speakers.contains(place),
          quantities: UPSQuantity.allCases.filter { quantity in
            winners[quantity]?.part == place
              && (0..<UPSReading.phases).contains { phase in
                reading[quantity, phase].map { quantity.isShown(by: $0, phase: phase) } ?? false
              }
          })
      }
      let telling = shares.filter { $0.tellsState || !$0.quantities.isEmpty }
      if telling.count > 1 { reading.shares = telling }
    }
  }
#endif
