"""A node's cost: CPU and wall time of a master's cycle, and munin-update's own dialogue."""

import json
import os
import statistics
import urllib.request

from .ours import SERVICES, apus_node, check_floor, floor, free_port, record
from .processes import BenchError, Server, once


class Node:
    """A node that is asked whole cycles."""

    def __init__(self, name, server, bench, scratch):
        self.name = name
        self.server = server
        self.samples = {"cpu": [], "tcp": [], "quickack": [], "update": []}
        self.cycles = {}
        self.bench = bench
        self.folder = os.path.join(scratch, f"update-{name}")
        once([bench.peer("munin-master"), "conf", self.folder, f"{name}.example={server.port}"])
        self.dialogue()  # makes the files
        for mode in ("tcp", "quickack"):
            took = self.client(mode, 2)["median_ns"] / 1e9
            self.cycles[mode] = max(2, min(300, int(0.5 / took)))
        # munin-update tells hundredths of a second: of quick dialogues the mean of several.
        self.updates = 1 if took > 0.04 else 8

    def client(self, mode, cycles):
        _, _, text = once(
            [self.bench.tool("node-client"), str(self.server.port), str(cycles), mode, *SERVICES]
        )
        return json.loads(text)

    def dialogue(self):
        """One run of munin-update; the seconds it says its dialogue with the node took."""
        once([self.bench.peer("munin-master"), "update", self.folder])
        with open(os.path.join(self.folder, "db/munin-update.stats")) as file:
            found = [line.split("|")[2] for line in file if line.startswith("UD|")]
        if not found:
            raise BenchError(f"munin-update had no dialogue with {self.name}: see {self.folder}/log")
        return float(found[0])

    def round(self):
        before = self.server.settled_cpu_ms()
        for mode, cycles in self.cycles.items():
            self.samples[mode].append(self.client(mode, cycles)["median_ns"] / 1e6)
        spent = self.server.settled_cpu_ms() - before
        self.samples["cpu"].append(spent / sum(self.cycles.values()))
        if self.name != "floor":
            took = [self.dialogue() * 1000 for _ in range(self.updates)]
            self.samples["update"].append(statistics.mean(took))


class Exporter:
    """prometheus-node-exporter with its default collectors, scraped."""

    scrapes = 100

    def __init__(self, server):
        self.name = "prometheus-node-exporter"
        self.server = server
        self.samples = {"cpu": []}
        self.scrape()

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/metrics", timeout=30) as reply:
            if b"node_cpu_seconds_total" not in reply.read():
                raise BenchError("prometheus-node-exporter: a scrape without node_cpu_seconds_total")

    def round(self):
        before = self.server.meter.cpu_ms()
        for _ in range(self.scrapes):
            self.scrape()
        self.samples["cpu"].append((self.server.meter.cpu_ms() - before) / self.scrapes)


def exporter(bench, scratch):
    program = bench.unpacked("usr/bin/prometheus-node-exporter")
    if not program:
        return None
    port = free_port()
    return Exporter(Server(
        [program, f"--web.listen-address=127.0.0.1:{port}"], f"{scratch}/exporter.errors", port
    ))


def measure(bench, results, scratch):
    servers, contenders = [], []
    try:
        folder = f"{scratch}/node"
        os.makedirs(folder)
        ours = apus_node(bench, f"{folder}/apus", SERVICES)
        if ours:
            servers.append(("apus", ours))
            recorded = record(ours.port, f"{folder}/recorded", SERVICES)
            servers.append(("floor", floor(bench, folder, recorded, SERVICES)))
            check_floor(ours.port, servers[-1][1].port, SERVICES)
            bench.say("node: the floor gives the same answers as apus-node")
            servers.append(("memory", floor(bench, folder, recorded, SERVICES, "memory")))
        for name in ("munin-node", "munin-node-c"):
            bench.say(f"node: starting {name}")
            servers.append((name, Server(
                [bench.peer(name), f"{folder}/{name}", "0", f"{name}.example", *SERVICES],
                f"{folder}/{name}.errors",
            )))
        for name, server in servers:
            contenders.append(Node(name, server, bench, folder))
        found = exporter(bench, folder)
        if found:
            servers.append((found.name, found.server))
            contenders.append(found)
        for number in range(bench.rounds):
            bench.say(f"node: round {number + 1} of {bench.rounds}")
            for contender in rotated(contenders, number):
                contender.round()
        report(results, {contender.name: contender.samples for contender in contenders})
    finally:
        for _, server in servers:
            server.stop()


def rotated(things, number):
    """A B C, B C A, C A B: nobody always follows the same neighbour."""
    start = number % len(things)
    return things[start:] + things[:start]


NOTES = {
    "munin-node-c": "its own C plugins",
    "prometheus-node-exporter": "one scrape, default collectors",
    "floor": "C, same reads, same bytes",
    "memory": "C, recorded answers",
}


def report(results, found):
    ours = found.pop("apus", {})
    count = len(SERVICES)
    rows = (
        ("cpu", f"CPU of a master's cycle, {count} services", {
            "munin-node": 1 / 100, "munin-node-c": 1 / 40, "prometheus-node-exporter": 1 / 2, "floor": 2,
        }),
        ("update", "munin-update's dialogue", {"munin-node": 1 / 10, "munin-node-c": None, "memory": 1.3}),
        ("tcp", "wall time of a cycle, ordinary TCP", dict.fromkeys(
            ("munin-node", "munin-node-c", "floor", "memory"))),
        ("quickack", "wall time of a cycle, quick ACKs", dict.fromkeys(
            ("munin-node", "munin-node-c", "floor", "memory"))),
    )
    for key, what, aims in rows:
        for peer, aim in aims.items():
            if peer in found:
                results.add(
                    "node", what, "ms", ours.get(key, []), peer, found[peer][key], aim, NOTES.get(peer, "")
                )
