"""Measure how fast Uptake is, as ratios within one run: ``python experiments/speed/run.py``.

Everything that is compared is measured in turns, round after round, and what is reported is the
median of the rounds' ratios, so that a machine that is busy for a while harms both sides alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from machine import about, reading_rate, stolen

import sim
from sim.case import Case, run_cases
from sim.engine.memory import memory_of, population_arrays
from sim.organisation import Organisation, load
from sim.randomness import replicate_seeds
from sim.sources import organisation_file

HERE = Path(__file__).resolve().parent
SCENARIO = "everything"
WEEKS = 52
MARK = "<!-- run.py --record writes what follows -->"
FIRST_COMPILE = """
from time import perf_counter
import sim
start = perf_counter()
sim.run("everything", organisation="small-firm", replicates=1, weeks=1)
print(perf_counter() - start)
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    first: tuple[int, int] = (500, 200)  # people, replicates
    large: tuple[int, int] = (100_000, 4)
    largest: tuple[int, int] = (1_000_000, 2)
    agents_weeks: int = 52
    rounds: int = 5


QUICK = Sizes((60, 8), (500, 2), (1000, 2), agents_weeks=2, rounds=1)


def organisation_of(n_people: int) -> Organisation:
    """Return the shipped firm's template with another number of people."""
    text = organisation_file("services-firm").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "firm.yaml"
        file.write_text(text.replace("n_people: 240", f"n_people: {n_people}"), "utf-8")
        made = load(file)
    assert made.n_people == n_people
    return made


def seconds(work: Callable[[], Any]) -> float:
    """Return how long ``work`` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def engine_rate(people: Organisation, replicates: int, threads: int | None = None) -> float:
    """Return person-weeks a second of the compiled engine, replicate and records made anew."""
    case = Case.of(sim.load_scenario(SCENARIO), people, WEEKS)
    seeds = replicate_seeds(0, replicates)
    spent = seconds(lambda: run_cases([case], seeds, threads=threads))
    return people.n_people * WEEKS * replicates / spent


def agents_rate(people: Organisation, weeks: int) -> float:
    """Return person-weeks a second of the same rules, agent by agent through Mesa."""
    model = sim.UptakeModel(SCENARIO, seed=1, organisation=people, engine="agents", weeks=weeks)
    assert len(model.agents) == people.n_people  # agents are made before the clock starts

    def live() -> None:
        while model.running and model.week < weeks:
            model.step()

    return people.n_people * weeks / seconds(live)


def bytes_a_person(people: Organisation) -> dict[str, float]:
    """Return bytes a person of one run beyond the ties: the run's state, and what runs share."""
    n = people.n_people
    memory, population = memory_of(n, people.n_teams), population_arrays(people)
    state = sum(array.nbytes for array in memory)
    shared = sum(
        array.nbytes
        for name, array in population._asdict().items()
        if not name.startswith("tie_") and not np.may_share_memory(array, people.people)
    )
    table = people.people.nbytes
    return {
        "state of a run": state / n,
        "shared by all runs": shared / n,
        "table of people": table / n,
        "in all": (state + shared + table) / n,
    }


@contextmanager
def fresh_cache() -> Iterator[dict[str, str]]:
    """Give an environment in which nothing has been compiled."""
    with tempfile.TemporaryDirectory() as folder:
        yield {**os.environ, "NUMBA_CACHE_DIR": folder}


def first_compile() -> float:
    """Return the seconds that the very first run takes longer than the second."""
    with fresh_cache() as environment:
        cold, warm = (
            float(
                subprocess.run(
                    [sys.executable, "-c", FIRST_COMPILE],
                    env=environment, capture_output=True, text=True, check=True,
                ).stdout
            )
            for _ in range(2)
        )  # fmt: skip
    return cold - warm


