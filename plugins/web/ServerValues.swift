internal import PluginKit

/// The values of ``WebProcesses``, with the graphs and fields of ``ServerGraphs``.
struct ServerValues {
  let shown: [Servers.Shown]

  func write(into reply: inout Reply) {
    reply.multigraph("web_processes")
    for server in shown {
      reply.value(server.name, "_processes", exactly: server.present.map { Double($0.processes) })
    }
    reply.multigraph("web_processes_up")
    for server in shown {
      // 0 only when it is certain that the server does not run; hidden processes are unknown.
      reply.value(server.name, "_up", exactly: server.report.map { $0.isUp ? 1 : 0 })
      if let report = server.report, !report.isUp {
        reply.append("\(server.name)_up.extinfo no master process\n")
      }
    }
    reply.multigraph("web_processes_memory")
    for server in shown {
      reply.value(
        server.name, "_memory", exactly: server.present?.memory.map { Double($0.all) })
    }
    reply.multigraph("web_processes_cpu")
    for server in shown {
      reply.value(
        server.name, "_cpu", exactly: server.present.map { Double($0.user &+ $0.system) })
    }
    for server in shown { write(server, into: &reply) }
  }

  private func write(_ shown: Servers.Shown, into reply: inout Reply) {
    let report = shown.present
    func graph(_ suffix: String) {
      reply.multigraph("web_processes.", "\(shown.name)_\(suffix)")
    }
    func value(_ field: String, _ number: UInt64?) {
      reply.value(field, "", exactly: number.map { Double($0) })
    }
    func value(_ field: String, days: Double?) {
      reply.value(field, "", exactly: days.map { ($0 / 864).rounded() / 100 })
    }
    graph("processes")
    value("masters", report?.masters)
    value("children", report?.children)
    value("others", report?.others)
    if shown.server.kind?.titles == .nginx { value("retiring", report?.retiring) }
    graph("states")
    value("running", report?.states.running)
    value("sleeping", report?.states.sleeping)
    value("uninterruptible", report?.states.uninterruptible)
    value("stopped", report?.states.stopped)
    value("zombie", report?.states.zombie)
    graph("memory")
    value("private", report?.memory?.own)
    value("shared", report?.memory?.shared)
    value("swap", report?.memory?.swap)
    value("largest", report?.memory?.largest)
    graph("cpu")
    value("user", report?.user)
    value("system", report?.system)
    graph("age")
    value("age", days: report?.age)
    value("oldest", days: report?.oldest)
    value("median", days: report?.median)
    graph("churn")
    let record = report.map { _ in shown.record }
    value("spawned", record?.spawned)
    value("gone", record?.gone)
    value("restarts", record?.restarts)
    graph("threads")
    value("threads", report?.threads)
    if shown.record.hasFiles {
      graph("files")
      value("files", report?.openFiles)
      reply.value("fullest", "", exactly: report?.fullest)
    }
    if shown.hasStatus { writeStatus(shown, graph, value) }
    let pools = shown.pools
    if !pools.isEmpty {
      graph("pools")
      for pool in pools {
        let memory = report.map { $0.pool(pool)?.memory?.all ?? 0 }
        reply.value(pool, "_memory", exactly: memory.map { Double($0) })
      }
    }
    for pool in pools {
      graph("\(pool)_pool")
      value("children", report.map { $0.pool(pool)?.children ?? 0 })
      value("running", report.map { $0.pool(pool)?.running ?? 0 })
      guard shown.hasStatus else { continue }
      let answer = shown.answers.compactMap(\.self).first { $0.pool == pool }
      value("busy", answer?.busy)
      value("idle", answer?.idle)
      value("queue", answer?.queue)
    }
  }

  private func writeStatus(
    _ shown: Servers.Shown, _ graph: (String) -> Void, _ value: (String, UInt64?) -> Void
  ) {
    /// The sum over all status pages; unknown when one of them did not answer.
    func sum(_ part: (StatusAnswer) -> UInt64?) -> UInt64? {
      var sum: UInt64 = 0
      for answer in shown.answers {
        guard let answer, let number = part(answer) else { return nil }
        sum &+= number
      }
      return shown.answers.isEmpty ? nil : sum
    }
    switch shown.server.kind?.titles {
    case .nginx:
      graph("connections")
      value("reading", sum(\.reading))
      value("writing", sum(\.writing))
      value("waiting", sum(\.waiting))
    case .fpm: break
    default:
      graph("workers")
      value("busy", sum(\.busy))
      value("idle", sum(\.idle))
      value("free", sum(\.free))
    }
    graph("requests")
    value("requests", sum(\.requests))
  }
}

extension Servers.Shown {
  var name: String { server.name }

  /// The report of a server that runs.
  var present: ServerReport? { report.flatMap { $0.isUp ? $0 : nil } }
}

extension ServerReport {
  func pool(_ name: String) -> PoolReport? { pools.first { $0.name == name } }
}
