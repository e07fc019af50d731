"""Commands against a commit before: ``python experiments/speed/starts.py``.

The commit is cloned into a scratch folder. Each command is carried out by both, in turns, in
processes of their own with everything compiled; whoever goes first changes. What counts is
processor time, which what others do on the machine meanwhile moves little.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import psutil
from machine import about, stolen
from ratios import cloned, recorded
from websockets.sync.client import connect

HERE = Path(__file__).resolve().parent
RESULT = HERE / "starts.json"
MARK, END = "<!-- starts.py --record writes what follows -->", "<!-- end of starts -->"
BEFORE = "d85239cb61d3b01eab96e12cffa42ebf86c1db98"
ROUNDS = 9
SERVE = ("-m", "sim", "serve", "--no-browser", "--port", "0")
PAGE, CURVE = (
    "uptake serve, until the page is there",
    "uptake serve, until the first curves are there",
)
WORDS: dict[str, tuple[str, ...]] = {
    "uptake --help": ("-m", "sim", "--help"),
    "uptake compare --help": ("-m", "sim", "compare", "--help"),
    "uptake interventions": ("-m", "sim", "interventions"),
    "uptake parameters": ("-m", "sim", "parameters"),
    "uptake schema": ("-m", "sim", "schema"),
    "uptake validate training-first": ("-m", "sim", "validate", "training-first"),
    "uptake describe services-firm": ("-m", "sim", "describe", "services-firm"),
    "uptake run training-first": ("-m", "sim", "run", "training-first"),
    "uptake compare": ("-m", "sim", "compare"),
    "uptake report": ("-m", "sim", "report", "--out", "report.html"),
    "import sim; sim.compare": ("-c", "import sim; sim.compare"),
    "sim.load_scenario": ("-c", "import sim; sim.load_scenario('training-first')"),
    PAGE: SERVE,
    CURVE: SERVE,
}
"""What is measured, and the words after ``python``."""


def seconds(name: str, tree: Path) -> float:
    """Return the processor time of a command as a tree has it."""
    words = [sys.executable, *WORDS[name]]
    surroundings = os.environ | {"PYTHONPATH": str(tree)}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # it would compile at every start
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        words, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if name in (PAGE, CURVE):
            try:
                return _served(process, curve=name == CURVE)
            finally:
                process.terminate()
        for _ in process.stdout:
            pass
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, name
        return used.ru_utime + used.ru_stime


def _served(process: subprocess.Popen[str], *, curve: bool) -> float:
    """Return the processor time of a server when the page, or the first answer, has come."""
    assert process.stdout is not None
    found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))
    with urllib.request.urlopen(found[0]) as answer:
        answer.read()
    if curve:
        page = urlsplit(found[0])
        live = page._replace(scheme="ws", path="/live").geturl()
        with connect(live, origin=f"http://{page.netloc}", max_size=None) as socket:
            for number, kind in enumerate(("hello", "open")):
                socket.send(json.dumps({"id": number, "type": kind}))
            for _ in range(2):
                socket.recv()
    return sum(psutil.Process(process.pid).cpu_times()[:4])


def compare(before: Path, now: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return medians of both in seconds, and the median of the pairs' ratios, by name."""
    found: dict[str, dict[str, float]] = {}
    for name in WORDS:
        pairs = []
        for turn in range(-1, rounds):  # the first compiles, and is not counted
            order = (before, now) if turn % 2 else (now, before)
            took = {tree: seconds(name, tree) for tree in order}
            pairs.append((took[before], took[now]))
        old, new = zip(*pairs[1:], strict=True)
        ratio = median(b / a for a, b in pairs[1:])
        found[name] = {"before, s": median(old), "now, s": median(new), "now over before": ratio}
        print(name, *(f"{value:.3f}" for value in found[name].values()), file=sys.stderr)
    return found


def table(result: dict[str, Any]) -> str:
    """Return the record as a table."""
    lines = ["| processor time | before, s | now, s | now over before |",
             "| --- | ---: | ---: | ---: |"]  # fmt: skip
    for name, figures in result["commands"].items():
        lines.append(f"| {name} | " + " | ".join(f"{x:.2f}" for x in figures.values()) + " |")
    where = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    return "\n".join([*lines, "", f"On: {where}."])


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", default=BEFORE, help="what to compare with")
    parser.add_argument("--tree", type=Path, help="a checkout of it, rather than a clone")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of pairs")
    parser.add_argument("--record", action="store_true", help="write starts.json and the README")
    said = parser.parse_args()
    result: dict[str, Any] = {"about": about("numba", "numpy") | {"against": said.commit[:7]}}
    with ExitStack() as open_ones, stolen(result["about"]):
        tree = said.tree or open_ones.enter_context(cloned(said.commit))
        result["commands"] = compare(tree, HERE.parents[1], said.rounds)
    print(table(result))
    if said.record:
        recorded(result, RESULT, table, MARK, END)


if __name__ == "__main__":
    main()
