import MuninWire
import RRD
import Testing

@Suite struct RRDPathTests {
  @Test(
    arguments: [
      (["grp", "sub"], "host2", "mm.s1", "a", FieldType.gauge, "grp/sub/host2-mm-s1-a-g.rrd"),
      (
        ["example.com"], "web", "diskstats_latency.sda", "avgwait", .gauge,
        "example.com/web-diskstats_latency-sda-avgwait-g.rrd"
      ),
      (["g"], "h", "if_eth0", "down", .derive, "g/h-if_eth0-down-d.rrd"),
      (["g"], "h", "s", "f", .counter, "g/h-s-f-c.rrd"),
      (["g"], "h", "s", "f", .absolute, "g/h-s-f-a.rrd"),
      (["..", "."], "..", "s", "f", .gauge, "_/_/_-s-f-g.rrd"),
      (["a/../.."], "/etc", "x/y", "f\n", .gauge, "a_.._../_etc-x_y-f_-g.rrd"),
      ([""], "h", "..", "f", .gauge, "_/h----f-g.rrd"),
    ] as [([String], String, String, String, FieldType, String)])
  func pathFollowsMuninsRule(
    group: [String], host: String, service: String, field: String, type: FieldType, path: String
  ) {
    #expect(rrdFile(group: group, host: host, service: service, field: field, type: type) == path)
  }
}
