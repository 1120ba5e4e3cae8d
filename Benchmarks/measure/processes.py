"""Starting programs, and what they cost: CPU time of everything they start, memory of the tree."""

import os
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """What failed, on what, ready to follow `bench: `."""


class Meter:
    """CPU time of all processes started through it, dead ones included.

    A control group knows it to the nanosecond but needs root; without one the kernel's per-process
    counters serve, which count a child only once its parent has reaped it, in ticks of 10 ms.
    """

    made = 0

    def __init__(self):
        self.folder = None
        self.roots = []
        Meter.made += 1
        for parent in _group_parents():
            folder = os.path.join(parent, f"bench-{os.getpid()}-{Meter.made}")
            try:
                os.mkdir(folder)
                self.folder = folder
                self.cpu_ms()
                return
            except OSError:
                self.close()

    def start(self, argv, group=None, **options):
        """Starts a program in its own session, inside the group from its first instruction.

        `group` is the folder of a further one.
        """
        groups = [folder for folder in (self.folder, group) if folder]

        def enter():
            for folder in groups:
                with open(os.path.join(folder, "cgroup.procs"), "w") as file:
                    file.write(str(os.getpid()))

        process = subprocess.Popen(
            argv, preexec_fn=enter, start_new_session=True, stdin=subprocess.DEVNULL, **options
        )
        self.roots.append(process.pid)
        return process

    def cpu_ms(self):
        if not self.folder:
            return sum(_process_cpu_ms(pid) for root in self.roots for pid in tree(root))
        try:
            with open(os.path.join(self.folder, "cpuacct.usage")) as file:
                return int(file.read()) / 1e6
        except FileNotFoundError:
            with open(os.path.join(self.folder, "cpu.stat")) as file:
                return int(dict(line.split() for line in file)["usage_usec"]) / 1e3

    def close(self):
        if self.folder:
            try:
                os.rmdir(self.folder)
            except OSError:
                pass  # a process is still leaving; an empty group does no harm
            self.folder = None


class MemoryLimit:
    """A control group that may use so many bytes, the page cache of what it reads first included."""

    def __init__(self, limit):
        self.folder = None
        for parent in _group_parents("memory"):
            folder = os.path.join(parent, f"bench-memory-{os.getpid()}-{limit}")
            try:
                os.mkdir(folder)
                self.folder = folder
                names = ("memory.limit_in_bytes", "memory.max")
                name = next(name for name in names if os.path.exists(os.path.join(folder, name)))
                with open(os.path.join(folder, name), "w") as file:
                    file.write(str(limit))
                return
            except (OSError, StopIteration):
                self.close()
        raise BenchError("no control group with a limit of memory can be made (not root?)")

    def peak(self):
        """The most bytes at one time, as far as the kernel keeps that (v2: since 5.19)."""
        for name in ("memory.max_usage_in_bytes", "memory.peak", "memory.current"):
            try:
                with open(os.path.join(self.folder, name)) as file:
                    return int(file.read())
            except FileNotFoundError:
                continue
        raise BenchError(f"{self.folder}: no file tells the memory in use")

    def close(self):
        Meter.close(self)


def _group_parents(controller="cpuacct"):
    """Where a control group with a controller could be made, v1 first: hybrids account there."""
    mounts = {}
    with open("/proc/mounts") as file:
        for line in file:
            _, place, kind, options = line.split()[:4]
            if kind == "cgroup" and controller in options.split(","):
                mounts[controller] = place
            elif kind == "cgroup2":
                mounts[""] = place
    with open("/proc/self/cgroup") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            for name in (controller, ""):
                if name in controllers.split(",") and name in mounts:
                    yield mounts[name] + path.rstrip("/")
                    yield mounts[name]


def _process_cpu_ms(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
    except OSError:
        return 0  # gone; its parent has its time
    return sum(int(word) for word in words[11:15]) * 1000 / TICK


def tree(root):
    """The process and its living descendants."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def memory_kb(root):
    """Proportional memory of a process tree, and its anonymous part, in kB.

    Both count a page that a fork still shares once, not once per process.
    """
    sums = {"Pss": 0, "Pss_Anon": 0}
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                for line in file:
                    name, _, rest = line.partition(":")
                    if name in sums:
                        sums[name] += int(rest.split()[0])
        except OSError:
            continue  # gone meanwhile
    return sums["Pss"], sums["Pss_Anon"]


def once(argv, limit=900, env=None):
    """Runs a program to its end; returns its wall and CPU milliseconds and its output."""
    meter = Meter()
    before = meter.cpu_ms() if meter.folder else 0
    usage = _children_cpu_ms()
    start = time.monotonic()
    process = meter.start(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    try:
        output, _ = process.communicate(timeout=limit)
    except BaseException as error:
        os.killpg(process.pid, 9)
        process.communicate()
        meter.close()
        if isinstance(error, subprocess.TimeoutExpired):
            raise BenchError(f"{' '.join(argv[:3])}: still running after {limit} s")
        raise
    wall = (time.monotonic() - start) * 1000
    cpu = meter.cpu_ms() - before if meter.folder else _children_cpu_ms() - usage
    meter.close()
    if process.returncode != 0:
        raise BenchError(f"{' '.join(argv[:3])}: exit {process.returncode}: {output.strip()[-500:]}")
    return wall, cpu, output


def _children_cpu_ms():
    times = os.times()
    return (times.children_user + times.children_system) * 1000


class Server:
    """A program that listens, ended by its own pid and session."""

    def __init__(self, argv, log, port=None, limit=30, group=None, env=None):
        self.meter = Meter()
        self.name = os.path.basename(argv[0])
        with open(log, "w") as errors:
            self.process = self.meter.start(
                argv, group, stdout=subprocess.PIPE, stderr=errors, text=True, env=env
            )
        self.pid = self.process.pid
        try:
            self.port = self._wait_for(port, limit) if port else self._announced()
        except BenchError:
            self.stop()
            with open(log) as errors:
                raise BenchError(f"{self.name} does not listen: {errors.read().strip()[-500:]}")

    def _announced(self):
        words = self.process.stdout.readline().split()
        if len(words) != 2 or words[0] != "ready":
            raise BenchError("no port announced")
        return int(words[1])

    def _wait_for(self, port, limit):
        deadline = time.monotonic() + limit
        while self.process.poll() is None and time.monotonic() < deadline:
            with open("/proc/net/tcp") as file:
                for line in file:
                    words = line.split()
                    if words[3] == "0A" and words[1].endswith(f":{port:04X}"):
                        return port
            time.sleep(0.02)
        raise BenchError("not listening")

    def settled_cpu_ms(self):
        """CPU so far, once the children of the last connection have ended."""
        deadline = time.monotonic() + 2
        while len(tree(self.pid)) > 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.meter.cpu_ms()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, 9)
                self.process.wait()
        self.process.stdout.close()
        self.meter.close()
