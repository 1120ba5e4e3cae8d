"""A fleet: what the collector holds in memory for each series, and thousands of nodes in steady state."""

import json
import os
import shutil
import time
import urllib.request

from .processes import BenchError, Meter, Server

SERVICES, FIELDS = 20, 4
SMALL_FILES = "graph_data_size custom 24\n"  # 3 kB each: where files are not the subject


class Fleet:
    """Fake nodes on addresses of their own, and a collector over them.

    `words` are those of fake-nodes; without stamps values have the time at which they are fetched.
    """

    def __init__(self, bench, scratch, nodes, words=(), stamped=True, per_group=100):
        self.bench, self.nodes, self.per_group = bench, nodes, per_group
        self.series = nodes * SERVICES * FIELDS
        self.folder = f"{scratch}/fleet"
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("db", "log", "run"):
            os.makedirs(f"{self.folder}/{part}")
        stamp = (int(time.time()) // 300 - 120) * 300 if stamped else 0
        self.server = Server(
            [bench.tool("fake-nodes"), "0", str(nodes), str(SERVICES), str(FIELDS), str(stamp)]
            + [*words, "hosts"],
            f"{self.folder}/nodes.errors",
        )
        self.process = self.meter = None

    def write(self, rate, head="", pages=False):
        with open(f"{self.folder}/munin.conf", "w") as file:
            file.write(
                f"dbdir {self.folder}/db\nlogdir {self.folder}/log\nrundir {self.folder}/run\nupdate_rate {rate}\n"
                f"web_listen {'127.0.0.1:0' if pages else 'none'}\n{head}"
            )
            for node in range(self.nodes):
                file.write(
                    f"[fleet{node // self.per_group:03};node{node:05}]\naddress 127.1.{node // 250}.{node % 250 + 1}\n"
                    f"port {self.server.port}\n"
                )

    def start(self, rate, head="", pages=False):
        """Starts the collector; every node is polled once in `rate` seconds."""
        self.write(rate, head, pages)
        self.meter = Meter()
        self.log = f"{self.folder}/log/run"
        with open(self.log, "w") as log:
            program = self.bench.program("apus-collector")
            self.process = self.meter.start(
                [program, "run", "--config", f"{self.folder}/munin.conf"], stdout=log, stderr=log)
        return self

    def until(self, text, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with open(self.log) as log:
                for line in log:
                    if text in line:
                        return line
            self.alive()
            time.sleep(0.2)
        raise BenchError(f"apus-collector run over {self.nodes} nodes: no '{text}' within {seconds} s")

    def alive(self):
        if self.process.poll() is not None:
            with open(self.log) as log:
                raise BenchError(f"apus-collector run: exit {self.process.returncode}: {log.read()[-300:]}")

    def wait(self, seconds):
        time.sleep(seconds)
        self.alive()

    def memory(self):
        """Bytes that are in memory for this process alone, its program left out as far as it is shared."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            found = {line.split()[0]: int(line.split()[1]) for line in file if "kB" in line}
        return found["Pss:"] * 1024

    def address(self):
        line = self.until("pages on", 60)
        return line.rsplit("pages on ", 1)[1].split()[0].rstrip("/")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(120)
            self.meter.close()
            self.process = None

    def close(self):
        self.stop()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_left_out(bench):
    """Whether this run does without fleets: a short one, or one without the collector."""
    if bench.short:
        bench.say("fleet: left out of a short run")
    return bench.short or not bench.program("apus-collector")


def base(bench, scratch):
    """What the program holds with one node."""
    fleet = Fleet(bench, scratch, 1)
    try:
        fleet.start(2, SMALL_FILES).wait(12)
        return fleet.memory()
    finally:
        fleet.close()


def memory(bench, results, scratch):
    """Bytes of a series: after a restore, and after polls whose values wait to be written twelve at a time."""
    if is_left_out(bench):
        return
    program = base(bench, scratch)
    for nodes, own in ((nodes, own) for nodes in bench.fleet for own in (False, True)):
        kind = "each node's configs its own" if own else "configs shared"
        bench.say(f"fleet: memory of {nodes} nodes, {kind}")
        fleet = Fleet(bench, scratch, nodes, ["own"] if own else [])
        rate = max(5, nodes // 250)
        try:
            fleet.start(rate, SMALL_FILES).wait(16 * rate)
            polled = (fleet.memory() - program) / fleet.series
            fleet.stop()
            fleet.start(86400, SMALL_FILES)
            fleet.until("polls", 300)
            fleet.wait(10)
            restored = (fleet.memory() - program) / fleet.series
        finally:
            fleet.close()
        note = f"{kind}; beyond the {program >> 20} MB of a collector with one node"
        for what, bytes_each in (("after 16 cycles, up to 12 values waiting", polled), ("after a restart", restored)):
            results.add("fleet", f"memory per series of {fleet.series}, {what}", "B", [bytes_each],
                        "limit", [700], 1, note)


def pages(bench, results, scratch, nodes=2000, rate=10, seconds=60):
    """The longest stretch of the loop while the overview, the list and pages of nodes are asked for all the time."""
    if is_left_out(bench):
        return
    bench.say(f"fleet: pages of {nodes} nodes")
    fleet = Fleet(bench, scratch, nodes)
    try:
        fleet.start(rate, SMALL_FILES, pages=True)
        address = fleet.address()
        fleet.wait(4 * rate)
        end = time.monotonic() + 60  # the minute of the start is over
        asked, sizes = 0, {}
        while time.monotonic() < end + seconds:
            node = asked * 37 % nodes
            for path in ("/", "/nodes.json", f"/fleet{node // 100:03}/node{node:05}/", "/fleet001/"):
                with urllib.request.urlopen(address + path, timeout=60) as answer:
                    sizes[path if path.count("/") < 3 else "a node"] = len(answer.read())
            asked += 1
            time.sleep(0.5)
        with urllib.request.urlopen(address + "/healthz", timeout=10) as answer:
            text = answer.read().decode()
        # With the waits for a core, and without: the fake nodes and this program take the cores, too.
        stretches = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith("longest stretch")]
    finally:
        fleet.close()
    what = f"longest stretch of the loop, {nodes} nodes every {rate} s, pages open"
    results.add("fleet", f"{what}, waits for a core included", "ms", [float(stretches[0])], "limit", [20], None, "")
    results.add("fleet", what, "ms", [float(stretches[1])], "limit", [20], 1,
                f"{asked} rounds of pages in {seconds + 60} s, {json.dumps(sizes)} bytes")


def scale(bench, results, scratch):
    """CPU per series and cycle as the fleet grows, with recording off; and 2,000 nodes recorded."""
    if is_left_out(bench):
        return
    found = {}
    for nodes, rate in ((100, 2), (2000, 20), (10000, 60)):
        bench.say(f"fleet: {nodes} nodes polled and judged every {rate} s, recording off")
        found[nodes] = steady(bench, scratch, nodes, rate, "rrd_write off\n")
    for nodes in (2000, 10000):
        results.add("fleet", f"CPU per series and cycle of {nodes} nodes, recording off", "us",
                    [found[nodes]["cpu"]], "100 nodes", [found[100]["cpu"]], 1.15, "one machine, two cores")
    results.add("fleet", "CPU of a cycle over 10000 nodes, recording off, of 60 s on two cores", "s",
                [found[10000]["cpu"] * 10000 * SERVICES * FIELDS / 1e6], "limit", [120], 1,
                f"{found[10000]['late']} polls left out")
    bench.say("fleet: 2000 nodes recorded")
    recorded = steady(bench, scratch, 2000, 60, "", cycles=4)
    results.add("fleet", "CPU per series and cycle of 2000 nodes, recorded", "us", [recorded["cpu"]],
                "limit", [20], None, f"8 GB of files; {recorded['late']} polls left out")


def steady(bench, scratch, nodes, rate, head, cycles=3):
    """CPU microseconds per series and cycle in steady state, and how many polls came too late."""
    fleet = Fleet(bench, scratch, nodes)
    try:
        fleet.start(rate, head)
        fleet.wait(2 * rate + 5)
        before = fleet.meter.cpu_ms()
        fleet.wait(cycles * rate)
        cpu = (fleet.meter.cpu_ms() - before) * 1000 / cycles / fleet.series
        with open(fleet.log) as log:
            late = sum("longer than update_rate" in line for line in log)
    finally:
        fleet.close()
    return {"cpu": cpu, "late": late}
