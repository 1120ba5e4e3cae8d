"""Alerts: what judging costs, a storm in which every series changes its level, and how soon mails are with the server."""

import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
import urllib.request

from .fleet import FIELDS, SERVICES, Fleet
from .node import rotated
from .processes import BenchError, once

STORM_NODES = 1250  # 100,000 series
CONTACTS = 100


class Sink:
    """A mail server that takes each mail after a pause, and notes when."""

    def __init__(self, pause=0.0):
        self.pause, self.times = pause, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, connection.makefile("rb") as lines:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(b"220 sink.example\r\n")
            try:
                for line in lines:
                    word = line[:4].upper().strip()
                    if word == b"DATA":
                        connection.sendall(b"354 go on\r\n")
                        while next(lines) != b".\r\n":
                            pass
                        time.sleep(self.pause)
                        self.times.append(time.monotonic())
                    connection.sendall(b"221 bye\r\n" if word == b"QUIT" else b"250 taken\r\n")
                    if word == b"QUIT":
                        return
            except (OSError, StopIteration):
                return  # the client is gone

    def until(self, count, seconds, fleet):
        end = time.monotonic() + seconds
        while len(self.times) < count:
            fleet.alive()
            if time.monotonic() > end:
                raise BenchError(f"{len(self.times)} mails within {seconds} s, expected {count}")
            time.sleep(0.1)

    def close(self):
        self.listener.close()


def measure(bench, results, scratch):
    if not bench.program("apus-collector"):
        return
    if bench.short:
        judging(bench, results, scratch, 20, rate=2, cycles=2)
        storm(bench, results, scratch, 20)
        detection(bench, results, scratch, rate=2)
        outbox(bench, results, scratch, 2, rate=2)
        return
    judging(bench, results, scratch, 500)
    storm(bench, results, scratch, STORM_NODES)
    detection(bench, results, scratch)
    outbox(bench, results, scratch, 100)


def judging(bench, results, scratch, nodes, rate=5, cycles=6):
    """CPU of a cycle over fields with limits and over the same fields without."""
    cpu = {"limits": [], "no limits": []}
    for number in range(bench.rounds):
        for kind in rotated(list(cpu), number):
            bench.say(f"alerts: judging, round {number + 1}: {kind}")
            fleet = Fleet(bench, scratch, nodes, words=["limits"] if kind == "limits" else [], stamped=False)
            try:
                fleet.start(rate, "rrd_write off\n").wait(4 * rate)
                before = fleet.meter.cpu_ms()
                fleet.wait(cycles * rate)
                cpu[kind].append((fleet.meter.cpu_ms() - before) / cycles)
            finally:
                fleet.close()
    series = nodes * SERVICES * FIELDS
    each = [1000 * (one - other) / series for one, other in zip(cpu["limits"], cpu["no limits"])]
    results.add("alerts", f"CPU of judging a series in a cycle, {series} series with two limits each", "us",
                [max(0.01, value) for value in each], "limit", [1], 1, "beyond a cycle over fields without limits")


def storm(bench, results, scratch, nodes):
    """A cycle in which every series of a fleet becomes critical at once, beside one in which nothing changes."""
    fleet = Fleet(bench, scratch, nodes, words=["limits"], stamped=False)
    database = f"{fleet.folder}/db/apus.sqlite"
    cycles = {}
    sink = Sink()
    try:
        fleet.write(60, f"rrd_write off\nsmtp_server smtp://127.0.0.1:{sink.port}\n"
                        "contact.admin.email admin@example.com\n")
        for kind in ("first", "sound", "storm"):
            bench.say(f"alerts: {fleet.series} series: {kind} cycle")
            if kind == "storm":
                os.kill(fleet.server.pid, signal.SIGUSR1)
            time.sleep(3)  # a rate needs some time between two values
            program = bench.program("apus-collector")
            cycles[kind] = once([program, "poll", "--config", f"{fleet.folder}/munin.conf"])[:2]
        with sqlite3.connect(database) as ledger:
            changes = ledger.execute("SELECT count(*) FROM change WHERE new = 3").fetchone()[0]
        ledger.close()
    finally:
        fleet.close()
        sink.close()
    if changes != fleet.series:
        raise BenchError(f"{changes} series became critical, expected {fleet.series}")
    groups = (nodes + 99) // 100
    if len(sink.times) != groups:
        raise BenchError(f"{len(sink.times)} mails of a storm over {groups} groups")
    note = f"beyond a cycle without changes; {groups} groups, as many mails"
    for index, what in ((0, "time"), (1, "CPU")):
        results.add("alerts", f"{what} of {fleet.series} series that change at once: judged, rolled up, told", "ms",
                    [max(0.01, cycles["storm"][index] - cycles["sound"][index])], "limit", [5000], 1, note)


def detection(bench, results, scratch, rate=10):
    """From a value beyond its limit to the mail server's answer, with the usual group_wait of 10 s."""
    took = []
    for number in range(1 if bench.short else 3):
        bench.say(f"alerts: detection, round {number + 1}")
        sink = Sink()
        fleet = Fleet(bench, scratch, 1, words=["limits"], stamped=False)
        try:
            fleet.start(rate, f"smtp_server smtp://127.0.0.1:{sink.port}\ncontact.admin.email admin@example.com\n")
            fleet.wait(2.5 * rate + number * rate / 3)
            crossed = time.monotonic()
            os.kill(fleet.server.pid, signal.SIGUSR1)
            sink.until(1, 60, fleet)
            took.append(sink.times[0] - crossed)
        finally:
            fleet.close()
            sink.close()
    results.add("alerts", f"from a crossing to the server's 250, a node every {rate} s, group_wait 10", "s", took,
                "limit", [25], 1, "15 s and group_wait")


def outbox(bench, results, scratch, nodes, rate=10, pause=0.01):
    """Mails for many contacts at once, taken by a server that needs 10 ms for each."""
    sink = Sink(pause)
    fleet = Fleet(bench, scratch, nodes, words=["limits"], stamped=False, per_group=1)
    mails = nodes * CONTACTS
    bench.say(f"alerts: an outbox of {mails} mails")
    try:
        contacts = "".join(
            f"contact.c{number}.email c{number}@example.com\ncontact.c{number}.rate_limit no\n"
            for number in range(CONTACTS))
        fleet.start(rate, f"graph_data_size custom 24\nsmtp_server smtp://127.0.0.1:{sink.port}\n{contacts}",
                    pages=True)
        address = fleet.address()
        fleet.wait(7 * rate)  # the longest stretch of the start is over
        os.kill(fleet.server.pid, signal.SIGUSR1)
        sink.until(mails, 900, fleet)
        with urllib.request.urlopen(address + "/healthz", timeout=10) as answer:
            health = answer.read().decode()
        with urllib.request.urlopen(address + "/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
    finally:
        fleet.close()
        sink.close()
    lasted = sink.times[mails - 1] - sink.times[0]
    results.add("alerts", f"an outbox of {mails} mails drains", "s", [lasted], "the server's own time",
                [pause * mails], 1.25, f"{1000 * pause:.0f} ms for each mail, over one connection")
    stretches = [line.rpartition(" ")[2] for line in health.splitlines() if line.startswith("longest stretch")]
    results.add("alerts", f"longest stretch of the loop while {mails} mails are written and sent", "ms",
                [float(stretches[1])], "limit", [20], 1, "")
    missed = sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines()
                 if line.startswith("apus_node_polls_missed_total"))
    results.add("alerts", "polls left out meanwhile", "", [missed], "all", [1], 0, "")
