"""An outside plugin: what a node adds to running the script."""

import json
import os

from .node import rotated
from .ours import apus_node
from .processes import once

RUNS = 150
SCRIPT = """#!/bin/sh
if [ "$1" = config ]; then
  echo 'graph_title One value'
  echo 'one.label one'
else
  echo 'one.value 1'
fi
"""


def measure(bench, results, scratch):
    folder = f"{scratch}/spawn"
    os.makedirs(folder)
    script = f"{folder}/one"
    with open(script, "w") as file:
        file.write(SCRIPT)
    os.chmod(script, 0o755)
    server = apus_node(bench, f"{folder}/apus", [], plugins=[script])
    if not server:
        return
    try:
        ways = {
            "apus": ["node", str(server.port), "one", str(RUNS)],
            "posix_spawn": ["script", script, str(RUNS)],
        }
        found = {name: {"cpu": [], "wall": []} for name in ways}
        for number in range(2 * bench.rounds):
            for name in rotated(list(ways), number):
                before = server.settled_cpu_ms()
                _, cpu, text = once([bench.tool("spawn-floor"), *ways[name]])
                if name == "apus":  # the client's own work is no plugin's
                    cpu = server.settled_cpu_ms() - before
                found[name]["cpu"].append(cpu / RUNS)
                found[name]["wall"].append(json.loads(text)["median_ns"] / 1e6)
        for key, what in (("cpu", "CPU"), ("wall", "wall time")):
            results.add(
                "spawn", f"{what} of a fetch of a shell script", "ms", found["apus"][key], "posix_spawn",
                found["posix_spawn"][key], 1.2, "bare: spawn, read, wait",
            )
    finally:
        server.stop()
