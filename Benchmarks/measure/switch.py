"""A switch on a Debian machine: munin's own links and settings stay, only the program changes."""

import os
import shutil
import subprocess

from .node import rotated
from .ours import Dialogue, free_port
from .processes import BenchError, Server, once


def default_links(bench, folder):
    """What munin-node-configure links on this machine: munin's plugins of the family `auto` that say yes."""
    run = subprocess.run([bench.peer("munin-plugins"), folder], capture_output=True, text=True)
    links = {}
    for line in run.stdout.splitlines():
        name, _, path = line.partition(" ")
        if name != "PERL5LIB" and is_default(path):
            links[name] = path
    if len(links) < 10:
        raise BenchError(f"switch: munin-plugins offers {len(links)} plugins: {run.stderr.strip()[-300:]}")
    return links


def is_default(path):
    with open(path, errors="replace") as file:
        return any("#%#" in line and line.split("#%#")[1].strip() == "family=auto" for line in file)


def settings(bench, folder):
    """Debian's plugin-conf.d, without the users: here nobody but the caller can be meant."""
    source = os.path.join(bench.cache(), "etc/munin/plugin-conf.d/munin-node")
    os.makedirs(folder)
    with open(source) as given, open(f"{folder}/munin-node", "w") as copy:
        copy.writelines(line for line in given if line.split(" ")[0] not in ("user", "group"))


def switched(bench, folder, links):
    """apus-node on the folders of munin-node."""
    program = bench.program("apus-node")
    if not program:
        return None
    os.makedirs(f"{folder}/plugins")
    for name, path in links.items():
        os.symlink(path, f"{folder}/plugins/{name}")
    settings(bench, f"{folder}/plugin-conf.d")
    port = free_port()
    with open(f"{folder}/munin-node.conf", "w") as file:
        file.write(
            f"host 127.0.0.1\nport {port}\nhost_name apus.example\nallow ^127\\.0\\.0\\.1$\n"
            f"log_file {folder}/apus-node.log\nplugin_state_dir {folder}/state\n"
        )
    os.makedirs(f"{folder}/state")
    return Server(
        [
            program, "--config", f"{folder}/munin-node.conf", "--servicedir", f"{folder}/plugins",
            "--sconfdir", f"{folder}/plugin-conf.d", "--libdir", os.path.join(bench.cache(), "usr/share/munin/plugins"),
        ],
        f"{folder}/apus-node.errors", port,
    )


def listed(port):
    with Dialogue(port) as dialogue:
        dialogue.socket.sendall(b"list\n")
        return dialogue.lines.readline().split()


def measure(bench, results, scratch):
    folder = f"{scratch}/switch"
    os.makedirs(folder)
    links = default_links(bench, f"{folder}/asked")
    servers = []
    try:
        ours = switched(bench, f"{folder}/apus", links)
        if not ours:
            return
        servers.append(ours)
        settings(bench, f"{folder}/munin-node/plugin-conf.d")
        names = sorted(links)
        bench.say(f"switch: {len(names)} default plugins: {' '.join(names)}")
        servers.append(Server(
            [bench.peer("munin-node"), f"{folder}/munin-node", "0", "perl.example", *names], f"{folder}/munin-node.errors",
        ))
        offered = [set(listed(server.port)) for server in servers]
        common = sorted(offered[0] & offered[1])
        if offered[0] != offered[1]:
            bench.say(f"switch: only one of both offers {' '.join(sorted(offered[0] ^ offered[1]))}: left out")
        samples = {server: [] for server in servers}
        cycles = {ours: 20, servers[1]: 1}
        for server in servers:
            once([bench.tool("node-client"), str(server.port), "1", "tcp", *common])  # the first is no usual one
        for number in range(bench.rounds):
            bench.say(f"switch: round {number + 1} of {bench.rounds}")
            for server in rotated(servers, number):
                before = server.settled_cpu_ms()
                once([bench.tool("node-client"), str(server.port), str(cycles[server]), "tcp", *common])
                samples[server].append((server.settled_cpu_ms() - before) / cycles[server])
        results.add(
            "switch", f"CPU of a master's cycle, Debian's {len(common)} default links", "ms", samples[ours],
            "munin-node", samples[servers[1]], 1 / 50, "same links, same plugin-conf.d",
        )
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
