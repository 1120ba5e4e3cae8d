import EventLoop
import Ledger
import Notify
import TestNodes
import TestSupport

@testable import Collector

extension Station {
  /// From now on mails go to a server.
  func mail(to server: ScriptedServer, withPictures: Bool = false) throws {
    let smtp = SMTPDelivery(
      server: try MailServer(server.url), sender: try MailAddress("apus@example.com"),
      hostName: "mon1.example.com")
    var writer = AlertWriter(collector.settings, site: collector.site)
    if withPictures {
      let pictures = CollectorPictures()
      pictures.collector = collector
      drawn = pictures
      writer.history = pictures
    }
    collector.mails.courier = Courier(
      ledger: ledger, mails: MailExchange(servers: [smtp]), alerts: writer)
  }

  /// Moves the clock of a collector that runs, step by step. It waits whenever nodes or the ledger have something to do: what the
  /// collector does is done at its time, however slow the machine is.
  /// - Parameter look: ends it; the time passes whole without it.
  /// - Parameter step: in milliseconds.
  func go(
    on seconds: Int, with nodes: [TestNode], by step: Int = 1000,
    until look: (@LoopActor () -> Bool)? = nil
  ) async throws {
    for _ in 0..<(seconds * 1000 / step) {
      try await settle(nodes)
      if let look, look() { return }
      clock.advance(by: .milliseconds(step))
    }
    try await settle(nodes)
    if let look { try await reach("the end of \(seconds) s") { look() } }
  }

  /// Waits until nothing happens at the nodes and in the ledger any more.
  private func settle(_ nodes: [TestNode]) async throws {
    var activity = -1
    while true {
      try await LoopClock.real.sleep(for: .milliseconds(2))
      // It is answered after everything that was begun before it.
      _ = try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT 1")
      }
      let now = nodes.reduce(0) { $0 + $1.activity }
      if now == activity { return }
      activity = now
    }
  }
}
