internal import EventLoop
internal import MuninWire
public import PluginKit

/// A table like that of `ntpq -p`, for every kind of daemon.
public enum NTPTable {
  /// Asks the daemon and makes the table of its answer.
  /// - Throws: a ``PluginError`` when no daemon answers.
  @LoopActor
  public static func text(on host: Host) async throws(PluginError) -> String {
    let look = try await NTPWatch.of(host).look(on: host)
    do throws(PluginError) {
      return text(of: try look.result.get())
    } catch {
      throw error
    }
  }

  static func text(of snapshot: NTPSnapshot) -> String {
    var lines = [heading(of: snapshot), system(of: snapshot)]
    if !snapshot.associations.isEmpty {
      lines.append("delay, offset and jitter in milliseconds; a positive offset: the peer is ahead")
      lines.append("")
      lines += table(of: snapshot.associations)
    }
    for trouble in snapshot.troubles { lines.append(trouble) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func heading(of snapshot: NTPSnapshot) -> String {
    let who = "\(snapshot.version ?? snapshot.daemon.rawValue) (\(snapshot.place))"
    guard snapshot.hasPeers else {
      return who + (snapshot.system.leap == 3 ? ": not synchronised" : ": synchronised")
    }
    guard let peer = snapshot.systemPeer else { return "\(who): no system peer" }
    return "\(who): follows \(peer.title)"
  }

  private static func system(of snapshot: NTPSnapshot) -> String {
    let system = snapshot.system
    var words: [String] = []
    func add(_ name: String, _ value: String?) {
      if let value { words.append("\(name) \(value)") }
    }
    add("stratum", system.stratum.map { $0 == 16 ? "16 (not synchronised)" : "\($0)" })
    let leaps = ["none", "second inserted", "second deleted", "not synchronised"]
    add("leap", system.leap.map { leaps[min(max($0, 0), 3)] })
    add("offset", system.offset.map { milliseconds($0) + " ms" })
    add("jitter", system.jitter.map { milliseconds($0) + " ms" })
    add("root delay", system.rootDelay.map { milliseconds($0) + " ms" })
    add("root dispersion", system.rootDispersion.map { milliseconds($0) + " ms" })
    add("frequency", system.frequency.map { formatted($0, digits: 3) + " ppm" })
    add("last correction", system.sinceSync.map { interval($0) + ($0 < 2048 ? " s ago" : " ago") })
    if snapshot.hasPeers { add("usable", "\(snapshot.usable) of \(snapshot.associations.count)") }
    return words.joined(separator: ", ")
  }

  private static let titles = [
    "remote", "refid", "st", "t", "when", "poll", "reach", "delay", "offset", "jitter",
  ]

  private static func table(of associations: [Association]) -> [String] {
    let rows = associations.map(row)
    let widths = titles.indices.map { column in
      (rows.map { $0[column].count } + [titles[column].count]).max()!
    }
    func line(_ tally: Character, _ words: [String]) -> String {
      var line = "\(tally)"
      for (column, word) in words.enumerated() {
        let room = String(repeating: " ", count: widths[column] - word.count)
        line += (column == 0 ? "" : " ") + (column < 2 ? word + room : room + word)
      }
      return line
    }
    let head = line(" ", titles)
    return [head, String(repeating: "=", count: head.count)]
      + zip(associations, rows).map { line($0.selection?.tally ?? " ", $1) }
  }

  private static func row(of peer: Association) -> [String] {
    var words = [peer.title, reference(of: peer), peer.stratum.map { "\($0)" } ?? "-"]
    words.append(String(peer.kind.rawValue))
    words.append(peer.age.map(interval) ?? "-")
    words.append(peer.poll.map(seconds) ?? "-")
    words.append(peer.reach.map { String($0, radix: 8) } ?? "-")
    for value in [peer.delay, peer.offset, peer.jitter] {
      words.append(value.map(milliseconds) ?? "-")
    }
    return words
  }

  /// As ntpq shows it: names have dots around them, addresses have not.
  private static func reference(of peer: Association) -> String {
    if peer.reference.isEmpty { return "-" }
    let isAddress = peer.reference.utf8.allSatisfy { $0.isDigit || $0 == 0x2E }
    return isAddress ? peer.reference : ".\(peer.reference)."
  }

  private static func milliseconds(_ value: Double) -> String { formatted(value * 1000, digits: 3) }

  /// A poll interval: whole seconds, or a fraction of one, which chronyd allows.
  private static func seconds(_ value: Double) -> String {
    value < 1 ? "1/\(Int(1 / value))" : "\(Int(value))"
  }

  /// As ntpq shows it: seconds up to half an hour, then minutes, hours, days.
  private static func interval(_ value: Double) -> String {
    if value < 2048 { return "\(Int(value))" }
    if value < 300 * 60 { return "\(Int(value / 60))m" }
    if value < 96 * 3600 { return "\(Int(value / 3600))h" }
    return value < 1e9 ? "\(Int(value / 86400))d" : "-"
  }
}
