"""The results: rows with ratio and aim, as one aligned table and as JSON lines."""

import json
import os
import platform
import statistics
import time


class Results:
    def __init__(self):
        self.rows = []

    def add(self, section, what, unit, ours, peer, theirs, aim=None, note=""):
        """Compares two lists of samples; `ours` is empty while our program does not exist.

        `aim` is the greatest ratio ours / theirs that is good enough.
        """
        mine = statistics.median(ours) if ours else None
        other = statistics.median(theirs)
        ratio = mine / other if ours and other > 0 else None
        self.rows.append({
            "section": section, "what": what, "unit": unit, "ours": mine, "peer": peer,
            "theirs": other, "ratio": ratio, "aim": aim,
            "met": ratio <= aim if ratio is not None and aim is not None else None,
            "note": note, "samples_ours": ours, "samples_theirs": theirs,
        })

    def write(self, path, settings):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "w") as file:
            file.write(json.dumps({
                "time": int(time.time()), "kernel": platform.release(), "cpus": os.cpu_count(),
                "machine": platform.machine(), **settings,
            }) + "\n")
            for row in self.rows:
                file.write(json.dumps(row) + "\n")

    def text(self):
        lines = [("what", "ours", "peer", "theirs", "ratio", "aim", "met", "note")]
        for row in self.rows:
            lines.append((
                f"{row['what']}, {row['unit']}", number(row["ours"]), row["peer"],
                number(row["theirs"]), proportion(row["ratio"]), aim(row["aim"]),
                {True: "yes", False: "NO", None: "-"}[row["met"]], row["note"],
            ))
        widths = [max(len(line[i]) for line in lines) for i in range(8)]
        right = {1, 3, 4}
        return "\n".join(
            "  ".join(
                cell.rjust(width) if i in right else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(line, widths))
            ).rstrip()
            for line in lines
        )


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def proportion(ratio):
    if ratio is None:
        return "-"
    return f"{ratio:.2f} x" if ratio >= 0.5 else f"1/{1 / ratio:.0f}" if ratio > 0 else "0"


def aim(limit):
    if limit is None:
        return "-"
    if limit == 0:
        return "none"
    return f"<= {limit:g} x" if limit >= 1 else f"<= 1/{1 / limit:.0f}"
