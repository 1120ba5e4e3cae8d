internal import EventLoop
internal import PluginKit

/// Finds the source of the clock's state that the settings mean, and keeps its last answer. One answer serves all services
/// of a cycle: it counts for a second, and services that ask while a question is under way wait for its answer.
@LoopActor
final class NTPWatch {
  /// The outcome of a look.
  struct Look {
    /// The present state, or why it is not known.
    var result: Result<NTPSnapshot, PluginError>
    /// The last answer that there was.
    var last: NTPSnapshot?

    /// What the graphs are made from: they stay while the daemon does not answer.
    var shape: NTPSnapshot? { (try? result.get()) ?? last }
  }

  private let settings: NTPSettings
  private let clock: LoopClock
  /// The source that answered last.
  private var found: TimeSource?
  private var latest: (result: Result<NTPSnapshot, PluginError>, time: LoopClock.Instant)?
  private var last: NTPSnapshot?
  private var isAsking = false
  private var waiting: [Gate] = []
  /// When all sources were last tried.
  private var searched: LoopClock.Instant?

  /// For how long an answer serves.
  private static let age = Duration.seconds(1)
  /// How often daemons are looked for while only the kernel answers. Ports without a daemon refuse at once.
  private static let searching = Duration.seconds(60)
  /// How often a better source than the one that answers is looked for: chronyd's unix socket, which provides more than
  /// its port, may have been missing for a moment.
  private static let searchingMore = Duration.seconds(600)

  nonisolated init(_ settings: NTPSettings, clock: LoopClock = .real) {
    self.settings = settings
    self.clock = clock
  }

  /// The watch for the settings of a service.
  static func of(_ host: Host, clock: LoopClock = .real) throws(PluginError) -> NTPWatch {
    let settings = try NTPSettings(host.settings)
    return host.kept(for: settings.key) { NTPWatch(settings, clock: clock) }
  }

  func look(on host: Host) async -> Look {
    if let latest, latest.time.advanced(by: NTPWatch.age) > clock.now {
      return Look(result: latest.result, last: last)
    }
    let gate = Gate()
    waiting.append(gate)
    if !isAsking {
      isAsking = true
      // A task of its own: the service that asked first may be cancelled while others wait for the same answer.
      EventLoop.start { [self] in
        await ask(host)
        isAsking = false
        let waiters = waiting
        waiting = []
        for gate in waiters { gate.open() }
      }
    }
    await gate.wait()
    return Look(
      result: latest?.result ?? .failure(NTPWatch.nobody), last: last)
  }

  nonisolated static let nobody = PluginError(
    source: "NTP", expected: "a time daemon", found: "none that answers")

  private func ask(_ host: Host) async {
    var result: Result<NTPSnapshot, PluginError>
    do throws(PluginError) {
      result = .success(try await answer(host))
    } catch {
      result = .failure(error)
    }
    if case .success(var snapshot) = result {
      if let last, last.daemon == snapshot.daemon { snapshot.fillGaps(from: last) }
      result = .success(snapshot)
      last = snapshot
    }
    latest = (result, clock.now)
  }

  private func answer(_ host: Host) async throws(PluginError) -> NTPSnapshot {
    var reason: PluginError?
    var silent: TimeSource?
    if let found, !isSearchDue(beside: found) {
      do throws(PluginError) {
        return try await TimeSource.answer(of: [found], at: settings.host, on: host, clock).snapshot
      } catch {
        reason = error
        silent = found
        // Silence of another machine takes the whole limit, so all its places wait for the next look.
        if settings.host != nil {
          self.found = nil
          throw error
        }
      }
    }
    searched = clock.now
    for group in try await TimeSource.candidates(settings, on: host) {
      let group = group.filter { $0 != silent && !isHiddenByDaemon($0) }
      if group.isEmpty { continue }
      do throws(PluginError) {
        let answer = try await TimeSource.answer(of: group, at: settings.host, on: host, clock)
        found = answer.source
        return answer.snapshot
      } catch {
        // Silence tells more than a refusal, and the daemon that was there before more than both.
        if reason == nil || (error.isTimeout && found == nil) { reason = error }
      }
    }
    throw reason ?? NTPWatch.nobody
  }

  /// Once there was a daemon, its absence is a fault that the kernel's answer must not hide.
  private func isHiddenByDaemon(_ source: TimeSource) -> Bool {
    source == .kernel && settings.source == .auto && last.map { $0.daemon != .kernel } ?? false
  }

  /// Whether it is time to look for a better source.
  private func isSearchDue(beside found: TimeSource) -> Bool {
    let interval = found == .kernel ? NTPWatch.searching : NTPWatch.searchingMore
    return searched.map { $0.advanced(by: interval) <= clock.now } ?? true
  }
}

extension NTPSnapshot {
  /// Where a question got no answer, the associations of the last snapshot stay, with unknown values.
  fileprivate mutating func fillGaps(from last: NTPSnapshot) {
    guard !troubles.isEmpty else { return }
    let present = Set(associations.map(\.name))
    for old in last.associations where !present.contains(old.name) {
      var unknown = Association(name: old.name)
      unknown.host = old.host
      associations.append(unknown)
    }
  }
}
