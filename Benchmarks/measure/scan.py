"""processes, threads and proc_pri: one look at /proc for all three, among thousands of processes."""

import os
import subprocess
import time

from .node import rotated
from .ours import apus_node, check_floor, floor, record
from .processes import once

# In the order of the list, as a master asks.
SCANNING = ["proc_pri", "processes", "threads"]
# Both keep a count for a second.
KEPT = 1.05


class Crowd:
    """Idle processes, forked by one parent and ended with it."""

    def __init__(self, count):
        # Each child writes a byte once it is there, then sleeps until its parent's pipe closes.
        program = (
            "import os, sys\n"
            "ready, mine = os.pipe(); gate, hold = os.pipe()\n"
            f"for _ in range({count}):\n"
            "    if os.fork() == 0:\n"
            "        os.close(hold); os.write(mine, b'.'); os.read(gate, 1); os._exit(0)\n"
            f"seen = 0\nwhile seen < {count}: seen += len(os.read(ready, 65536))\n"
            "print('ready', flush=True)\nsys.stdin.read()\n"
        )
        self.process = subprocess.Popen(
            ["python3", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )
        self.process.stdout.readline()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def measure(bench, results, scratch):
    folder = f"{scratch}/scan"
    os.makedirs(folder)
    servers, crowd = [], None
    try:
        ours = apus_node(bench, f"{folder}/apus", SCANNING)
        if not ours:
            return
        servers.append(ours)
        recorded = record(ours.port, f"{folder}/recorded", SCANNING)
        servers.append(floor(bench, folder, recorded, SCANNING))
        bench.say(f"processes: {bench.processes} idle processes")
        crowd = Crowd(bench.processes)
        time.sleep(KEPT)
        check_floor(ours.port, servers[1].port, SCANNING)
        samples = {server: [] for server in servers}
        for number in range(2 * bench.rounds):
            time.sleep(KEPT)
            for server in rotated(servers, number):
                before = server.meter.cpu_ms()
                once([bench.tool("node-client"), str(server.port), "1", "tcp", *SCANNING])
                samples[server].append(server.meter.cpu_ms() - before)
        count = sum(name.isdigit() for name in os.listdir("/proc"))
        results.add(
            "processes", f"CPU of processes, threads, proc_pri among {count}", "ms", samples[servers[0]],
            "floor", samples[servers[1]], 2, "one look at /proc for all",
        )
    finally:
        if crowd:
            crowd.close()
        for server in servers:
            server.stop()
