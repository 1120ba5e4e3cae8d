"""UPSs over SNMP: a hundred devices, some dead, and what one answer costs beside net-snmp's own calls."""

import concurrent.futures
import os
import signal
import time

from .ours import Dialogue, apus_node
from .processes import Server, once

DEVICES, DEAD = 100, 10
# A v3 user of the device that is dead for good; to ask it, its engine would have to be found out.
V3 = "env.version 3\nenv.v3username monitor\nenv.v3authprotocol sha256\nenv.v3authpassword long-enough\n"


class Agents(Server):
    """The crowd of agents, in one process."""

    def __init__(self, bench, folder, count, dead):
        super().__init__([bench.tool("ups-agents"), str(count), str(dead)], f"{folder}/ups-agents.errors")

    def _announced(self):
        self.ports = [int(word) for word in self.process.stdout.readline().split()]
        return super()._announced()

    def asked(self):
        """How many requests the live ones had, how many the first, and the first one's last."""
        os.kill(self.pid, signal.SIGUSR1)
        _, total, first = self.process.stdout.readline().split()
        requests = []
        while (line := self.process.stdout.readline().strip()) != "end":
            requests.append(line)
        return int(total), int(first), requests


def service(number):
    return f"snmp_ups{number:03d}.example.com_ups"


def section(number, port, max_age, more=""):
    return (
        f"[{service(number)}]\nhost_name ups{number:03d}.example.com\nenv.host 127.0.0.1\nenv.port {port}\n"
        f"env.timeout 1\nenv.retries 2\nenv.max_age {max_age}\n{more}\n"
    )


def node(bench, folder, sections):
    """Our node with these devices and its own load."""
    names = [text[1:text.index("]")] for text in sections]
    return apus_node(bench, folder, ["load", *names], settings="".join(sections))


def ask(dialogue, question, name):
    """An answer that may hold remarks, and when it was there."""
    dialogue.socket.sendall(f"{question} {name}\n".encode())
    answer = []
    while not answer or answer[-1] != ".\n":
        answer.append(dialogue.lines.readline())
    return "".join(answer), time.monotonic()


def master(port, numbers):
    """Seconds of the whole dialogue of a stock master, which asks one thing after the other; lost devices."""
    start, lost = time.monotonic(), 0
    with Dialogue(port) as dialogue:
        for number in numbers:
            dialogue.socket.sendall(f"list ups{number:03d}.example.com\n".encode())
            dialogue.lines.readline()
            ask(dialogue, "config", service(number))
            lost += "communication_lost.value 1" in ask(dialogue, "fetch", service(number))[0]
    return time.monotonic() - start, lost


def measure(bench, results, scratch):
    folder = f"{scratch}/ups"
    os.makedirs(folder)
    if not bench.program("apus-node"):
        return
    agents = Agents(bench, folder, DEVICES, DEAD)
    try:
        crowd(bench, results, folder, agents)
        answered_at_once(bench, results, folder, agents)
        dead_beside_load(bench, results, folder, agents)
        cost(bench, results, folder, agents)
    finally:
        agents.stop()


def limit(results, what, value, most, note=""):
    results.add("ups", what, "ms", [1000 * value], "limit", [1000 * most], 1, note)


def expect(found, wanted, what):
    if found != wanted:
        raise OSError(f"ups: {what}: expected {wanted}, found {found}")


def crowd(bench, results, folder, agents):
    """A stock master, whose first dialogue meets the dead ones."""
    numbers = range(DEVICES)
    server = node(bench, f"{folder}/crowd", [section(n, agents.ports[n], 30) for n in numbers])
    try:
        bench.say(f"ups: a master asks {DEVICES} devices, {DEAD} of them dead, one by one")
        first, lost = master(server.port, numbers)
        expect(lost, DEAD, "lost devices")
        limit(results, "first dialogue of a stock master", first, 4, f"{DEVICES} devices, {DEAD} dead")
        later = []
        for _ in range(bench.rounds):
            seconds, lost = master(server.port, numbers)
            expect(lost, DEAD, "lost devices")
            later.append(seconds)
        limit(results, "later dialogues", max(later), 1, "the slowest")
    finally:
        server.stop()


