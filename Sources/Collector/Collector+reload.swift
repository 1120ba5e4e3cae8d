internal import EventLoop
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
public import Notify
internal import Recording
public import Settings

extension Collector {
  /// Goes on with other settings: hosts, thresholds, contacts and how a node is polled. Nodes that stay keep all that is known of them.
  /// Directives that take effect at a start are as before.
  public func reload(_ settings: MasterSettings, courier: Courier) async throws(LedgerError) {
    var settings = settings
    settings.keepStartDirectives(of: self.settings)
    let layouts = self.layouts.successor(settings)
    let old = Dictionary(nodes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var kept: Set<String> = []
    var new: [NodeRecord] = []
    var reloaded: [NodeRecord] = []
    var slices = WorkSlices()
    for host in settings.hosts {
      await slices.pause()
      if let node = old[host.path], kept.insert(host.path).inserted {
        reloaded.append(node)
        continue
      }
      let node = NodeRecord(host: host, book: book, layouts: layouts)
      new.append(node)
      reloaded.append(node)
    }
    FileClash.link(reloaded)
    if !new.isEmpty {
      let inventory = try await ledger.read { transaction throws(LedgerError) in
        try InventoryTables.read(in: transaction)
      }
      await restore(new, from: inventory)
    }
    for (host, node) in zip(settings.hosts, reloaded) where kept.contains(host.path) {
      node.change(host: host, layouts: layouts)
      await slices.pause()
    }
    let now = clock.epoch
    var update = alerts.set([], at: now, facts: facts)
    for (path, node) in old where !kept.contains(path) {
      node.isRetired = true
      update.append(endAlerts(of: node, at: now))
    }
    if settings.rrdWrite != self.settings.rrdWrite { recorder.change(settings.recordingMode) }
    nodes = reloaded
    self.settings = settings
    self.layouts = layouts
    directory = AlertDirectory(settings)
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now)
    await startAlerts(at: now, isAlone: false)
    mails.courier = courier
    muninState.setChanged()
    newNodes.open()
    newNodes = Gate()
    noteVirtualGraphs()
  }
}

extension MasterSettings {
  /// What the files, the ledger and the schedule were made for at the start.
  fileprivate mutating func keepStartDirectives(of old: MasterSettings) {
    databaseDirectory = old.databaseDirectory
    keepUpdateRate(of: old)
    journalSync = old.journalSync
    rrdcachedSocket = old.rrdcachedSocket
    webListen = old.webListen
    webURL = old.webURL
    pidFile = old.pidFile
  }

  /// The directives that differ from those of a running collector and take effect at its next start.
  public func changedStartDirectives(since old: MasterSettings) -> [String] {
    var changed: [String] = []
    if databaseDirectory != old.databaseDirectory { changed.append("dbdir") }
    if updateRate != old.updateRate { changed.append("update_rate") }
    if rrdcachedSocket != old.rrdcachedSocket { changed.append("rrdcached_socket") }
    if journalSync != old.journalSync { changed.append("journal_sync") }
    if webListen != old.webListen { changed.append("web_listen") }
    if webURL != old.webURL { changed.append("web_url") }
    if pidFile != old.pidFile { changed.append("pid_file") }
    return changed
  }
}
