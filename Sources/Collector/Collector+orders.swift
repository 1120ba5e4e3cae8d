internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import Recording
internal import Settings

/// What comes to the alerts besides polls: orders of people, a clock that was set.
extension Collector {
  /// Once in a second: carries out what people order, and notices that the clock was set; once in ten seconds: looks for trouble of the
  /// collector itself. Orders are written into the ledger: it is not asked for them as long as nobody else has written.
  func keepObeying() async {
    var seen: Int?
    var count = 0
    while (try? await clock.sleep(for: .seconds(1))) != nil {
      let known = seen
      let found = try? await ledger.read { transaction throws(LedgerError) in
        let version = try transaction.query("PRAGMA data_version").first?[0].integer
        guard version != known else { return (version: version, orders: [AlertOrder]()) }
        return (version: version, orders: try AlertOrder.open(in: transaction))
      }
      await noticeJump(at: clock.epoch)
      count += 1
      if count % 10 == 0 { await reviewOwnTrouble() }
      guard let found else { continue }
      seen = found.version
      orders = found.orders
      await carryOutOrders()
    }
  }

  func carryOutOrders() async {
    guard !orders.isEmpty else { return }
    // What was carried out and could not be committed yet is still an open order in the ledger; its rows wait for the next commit.
    let open = Set(orders.map(\.number))
    carriedOut.formIntersection(open)
    let new = orders.filter { carriedOut.insert($0.number).inserted }
    orders = []
    guard !new.isEmpty else { return }
    let now = clock.epoch
    var update = AlertUpdate()
    for order in new { update.append(alerts.carryOut(order, at: now, facts: facts)) }
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }

  /// Moves what waits along when the clock of the machine was set.
  private func noticeJump(at now: Int) async {
    let running = clock.now
    defer { clocks = (now, running) }
    guard let clocks else { return }
    let passed = Int(clocks.running.duration(to: running).wholeNanoseconds / 1_000_000_000)
    let jump = now - clocks.epoch - passed
    guard abs(jump) > settings.updateRate else { return }
    let update = alerts.clockJumped(by: jump, at: now, facts: facts)
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }
}
