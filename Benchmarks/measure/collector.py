"""A collector's cost: one cycle over many fake nodes, against munin-update and against the floor."""

import json
import os
import shutil
import time

from .node import rotated
from .processes import BenchError, Meter, Server, memory_kb, once

SERVICES, FIELDS = 20, 4
FILE_BYTES = 51_000  # an RRD file with munin's normal archives, on disk
MANY = 300  # nodes from which a run of munin-update takes a minute


class Contender:
    """A collector with nodes, RRD files and time stamps of its own.

    Its nodes stamp each fetch 300 s later than the one before, so that every cycle closes one step
    in every file, as in the field; stamps say afterwards whether the cycle did its work.
    """

    def __init__(self, name, bench, scratch, nodes, rounds):
        self.name, self.bench, self.nodes, self.rounds = name, bench, nodes, rounds
        self.samples = {"cpu": [], "wall": []}
        self.folder = f"{scratch}/{name}"
        self.db = f"{self.folder}/db"
        self.stamp = (int(time.time()) // 300 - rounds - 3) * 300
        for part in ("db", "log", "run", "html"):
            os.makedirs(f"{self.folder}/{part}")
        self.floor("create", self.stamp - 300)
        self.server = Server(
            [bench.tool("fake-nodes"), "0", str(nodes), str(SERVICES), str(FIELDS), str(self.stamp)],
            f"{self.folder}/nodes.errors",
        )

    def floor(self, word, stamp):
        size = [str(n) for n in (self.nodes, SERVICES, FIELDS)]
        return once([self.bench.tool("rrd-floor"), word, self.db, *size, str(stamp)])

    def write_conf(self):
        with open(f"{self.folder}/munin.conf", "w") as file:
            file.write(
                f"dbdir {self.db}\nlogdir {self.folder}/log\nrundir {self.folder}/run\n"
                f"htmldir {self.folder}/html\nmax_processes 16\n"
                "timeout_fetch_one_node 800\ntimeout_fetch_all_nodes 800\n"
            )
            for node in range(self.nodes):
                file.write(
                    f"\n[bench;node{node:04}]\naddress 127.0.0.1\nport {self.server.port + node}\n"
                )

    def cycle(self):
        """One cycle; its wall and CPU milliseconds."""
        if self.name == "munin-update":
            return once([self.bench.peer("munin-master"), "update", self.folder])[:2]
        if self.name in ("apus", "kept"):
            program = self.bench.program("apus-collector")
            return once([program, "poll", "--config", f"{self.folder}/munin.conf"])[:2]
        talk = once([self.bench.tool("conversation-floor"), str(self.server.port), str(self.nodes), "pipelined"])
        if json.loads(talk[2])["values"] != self.nodes * SERVICES * FIELDS:
            raise BenchError(f"the conversation brought {talk[2].strip()}")
        store = self.floor("update", self.stamp)
        return talk[0] + store[0], talk[1] + store[1]

    def run(self, keep=True):
        os.sync()  # the last one's writing is not this one's cost
        wall, cpu = self.cycle()
        self.verify()
        self.stamp += 300
        if keep:
            self.samples["wall"].append(wall)
            self.samples["cpu"].append(cpu)

    def verify(self):
        """Both ends of the work: the first and the last file hold this cycle's stamp."""
        for node, service in ((0, 0), (self.nodes - 1, SERVICES - 1)):
            path = f"{self.db}/bench/node{node:04}-svc{service:02}-f0-g.rrd"
            last = int(once([self.bench.peer("munin-master"), "rrdtool", "last", path])[2])
            if last != self.stamp:
                raise BenchError(f"{self.name} left {path} at {last}, expected {self.stamp}")


class Resident:
    """`apus-collector run` in steady state: the CPU of twelve cycles, every writing of files in it.

    Each file gets twelve values in a call, and another twelfth of the nodes in each cycle. The rate is a few seconds; the fake
    nodes' stamps are 300 s apart all the same. With `cached` an rrdcached writes the files, and its CPU counts too.
    """

    def __init__(self, bench, scratch, nodes, cached=False, threads=4):
        self.rate, self.cached, self.threads = max(2, nodes // 100), cached, threads
        # A short run shows that it works, and measures nothing.
        self.warm, self.counted = (3, 2) if bench.short else (15, 12)
        self.contender = Contender("run", bench, scratch, nodes, 40)
        self.contender.write_conf()
        with open(f"{self.contender.folder}/munin.conf", "r+") as file:
            text = file.read()
            file.seek(0)
            socket = f"rrdcached_socket {self.contender.folder}/socket\n" if cached else ""
            file.write(f"update_rate {self.rate}\nweb_listen none\n{socket}{text}")

    def measure(self):
        """CPU milliseconds of a cycle, and what the process holds in memory, in kB."""
        contender = self.contender
        config = f"{contender.folder}/munin.conf"
        meter = Meter()
        daemon = None
        with open(f"{contender.folder}/log/run", "w") as log:
            if self.cached:
                # As in the field, where its 300 s end long before the twelve polls of a file do.
                daemon = meter.start(
                    [contender.bench.peer("rrdcached"), contender.folder, contender.db, str(self.rate),
                     str(self.threads)], stdout=log, stderr=log)
            program = contender.bench.program("apus-collector")
            process = meter.start([program, "run", "--config", config], stdout=log, stderr=log)
        try:
            # The files are there after the first cycle, and each node has its turn in the twelve that follow.
            time.sleep(self.warm * self.rate)
            before = meter.cpu_ms()
            time.sleep(self.counted * self.rate)
            cpu = (meter.cpu_ms() - before) / self.counted
            memory = memory_kb(process.pid)[0]
            if process.poll() is not None:
                raise BenchError(f"apus-collector run: exit {process.returncode}")
        finally:
            process.terminate()
            process.wait(60)
            if daemon:
                daemon.terminate()
                daemon.wait(60)
            meter.close()
        for node, service in ((0, 0), (contender.nodes - 1, SERVICES - 1)):
            path = f"{contender.db}/bench/node{node:04}-svc{service:02}-f0-g.rrd"
            last = int(once([contender.bench.peer("munin-master"), "rrdtool", "last", path])[2])
            cycles = self.warm + self.counted - 3
            if last < contender.stamp + cycles * 300:
                raise BenchError(f"apus-collector run left {path} at {last}, {cycles} cycles after {contender.stamp}")
        return cpu, memory

    def floor(self):
        """The same by plain C: twelve conversations, and one call of librrd for twelve values of each file."""
        contender = Contender("floor12", self.contender.bench, os.path.dirname(self.contender.folder),
                              self.contender.nodes, 12)
        try:
            size = [str(n) for n in (contender.nodes, SERVICES, FIELDS)]
            os.sync()
            cpu = once([contender.bench.tool("rrd-floor"), "update12", contender.db, *size, str(contender.stamp)])[1]
            for _ in range(12):
                cpu += once([contender.bench.tool("conversation-floor"), str(contender.server.port),
                             str(contender.nodes), "pipelined"])[1]
        finally:
            contender.server.stop()
            shutil.rmtree(contender.folder, ignore_errors=True)
        return cpu / 12

    def stop(self):
        self.contender.server.stop()
        shutil.rmtree(self.contender.folder, ignore_errors=True)


def measure(bench, results, scratch):
    far(bench, results, scratch)
    for nodes in bench.nodes:
        folder = f"{scratch}/collector-{nodes}"
        os.makedirs(folder)
        contenders = []
        try:
            found = compare(bench, results, folder, nodes, contenders)
            if bench.program("apus-collector"):
                kept(bench, results, folder, nodes, found["munin-update"])
                twelve(bench, results, folder, nodes, found["munin-update"]["cpu"])
        finally:
            for contender in contenders:
                contender.server.stop()
            shutil.rmtree(folder, ignore_errors=True)


FAR_SERVICES = 40


def far(bench, results, folder):
    """Round trips of a poll of a node 200 ms away, as a proxy counts them; the second poll knows the configs."""
    program = bench.program("apus-collector")
    if not program:
        return
    bench.say("collector: a node 200 ms away")
    place = f"{folder}/far"
    os.makedirs(place)
    node = Server([bench.tool("fake-nodes"), "0", "1", str(FAR_SERVICES), "4"], f"{place}/node.errors")
    proxy = None
    try:
        proxy = Server([bench.script("delay-proxy"), "200", f"127.0.0.1:{node.port}"], f"{place}/proxy.errors")
        with open(f"{place}/munin.conf", "w") as file:
            file.write(f"dbdir {place}/db\n[bench;far]\naddress 127.0.0.1\nport {proxy.port}\nuse_node_name yes\n")
        for what in ("the first poll", "a further poll"):
            once([program, "poll", "--config", f"{place}/munin.conf"])
            trips = int(proxy.process.stdout.readline())
            results.add("collector", f"round trips for {FAR_SERVICES} services 200 ms away, {what}", "", [trips],
                        "limit", [5], 1, "connecting and the banner are two of them")
    finally:
        if proxy:
            proxy.stop()
        node.stop()


FAULTY_NODES = 1000  # a cycle over a hundred takes 25 ms, and moves by more than what is looked for


def faulty(bench, results, folder):
    """How much longer a cycle takes the sound nodes when there are dead ones beside them, and ones that stall in the middle of a reply."""
    program = bench.program("apus-collector")
    if not program:
        return
    nodes = 100 if bench.short else FAULTY_NODES
    dead, stalled = nodes // 10, nodes // 20
    sound = nodes - dead - stalled
    kinds = {"sound": (sound, 0, 0), "faulty": (nodes, dead, stalled)}
    cycles, servers = {name: [] for name in kinds}, {}
    folder = f"{folder}/faulty"
    try:
        for name, (count, *faults) in kinds.items():
            os.makedirs(f"{folder}/{name}/db")
            words = ["0", str(count), str(SERVICES), str(FIELDS), "0", *map(str, faults)]
            servers[name] = Server([bench.tool("fake-nodes"), *words], f"{folder}/{name}/nodes.errors")
            with open(f"{folder}/{name}/munin.conf", "w") as file:
                # Limits follow from the rate; what files cost is measured elsewhere.
                file.write(f"dbdir {folder}/{name}/db\nupdate_rate 10\nrrd_write off\nlog_file {folder}/{name}/log\n")
                for node in range(count):
                    file.write(f"[bench;node{node:04}]\naddress 127.0.0.1\nport {servers[name].port + node}\n")
        for number in range(2 if bench.short else 2 * bench.rounds + 1):
            for name in kinds:
                bench.say(f"faulty: {nodes} nodes, {dead + stalled} of them faulty: round {number}: {name}")
                once([program, "poll", "--config", f"{folder}/{name}/munin.conf"])
                milliseconds = float(servers[name].process.stdout.readline().split()[1])
                if number > 0:
                    cycles[name].append(milliseconds)
    finally:
        for server in servers.values():
            server.stop()
    results.add("faulty", f"a cycle over {sound} sound nodes, with {dead} dead and {stalled} stalled in mid-reply", "ms",
                cycles["faulty"], "without them", cycles["sound"], 1.05, "from the first call to the last farewell, as the nodes see it")


def compare(bench, results, folder, nodes, contenders):
    ours = bench.program("apus-collector")
    names = (["apus"] if ours else []) + ["munin-update", "floor"]
    need = len(names) * nodes * SERVICES * FIELDS * FILE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need * 1.1:
        raise BenchError(
            f"{nodes} nodes need {need / 1e9:.1f} GB in {folder}, which has {free / 1e9:.1f} GB: "
            "choose --nodes 100, or another --scratch"
        )
    few = min(bench.rounds, bench.peer_rounds) if nodes >= MANY else bench.rounds
    for name in names:
        bench.say(f"collector, {nodes} nodes: {name}: files and a first cycle")
        contender = Contender(name, bench, folder, nodes, few if name == "munin-update" else bench.rounds)
        contenders.append(contender)
        contender.write_conf()
        contender.run(keep=False)
    for number in range(bench.rounds):
        for contender in rotated(contenders, number):
            if len(contender.samples["cpu"]) < contender.rounds:
                bench.say(f"collector, {nodes} nodes: round {number + 1} of {bench.rounds}: {contender.name}")
                contender.run()
    found = {c.name: c.samples for c in contenders}
    report(results, nodes, found, few)
    return found


KEPT = 13  # polls after which the values of a node are in its files


def kept(bench, results, folder, nodes, update):
    """`apus-collector poll` where munin.conf has `rrd_write behind`: a process for each cycle, and the files of a node once in an hour.

    These cycles follow each other at once, so that one of thirteen writes all files: the mean over thirteen is what a cycle costs
    in the field, where the nodes take turns.
    """
    contender = Contender("kept", bench, folder, nodes, 2 * KEPT)
    try:
        contender.write_conf()
        with open(f"{contender.folder}/munin.conf", "r+") as file:
            text = file.read()
            file.seek(0)
            file.write(f"rrd_write behind\n{text}")
        wall, cpu = [], []
        for number in range(KEPT + 1):
            bench.say(f"collector, {nodes} nodes: poll with rrd_write behind, {number} of {KEPT}")
            os.sync()
            took = contender.cycle()
            contender.stamp += 300
            if number > 0:
                wall.append(took[0])
                cpu.append(took[1])
        contender.stamp -= 300
        contender.verify()
    finally:
        contender.server.stop()
        shutil.rmtree(contender.folder, ignore_errors=True)
    many = nodes >= MANY
    for key, what, samples, aim in (("wall", "wall time", wall, 1 / 25), ("cpu", "CPU", cpu, 1 / 20)):
        results.add("collector", f"{what} of a cycle over {nodes} nodes, rrd_write behind", "ms", [sum(samples) / KEPT], "munin-update",
                    update[key], aim if many else None, f"16 processes; mean of {KEPT} cycles, one of which writes all files")


def twelve(bench, results, folder, nodes, update):
    """The resident collector beside munin-update's cycles and the floor."""
    ours, floors, memory = [], [], []
    for number in range(min(bench.rounds, 3 if nodes < MANY else 1)):
        bench.say(f"collector, {nodes} nodes: twelve cycles of run, round {number + 1}")
        resident = Resident(bench, folder, nodes)
        try:
            floors.append(resident.floor())
            cpu, kilobytes = resident.measure()
            ours.append(cpu)
            memory.append(kilobytes)
        finally:
            resident.stop()
    what = f"CPU of a cycle over {nodes} nodes, run, twelve cycles"
    results.add("collector", what, "ms", ours, "munin-update", update, 1 / 100, "16 processes")
    results.add("collector", what, "ms", ours, "floor", floors, 2, "12 values in a call + bare conversation")
    series = nodes * SERVICES * FIELDS
    results.add("collector", f"memory of run, {series} series, each", "B", [kb * 1024 / series for kb in memory],
                "limit", [700], None, "the program itself included; the limit is meant for 800,000")


def rrdcached(bench, results, scratch):
    """The resident collector that gives its values to an rrdcached, beside the one that writes its files itself."""
    if not bench.program("apus-collector"):
        return
    nodes = bench.nodes[0]
    kinds = {"direct": {}, "rrdcached": {"cached": True}, "rrdcached -t 1": {"cached": True, "threads": 1}}
    cpu = {name: [] for name in kinds}
    folder = f"{scratch}/rrdcached"
    os.makedirs(folder)
    for number in range(min(bench.rounds, 2)):
        for name in rotated(list(kinds), number):
            bench.say(f"rrdcached: round {number + 1}: {nodes} nodes, {name}")
            resident = Resident(bench, folder, nodes, **kinds[name])
            try:
                cpu[name].append(resident.measure()[0])
            finally:
                resident.stop()
    for name, note in (("rrdcached", "4 write threads, as it has by itself"), ("rrdcached -t 1", "one write thread")):
        results.add("rrdcached", f"CPU of a cycle over {nodes} nodes, run, twelve cycles, with {name}", "ms", cpu[name],
                    "files of our own", cpu["direct"], 1, note)


def report(results, nodes, found, few):
    ours = found.get("apus", {})
    many = nodes >= MANY
    aims = {("cpu", "munin-update"): 1 / 20 if many else None, ("cpu", "floor"): 2,
            ("wall", "munin-update"): 1 / 25 if many else None}
    rounds = len(found["floor"]["cpu"])
    for key, what in (("cpu", "CPU"), ("wall", "wall time")):
        for peer in ("munin-update", "floor"):
            note = "librrd loop + bare conversation" if peer == "floor" else "16 processes"
            if peer == "munin-update" and few < rounds:
                note += f", {few} round{'s' if few > 1 else ''} only"
            results.add(
                "collector", f"{what} of a cycle over {nodes} nodes", "ms",
                ours.get(key, []), peer, found[peer][key], aims.get((key, peer)), note,
            )
