"""Time: ntp_peers of an ntpd with eight peers, beside munin's ntp_offset and ntp_states through munin-node."""

import contextlib
import ctypes
import os
import subprocess
import time

from .node import rotated
from .ours import Dialogue, apus_node
from .processes import BenchError, Server, once

# An answer of the daemon is good for a second, for all services; each cycle is to ask anew.
KEPT = 1.05
# Seconds that the daemon may take to find its system peer.
LIMIT = 90
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000


class World:
    """ntpd with eight sources in namespaces of its own."""

    def __init__(self, bench, folder):
        self.server = Server([bench.peer("time-world"), folder], f"{folder}.errors")
        self.pid = self.server.port
        open(f"{folder}/begin", "w").close()  # the sources answer from now on

    @contextlib.contextmanager
    def entered(self):
        """Inside, this process and all it starts see the network of that world, and its DNS."""
        libc = ctypes.CDLL(None, use_errno=True)
        ours = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in ("net", "mnt")]
        theirs = [os.open(f"/proc/{self.pid}/ns/{kind}", os.O_RDONLY) for kind in ("net", "mnt")]
        folder = os.getcwd()
        # A process that shares its idea of folders with another may not change to other mounts.
        if libc.unshare(0x00000200) != 0:
            raise BenchError(f"unshare: {os.strerror(ctypes.get_errno())}")
        try:
            for space in theirs:
                if libc.setns(space, 0) != 0:
                    raise BenchError(f"setns: {os.strerror(ctypes.get_errno())}")
            os.chdir(folder)
            yield
        finally:
            for space in ours:
                libc.setns(space, 0)
            os.chdir(folder)
            for space in ours + theirs:
                os.close(space)

    def stop(self):
        os.killpg(self.server.pid, 9)
        self.server.stop()


def client(bench, *words):
    run = subprocess.run([bench.peer("time-client"), *words], capture_output=True, text=True)
    return run.stdout


def wait_for_peer(bench):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if any(line.startswith("*") for line in client(bench, "ntpq", "-pn").splitlines()):
            return
        time.sleep(0.5)
    raise BenchError(f"ntpd has no system peer after {LIMIT} s: {client(bench, 'ntpq', '-pn')}")


def measure(bench, results, scratch):
    if os.geteuid() != 0:
        bench.miss("ntp: needs root for a network of its own: its row is left out")
        return
    if not bench.program("apus-node"):
        return
    folder = f"{scratch}/ntp"
    os.makedirs(folder)
    bench.say("ntp: starting ntpd with eight sources")
    world = World(bench, f"{folder}/world")
    servers = []
    try:
        with world.entered():
            wait_for_peer(bench)
            ours = apus_node(bench, f"{folder}/apus", ["ntp_peers"])
            servers.append(ours)
            with open(f"{folder}/apus/plugin-conf.d/ntp", "w") as file:
                file.write("[ntp*]\nenv.source ntpd\n")
            os.makedirs(f"{folder}/munin-node/plugin-conf.d")
            with open(f"{folder}/munin-node/plugin-conf.d/ntp", "w") as file:
                file.write("[ntp*]\n" + client(bench, "environment"))
            servers.append(Server(
                [bench.peer("munin-node"), f"{folder}/munin-node", "0", "perl.example", "ntp_offset", "ntp_states"],
                f"{folder}/munin-node.errors",
            ))
            services = {ours: ["ntp_peers"], servers[1]: ["ntp_offset", "ntp_states"]}
            check(ours.port, servers[1].port)
            samples = {server: [] for server in servers}
            for number in range(bench.rounds):
                bench.say(f"ntp: round {number + 1} of {bench.rounds}")
                for server in rotated(servers, number):
                    time.sleep(KEPT)
                    before = server.settled_cpu_ms()
                    once([bench.tool("node-client"), str(server.port), "1", "tcp", *services[server]])
                    samples[server].append(server.settled_cpu_ms() - before)
        results.add(
            "ntp", "CPU of config and fetch of an ntpd's eight peers", "ms", samples[servers[0]],
            "munin-node", samples[servers[1]], 1 / 20, "munin's ntp_offset and ntp_states",
        )
    finally:
        for server in servers:
            server.stop()
        world.stop()


def check(ours, theirs):
    """Both see eight peers and the leader's offset, or a cheap answer would be no answer."""
    with Dialogue(ours) as dialogue:
        mine = dialogue.ask("fetch", "ntp_peers")
    with Dialogue(theirs) as dialogue:
        states = dialogue.ask("fetch", "ntp_states")
        offset = dialogue.ask("fetch", "ntp_offset")
    shown = mine.partition("multigraph ntp_peers_state\n")[2].count(".value ")
    if shown != 8 or states.count(".value ") != 8 or "offset.value U" in offset:
        raise BenchError(f"ntp: {shown} peers against munin's {states!r} {offset!r}")
