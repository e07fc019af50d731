"""What a sweep costs, beside other ways to run many: ``python experiments/sweeps/run.py``.

Every way runs the same model, organisation, scenario and length, in a process of its own, and
in turns, round after round. What is reported is the median over the rounds; start-up is taken
out by running two sizes. ``--million`` measures the disk and memory of a million short runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from importlib import metadata
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import psutil

from sim.sources import organisation_file

HERE = Path(__file__).resolve().parent
MARK = "<!-- run.py --record writes what follows -->"
BARE = """
import sys
import numpy as np
from sim.analysis.sweep import load_study
from sim.analysis.sweep.run_list import parameter_sets
from sim.case import Case, Record, run_cases
from sim.randomness import replicate_seeds
study = load_study("study.yaml")
(people,), (scenario,) = study.organisations, study.scenarios
points = int(sys.argv[1]) // 10
rows = parameter_sets(scenario, study.uncertain(np.arange(points)), points)
case = Case.of(scenario, people, study.weeks, parameters=rows)
run_cases([case], replicate_seeds(0, 10), record=Record(drivers=False))
"""
MILLION = """\
name: A million runs
scenarios: training-first
organisation: small-firm
weeks: 4
uncertainties: {b_expect: , b_norm: , b_able: , b_0: }
design: {latin hypercube: 100000}
replicates: 10
"""
WAYS = {
    "the bare engine, two threads": (20, 2000),
    "uptake sweep, two processes": (20, 2000),
    "EMA workbench driving sim.run, two processes": (20, 200),
    "mesa.batch_run, agent by agent, two processes": (2, 6),
}
"""Ways to run many, and the two numbers of runs whose difference is measured."""


def command(way: str, runs: int, folder: Path) -> list[str]:
    """Return the command that runs this many one way."""
    if "sweep" in way:
        text = (HERE / "study.yaml").read_text("utf-8")
        small = text.replace("hypercube: 1000", f"hypercube: {max(1, runs // 10)}")
        (folder / "some.yaml").write_text(small, "utf-8")
        shutil.rmtree(folder / "out", ignore_errors=True)
        return [sys.executable, "-m", "sim", "sweep", "some.yaml", "--out", "out", "--workers", "2"]
    if "bare" in way:
        return [sys.executable, "-c", BARE, str(runs)]
    script = "by_ema.py" if "EMA" in way else "by_mesa.py"
    return [sys.executable, str(HERE / script), str(runs)]


class Watch(threading.Thread):
    """Adds up processor time and memory of a process and all it starts."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root, self.seconds, self.memory = psutil.Process(pid), {}, 0

    def run(self) -> None:
        while True:
            total = 0
            try:
                for process in (self.root, *self.root.children(recursive=True)):
                    times = process.cpu_times()
                    self.seconds[process.pid] = times.user + times.system
                    total += process.memory_info().rss
            except psutil.Error:
                if not self.root.is_running() or self.root.status() == psutil.STATUS_ZOMBIE:
                    return
            self.memory = max(self.memory, total)
            sleep(0.02)


