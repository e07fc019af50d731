"""Where a week's time goes: nanoseconds a person, step by step, and what merely reading takes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
from machine import about, reading_rate, stolen

import sim
from run import HERE, SCENARIO, organisation_of, shown
from sim.case import Case
from sim.engine import rows as at
from sim.engine.act import act
from sim.engine.block import choose, compute_barriers, experience
from sim.engine.compiled import run_cases
from sim.engine.compiling import entry_point
from sim.engine.initialise import begin_run
from sim.engine.recording import add_people, classify, write_means
from sim.engine.week import draw, lead, listen, publish, pull, see_teams
from sim.outcomes import OUTCOMES
from sim.randomness import replicate_seeds
from sim.theories import MAX_SETTINGS

PEOPLE, WEEKS, AFTER = 500, 52, 20
MARK = "<!-- steps.py --record writes what follows -->"
RESULT = Path(HERE) / "steps.json"
WHOLE = ("a week in all", "merely reading a number of each neighbour")
"""What is no part of a week."""

_GAINS, _RATES = (0.1, 0.2, 0.3, 0.4, 0.5), (0.01, 0.1, 0.1)
_KEY = np.uint64(5)
_NOW, _CODES = ((0.1, 3.0, _KEY), (0.1, 3.0, _KEY)), (0, 0)
_OWN = ((0.0,) * MAX_SETTINGS, (0.0,) * MAX_SETTINGS)


@entry_point
def _listen(times: int, population: Any, memory: Any) -> None:
    n = len(population.team)
    for _ in range(times):
        for b in range(len(memory.narrow)):
            listen(
                memory.block, population.tie_start, population.tie_target, population.tie_weight,
                population.tie_flags, population.manager, memory.wide[b], memory.narrow,
                memory.visible[0], b * at.BLOCK, min(at.BLOCK, n - b * at.BLOCK), 0.5,
            )  # fmt: skip


@entry_point
def _draw(times: int, population: Any, memory: Any) -> None:
    n = len(population.team)
    for _ in range(times):
        for b in range(len(memory.narrow)):
            draw(
                memory.block, population.key, population.team, population.team_start,
                memory.small[b], memory.climate, memory.pull, memory.seen, b * at.BLOCK,
                min(at.BLOCK, n - b * at.BLOCK), _KEY, _KEY,
            )  # fmt: skip


@entry_point
def _choose(times: int, population: Any, memory: Any, p: Any) -> None:
    for _ in range(times):
        for b in range(len(memory.narrow)):
            choose(
                memory.block, memory.wide[b], memory.narrow[b], memory.small[b],
                population.values[b], population.task[b], p,
                population.key[b * at.BLOCK : (b + 1) * at.BLOCK], 0.5, _RATES, _NOW, _CODES, _OWN,
            )  # fmt: skip


@entry_point
def _compute_barriers(times: int, population: Any, memory: Any, p: Any) -> None:
    for _ in range(times):
        for b in range(len(memory.narrow)):
            compute_barriers(
                memory.block, memory.wide[b], memory.narrow[b], population.values[b],
                population.task[b], p, population.key[b * at.BLOCK : (b + 1) * at.BLOCK],
                _NOW[1], _CODES[1], _OWN[1],
            )  # fmt: skip


@entry_point
def _experience(times: int, memory: Any, p: Any) -> None:
    for _ in range(times):
        for b in range(len(memory.narrow)):
            experience(
                memory.block, memory.wide[b], memory.narrow[b], memory.small[b], p, _GAINS, 0.5
            )


@entry_point
def _publish(times: int, population: Any, memory: Any, p: Any) -> None:
    n = len(population.team)
    for _ in range(times):
        for b in range(len(memory.narrow)):
            publish(
                memory.block, memory.narrow[b], memory.small[b], memory.history[b],
                memory.visible[1], population.key, population.team,
                population.team_start, memory.present, population.standing, p, _KEY,
                b * at.BLOCK, min(at.BLOCK, n - b * at.BLOCK), 0,
            )  # fmt: skip


@entry_point
def _record(times: int, population: Any, memory: Any, p: Any, means: Any) -> None:
    n = len(population.team)
    for _ in range(times):
        for b in range(len(memory.narrow)):
            classify(
                memory.marks, memory.block, memory.wide[b], memory.narrow[b], memory.small[b],
                memory.history[b], p, 30,
            )  # fmt: skip
            add_people(
                memory.lanes[0], memory.block, memory.wide[b], memory.narrow[b], memory.marks,
                min(at.BLOCK, n - b * at.BLOCK),
            )  # fmt: skip
        write_means(means, memory.lanes, n)


@entry_point
def _groups(times: int, population: Any, memory: Any, p: Any) -> None:
    for _ in range(times):
        lead(
            population.managers, population.team_manager, memory.narrow, memory.history,
            memory.climate, memory.usual_climate, memory.ritual, memory.punished, p,
        )  # fmt: skip
        pull(population, memory, p, _KEY, 3, 0.0)
        see_teams(memory.seen, memory.present, population.team_size)


@entry_point
def _act(times: int, population: Any, effect_table: Any, memory: Any, p: Any, weeks: int) -> None:
    for t in range(times):
        act(
            population, effect_table.effects, effect_table.audience_start,
            effect_table.audience_member, memory, memory.visible[0], p, _KEY, 1 + t % weeks, True,
        )  # fmt: skip


@entry_point
def _begin(times: int, population: Any, effect_table: Any, memory: Any, p: Any) -> None:
    for _ in range(times):
        begin_run(population, memory, effect_table.effects, p, _KEY, 0, False)


def steps(people: Any, weeks: int) -> dict[str, tuple[Callable[[int], None], int]]:
    """Return each step, and how many times a run of this many weeks takes it."""
    model = sim.UptakeModel(SCENARIO, seed=1, organisation=people, weeks=weeks)
    for _ in range(min(AFTER, weeks)):
        model.step()
    population, memory, effect_table = model.population, model.memory, model.effect_table
    p = model._case.parameters[0]
    means = np.zeros(len(OUTCOMES))
    return {
        "reading neighbours and managers": (lambda n: _listen(n, population, memory), weeks),
        "chance, flags, what teams share": (lambda n: _draw(n, population, memory), weeks),
        "influence, taking up, choice": (lambda n: _choose(n, population, memory, p), weeks),
        "experience, habit, forgetting": (lambda n: _experience(n, memory, p), weeks),
        "writing down what others perceive": (lambda n: _publish(n, population, memory, p), weeks),
        "segments and means": (lambda n: _record(n, population, memory, p, means), weeks),
        "the timeline": (lambda n: _act(n, population, effect_table, memory, p, weeks), weeks),
        "managers and teams": (lambda n: _groups(n, population, memory, p), weeks),
        "drivers": (lambda n: _compute_barriers(n, population, memory, p), 4),
        "the start": (lambda n: _begin(n, population, effect_table, memory, p), 1),
    }


def whole_run(case: Case, people: Any, weeks: int, times: int) -> None:
    """Live whole runs in one thread."""
    run_cases([case], replicate_seeds(0, times), weeks=weeks, threads=1)


def fastest(work: Callable[[int], Any], times: int, rounds: int) -> float:
    """Return the processor time of one of this many times, in the quickest round."""
    work(1)
    found = []
    for _ in range(rounds):
        start = thread_time()
        work(times)
        found.append((thread_time() - start) / times)
    return min(found)


def measure(n_people: int, weeks: int, times: int, rounds: int) -> dict[str, float]:
    """Return nanoseconds a person and week of each step, of the whole, and of reading."""
    people = organisation_of(n_people)
    shares = {
        name: fastest(work, times, rounds) * often / weeks
        for name, (work, often) in steps(people, weeks).items()
    }
    case = Case.of(sim.load_scenario(SCENARIO), people, weeks)  # read before the clock starts
    whole = fastest(partial(whole_run, case, people, weeks), max(times // 10, 1), rounds) / weeks
    shares["calls, and waiting for memory between steps"] = whole - sum(shares.values())
    reading = n_people / max(reading_rate(people, weeks=times) for _ in range(10 * rounds))
    shares |= dict(zip(WHOLE, (whole, reading), strict=True))
    return {name: value / n_people * 1e9 for name, value in shares.items()}


def table(result: dict[str, Any]) -> str:
    """Return the record as a table."""
    figures: dict[str, float] = result["nanoseconds a person and week"]
    where = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    lines = ["| nanoseconds a person and week | |", "| --- | ---: |"]
    lines += [f"| {name} | {shown(value)} |" for name, value in figures.items()]
    return "\n".join([*lines, "", f"On: {where}."])


def main() -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="write steps.json and the README")
    options = parser.parse_args()
    result: dict[str, Any] = {
        "about": about("numba", "numpy")
        | {"scenario": SCENARIO, "people": options.people, "weeks": WEEKS, "threads": 1}
    }
    times = max(1, 400_000 // options.people)
    with stolen(result["about"]):
        found = measure(options.people, WEEKS, times, options.rounds)
    result["nanoseconds a person and week"] = {
        name: float(f"{value:.3g}") for name, value in found.items()
    }
    print(table(result))
    if options.record:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        readme = Path(HERE) / "README.md"
        before, mark, after = readme.read_text("utf-8").partition(MARK)
        _, end, after = after.partition("<!-- end of steps -->")
        readme.write_text(f"{before}{mark}\n\n{table(result)}\n\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
