"""What munin's datafile costs: a cycle after which `datafile` and `datafile.storable` are written, against one without."""

import os
import shutil

from .collector import FIELDS, SERVICES, Contender


def measure(bench, results, scratch):
    if not bench.program("apus-collector"):
        return
    for nodes in bench.nodes:
        folder = f"{scratch}/datafile-{nodes}"
        os.makedirs(folder)
        contender = Contender("apus", bench, folder, nodes, bench.rounds)
        try:
            contender.write_conf()
            with open(f"{contender.folder}/munin.conf", "r+") as file:
                text = file.read()
                file.seek(0)
                file.write(f"datafile yes\n{text}")
            bench.say(f"datafile, {nodes} nodes: files and a first cycle")
            contender.run(keep=False)
            samples = {"written": [], "kept": []}
            for number in range(bench.rounds):
                bench.say(f"datafile, {nodes} nodes: round {number + 1} of {bench.rounds}")
                for what in ("written", "kept") if number % 2 else ("kept", "written"):
                    if what == "written":
                        # One that is missing is written whatever has changed.
                        os.remove(f"{contender.db}/datafile")
                    contender.samples["cpu"].clear()
                    contender.run()
                    samples[what] += contender.samples["cpu"]
            size = sum(os.path.getsize(f"{contender.db}/datafile{end}") for end in ("", ".storable"))
            series = nodes * SERVICES * FIELDS
            results.add(
                "datafile", f"CPU of a cycle over {nodes} nodes that writes it", "ms", samples["written"],
                "one without", samples["kept"], None, f"{size / 1e6:.1f} MB of both, {size / series:.0f} bytes a series",
            )
        finally:
            contender.server.stop()
            shutil.rmtree(folder, ignore_errors=True)
