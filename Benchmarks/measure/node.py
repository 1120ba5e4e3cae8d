"""A node's cost: CPU and wall time of a master's cycle, memory, and munin-update's own dialogue."""

import json
import os
import socket
import time

from .processes import BenchError, Server, memory_kb, once

SERVICES = ["memory", "swap", "load", "cpu", "uptime"]


class Contender:
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
            self.cycles[mode] = max(3, min(200, int(0.5 / took)))

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
        self.samples["update"].append(self.dialogue() * 1000)

    def memory(self):
        """At rest, and with one conversation open."""
        time.sleep(0.2)
        idle = memory_kb(self.server.pid)
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as master:
            lines = master.makefile("rb")
            lines.readline()
            master.sendall(b"cap multigraph dirtyconfig\n")
            lines.readline()
            return idle, memory_kb(self.server.pid)


def apus_node(bench, scratch):
    program = bench.program("apus-node")
    if not program:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = os.path.join(scratch, "apus-node.conf")
    with open(config, "w") as file:
        file.write(
            f"host 127.0.0.1\nport {port}\nhost_name apus.example\nallow ^127\\.0\\.0\\.1$\n"
            f"log_file {scratch}/apus-node.log\n"
        )
    # The services of the comparison and no others, in process, whatever else the machine has to show.
    services, settings = os.path.join(scratch, "services"), os.path.join(scratch, "plugin-conf.d")
    os.makedirs(services)
    os.makedirs(settings)
    for name in SERVICES:
        os.symlink(os.path.realpath(program), os.path.join(services, name))
    command = [program, "--config", config, "--servicedir", services, "--sconfdir", settings]
    return Server(command, f"{scratch}/apus-node.errors", port)


def measure(bench, results, scratch):
    servers = {}
    try:
        server = apus_node(bench, scratch)
        if server:
            servers["apus"] = server
        for name, script in (("munin-node", "munin-node"), ("munin-node-c", "munin-node-c")):
            bench.say(f"node: starting {name}")
            servers[name] = Server(
                [bench.peer(script), f"{scratch}/{name}", "0", f"{name}.example", *SERVICES],
                f"{scratch}/{name}.errors",
            )
        contenders = [Contender(name, server, bench, scratch) for name, server in servers.items()]
        for number in range(bench.rounds):
            bench.say(f"node: round {number + 1} of {bench.rounds}")
            for contender in rotated(contenders, number):
                contender.round()
        report(results, {c.name: (c.samples, c.memory()) for c in contenders})
    finally:
        for server in servers.values():
            server.stop()


def rotated(things, number):
    """A B C, B C A, C A B: nobody always follows the same neighbour."""
    start = number % len(things)
    return things[start:] + things[:start]


def report(results, found):
    ours, memory = found.pop("apus", ({}, None))
    aims = {("cpu", "munin-node"): 1 / 50, ("cpu", "munin-node-c"): 1 / 20, ("update", "munin-node"): 1 / 10}
    for key, what in (
        ("cpu", "CPU of a master's cycle"),
        ("tcp", "wall time of a cycle, ordinary TCP"),
        ("quickack", "wall time of a cycle, quick ACKs"),
        ("update", "munin-update's dialogue"),
    ):
        for peer, (theirs, _) in found.items():
            note = "its own C plugins" if peer == "munin-node-c" else ""
            results.add("node", what, "ms", ours.get(key, []), peer, theirs[key], aims.get((key, peer)), note)
    for moment, when in ((0, "at rest"), (1, "one connection")):
        for kind, what in ((0, "PSS"), (1, "anonymous memory")):
            for peer, (_, theirs) in found.items():
                mine = [memory[moment][kind]] if memory else []
                results.add("node", f"{what}, {when}", "kB", mine, peer, [theirs[moment][kind]])
