#if SNMP
  internal import SNMP

  /// What a device has answered for a table's objects, in their order, and what it means.
  struct MIBAnswers {
    let table: MIBTable
    /// One for each of the table's objects; what was not asked is missing.
    let values: [SNMPValue]
    /// The texts that were read when the device was recognised.
    var identity = Identity()

    /// What does not change while a device stays the same.
    struct Identity: Sendable, Equatable {
      var texts: [MIBTable.Text: String] = [:]
      /// The quantities that are settings, each with its value.
      var settings: [UPSQuantity: Double] = [:]
    }

    /// The quantities that are settings of the device.
    static let settings: Set<UPSQuantity> = [
      .nominalInput, .nominalOutput, .nominalBattery, .nominalFrequency, .nominalPower,
      .nominalApparent, .transferLow, .transferHigh, .lowRuntime,
    ]

    /// How much a table tells of a device. Cards that serve several MIBs often fill one of them only.
    enum Worth: Int, Comparable {
      case nothing, something, enough

      static func < (one: Worth, other: Worth) -> Bool { one.rawValue < other.rawValue }
    }

    /// Enough is where the power comes from, or most of what matters.
    func worth(of reading: UPSReading) -> Worth {
      let core: [UPSQuantity] = [.charge, .runtime, .load, .output, .batteryVoltage]
      let count = core.count { reading[$0] != nil }
      let isStated = !reading.state.isDisjoint(with: UPSReading.sources)
      if isStated || count >= 3 { return .enough }
      return count > 0 ? .something : .nothing
    }

    /// - Parameter now: seconds since 1970.
    func reading(alarms: [OID]? = nil, now: Int) -> UPSReading {
      var reading = UPSReading(source: table.name)
      tell(&reading, now: now)
      measure(&reading)
      var doubts = states(&reading)
      reading.alarms = table.count.flatMap { values[$0].number() }.flatMap { Int(exactly: $0) }
      takeAlarms(alarms, &reading, &doubts)
      reading.judge(doubts)
      return reading
    }

    private func tell(_ reading: inout UPSReading, now: Int) {
      let texts = identity.texts
      reading.maker = texts[.maker] ?? table.maker
      reading.model = texts[.model].map { model in
        // A family and its size: "Eaton 5PX" and "3000".
        texts[.variant].map { model.hasSuffix($0) ? model : "\(model) \($0)" } ?? model
      }
      reading.serial = texts[.serial]
      reading.firmware = texts[.firmware] ?? texts[.agent]
      if let date = texts[.replaced] {
        let order = table.texts.first { $0.text == .replaced }?.order ?? .monthFirst
        reading.takeBatteryDate(date, order: order, now: now)
      }
      for (quantity, value) in identity.settings { reading.take(quantity, value) }
    }

    private func measure(_ reading: inout UPSReading) {
      var done: Set<UPSQuantity> = []
      for row in table.numbers where !MIBAnswers.settings.contains(row.quantity) {
        if row.isCheck {
          check(row, &reading)
        } else if !done.contains(row.quantity), take(row, &reading) {
          done.insert(row.quantity)
        }
      }
    }

    /// - Returns: whether any phase has a value.
    private func take(_ row: MIBTable.NumberRow, _ reading: inout UPSReading) -> Bool {
      guard isMeant(row) else { return false }
      var isTaken = false
      for (phase, object) in row.objects.enumerated() {
        guard let value = value(of: row, object) else { continue }
        if reading.take(row.quantity, value, phase: phase) { isTaken = true }
      }
      return isTaken
    }

    /// Whether the device has the version for which the row is.
    private func isMeant(_ row: MIBTable.NumberRow) -> Bool {
      guard let version = row.version else { return true }
      return [identity.texts[.agent], identity.texts[.firmware]].contains {
        $0?.contains(version) == true
      }
    }

    /// A value in the quantity's unit.
    private func value(of row: MIBTable.NumberRow, _ object: Int) -> Double? {
      let quantity = row.quantity
      guard let raw = values[object].number(isCounter: quantity == .lineBads) else { return nil }
      if let limit = row.limit, raw >= limit { return nil }
      // "Not supported"; of temperatures it may be one.
      if raw == -1, quantity != .temperature, quantity != .ambient { return nil }
      if raw == 65535, quantity == .runtime { return nil }
      let value = raw * row.factor / row.divisor
      let isMains = quantity == .input || quantity == .output || quantity == .bypass
      // Tenths where whole volts belong.
      if isMains, row.divisor == 1, value > quantity.bounds.upperBound { return value / 10 }
      return value
    }

    /// Another MIB's word on the same quantity.
    private func check(_ row: MIBTable.NumberRow, _ reading: inout UPSReading) {
      guard let other = value(of: row, row.objects[0]) else { return }
      if let own = reading[row.quantity], own > 0, other > 0, own / other < 2, other / own < 2 {
        return
      }
      if other > 0 || reading[row.quantity] == nil { reading.take(row.quantity, other) }
    }

    private func states(_ reading: inout UPSReading) -> UPSReading.Doubts {
      var doubts: UPSReading.Doubts = []
      func add(_ meaning: MIBMeaning?) {
        guard let meaning else { return }
        reading.state.formUnion(meaning.state)
        doubts.formUnion(meaning.doubts)
      }
      let flags = self.flags
      if let flags, let row = table.flags {
        for (place, isInverted, meaning) in row.meanings where place <= flags.count {
          if (flags[place - 1] == 0x31) != isInverted { add(meaning) }
        }
      }
      for row in table.states where flags == nil || !row.yieldsToFlags {
        guard let code = values[row.object].code else { continue }
        add(row.meanings[code] ?? (code > 0 ? row.positive : nil))
      }
      return doubts
    }

    /// The flags, when the device knows them.
    private var flags: [UInt8]? {
      guard let row = table.flags, case .octets(let bytes) = values[row.object], bytes.count >= 30,
        bytes.allSatisfy({ $0 == 0x30 || $0 == 0x31 })
      else { return nil }
      return bytes
    }

    private func takeAlarms(
      _ rows: [OID]?, _ reading: inout UPSReading, _ doubts: inout UPSReading.Doubts
    ) {
      let rows = rows ?? []
      var unknown = max(0, (reading.alarms ?? 0) - rows.count)
      for row in rows {
        guard let meaning = MIBAlarms.meaning(of: row) else {
          unknown += 1
          continue
        }
        reading.state.formUnion(meaning.state)
        doubts.formUnion(meaning.doubts)
      }
      if !rows.isEmpty { reading.alarms = max(reading.alarms ?? 0, rows.count) }
      if unknown > 0 { reading.state.insert(.alarm) }
    }
  }

  extension MIBAnswers {
    /// What is read once: texts and settings.
    func learnt() -> Identity {
      var learnt = Identity()
      for row in table.texts {
        if learnt.texts[row.text] == nil, let text = values[row.object].text {
          learnt.texts[row.text] = text
        }
      }
      for row in table.numbers where MIBAnswers.settings.contains(row.quantity) {
        guard learnt.settings[row.quantity] == nil, let value = value(of: row, row.objects[0]),
          value > 0, row.quantity.bounds.contains(value)
        else { continue }
        learnt.settings[row.quantity] = value
      }
      return learnt
    }
  }
#endif
