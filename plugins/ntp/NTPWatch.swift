internal import EventLoop
internal import PluginKit

/// Who knows the time here, and what he said last. One question serves all services of a cycle: what was said is
/// good for a second, and whoever asks meanwhile waits for the answer that is under way.
@LoopActor
final class NTPWatch {
  /// What a look brought.
  struct Look {
    /// What is so now, or why that is not known.
    var result: Result<NTPSnapshot, PluginError>
    /// What was so when somebody answered last.
    var last: NTPSnapshot?

    /// What there is to describe: graphs stay while the daemon is away.
    var shape: NTPSnapshot? { (try? result.get()) ?? last }
  }

  private let settings: NTPSettings
  private let clock: LoopClock
  /// Who answered last.
  private var found: TimeSource?
  private var latest: (result: Result<NTPSnapshot, PluginError>, time: LoopClock.Instant)?
  private var last: NTPSnapshot?
  private var isAsking = false
  private var waiting: [Gate] = []
  /// When all places were last looked at.
  private var searched: LoopClock.Instant?

  /// How old an answer may be.
  private static let age = Duration.seconds(1)
  /// How often a daemon is looked for while the kernel answers: one that nobody runs refuses at once.
  private static let searching = Duration.seconds(60)
  /// How often one is looked for who goes before the daemon that answers: chronyd's unix socket, which tells more than
  /// its port, may have been away for a moment.
  private static let searchingMore = Duration.seconds(600)

  nonisolated init(_ settings: NTPSettings, clock: LoopClock = .real) {
    self.settings = settings
    self.clock = clock
  }

  /// The one that a service's settings mean.
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
      // A task of its own: who asked first may be called off, and others wait too.
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

  static let nobody = PluginError(
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
      do throws(PluginError) { return try await found.snapshot(on: host, clock) } catch {
        reason = error
        silent = found
      }
    }
    searched = clock.now
    for source in try await TimeSource.candidates(settings, on: host) where source != silent {
      // Once there was a daemon, its absence is a fault that the kernel must not hide.
      if source == .kernel, settings.source == .auto, last.map({ $0.daemon != .kernel }) ?? false {
        continue
      }
      do throws(PluginError) {
        let snapshot = try await source.snapshot(on: host, clock)
        found = source
        return snapshot
      } catch {
        // Silence tells more than a refusal, and who was there before more than both.
        if reason == nil || (error.isTimeout && found == nil) { reason = error }
      }
    }
    throw reason ?? NTPWatch.nobody
  }

  /// Whether it is time to see if somebody is there who knows more.
  private func isSearchDue(beside found: TimeSource) -> Bool {
    let interval = found == .kernel ? NTPWatch.searching : NTPWatch.searchingMore
    return searched.map { $0.advanced(by: interval) <= clock.now } ?? true
  }
}

extension NTPSnapshot {
  /// Where a question remained without an answer, those that were there a moment ago are still there, but nothing is
  /// known of them.
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
