"""Many masters at once: how many cycles a node gives, and whether it lets anybody wait."""

import json
import os

from .ours import SERVICES, apus_node
from .processes import Server, once

CONNECTIONS = 64


def measure(bench, results, scratch):
    folder = f"{scratch}/crowd"
    os.makedirs(folder)
    servers = []
    try:
        ours = apus_node(bench, f"{folder}/apus", SERVICES)
        if ours:
            servers.append(("apus", ours, 32 * CONNECTIONS))
        servers.append(("munin-node", Server(
            [bench.peer("munin-node"), f"{folder}/munin-node", "0", "perl.example", *SERVICES],
            f"{folder}/munin-node.errors",
        ), CONNECTIONS))
        found = {name: [] for name, _, _ in servers}
        # A crowd takes munin-node half a minute: ours is asked before and after.
        for name, server, cycles in (*servers, *servers[:1]) if ours else servers:
            bench.say(f"crowd: {name}, {cycles} cycles over {CONNECTIONS} connections")
            _, _, text = once([
                bench.tool("crowd"), str(server.port), str(CONNECTIONS), str(cycles), "serial", *SERVICES
            ])
            found[name].append(json.loads(text))
        report(results, found)
    finally:
        for _, server, _ in servers:
            server.stop()


def report(results, found):
    ours, theirs = found.get("apus", []), found["munin-node"]

    def per_cycle(runs):
        return [1000 * run["seconds"] / run["cycles"] for run in runs]

    rates = " and ".join(
        f"{1000 / min(per_cycle(runs)):.0f}" if runs else "-" for runs in (ours, theirs)
    )
    results.add(
        "crowd", f"time per cycle, {CONNECTIONS} connections at once", "ms", per_cycle(ours), "munin-node",
        per_cycle(theirs), 1 / 50, f"{rates} cycles per second",
    )
    if ours:
        results.add(
            "crowd", "99th percentile of a cycle's wall time, at once", "ms",
            [run["p99_ns"] / 1e6 for run in ours], "own median", [run["median_ns"] / 1e6 for run in ours], 10,
            f"{min(run['least'] for run in ours)} to {max(run['most'] for run in ours)} cycles a connection",
        )
