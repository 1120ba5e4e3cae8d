import MuninWire
import TestSupport
import Testing

/// Config outputs as munin's own plugins write them, line for line in the order of ``Graph/render``.
private let configs = [
  """
  graph_title Memory usage
  graph_args --base 1024 -l 0 --upper-limit 8345939968
  graph_vlabel Bytes
  graph_category system
  graph_info This graph shows what the machine uses memory for.
  graph_order apps page_tables swap_cache slab cached buffers free swap
  apps.label apps
  apps.draw AREA
  apps.info Memory used by user-space applications.
  apps.colour COLOUR0
  apps.warning 50:7000000000
  swap.label swap
  swap.draw STACK
  swap.colour COLOUR7
  swap.critical :2147483648
  committed.label committed
  committed.draw LINE2
  committed.colour COLOUR10

  """,
  """
  graph_title Disk usage in percent
  graph_args --upper-limit 100 -l 0
  graph_vlabel %
  graph_scale no
  graph_category disk
  _dev_sda1.label /
  _dev_sda1.warning 92
  _dev_sda1.critical 98
  _run_user_1000.label /run/user/1000
  _run_user_1000.warning 92
  _run_user_1000.critical 98

  """,
  """
  graph_title eth0 traffic
  graph_args --base 1000
  graph_vlabel bits in (-) / out (+) per ${graph_period}
  graph_category network
  graph_info This graph shows the traffic of the eth0 network interface.
  graph_order down up
  down.label received
  down.type DERIVE
  down.graph no
  down.cdef down,8,*
  down.min 0
  down.max 1000000000
  up.label bps
  up.type DERIVE
  up.negative down
  up.cdef up,8,*
  up.min 0
  up.max 1000000000
  up.info Traffic of the eth0 interface. Maximum speed is 1000 Mb/s.

  """,
  """
  graph_title CPU usage
  graph_args --base 1000 -r --lower-limit 0 --upper-limit 400
  graph_vlabel %
  graph_scale no
  graph_period second
  graph_category system
  graph_order system user nice idle iowait irq softirq
  system.label system
  system.draw AREA
  system.min 0
  system.type DERIVE
  user.label user
  user.draw STACK
  user.min 0
  user.type DERIVE

  """,
  """
  graph_title Apache processes
  graph_args --base 1000 -l 0
  graph_vlabel processes
  graph_category apache
  graph_order busy80 idle80
  graph_total total
  update_rate 60
  some_future_word any text, kept: 100 %
  busy80.label busy servers 80
  busy80.draw AREA
  busy80.colour 33cc00
  busy80.somefutureword x
  idle80.label idle servers 80
  idle80.draw STACK
  idle80.value 1700000000:4
  idle80.value 1700000060:U

  """,
]

@Test(arguments: configs)
func configIsRenderedAsItWasRead(text: String) throws {
  let config = ConfigAnswer(text.utf8.span, service: "some_service")
  #expect(config.graphs.count == 1)
  #expect(config.faults.isEmpty)
  #expect(config.graphs.first?.wireText == text)
}

@Test func multigraphIsRenderedAsItWasRead() {
  let text = configs.indices.map { "multigraph disk.n\($0)\n" + configs[$0] }.joined()
  let config = ConfigAnswer(text.utf8.span, service: "disk")
  var bytes: [UInt8] = []
  for graph in config.graphs { graph.render(into: &bytes, multigraph: true) }
  #expect(String(copying: bytes.span) == text)
}

@Test func graphOfAPluginIsReadAsItWasMade() {
  var made = Graph(
    "Netstat", category: "network", args: "--base 1000", vlabel: "connections", period: "minute",
    info: "all of them",
    fields: [
      Field("active", type: .derive, min: 0, max: 50_000, info: "opened here"),
      Field("established", label: "now", draw: "AREA", colour: "00CC00", critical: ":4000"),
    ])
  made.name = "netstat"
  let read = ConfigAnswer(made.wireText.utf8.span, service: "netstat")
  #expect(read.graphs == [made])
}
