#if SNMP
  internal import EventLoop
  internal import SNMP

  /// Who answers for objects: a session, or a recording.
  @LoopActor
  protocol UPSAgent: AnyObject {
    func get(_ objects: [OID]) async throws(SNMPError) -> [SNMPValue]
    func walk(_ prefix: OID, limit: Int) async throws(SNMPError) -> [SNMPBinding]
    func close()
  }

  /// A UPS that speaks SNMP. It is recognised at the first question; from then on one GET of the objects that it has
  /// tells all, and alarms are walked only when there are some.
  @LoopActor
  final class SNMPSource: UPSSource {
    private let agent: any UPSAgent
    private let name: String
    private let clock: LoopClock
    private var known: Known?
    /// Alarms that could not be walked are left alone until then: with some cards they are what breaks.
    private var alarmsRest: LoopClock.Instant?

    private struct Known {
      var table: MIBTable
      var identity: MIBAnswers.Identity
      /// The places of the objects that the device has and that change.
      var active: [Int]
      /// When everything is asked again: settings, names, and what was missing.
      var expires: LoopClock.Instant
    }

    /// How many objects one request asks: with values it stays below 1472 bytes.
    private static let most = 40
    /// How many rows of an alarm table are read.
    private static let mostAlarms = 32
    private static let relearning = Duration.seconds(3600)
    private static let alarmRest = Duration.seconds(600)

    init(_ agent: any UPSAgent, name: String, clock: LoopClock) {
      self.agent = agent
      self.name = name
      self.clock = clock
    }

    func close() { agent.close() }

    func read() async throws(UPSFailure) -> UPSReading {
      if let known, clock.now < known.expires {
        let values = try await ask(known.table.objects, at: known.active)
        let present = known.active.count { !values[$0].isMissing }
        // Other objects than before: another card, or another firmware.
        if present * 2 >= known.active.count {
          return await finish(
            MIBAnswers(table: known.table, values: values, identity: known.identity))
        }
      }
      known = nil
      return try await recognise()
    }

    /// Finds the table that fits, by what the device says it is, then by trying.
    private func recognise() async throws(UPSFailure) -> UPSReading {
      let system = try await get([MIBChoice.systemObject])[0]
      var trial = Trial()
      for table in MIBChoice.tables(for: system) {
        if let answers = try await attempt(table, &trial) { return await finish(answers) }
      }
      let probes = try await get(MIBChoice.probes.map(\.object))
      for (probe, value) in zip(MIBChoice.probes, probes) where !value.isMissing && value != .null {
        if let answers = try await attempt(probe.table, &trial) { return await finish(answers) }
      }
      // One that tells little is better than none.
      if let answers = trial.fallback {
        learn(answers)
        return await finish(answers)
      }
      let product = MIBChoice.identifier(system).map { "a device \($0) without them" }
      throw UPSFailure("\(name): expected the objects of a UPS, found \(product ?? "none")")
    }

    /// What the tables that did not fit have told.
    private struct Trial {
      var tried: Set<String> = []
      var texts: [MIBTable.Text: String] = [:]
      var fallback: MIBAnswers?
    }

    /// - Returns: `nil` when the device does not fill the table.
    private func attempt(
      _ table: MIBTable, _ trial: inout Trial
    ) async throws(UPSFailure) -> MIBAnswers? {
      guard trial.tried.insert(table.name).inserted else { return nil }
      let values = try await ask(table.objects, at: Array(table.objects.indices))
      var answers = MIBAnswers(table: table, values: values)
      answers.identity = answers.learnt()
      answers.identity.texts.merge(trial.texts) { own, _ in own }
      trial.texts = answers.identity.texts
      switch answers.worth(of: answers.reading(now: clock.epoch)) {
      case .nothing: return nil
      case .something:
        if trial.fallback == nil { trial.fallback = answers }
        return nil
      case .enough:
        learn(answers)
        return answers
      }
    }

    /// Keeps what need not be asked again.
    private func learn(_ answers: MIBAnswers) {
      let table = answers.table
      let fixed = Set(
        table.texts.map(\.object)
          + table.numbers.filter { MIBAnswers.settings.contains($0.quantity) }.flatMap(\.objects))
      let active = answers.values.indices.filter {
        !answers.values[$0].isMissing && answers.values[$0] != .null && !fixed.contains($0)
      }
      known = Known(
        table: table, identity: answers.identity, active: active,
        expires: clock.now.advanced(by: SNMPSource.relearning))
    }

    /// The alarms come last and apart: their failure costs only them.
    private func finish(_ answers: MIBAnswers) async -> UPSReading {
      let table = answers.table
      let count = table.count.flatMap { answers.values[$0].number() }
      var rows: [OID]?
      if let column = table.alarms, count.map({ $0 > 0 }) ?? true, isPatient {
        do throws(SNMPError) {
          rows = try await agent.walk(column, limit: SNMPSource.mostAlarms).compactMap {
            MIBChoice.identifier($0.value)
          }
        } catch {
          alarmsRest = clock.now.advanced(by: SNMPSource.alarmRest)
        }
      }
      return answers.reading(alarms: rows, now: clock.epoch)
    }

    private var isPatient: Bool { alarmsRest.map { $0 <= clock.now } ?? true }

    /// Asks for some of the objects.
    /// - Returns: a value for each of all; what was not asked is missing.
    private func ask(_ objects: [OID], at places: [Int]) async throws(UPSFailure) -> [SNMPValue] {
      var values = [SNMPValue](repeating: .noSuchObject, count: objects.count)
      var start = 0
      while start < places.count {
        let part = places[start..<min(start + SNMPSource.most, places.count)]
        let answers = try await get(part.map { objects[$0] })
        for (place, value) in zip(part, answers) { values[place] = value }
        start = part.endIndex
      }
      return values
    }

    private func get(_ objects: [OID]) async throws(UPSFailure) -> [SNMPValue] {
      let values: [SNMPValue]
      do throws(SNMPError) {
        values = try await agent.get(objects)
      } catch {
        throw UPSFailure("\(error)")
      }
      guard values.count == objects.count else {
        throw UPSFailure("\(name): expected \(objects.count) values, found \(values.count)")
      }
      return values
    }
  }
#endif
