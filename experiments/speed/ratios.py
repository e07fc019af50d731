"""How many times as fast as a commit before: ``python experiments/speed/ratios.py``.

The commit is cloned into a scratch folder. Both run the same scenario in processes of their own, in
turns, round after round, each with its own ``run.engine_rate``; whoever goes first changes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from machine import about, stolen

HERE = Path(__file__).resolve().parent
RESULT = HERE / "ratios.json"
MARK, END = "<!-- ratios.py --record writes what follows -->", "<!-- end of ratios -->"
BEFORE = "83adbef8e4ed755bbb1a8eead79168d924a588e3"
ASKED = {500: 1.7, 100_000: 1.4, 1_000_000: 1.2}
"""People, and how many times as fast the engine is asked to be with so many."""
REPLICATES = {500: 200, 100_000: 2, 1_000_000: 1}
ROUNDS = {500: 15, 100_000: 5, 1_000_000: 3}
WORKER = """
import json, sys
from time import perf_counter, process_time
import run

def seconds(work):
    start = perf_counter(), process_time()
    work()
    found.append((perf_counter() - start[0], process_time() - start[1]))
    return found[-1][0]

run.seconds, found, people = seconds, [], {}
for line in sys.stdin:
    n, replicates, threads = json.loads(line)
    if n not in people:
        people = {n: run.organisation_of(n)}
        run.engine_rate(people[n], 1, threads=1)
    run.engine_rate(people[n], replicates, threads=threads)
    print(json.dumps(found[-1]), flush=True)
"""
KINDS = ("elapsed, one thread", "processor, one thread", "elapsed, all processors")


class Worker:
    """A process that runs the engine of one tree."""

    def __init__(self, tree: Path) -> None:
        paths = os.pathsep.join((str(tree), str(tree / "experiments" / "speed")))
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=tree, env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def seconds(self, people: int, replicates: int, threads: int | None) -> tuple[float, float]:
        """Return the elapsed and the processor time of so many runs of 52 weeks."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([people, replicates, threads]) + "\n")
        self.process.stdin.flush()
        elapsed, processor = json.loads(self.process.stdout.readline())
        return float(elapsed), float(processor)

    def end(self) -> None:
        """Close the process's door, and wait for it to leave."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def cloned(commit: str) -> Iterator[Path]:
    """Give a scratch clone of the repository at a commit."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "before")
        root = HERE.parents[1]
        subprocess.run(["git", "clone", "-q", "--no-checkout", str(root), str(tree)], check=True)
        subprocess.run(["git", "checkout", "-q", commit], cwd=tree, check=True)
        yield tree


def compare(
    before: Worker, now: Worker, people: int, replicates: int, rounds: int
) -> dict[str, dict[str, float]]:
    """Return, for each kind of time, how many times as fast: by the least times, and the median."""
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for turn in range(rounds):
        took = {}
        for worker in (before, now) if turn % 2 else (now, before):
            one = worker.seconds(people, replicates, 1)
            took[worker] = (*one, worker.seconds(people, replicates, None)[0])
        for k, kind in enumerate(KINDS):
            found[kind].append((took[before][k], took[now][k]))
    return {
        kind: {
            "least": min(old for old, _ in pairs) / min(new for _, new in pairs),
            "median": median(old / new for old, new in pairs),
        }
        for kind, pairs in found.items()
    }


def table(result: dict[str, Any]) -> str:
    """Return the record as a table."""
    lines = [
        "| people | asked | " + " | ".join(KINDS) + " |", "| ---: | ---: |" + " ---: |" * len(KINDS)
    ]  # fmt: skip
    for people, figures in result["times as fast"].items():
        cells = [f"{one['least']:.2f} ({one['median']:.2f})" for one in figures.values()]
        asked = ASKED.get(int(people), "")
        lines.append(f"| {int(people):,} | {asked} | " + " | ".join(cells) + " |")
    where = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    return "\n".join([*lines, "", f"On: {where}."])


def recorded(
    result: dict[str, Any], file: Path, table: Callable[[Any], str], mark: str, end: str
) -> None:
    """Write a result to a file, and its table between two marks of the README."""
    rounded = json.loads(json.dumps(result), parse_float=lambda x: round(float(x), 3))
    file.write_text(json.dumps(rounded, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    head, mark, rest = readme.read_text("utf-8").partition(mark)
    readme.write_text(f"{head}{mark}\n\n{table(rounded)}\n\n{end}{rest.partition(end)[2]}", "utf-8")


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", default=BEFORE, help="what to compare with")
    parser.add_argument("--tree", type=Path, help="a checkout of it, rather than a clone")
    parser.add_argument("--people", type=int, action="append", help="only so many people")
    parser.add_argument("--rounds", type=int, help="rounds of pairs")
    parser.add_argument("--record", action="store_true", help="write ratios.json and the README")
    said = parser.parse_args()
    result: dict[str, Any] = {"about": about("numba", "numpy") | {"against": said.commit[:7]}}
    with ExitStack() as open_ones, stolen(result["about"]):
        tree = said.tree or open_ones.enter_context(cloned(said.commit))
        before, now = Worker(tree), Worker(HERE.parents[1])
        try:
            result["times as fast"] = {
                str(n): compare(before, now, n, REPLICATES.get(n, 1), said.rounds or ROUNDS[n])
                for n in said.people or ASKED
            }
        finally:
            before.end()
            now.end()
    print(table(result))
    if said.record:
        recorded(result, RESULT, table, MARK, END)


if __name__ == "__main__":
    main()
