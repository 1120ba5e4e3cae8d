internal import EventLoop
public import MuninWire
public import PluginKit

/// chronyd's tracking data in one graph, scaled so that all lines are visible: `chrony` of munin's contrib.
public struct Chrony: RemotePlugin {
  public let name: StaticString = "chrony"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.chrony) }

  /// The stored number is the value times the factor. The sign follows chronyc's words: "slow" is negative.
  private static let rows: [Row] = [
    Row("stratum", "Stratum", 1) { Double($0.stratum) },
    Row("systime", "System Time (x1000)", 1000) { -$0.correction },
    Row("frequency", "Frequency (ppm)", 1) { $0.frequency },
    Row("residualfreq", "Residual Freq (ppm, x100)", 100) { $0.residual },
    Row("skew", "Skew (ppm, x100)", 100) { $0.skew },
    Row("rootdelay", "Root delay (seconds, x1000)", 1000) { $0.rootDelay },
    Row("rootdispersion", "Root dispersion (seconds, x1000)", 1000) { $0.rootDispersion },
  ]

  private struct Row: Sendable {
    let field: String
    let label: String
    let factor: Double
    let value: @Sendable (ChronyTracking) -> Double

    init(
      _ field: String, _ label: String, _ factor: Double,
      _ value: @escaping @Sendable (ChronyTracking) -> Double
    ) {
      self.field = field
      self.label = label
      self.factor = factor
      self.value = value
    }
  }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    _ = try NTPSettings(host.settings)
    var fields = Chrony.rows.map { Field($0.field, label: $0.label) }
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return [
      Graph(
        "Chrony Tracking Stats", category: "time", args: "--base 1000 -l 0",
        vlabel: "(seconds,ppm)", fields: fields)
    ]
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let tracking = try await host.chronySnapshot(&reply)?.tracking
    for row in Chrony.rows {
      reply.value(row.field, "", exactly: tracking.map { row.value($0) * row.factor })
    }
  }
}

/// The rate at which the clock gains, and its error bound: `chrony_drift` of munin's contrib. The original reads the
/// drift file; this one asks chronyd, which writes it.
public struct ChronyDrift: RemotePlugin {
  public let name: StaticString = "chrony_drift"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.chrony) }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    _ = try NTPSettings(host.settings)
    var fields = [
      Field("drift", label: "System Clock Gain/Loss Rate"),
      Field("error_bound", label: "Estimate of Error Bound"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return [
      Graph(
        "Chrony Drift", category: "time", args: "--base 1000", vlabel: "Parts Per Million",
        info: "The rate at which the system clock gains or loses time relative to real time.",
        fields: fields)
    ]
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let tracking = try await host.chronySnapshot(&reply)?.tracking
    reply.value("drift", "", exactly: tracking?.frequency)
    reply.value("error_bound", "", exactly: tracking?.skew)
  }
}

extension Host {
  /// chronyd's answer; `nil` and a complaint where it does not answer or another daemon runs.
  @LoopActor
  func chronySnapshot(_ reply: inout Reply) async throws(PluginError) -> NTPSnapshot? {
    switch try await NTPWatch.of(self).look(on: self).result {
    case .success(let snapshot):
      if snapshot.daemon == .chrony { return snapshot }
      reply.complain(
        "\(snapshot.place): expected chronyd, found \(snapshot.version ?? snapshot.daemon.rawValue)"
      )
    case .failure(let error): reply.complain("\(error)")
    }
    return nil
  }
}
