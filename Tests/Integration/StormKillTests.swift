import Foundation
import Ledger
import Testing

extension Programs {
  /// The collector is killed at random moments while twenty services fail and work again all the time.
  @Suite struct StormKillTests {
    /// `APUS_STORM_KILLS` says how often; a run of 500 takes eleven minutes.
    @Test func killedInAStormItTellsEveryIncident() async throws {
      let kills = ProcessInfo.processInfo.environment["APUS_STORM_KILLS"].flatMap(Int.init) ?? 8
      let scratch = try Scratch()
      let node = try RunningProgram(Project.peer("storm-node"), [scratch.path], in: scratch)
      let sink = try await MailSink(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;storm": try await node.port()],
        settings: """
          update_rate 1
          graph_data_size custom 2h
          group_wait 0
          flapping no
          smtp_server smtp://127.0.0.1:\(sink.port)
          contact.admin.email admin@example.com
          contact.admin.rate_limit no
          """)

      for _ in 0..<kills {
        let running = try await collector.start()
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...1800)))
        running.kill()
      }
      try scratch.write("", to: "calm")
      let last = try await collector.start()
      let outbox = try Ledger(path: collector.folder + "/db/apus.sqlite")
      try await waiting(until: "all troubles are over and told") {
        try await outbox.read { transaction throws(LedgerError) in
          try transaction.query(
            """
            SELECT (SELECT count(*) FROM incident_log WHERE closed IS NULL)
              + (SELECT count(*) FROM wave) + (SELECT count(*) FROM outbox)
            """)[0][0].integer == 0
        }
      }
      #expect(try await last.end() == .exit(0))

      let incidents = try await outbox.read { transaction throws(LedgerError) in
        try transaction.query("SELECT number FROM incident_log ORDER BY number").map {
          "\($0["number"].integer ?? -1)"
        }
      }
      // At most eight fail at a time, as many as the header names. One that is told in an update cannot have ended in it, so each has a mail for its beginning and one for its end.
      let mails = sink.mails
      var first: [String: Int] = [:]
      var messages: [String: Set<String>] = [:]
      var doubles: [(first: Int, again: Int)] = []
      for (index, mail) in mails.enumerated() {
        let id = try #require(mail.id)
        if let known = first[id] { doubles.append((known, index)) } else { first[id] = index }
        let named = try #require(mail.header("X-Apus-Incident"))
        for incident in named.split(separator: /[, ]+/) {
          messages[String(incident), default: []].insert(id)
        }
      }
      #expect(incidents.count >= kills, "\(incidents.count)")
      for incident in incidents {
        #expect(messages[incident]?.count ?? 0 >= 2, "incident \(incident)")
      }
      #expect(Set(messages.keys) == Set(incidents))
      // Only what the collector did not hear the answer of is sent again: the last mail of a connection, by a later life.
      #expect(doubles.count <= kills)
      for (former, again) in doubles {
        let connection = sink.connection(former)
        #expect(connection != sink.connection(again), "\(mails[again].subject)")
        #expect(
          !(former + 1..<mails.count).contains { sink.connection($0) == connection },
          "\(mails[again].subject)")
      }
    }
  }
}
