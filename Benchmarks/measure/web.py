"""web_processes among thousands of processes, against munin's plugins for the same servers and a floor in C."""

import os
import time

from .node import rotated
from .ours import Dialogue, apus_node
from .processes import BenchError, Server, once
from .scan import KEPT, Crowd

KINDS = ["apache-prefork", "nginx", "php-fpm"]
# munin's plugins that tell of processes, of the same servers.
MUNINS = ["multips", "multips_memory", "ps_apache2", "ps_nginx", "ps_php-fpm8.2"]
NAMES = "apache2 nginx php-fpm8.2"
# Looks of the floor in one run, so that its start does not count.
LOOKS = 10


def munin_node(bench, folder):
    os.makedirs(f"{folder}/plugin-conf.d")
    with open(f"{folder}/plugin-conf.d/names", "w") as file:
        file.write(f"[multips*]\nenv.names {NAMES}\n")
    return Server([bench.peer("munin-node"), folder, "0", "perl.example", *MUNINS], f"{folder}.errors")


def check(bench, port):
    """Both count the same processes and, as far as two moments are one, the same memory."""
    for attempt in (3, 2, 1):
        with Dialogue(port) as dialogue:
            lines = dialogue.ask("fetch", "web_processes").split("\n")
        ours = dict(line.split(".value ") for line in lines if ".value " in line)
        _, _, text = once([bench.tool("web-floor"), "1"])
        fault = None
        servers = [line.split() for line in text.splitlines()]
        if [name for name, _, _ in servers] != ["apache", "nginx", "php_fpm"]:
            raise BenchError(f"web-floor: expected three servers, found {text!r}")
        for name, processes, memory in servers:
            if ours.get(f"{name}_processes") != processes:
                fault = f"{processes} processes of {name}, apus-node {ours.get(f'{name}_processes')}"
            elif abs(float(ours[f"{name}_memory"]) - float(memory)) > 0.05 * float(memory):
                fault = f"{memory} bytes of {name}, apus-node {ours[f'{name}_memory']}"
        if not fault:
            return
        if attempt == 1:
            raise BenchError(f"web-floor: {fault}")
        time.sleep(KEPT)


def measure(bench, results, scratch):
    folder = f"{scratch}/web"
    os.makedirs(folder)
    os.chmod(scratch, 0o755)  # workers run as somebody else
    servers, web, crowd = {}, [], None
    try:
        for kind in KINDS:
            web.append(Server([bench.peer("web-server"), kind, f"{folder}/{kind}", "0"], f"{folder}/{kind}.errors"))
        time.sleep(2)  # they start their children one by one
        ours = apus_node(bench, f"{folder}/apus", ["web_processes"])
        if not ours:
            return
        servers["apus"] = ours
        servers["munin-node"] = munin_node(bench, f"{folder}/munin-node")
        bench.say(f"web: {bench.processes} idle processes")
        crowd = Crowd(bench.processes)
        time.sleep(KEPT)
        check(bench, ours.port)
        samples = {"apus": [], "munin-node": [], "floor": []}
        for number in range(2 * bench.rounds):
            time.sleep(KEPT)
            for name in rotated(list(samples), number):
                if name == "floor":
                    _, cpu, _ = once([bench.tool("web-floor"), str(LOOKS)])
                    samples[name].append(cpu / LOOKS)
                    continue
                services = ["web_processes"] if name == "apus" else MUNINS
                before = servers[name].settled_cpu_ms()
                once([bench.tool("node-client"), str(servers[name].port), "1", "tcp", *services])
                samples[name].append(servers[name].settled_cpu_ms() - before)
        count = sum(name.isdigit() for name in os.listdir("/proc"))
        what = f"CPU of three web servers' processes among {count}"
        results.add(
            "web", what, "ms", samples["apus"], "munin-node", samples["munin-node"], 1 / 10,
            "multips, multips_memory, ps_ of each")
        results.add("web", what, "ms", samples["apus"], "floor", samples["floor"], 2, "C, same files")
    finally:
        if crowd:
            crowd.close()
        for server in [*servers.values(), *web]:
            server.stop()
