"""An outside plugin: what a node adds to running the script."""

import json
import os

from .node import rotated
from .ours import Dialogue, apus_node
from .processes import once

RUNS = 150
# What a daemon has from its service manager; the bench's own environment may be any size.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
SCRIPT = """#!/bin/sh
if [ "$1" = config ]; then
  echo 'graph_title One value'
  echo 'one.label one'
else
  echo 'one.value 1'
fi
"""
# Tells what environment a plugin gets, so that the bare run has the same.
TELLING = """#!/bin/sh
[ "$1" = config ] || exec env
echo 'graph_title Environment'
"""


def measure(bench, results, scratch):
    folder = f"{scratch}/spawn"
    os.makedirs(folder)
    scripts = {f"{folder}/one": SCRIPT, f"{folder}/telling": TELLING}
    for path, text in scripts.items():
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)
    server = apus_node(bench, f"{folder}/apus", [], plugins=list(scripts), env=ENVIRONMENT)
    if not server:
        return
    try:
        ways = {
            "apus": ["node", str(server.port), "one", str(RUNS)],
            "posix_spawn": ["script", f"{folder}/one", str(RUNS)],
        }
        with Dialogue(server.port, announce=False) as dialogue:
            lines = dialogue.ask("fetch", "telling").splitlines()
        environment = dict(line.split("=", 1) for line in lines if "=" in line)
        bench.say(f"spawn: a plugin has {len(environment)} variables")
        found = {name: {"cpu": [], "wall": []} for name in ways}
        for number in range(2 * bench.rounds):
            for name in rotated(list(ways), number):
                before = server.settled_cpu_ms()
                _, cpu, text = once([bench.tool("spawn-floor"), *ways[name]], env=environment)
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