def command(*words: str) -> float:
    """Return the seconds of ``uptake`` with these words, from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [sys.executable, "-m", "sim", *words]
        return seconds(
            lambda: subprocess.run(arguments, cwd=folder, capture_output=True, check=True)
        )


def measure(sizes: Sizes, say: Callable[[str], None]) -> dict[str, Any]:
    """Return everything that is measured, with medians over the rounds."""
    say("making organisations")
    first, large, largest = (
        organisation_of(n) for n, _ in (sizes.first, sizes.large, sizes.largest)
    )
    engine_rate(first, 1)  # compiled, or read from the cache, before the clock starts
    works: dict[str, Callable[[], float]] = {
        "first": lambda: engine_rate(first, sizes.first[1]),
        "one thread": lambda: engine_rate(first, sizes.first[1], threads=1),
        "agents": lambda: agents_rate(first, sizes.agents_weeks),
        "large": lambda: engine_rate(large, sizes.large[1]),
        "largest": lambda: engine_rate(largest, sizes.largest[1]),
        "reading": lambda: reading_rate(first),
    }
    rounds: list[dict[str, float]] = []
    for index in range(sizes.rounds):
        say(f"round {index + 1} of {sizes.rounds}")
        rounds.append({name: work() for name, work in works.items()})
    rates = {name: median(one[name] for one in rounds) for name in works}

    def ratio(above: str, below: str) -> float:
        return median(one[above] / one[below] for one in rounds)

    say("first compile")
    compile_seconds = first_compile()
    say("commands")
    commands: dict[str, tuple[str, ...]] = {
        "uptake --help": ("--help",),
        "uptake compare": ("compare",),
        "uptake compare --out": ("compare", "--out", "results"),
    }
    for words in commands.values():
        command(*words)
    turns = [
        {name: command(*words) for name, words in commands.items()} for _ in range(sizes.rounds)
    ]
    return {
        "million person-weeks a second": {
            f"{sizes.first[0]:,} people, all processors": rates["first"] / 1e6,
            f"{sizes.first[0]:,} people, one thread": rates["one thread"] / 1e6,
            f"{sizes.first[0]:,} people, agent by agent through Mesa": rates["agents"] / 1e6,
            f"{sizes.large[0]:,} people, all processors": rates["large"] / 1e6,
            f"{sizes.largest[0]:,} people, all processors": rates["largest"] / 1e6,
            f"{sizes.first[0]:,} people, one thread, only reading a number of each neighbour": (
                rates["reading"] / 1e6
            ),
        },
        "times as fast": {
            "all processors, over agent by agent": ratio("first", "agents"),
            "one thread, over agent by agent": ratio("one thread", "agents"),
            "all processors, over one thread": ratio("first", "one thread"),
            "only reading a number of each neighbour, over one thread": (
                ratio("reading", "one thread")
            ),
            f"{sizes.first[0]:,} over {sizes.large[0]:,} people": ratio("first", "large"),
            f"{sizes.first[0]:,} over {sizes.largest[0]:,} people": ratio("first", "largest"),
        },
        "bytes a person beyond the ties": bytes_a_person(large),
        "seconds": {
            "first compile": compile_seconds,
            **{name: median(turn[name] for turn in turns) for name in commands},
        },
    }


def shown(value: object) -> str:
    """Return a figure with three digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def record(result: dict[str, Any]) -> None:
    """Write result.json, and the table of the README from it."""
    text = json.dumps(result)
    rounded = json.loads(text, parse_float=lambda number: float(f"{float(number):.4g}"))
    (HERE / "result.json").write_text(json.dumps(rounded, indent=1) + "\n", "utf-8")
    lines = ["| measured | |", "| --- | ---: |"]
    for group, figures in rounded.items():
        if group != "about" and isinstance(figures, dict):
            lines.append(f"| **{group}** | |")
            lines += [f"| {name} | {shown(value)} |" for name, value in figures.items()]
    where = ", ".join(f"{name} {value}" for name, value in rounded["about"].items())
    readme = HERE / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition(MARK)
    after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
    table = "\n".join([*lines, "", f"On: {where}.", ""])
    readme.write_text(f"{before}{mark}\n\n{table}{after}", "utf-8")


def main() -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=Sizes().rounds, help="rounds of each pair")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--record", action="store_true", help="write result.json and the README")
    options = parser.parse_args()
    sizes = QUICK if options.quick else Sizes(rounds=options.rounds)
    made = about("numba", "numpy", "mesa") | {"scenario": SCENARIO, "weeks": WEEKS}
    result: dict[str, Any] = {"about": made | {"rounds": sizes.rounds}}
    with stolen(result["about"]):
        result |= measure(sizes, lambda text: print(text, file=sys.stderr))
    for group, figures in result.items():
        print(f"\n{group}")
        for name, value in figures.items():
            print(f"  {name:50} {shown(value)}")
    if options.record:
        record(result)


if __name__ == "__main__":
    main()