def measured(words: list[str], folder: Path) -> tuple[float, float, int]:
    """Return seconds, processor seconds and the most memory of a command."""
    start = perf_counter()
    process = subprocess.Popen(
        words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    watch = Watch(process.pid)
    watch.start()
    _, said = process.communicate()
    spent = perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{words}: {said}")
    return spent, sum(watch.seconds.values()), watch.memory


def firm(folder: Path) -> None:
    """Write the shipped firm's template with 500 people."""
    text = organisation_file("services-firm").read_text("utf-8")
    (folder / "firm.yaml").write_text(text.replace("n_people: 240", "n_people: 500"), "utf-8")
    shutil.copy(HERE / "study.yaml", folder)


def lines(way: str) -> int:
    """Return how many lines the user writes."""
    file = {"sweep": "study.yaml", "EMA": "by_ema.py", "mesa": "by_mesa.py"}
    name = next((file[key] for key in file if key in way), None)
    text = BARE if name is None else (HERE / name).read_text("utf-8")
    return sum(1 for line in map(str.strip, text.splitlines()) if line and line[0] != "#")


def rate(runs: int, seconds: float) -> float:
    """Return runs a second; NaN where starting up took longer the one time than all the other."""
    return runs / seconds if seconds > 0.05 else float("nan")


def measure(rounds: int, quick: bool) -> dict[str, Any]:
    """Return everything that is measured."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        firm(folder)
        for turn in range(rounds):
            for way, (few, many) in WAYS.items():
                print(f"round {turn + 1} of {rounds}: {way}", file=sys.stderr)
                if quick:
                    few, many = (1, 2) if "mesa" in way else (20, 100)
                first = measured(command(way, few, folder), folder)
                second = measured(command(way, many, folder), folder)
                more = many - few
                found[way].append(
                    {
                        "runs a second": rate(more, second[0] - first[0]),
                        "runs a processor second": rate(more, second[1] - first[1]),
                        "MiB at most": second[2] / 2**20,
                        "seconds to start": first[0],
                    }
                )
        ratio = [
            sweep["runs a processor second"] / bare["runs a processor second"]
            for bare, sweep in zip(found[next(iter(WAYS))], found[list(WAYS)[1]], strict=True)
        ]
        wall = [
            sweep["runs a second"] / bare["runs a second"]
            for bare, sweep in zip(found[next(iter(WAYS))], found[list(WAYS)[1]], strict=True)
        ]
    result: dict[str, Any] = {
        way: {key: median(one[key] for one in rows) for key in rows[0]} | {"lines": lines(way)}
        for way, rows in found.items()
    }
    return {
        "ways": result,
        "sweep over the bare engine": {
            "in runs a second": median(wall),
            "in runs a processor second": median(ratio),
        },
    }


def ten_thousand() -> dict[str, float]:
    """Return the seconds of 10,000 runs of 500 people and 52 weeks, with and without start-up."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        firm(folder)
        start = measured(command("uptake sweep", 20, folder), folder)
        whole = measured(command("uptake sweep", 10_000, folder), folder)
    return {
        "seconds": whole[0],
        "seconds beyond start-up": whole[0] - start[0],
        "processor seconds": whole[1],
    }


def million() -> dict[str, float]:
    """Return disk and memory of a million short runs with every default outcome."""
    read = "import sys, sim; print(sim.Study('out').frame().shape)"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "study.yaml").write_text(MILLION, "utf-8")
        words = [
            sys.executable,
            "-m",
            "sim",
            "sweep",
            "study.yaml",
            "--out",
            "out",
            "--workers",
            "1",
        ]
        seconds, _, memory = measured(words, folder)
        size = sum(file.stat().st_size for file in (folder / "out").rglob("*") if file.is_file())
        _, _, frame = measured([sys.executable, "-c", read], folder)
    return {
        "seconds": seconds,
        "MiB of disk": size / 2**20,
        "MiB of memory, sweeping": memory / 2**20,
        "MiB of memory, .frame()": frame / 2**20,
    }


def about() -> dict[str, Any]:
    """Return what the figures were measured on."""
    names = ("numba", "numpy", "mesa", "ema-workbench", "pyarrow")
    return {
        "processors": os.cpu_count(),
        "load before": os.getloadavg()[0],
        "machine": platform.machine(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names},
    }


def shown(value: Any) -> str:
    """Return a figure with three digits."""
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def text(result: dict[str, Any]) -> str:
    """Return the result as Markdown."""
    ways = result["ways"]
    columns = list(next(iter(ways.values())))
    rows = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for way, figures in ways.items():
        rows.append(f"| {way} | " + " | ".join(shown(figures[key]) for key in columns) + " |")
    for group, figures in result.items():
        if group not in ("ways", "about"):
            rows += ["", f"| {group} | |", "| --- | ---: |"]
            rows += [f"| {name} | {shown(value)} |" for name, value in figures.items()]
    where = ", ".join(f"{name} {shown(value)}" for name, value in result["about"].items())
    return "\n".join([*rows, "", f"On: {where}."])


def main() -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--million", action="store_true", help="also a million runs")
    parser.add_argument("--record", action="store_true", help="write result.json and the README")
    options = parser.parse_args()
    result: dict[str, Any] = {"about": about()}
    result |= measure(1 if options.quick else options.rounds, options.quick)
    if not options.quick:
        result["10,000 runs of 500 people and 52 weeks"] = ten_thousand()
    if options.million:
        result["1,000,000 runs of 60 people and 4 weeks"] = million()
    print(text(result))
    if options.record:
        (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        readme = HERE / "README.md"
        before, mark, _ = readme.read_text("utf-8").partition(MARK)
        readme.write_text(f"{before}{mark}\n\n{text(result)}\n", "utf-8")


if __name__ == "__main__":
    main()
