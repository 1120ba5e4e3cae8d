internal import Collector
internal import EventLoop
internal import Logbook
internal import Settings
internal import Text

/// Other settings for a collector that runs: after SIGHUP, and when munin.conf or an included file changes.
extension CollectorRun {
  /// Reads the settings again.
  func reload(_ collector: Collector) async {
    await reloads.run {
      let path = self.path
      guard let new = await self.read(collector, { Configuration(path: path) }) else { return }
      await self.adopt(new, collector)
    }
  }

  /// Reads settings beside the loop: those of a fleet take long, and a network disk may not answer.
  private func read<Value: Sendable>(
    _ collector: Collector, _ body: @escaping @Sendable () -> Value
  ) async -> Value? {
    let value = await Blocking.shared.run(within: .seconds(60), body)
    if value == nil, !isEnding {
      refuse(["cannot read \(path ?? "settings"): no answer in 60 s"], collector)
    }
    return value
  }

  /// Reads the settings again whenever the folders of munin.conf and of what it includes change, until ``endWatch()``.
  func followChanges(_ collector: Collector) async {
    guard let path else { return }
    while !isEnding {
      guard let folders = await read(collector, { Configuration.folders(of: path) }), !isEnding
      else {
        continue
      }
      // An editor or a package writes several files: they are read when nothing has changed for 2 s.
      guard let watch = try? FolderWatch(folders, settle: .seconds(2)) else {
        return log.note("changes of \(path) are noticed after SIGHUP only", .warning)
      }
      self.watch = watch
      repeat {
        // At the beginning too: it may have changed since it was read.
        await reloadIfChanged(collector)
        guard await read(collector, { Configuration.folders(of: path) }) == folders else { break }
        guard await watch.next() else { return }
      } while !isEnding
      watch.close()
    }
  }

  /// Ends ``followChanges(_:)``.
  func endWatch() {
    isEnding = true
    watch?.close()
  }

  /// What was read before, taken or refused, is not read again.
  private func reloadIfChanged(_ collector: Collector) async {
    await reloads.run {
      let (path, content) = (self.path, self.content)
      let new = await self.read(collector) { Configuration.changed(path, since: content) }
      guard let new = new ?? nil else { return }
      self.log.note("\(self.path ?? "settings") or a file included by it has changed")
      await self.adopt(new, collector)
    }
  }

  /// Where anything is wrong, everything stays as it was.
  private func adopt(_ new: Configuration, _ collector: Collector) async {
    content = new.content
    guard new.problems.isEmpty else { return refuse(new.problems, collector) }
    // A typing error in a limit must not take the limit away from a collector that runs. Lines that were wrong at the start are known.
    let wrong = WrongLine.new(in: new.wrongLines, since: configuration.wrongLines)
    guard wrong.isEmpty else { return refuse(wrong.map(\.description), collector) }
    // A file that an editor or a full disk has emptied: the history of all nodes would have a hole.
    if new.settings.hosts.isEmpty, !configuration.settings.hosts.isEmpty {
      return refuse(["\(path ?? "settings"): no node in it any more"], collector)
    }
    do {
      try log.adopt(new.settings.logDestination, severity: new.settings.logThreshold)
      let changed = new.settings.changedStartDirectives(since: collector.settings)
      do {
        try await collector.reload(
          new.settings,
          courier: parts.courier(new, site: collector.site, links: collector.links))
      } catch {
        try log.adopt(
          configuration.settings.logDestination, severity: configuration.settings.logThreshold)
        throw error
      }
      configuration = new
      collector.setSettingsTrouble(nil)
      for warning in new.warnings { log.note(Configuration.line(ofWarning: warning), .warning) }
      for directive in changed {
        log.note("\(directive) has changed: it takes effect at the next start", .warning)
      }
      let polled = new.settings.hosts.count(where: \.update)
      log.note("settings reloaded: \(Amount.count(polled, "node")) polled")
    } catch {
      refuse(["\(error)"], collector)
    }
  }

  private func refuse(_ problems: [String], _ collector: Collector) {
    let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
    collector.setSettingsTrouble("settings not reloaded: \(problems.first ?? "")\(more)")
    for problem in problems.prefix(20) { log.note(problem, .failure) }
    if problems.count > 20 { log.note("and \(problems.count - 20) more such lines", .failure) }
    log.note("settings not reloaded: the old ones stay in force", .failure)
  }
}