def answered_at_once(bench, results, folder, agents):
    """Every device in a conversation of its own, all at once, of a node that knows nothing yet."""
    numbers = range(DEVICES)
    server = node(bench, f"{folder}/parallel", [section(n, agents.ports[n], 30) for n in numbers])
    try:
        bench.say("ups: all devices at once")
        dialogues = [Dialogue(server.port) for _ in numbers]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(DEVICES) as pool:
            found = list(pool.map(lambda n: ask(dialogues[n], "fetch", service(n)), numbers))
        live = [at - start for text, at in found if "communication_lost.value 0" in text]
        expect(len(live), DEVICES - DEAD, "live devices")
        limit(results, "all live devices answered", max(live), 2, "asked at once, dead ones beside them")
        for dialogue in dialogues:
            dialogue.close()
    finally:
        server.stop()


def dead_beside_load(bench, results, folder, agents):
    """A dead v3 device is asked; meanwhile somebody else fetches load."""
    slowest, usual = 0, 0
    for number in range(3):
        place = f"{folder}/dead-{number}"
        server = node(bench, place, [section(0, agents.ports[-1], 0, V3)])
        try:
            with Dialogue(server.port) as waiting, Dialogue(server.port) as other:
                for _ in range(100):
                    start = time.monotonic()
                    other.ask("fetch", "load")
                    usual = max(usual, time.monotonic() - start)
                waiting.socket.sendall(f"fetch {service(0)}\n".encode())
                end = time.monotonic() + 3.5
                while time.monotonic() < end:
                    start = time.monotonic()
                    other.ask("fetch", "load")
                    slowest = max(slowest, time.monotonic() - start)
                    time.sleep(0.001)
                answer = []
                while not answer or answer[-1] != ".\n":
                    answer.append(waiting.lines.readline())
                expect("communication_lost.value 1\n" in answer, True, "a lost v3 device")
        finally:
            server.stop()
    limit(
        results, "slowest fetch load beside a dead v3 device", slowest, 0.02, f"{1000 * usual:.1f} ms before"
    )


def cost(bench, results, folder, agents):
    """CPU of asking a device, beside the library's own calls for the same objects."""
    numbers = range(DEVICES - DEAD)
    server = node(bench, f"{folder}/cost", [section(n, agents.ports[n], 0) for n in numbers])
    try:
        bench.say("ups: CPU of an answer")
        with Dialogue(server.port) as dialogue:
            for number in numbers:  # what the devices are is known from then on
                ask(dialogue, "fetch", service(number))
            before = agents.asked()[1]
            ask(dialogue, "fetch", service(0))
            _, after, last = agents.asked()
            requests = last[-(after - before):]
            samples = {"ours": [], "opened": [], "kept": []}
            ports, rounds = ",".join(str(agents.ports[n]) for n in numbers), 50
            for _ in range(bench.rounds):
                before, cpu = agents.asked()[0], server.meter.cpu_ms()
                # With answers that are old at once, any of these has all devices asked.
                for number in numbers:
                    ask(dialogue, "fetch", service(number))
                readings = (agents.asked()[0] - before) / len(requests)
                samples["ours"].append(1000 * (server.meter.cpu_ms() - cpu) / readings)
                for way in ("opened", "kept"):
                    tool = [bench.tool("ups-floor"), way]
                    none = once([*tool, "0", ports, *requests])[1]
                    some = once([*tool, str(rounds), ports, *requests])[1]
                    samples[way].append(1000 * (some - none) / (rounds * len(numbers)))
        objects = sum(len(request.split()) - 1 for request in requests)
        for way, aim, note in (
            ("opened", 1.5, f"{objects} objects in {len(requests)} request(s); a session for each, as snmpget"),
            ("kept", None, "beside sessions that stay open, and nobody who reads the values"),
        ):
            results.add(
                "ups", "CPU of asking a device and reading it", "us", samples["ours"], "net-snmp", samples[way], aim,
                note)
    finally:
        server.stop()
