"""How long planning takes beside simulating. Run: python experiments/planning/speed.py.

``--record`` writes ``speed.json``; it wants a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

import sim.analysis.plan.evaluate as evaluate
from sim.analysis.plan import Planner, load_problem
from sim.posterior import posterior
from sim.runner import load_organisation

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "speed"))

from machine import about  # noqa: E402 - beside the other measurements of speed

RUNS = 8_000
SEEDS = (1, 2, 3)
"""Searches one after another, of which figures are means: one alone is off by hundredths."""

PROBLEMS = ("forty-weeks", "tight", "area")
WHOLE = "tight"
"""240 people, six measures in up to four waves."""


class Simulating:
    """Processor time that is spent in the engine."""

    def __init__(self) -> None:
        self.seconds, self.runs = 0.0, 0
        self._run: Callable[..., Any] = evaluate.run_cases
        evaluate.run_cases = self._timed  # type: ignore[assignment]

    def _timed(self, cases: Any, *rest: Any, **more: Any) -> Any:
        begun = process_time()
        found = self._run(cases, *rest, **more)
        self.seconds += process_time() - begun
        self.runs += len(cases) * len(cases[0].parameters)
        return found

    def taken(self) -> tuple[float, int]:
        """Return seconds and runs since this was last asked."""
        found = self.seconds, self.runs
        self.seconds, self.runs = 0.0, 0
        return found


def shares(name: str, engine: Simulating) -> dict[str, object]:
    """Measure a search, and its report, on one thread; in processor time, a mean of some."""
    problem = load_problem(HERE / f"{name}.yaml")
    people, rows = load_organisation(problem.organisation), posterior()
    Planner(problem, people, rows, 0, 400, threads=1).search()  # compiled, and read
    each = []
    for seed in SEEDS:
        gc.collect()  # what came before is not for this search to clear away
        engine.taken()
        begun = process_time()
        planner = Planner(problem, people, rows, seed, RUNS, threads=1)
        found = planner.search()
        search = process_time() - begun, *engine.taken()
        planner.evaluator.limit = None
        planner.reported(found)
        each.append((*search, process_time() - begun, *engine.taken()))
    searched, simulated, runs, whole, more, more_runs = np.mean(each, axis=0).tolist()
    runs, more_runs = round(runs), round(more_runs)
    return {
        "people": people.n_people,
        "searches": len(SEEDS),
        "runs_of_the_search": runs,
        "seconds_of_the_search": round(searched, 2),
        "of_these_simulating": round(simulated, 2),
        "times_its_simulation": round(searched / simulated, 2),
        "runs_in_all": runs + more_runs,
        "seconds_in_all": round(whole, 2),
        "of_all_simulating": round(simulated + more, 2),
        "all_times_its_simulation": round(whole / (simulated + more), 2),
    }


def whole() -> dict[str, object]:
    """Measure ``uptake plan`` as it is typed: at its defaults, everything written."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "plan", str(HERE / f"{WHOLE}.yaml")]
        used, begun = _children(), perf_counter()
        subprocess.run([*command, "--out", f"{folder}/plan"], check=True, capture_output=True)
        return {
            "seconds": round(perf_counter() - begun, 1),
            "processor_seconds": round(_children() - used, 1),
            "files": sum(1 for _ in Path(folder, "plan").iterdir()),
        }


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write speed.json")
    asked = parser.parse_args()
    result: dict[str, object] = {"machine": about("ortools"), WHOLE: whole()}
    engine = Simulating()
    result["shares"] = {name: shares(name, engine) for name in PROBLEMS}
    text = json.dumps(result, indent=1)
    print(text)
    if asked.record:
        (HERE / "speed.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
