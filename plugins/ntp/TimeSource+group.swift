internal import EventLoop
internal import PluginKit

extension TimeSource {
  /// An answer, and where it came from.
  struct Answer: Sendable {
    var source: TimeSource
    var snapshot: NTPSnapshot
  }

  /// Asks all places of a group at once. The first of them, in their order, that answers counts.
  /// - Parameter machine: the machine that the settings name, for the message; `nil` for this one.
  @LoopActor
  static func answer(
    of group: [TimeSource], at machine: String?, on host: Host, _ clock: LoopClock
  ) async throws(PluginError) -> Answer {
    if group.count == 1 {
      do throws(PluginError) {
        return Answer(source: group[0], snapshot: try await group[0].snapshot(on: host, clock))
      } catch {
        throw failure(of: [(group[0], error)], at: machine)
      }
    }
    let asking = group.map { source in
      EventLoop.start { () -> Result<NTPSnapshot, PluginError> in
        do throws(PluginError) {
          return .success(try await source.snapshot(on: host, clock))
        } catch {
          return .failure(error)
        }
      }
    }
    defer { for task in asking { task.cancel() } }
    var failures: [(source: TimeSource, error: PluginError)] = []
    for (source, task) in zip(group, asking) {
      switch await task.value {
      case .success(let snapshot): return Answer(source: source, snapshot: snapshot)
      case .failure(let error): failures.append((source, error))
      }
    }
    throw failure(of: failures, at: machine)
  }

  /// One message for all places of a machine: `no answer from 192.0.2.1 (ntpd port 123, chronyd port 323)`.
  private static func failure(
    of failures: [(source: TimeSource, error: PluginError)], at machine: String?
  ) -> PluginError {
    let isSilent = failures.allSatisfy(\.error.isTimeout)
    guard let first = failures.first, let machine, failures.count > 1 || isSilent else {
      return failures.first?.error ?? NTPWatch.nobody
    }
    // A name with two addresses has each place twice.
    var causes: [(title: String, cause: String?)] = []
    for (source, error) in failures {
      let cause = error.isTimeout ? isSilent ? nil : "no answer" : error.found
      let title = source.title
      guard let place = causes.firstIndex(where: { $0.title == title }) else {
        causes.append((title, cause))
        continue
      }
      if !error.isTimeout { causes[place].cause = cause }
    }
    let places = causes.map { $0.title + ($0.cause.map { ": \($0)" } ?? "") }
    return PluginError(
      source: first.error.source,
      sentence:
        "no \(isSilent ? "" : "usable ")answer from \(machine) (\(places.joined(separator: ", ")))",
      isTimeout: isSilent)
  }
}
