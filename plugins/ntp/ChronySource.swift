internal import EventLoop
public import MuninWire
public import PluginKit

/// One source of chronyd by its name or address: the family `chrony_` of munin's contrib.
public struct ChronySource: RemotePlugin {
  public let name: StaticString = "chrony_"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.chrony) }

  @LoopActor
  public func suggestions(on host: Host) async -> [String] { await host.peerNames() }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    _ = try NTPSettings(host.settings)
    let most = try graphLimit(host)
    var fields = [
      Field("freq", label: "Frequency (ppm)", cdef: "freq,1,*"),
      Field("freqsk", label: "Freq Skew (ppm)", cdef: "freqsk,1,*"),
      Field("offset", label: "Offset (sx10)", cdef: "offset,10,*"),
      Field("stddev", label: "Std Deviation (sx100)", cdef: "stddev,100,*"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return [
      Graph(
        "CHRONY statistics for source \(host.service.dropFirst(7))", category: "time",
        args:
          "--base 1000 --vertical-label (seconds,ppm) --lower-limit -\(most) --upper-limit \(most) --rigid",
        fields: fields)
    ]
  }

  /// The number becomes a part of graph_args, so it is validated.
  private func graphLimit(_ host: Host) throws(PluginError) -> String {
    guard let text = host.settings["graphlimit"], !text.isEmpty else { return "1" }
    guard parseNumber(text.utf8.span) ?? -1 > 0 else {
      throw PluginError(
        source: "env.graphlimit", expected: "a number above 0", found: "'\(text)'")
    }
    return text
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let name = String(host.service.dropFirst(7))
    var found: ChronySourceStatistics?
    if let snapshot = try await host.chronySnapshot(&reply) {
      let source = await host.association(named: name, in: snapshot)
      found = source?.statistics
      if source == nil {
        reply.complain("\(snapshot.place): expected the source \(name), found none")
      }
    }
    let known = found.flatMap { $0.isMeasured ? $0 : nil }
    reply.value("freq", "", exactly: known?.frequency)
    reply.value("freqsk", "", exactly: known?.skew)
    reply.value("offset", "", exactly: known?.offset)
    reply.value("stddev", "", exactly: known?.deviation)
  }
}
