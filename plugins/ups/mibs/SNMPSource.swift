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

  /// A UPS that speaks SNMP. The first look recognises its MIBs; from then on one GET of the objects that it has, of all
  /// its MIBs, tells all. Alarms are walked only when there are some.
  @LoopActor
  final class SNMPSource: UPSSource {
    private let agent: any UPSAgent
    private let name: String
    private let clock: LoopClock
    /// How long one look may search for further MIBs.
    private let searchLimit: Duration
    private var known: Known?
    /// After a failed walk the alarms are not walked until then: some cards fail at it, which costs all retries.
    private var alarmsRest: LoopClock.Instant?

    private struct Known {
      var plan: MIBPlan
      /// When everything is asked again: settings, names, and what was missing.
      var expires: LoopClock.Instant
      /// `nil` when the search for further MIBs has ended.
      var search: Search?
    }

    /// The search for MIBs beside the best one. It has little time in each look, so that it ends in a later one where the
    /// device is slow.
    private struct Search {
      /// What the device has answered so far.
      var report: MIBReport
      let ofProduct: [MIBTable]
      /// The tables that are still to be tried; `nil` before the probes.
      var tables: [MIBTable]?
    }

    /// How many objects one request asks for: the answer stays below 1472 bytes.
    static let room = 40
    /// How many rows of an alarm table are read.
    private static let mostAlarms = 32
    private static let lifetime = Duration.seconds(3600)
    private static let alarmRest = Duration.seconds(600)

    init(
      _ agent: any UPSAgent, name: String, clock: LoopClock,
      searchLimit: Duration = .seconds(3)
    ) {
      self.agent = agent
      self.name = name
      self.clock = clock
      self.searchLimit = searchLimit
    }

    func close() { agent.close() }

    func read() async throws(UPSFailure) -> UPSReading {
      do throws(SNMPError) {
        if let known, clock.now < known.expires, let reading = try await look(known.plan) {
          return reading
        }
        known = nil
        if let reading = try await recognise() { return reading }
      } catch {
        throw UPSFailure("\(error)")
      }
      throw UPSFailure("\(name): expected the objects of a UPS, found \(product ?? "none")")
    }

    /// The product that the device named at the last recognition.
    private var product: String?

    // MARK: A known device

    /// - Returns: `nil` when the device has other objects than before: it is another one, or has another firmware.
    private func look(_ plan: MIBPlan) async throws(SNMPError) -> UPSReading? {
      var plan = plan
      var values: [SNMPValue]
      do throws(SNMPError) {
        values = try await get(plan.objects)
      } catch {
        // One MIB of several may break the request for all.
        guard plan.isShared, case .refused = error else { throw error }
        plan.reduce()
        known?.plan = plan
        known?.search = nil
        values = try await get(plan.objects)
      }
      guard values.count(where: { !$0.isMissing }) * 2 >= plan.objects.count else { return nil }
      await search(until: clock.now.advanced(by: searchLimit))
      return await finish(plan.report(values))
    }

    // MARK: An unknown device

    /// Finds the tables that fit, by the product that the device names, then by probes.
    /// - Returns: `nil` when none fits.
    private func recognise() async throws(SNMPError) -> UPSReading? {
      let end = clock.now.advanced(by: searchLimit)
      let system = try await get([MIBChoice.systemObject])[0]
      product = MIBChoice.identifier(system).map { "a device \($0) without them" }
      let ofProduct = MIBChoice.tables(for: system)
      var report = MIBReport()
      for table in ofProduct where !report.isFull && !report.covers(table) {
        report.add(try await answers(for: table))
      }
      var further: [MIBTable]?
      if !report.isFull {
        var tables = try await probe(beside: report, first: ofProduct)
        while !report.isFull, !tables.isEmpty {
          let table = tables.removeFirst()
          if !report.covers(table) { report.add(try await answers(for: table)) }
        }
        further = tables
      }
      guard let best = report.parts.first, best.worth > .nothing else { return nil }
      known = Known(
        plan: MIBPlan(report, room: SNMPSource.room, now: clock.epoch),
        expires: clock.now.advanced(by: SNMPSource.lifetime),
        search: Search(report: report, ofProduct: ofProduct, tables: further))
      let found = await search(until: end) ?? report
      return await finish(found)
    }

    /// The tables that a device answers to, beside those that were asked for.
    private func probe(
      beside report: MIBReport, first: [MIBTable]
    ) async throws(SNMPError) -> [MIBTable] {
      let probes = MIBChoice.probes.filter { !report.covers($0.table) }
      let values = try await get(probes.map(\.object))
      let present = zip(probes, values).filter { $1.isPresent }.map(\.0.table)
      let names = Set(present.map(\.name))
      let prefixes = Set(present.map(\.prefix))
      var tables = first.filter { names.contains($0.name) || prefixes.contains($0.prefix) }
      for table in present where !tables.contains(where: { $0.prefix == table.prefix }) {
        tables.append(table)
      }
      return tables.filter { !report.covers($0) }
    }

    /// Goes on with the search, and makes the plan anew. What fails is left out: the best MIB is known already.
    /// - Returns: the report with all that was found; `nil` when the search had ended, or has no time.
    @discardableResult
    private func search(until end: LoopClock.Instant) async -> MIBReport? {
      guard var search = known?.search, clock.now < end else { return nil }
      var tables: [MIBTable]
      if let left = search.tables {
        tables = left
      } else {
        tables = (try? await probe(beside: search.report, first: search.ofProduct)) ?? []
      }
      while !tables.isEmpty, clock.now < end {
        let table = tables.removeFirst()
        guard !search.report.covers(table), let found = try? await answers(for: table) else {
          continue
        }
        search.report.add(found)
      }
      search.tables = tables
      known?.plan = MIBPlan(search.report, room: SNMPSource.room, now: clock.epoch)
      known?.search = tables.isEmpty ? nil : search
      return search.report
    }

    private func answers(for table: MIBTable) async throws(SNMPError) -> MIBAnswers {
      var answers = MIBAnswers(table: table, values: try await get(table.objects))
      answers.identity = answers.learnt()
      answers.worth = MIBAnswers.worth(of: answers.reading(now: clock.epoch))
      return answers
    }

    // MARK: Alarms

    /// The alarms come last and by themselves: their failure costs only them.
    private func finish(_ report: MIBReport) async -> UPSReading {
      var alarms: [[OID]?] = []
      for (place, part) in report.parts.enumerated() {
        alarms.append(await walk(part, isBest: place == 0))
      }
      return report.reading(alarms: alarms, now: clock.epoch)
    }

    /// - Returns: `nil` where there are no alarms, or they cannot be read.
    private func walk(_ part: MIBAnswers, isBest: Bool) async -> [OID]? {
      guard let column = part.table.alarms, part.worth > .nothing,
        part.alarmCount.map({ $0 > 0 }) ?? isBest, alarmsRest.map({ $0 <= clock.now }) ?? true
      else { return nil }
      do throws(SNMPError) {
        return try await agent.walk(column, limit: SNMPSource.mostAlarms).compactMap {
          MIBChoice.identifier($0.value)
        }
      } catch {
        alarmsRest = clock.now.advanced(by: SNMPSource.alarmRest)
        return nil
      }
    }

    // MARK: Requests

    /// The values of objects, in as few requests as hold them.
    private func get(_ objects: [OID]) async throws(SNMPError) -> [SNMPValue] {
      var values: [SNMPValue] = []
      while values.count < objects.count {
        let part = Array(objects[values.count..<min(values.count + SNMPSource.room, objects.count)])
        let found = try await agent.get(part)
        guard found.count == part.count else {
          throw .malformed(
            agent: name, expected: "\(part.count) values", found: "\(found.count)")
        }
        values += found
      }
      return values
    }
  }
#endif
