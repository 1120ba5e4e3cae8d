"""A node's memory: at rest, with many connections, after long use, and in a small control group."""

import os
import resource
import shutil
import time

from .ours import SERVICES, Dialogue, apus_node
from .processes import BenchError, MemoryLimit, Server, memory_kb, once

CONNECTIONS, MANY = 64, 1000
MEGABYTE = 1024  # in kB, as all memory here


def measure(bench, results, scratch):
    folder = f"{scratch}/memory"
    os.makedirs(folder)
    own, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for us and the nodes
    try:
        traits = "TLS" in declared_traits(bench)
        ours = with_default_traits(bench, results, folder, traits)
        if ours and traits:
            with_tls(bench, results, folder)
        small = bench.without_traits() if traits else None
        if small:
            without_traits(bench, results, folder, small)
        peers(bench, results, folder, ours)
        in_small_groups(bench, results, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (own, most))


def declared_traits(bench):
    """The package's traits, or none; from its manifest, because a node does not tell."""
    with open(bench.manifest) as file:
        text = file.read()
    return [name for name in ("TLS", "SNMP") if f'trait(name: "{name}"' in text]


def rested(server):
    """Memory once a node has nothing left to do."""
    time.sleep(0.3)
    return memory_kb(server.pid)


def cycles(bench, server, count, connections=8):
    once([
        bench.tool("crowd"), str(server.port), str(connections), str(count), "pipelined", *SERVICES
    ])


def connected(server, count):
    """Open conversations that have each asked one thing."""
    masters = [Dialogue(server.port, announce=False) for _ in range(count)]
    for master in masters:
        master.ask("fetch", "load")
    return masters


def limit(results, what, value, most, note=""):
    results.add("memory", what, "kB", [value], "limit", [most], 1, note)


def with_default_traits(bench, results, folder, traits):
    """All of it for the node as it is released. Returns its memory at rest and with connections."""
    server = apus_node(bench, f"{folder}/apus", SERVICES, extra=f"max_servers {MANY + 100}\n")
    if not server:
        return None
    try:
        bench.say("memory: apus-node at rest, then with connections")
        cycles(bench, server, 8)  # a node that was never asked anything is not at work
        rest = rested(server)
        note = "TLS and SNMP linked, unused" if traits else "without TLS and SNMP"
        limit(results, "PSS at rest", rest[0], (8 if traits else 6.5) * MEGABYTE, note)
        limit(results, "anonymous memory at rest", rest[1], 1.6 * MEGABYTE)
        masters = connected(server, CONNECTIONS)
        crowded = rested(server)
        limit(results, f"PSS more with {CONNECTIONS} connections", crowded[0] - rest[0], MEGABYTE)
        for master in masters:
            master.close()
        bench.say(f"memory: {bench.cycles} cycles")
        cycles(bench, server, bench.cycles)
        after(results, f"PSS after {bench.cycles} cycles", rested(server), rest)
        bench.say(f"memory: {MANY} connections at once")
        masters = connected(server, MANY)
        held = memory_kb(server.pid)
        for master in masters:
            master.close()
        after(
            results, f"PSS after {MANY} connections at once", rested(server), rest,
            f"{held[0] / MEGABYTE:.1f} MB while they were open",
        )
        return rest, crowded
    finally:
        server.stop()


def after(results, what, found, before, note=""):
    results.add("memory", what, "kB", [found[0]], "before", [before[0]], 1.05, note)
    limit(results, what.replace("PSS", "anonymous memory"), found[1], 2 * MEGABYTE)


def with_tls(bench, results, folder):
    """OpenSSL at work: at rest after a conversation, and with many."""
    key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
    try:
        once([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=apus.example",
            "-keyout", key, "-out", certificate,
        ])
    except (BenchError, FileNotFoundError) as error:
        bench.say(f"memory: no certificate can be made: the rows of TLS are left out: {error}")
        return
    server = apus_node(
        bench, f"{folder}/tls", SERVICES,
        extra=f"tls enabled\ntls_private_key {key}\ntls_certificate {certificate}\n",
    )
    try:
        bench.say("memory: TLS in use")  # and demanded: no plain cycles before
        masters = [Dialogue(server.port, tls=True)]
        for service in SERVICES:
            masters[0].ask("config", service)
            masters[0].ask("fetch", service)
        one = rested(server)
        limit(results, "PSS, one connection under TLS", one[0], 13 * MEGABYTE, "the aim is for TLS and SNMP in use")
        limit(results, "anonymous memory, one connection under TLS", one[1], 2 * MEGABYTE)
        masters += [Dialogue(server.port, tls=True) for _ in range(CONNECTIONS - 1)]
        for master in masters:
            master.ask("fetch", "load")
        many = rested(server)
        results.add(
            "memory", f"PSS, {CONNECTIONS} connections under TLS", "kB", [many[0]], "one", [one[0]], None,
            f"{(many[0] - one[0]) / (CONNECTIONS - 1):.0f} kB each",
        )
        for master in masters:
            master.close()
    finally:
        server.stop()


def without_traits(bench, results, folder, program):
    server = apus_node(bench, f"{folder}/small", SERVICES, program)
    try:
        cycles(bench, server, 8)
        limit(results, "PSS at rest", rested(server)[0], 6.5 * MEGABYTE, "built without TLS and SNMP")
    finally:
        server.stop()


def peers(bench, results, folder, ours):
    """What munin's nodes take for the same, for comparison."""
    for name in ("munin-node", "munin-node-c"):
        bench.say(f"memory: {name}")
        server = Server(
            [bench.peer(name), f"{folder}/{name}", "0", f"{name}.example", *SERVICES],
            f"{folder}/{name}.errors",
        )
        try:
            rest = rested(server)
            masters = connected(server, CONNECTIONS)
            crowded = rested(server)
            for master in masters:
                master.close()
        finally:
            server.stop()
        for index, when in ((0, "at rest"), (1, f"with {CONNECTIONS} connections")):
            mine = [ours[index][0]] if ours else []
            results.add("memory", f"PSS {when}", "kB", mine, name, [(rest, crowded)[index][0]])


def in_small_groups(bench, results, folder):
    """Many cycles with no more memory than that. The program's own pages count: a copy that nobody has read."""
    program = bench.program("apus-node")
    if not program:
        return
    for megabytes in (12, 32):
        try:
            group = MemoryLimit(megabytes << 20)
        except BenchError as error:
            bench.say(f"memory: {error}: the row is left out")
            return
        place = f"{folder}/group-{megabytes}"
        os.makedirs(place)
        copy = unread_copy(program, f"{place}/apus-node")
        bench.say(f"memory: 10000 cycles within {megabytes} MB")
        server = apus_node(bench, f"{place}/node", SERVICES, copy, group=group.folder)
        try:
            cycles(bench, server, 10_000)
            if server.process.poll() is not None:
                raise BenchError(f"apus-node did not survive 10000 cycles within {megabytes} MB")
            limit(
                results, f"peak of 10000 cycles, memory.max = {megabytes} MB", group.peak() // 1024,
                megabytes * MEGABYTE, "the group's, with pages of the program",
            )
        finally:
            server.stop()
            group.close()


def unread_copy(program, path):
    shutil.copy(program, path)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path
