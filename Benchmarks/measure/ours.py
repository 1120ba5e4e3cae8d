"""Starting apus-node and the floor beside it, and asking both by hand."""

import os
import pwd
import socket
import ssl

from .processes import BenchError, Server

# Those whose cost does not depend on the number of processes, in munin's own names.
SERVICES = [
    "cpu", "load", "memory", "swap", "uptime", "interrupts", "forks", "entropy", "open_files",
    "open_inodes", "if_lo", "df",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def apus_node(bench, folder, services, program=None, plugins=(), extra="", settings="", **options):
    """Our node with these built-in services and no others, whatever else the machine has to show.

    `plugins` are paths of scripts to offer besides, `settings` sections of plugin-conf.d. Returns nothing
    when there is no such program.
    """
    program = program or bench.program("apus-node")
    if not program:
        return None
    port = free_port()
    for part in ("services", "plugin-conf.d"):
        os.makedirs(f"{folder}/{part}")
    for name in services:
        os.symlink(os.path.realpath(program), f"{folder}/services/{name}")
    for path in plugins:
        os.symlink(path, f"{folder}/services/{os.path.basename(path)}")
    if plugins:
        with open(f"{folder}/plugin-conf.d/user", "w") as file:
            file.write(f"[*]\nuser {pwd.getpwuid(os.getuid()).pw_name}\n")
    if settings:
        with open(f"{folder}/plugin-conf.d/settings", "w") as file:
            file.write(settings)
    config = f"{folder}/munin-node.conf"
    with open(config, "w") as file:
        file.write(
            f"host 127.0.0.1\nport {port}\nhost_name apus.example\nallow ^127\\.0\\.0\\.1$\n"
            f"log_file {folder}/apus-node.log\n{extra}"
        )
    command = [
        program, "--config", config, "--servicedir", f"{folder}/services",
        "--sconfdir", f"{folder}/plugin-conf.d",
    ]
    return Server(command, f"{folder}/apus-node.errors", port, **options)


def floor(bench, folder, recorded, services, words="reads"):
    """The C program that does the same `reads`, or answers from `memory`."""
    return Server(
        [bench.tool("node-floor"), "floor.example", recorded, words, *services],
        f"{folder}/node-floor-{words}.errors",
    )


class Dialogue:
    """One conversation by hand, kept open until closed; with `tls` under STARTTLS, believing any certificate."""

    def __init__(self, port, announce=True, tls=False):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        if tls:
            self.expect(b"# munin node at ")
            self.socket.sendall(b"STARTTLS\n")
            self.expect(b"TLS OK")
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.lines = self.socket.makefile("r", encoding="utf-8", newline="\n")
        if not tls:
            self.lines.readline()
        if announce:
            self.socket.sendall(b"cap multigraph dirtyconfig\n")
            self.lines.readline()

    def expect(self, text):
        """Reads one line and no byte beyond it."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise BenchError(f"the node hung up, expected {text!r}")
            line += byte
        if not line.startswith(text):
            raise BenchError(f"the node says {line!r}, expected {text!r}")

    def ask(self, question, service):
        """A whole answer with its closing dot."""
        self.socket.sendall(f"{question} {service}\n".encode())
        answer = []
        while not answer or answer[-1] != ".\n":
            line = self.lines.readline()
            if not line:
                raise BenchError(f"{question} {service}: the node hung up")
            if line.startswith("#"):
                raise BenchError(f"{question} {service}: the node says '{line.strip()}'")
            answer.append(line)
        return "".join(answer)

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def record(port, folder, services):
    """Writes a node's answers where node-floor finds them."""
    os.makedirs(folder)
    with Dialogue(port) as dialogue:
        for service in services:
            for question in ("config", "fetch"):
                with open(f"{folder}/{service}.{question}", "w") as file:
                    file.write(dialogue.ask(question, service))
    return folder


def check_floor(node, other, services):
    """The floor is one only while it gives our node's answers: equal configs, and in a fetch equal lines,
    with numbers that lie between those our node gave before and after, or near them where they jump.
    """
    with Dialogue(node) as ours, Dialogue(other) as theirs:
        for service in services:
            if ours.ask("config", service) != theirs.ask("config", service):
                raise BenchError(f"node-floor: another config of {service} than apus-node's")
            for attempt in (3, 2, 1):  # on a busy machine a number may jump; a wrong one is always wrong
                answers = [side.ask("fetch", service) for side in (ours, theirs, ours)]
                fault = difference(service, *[values(service, answer) for answer in answers])
                if not fault:
                    break
                if attempt == 1:
                    raise BenchError(f"node-floor: {service} {fault}")


def values(service, answer):
    pairs = [line.split(".value ") for line in answer.splitlines()[:-1]]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise BenchError(f"{service}: expected lines of FIELD.value NUMBER, found {answer!r}")
    return [(field, float(value)) for field, value in pairs]


# How far a number may move both ways in between, in its own unit and beside 2 %.
SLACK = {"memory": 64e6, "if_lo": 1e6, "load": 0.5, "uptime": 0.02, "df": 0.01}


def difference(service, before, found, after):
    """What is wrong with the floor's values, or nothing."""
    names = [[field for field, _ in pairs] for pairs in (before, found, after)]
    if not names[0] == names[1] == names[2]:
        return f"has the fields {names[1]}, apus-node {names[0]}"
    for (field, least), (_, value), (_, most) in zip(before, found, after):
        least, most = min(least, most), max(least, most)
        slack = (0.001 if service == "df" else 0.02) * most + SLACK.get(service, 20)
        if not least - slack <= value <= most + slack:
            return f"{field} is {value}, apus-node says {least} to {most}"
    return None
