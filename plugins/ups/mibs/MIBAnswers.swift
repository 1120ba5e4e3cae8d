#if SNMP
  internal import MuninWire
  internal import SNMP

  /// What a device has answered for the objects of one table, in their order, and what it means.
  struct MIBAnswers {
    let table: MIBTable
    /// One for each of the table's objects; what was not asked is missing.
    let values: [SNMPValue]
    /// The texts and settings that were read when the device was recognised.
    var identity = MIBIdentity()
    /// How much the table tells of the device.
    var worth = Worth.full

    /// How much a table tells of a device. Cards that serve several MIBs often fill one of them only.
    enum Worth: Int, Comparable {
      case nothing, little, full

      static func < (one: Worth, other: Worth) -> Bool { one.rawValue < other.rawValue }
    }

    /// Full is where the power comes from, or most of what matters.
    static func worth(of reading: UPSReading) -> Worth {
      let core: [UPSQuantity] = [.charge, .runtime, .load, .output, .batteryVoltage]
      let count = core.count { reading.has($0) }
      let isStated = !reading.state.isDisjoint(with: UPSReading.sources)
      if isStated || count >= 3 { return .full }
      return count > 0 ? .little : .nothing
    }

    /// What this table alone tells.
    /// - Parameter now: seconds since 1970.
    func reading(alarms: [OID]? = nil, now: Int) -> UPSReading {
      MIBReport([self], identity: identity).reading(alarms: [alarms], now: now)
    }

    // MARK: Numbers

    /// Adds the measured values to a reading.
    /// - Parameters:
    ///   - identity: of all tables: versions decide which rows are read.
    ///   - setBy: called with the place of each row whose values were set.
    func measure(
      _ reading: inout UPSReading, _ identity: MIBIdentity, setBy: (UPSQuantity, Int) -> Void
    ) {
      for (place, row) in table.numbers.enumerated()
      where !UPSQuantity.settings.contains(row.quantity) && isRead(row, identity) {
        if row.isCheck {
          if check(row, &reading) { setBy(row.quantity, place) }
          continue
        }
        let found = row.objects.map { value(of: row, $0) }
        // A MIB that the device hardly fills holds zeros for what it does not measure.
        guard worth == .full || found.contains(where: { $0 != nil && $0 != 0 }) else { continue }
        if reading.offer(row.quantity, found) { setBy(row.quantity, place) }
      }
    }

    /// Whether the device has the version for which the row is.
    private func isRead(_ row: MIBTable.NumberRow, _ identity: MIBIdentity) -> Bool {
      guard let version = row.version else { return true }
      return [identity.texts[.agent], identity.texts[.firmware]].contains {
        $0?.contains(text: version) == true
      }
    }

    /// A value in the quantity's unit.
    private func value(of row: MIBTable.NumberRow, _ object: Int) -> Double? {
      let quantity = row.quantity
      let isCounter = quantity == .lineBads
      guard let raw = values[object].number(isCounter: isCounter) else { return nil }
      if !isCounter, isUnknown(raw, row, values[object]) { return nil }
      let value = raw * row.factor / row.divisor
      let isMains = quantity == .input || quantity == .output || quantity == .bypass
      // Tenths where whole volts belong.
      if isMains, row.divisor == 1, value > quantity.bounds.upperBound { return value / 10 }
      return value
    }

    private func isUnknown(
      _ raw: Double, _ row: MIBTable.NumberRow, _ value: SNMPValue
    ) -> Bool {
      if row.unknowns.contains(raw) { return true }
      if let limit = row.limit, raw >= limit { return true }
      if raw == -1 { return !row.isSigned }
      // Ticks pass through 65535 within eleven minutes.
      if case .ticks = value, raw == 65535 { return false }
      return UPSQuantity.isUnknown(raw)
    }

    /// Compares the value so far with another MIB's, and replaces it if it is far from that.
    private func check(_ row: MIBTable.NumberRow, _ reading: inout UPSReading) -> Bool {
      guard let other = value(of: row, row.objects[0]) else { return false }
      if let own = reading[row.quantity], own > 0, other > 0, own / other < 2, other / own < 2 {
        return false
      }
      guard other > 0 || reading[row.quantity] == nil else { return false }
      return reading.take(row.quantity, other)
    }

    // MARK: States

    /// What the objects of states and the flags say.
    func meaning() -> MIBMeaning {
      var sum = MIBMeaning()
      func add(_ meaning: MIBMeaning?) {
        guard let meaning else { return }
        sum.state.formUnion(meaning.state)
        sum.doubts.formUnion(meaning.doubts)
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
      return sum
    }

    /// The flags, when the device knows them.
    private var flags: [UInt8]? {
      guard let row = table.flags, case .octets(let bytes) = values[row.object], bytes.count >= 30,
        bytes.allSatisfy({ $0 == 0x30 || $0 == 0x31 })
      else { return nil }
      return bytes
    }

    /// How many alarms stand; `nil` where the device does not count them.
    var alarmCount: Int? {
      table.count.flatMap { values[$0].number() }.flatMap { Int(exactly: $0) }
    }
  }

  extension MIBAnswers {
    /// The texts and settings of the device.
    func learnt() -> MIBIdentity {
      var learnt = MIBIdentity()
      for row in table.texts where learnt.texts[row.text] == nil {
        guard let text = values[row.object].text else { continue }
        learnt.texts[row.text] = text
        if row.text == .replaced { learnt.dateOrder = row.order }
      }
      // A family and its size: "Eaton 5PX" and "3000".
      if let size = learnt.texts.removeValue(forKey: .variant), let model = learnt.texts[.model],
        !model.hasSuffix(size)
      {
        learnt.texts[.model] = "\(model) \(size)"
      }
      for row in table.numbers where UPSQuantity.settings.contains(row.quantity) {
        guard learnt.settings[row.quantity] == nil, let value = value(of: row, row.objects[0]),
          value > 0, row.quantity.accepts(value)
        else { continue }
        learnt.settings[row.quantity] = value
      }
      return learnt
    }
  }

  /// What does not change while a device stays the same.
  struct MIBIdentity: Sendable, Equatable {
    var texts: [MIBTable.Text: String] = [:]
    /// In which order the date of the battery's replacement is written.
    var dateOrder = UPSDate.Order.monthFirst
    /// The quantities that are settings, each with its value.
    var settings: [UPSQuantity: Double] = [:]

    /// Adds what is not known yet.
    mutating func add(_ other: MIBIdentity) {
      if texts[.replaced] == nil { dateOrder = other.dateOrder }
      texts.merge(other.texts) { own, _ in own }
      settings.merge(other.settings) { own, _ in own }
    }
  }
#endif
