"""Does the search find what enumeration finds? Run: python experiments/planning/run.py [--quick].

For each problem every plan is lived in many worlds, which gives the true ranking but for
little noise; then 20 searches, each with worlds of its own, get at most a tenth of the runs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import process_time

import numpy as np

from sim.analysis.plan import load_problem
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout
from sim.analysis.plan.search import search
from sim.analysis.plan.space import Space
from sim.analysis.plan.worlds import Worlds
from sim.posterior import POSTERIOR_FILE, posterior
from sim.results.manifest import file_hash
from sim.results.statistics import paired_difference
from sim.runner import load_organisation

HERE = Path(__file__).resolve().parent
FIRST_SEED = 100
"""Searches have seeds from here on: the first hundred were looked at while it was made."""

PROBLEMS = {"orders": "small-firm", "waves": None, "doses": None}


def examine(name: str, organisation: str | None, worlds: int, searches: int) -> dict[str, object]:
    problem = load_problem(HERE / f"{name}.yaml")
    people = load_organisation(organisation or problem.organisation)
    space = Space(Layout(problem, people))
    plans = space.plans(100_000)
    assert plans is not None

    def evaluator(seed: int) -> Evaluator:
        return Evaluator(space.layout, Worlds.of(posterior(), problem.scenario, seed), threads=1)

    begun = process_time()
    truth = evaluator(10_000).values(list(plans), worlds, "report")[0]
    means = truth.mean(axis=1)
    best = int(means.argmax())
    allowed = len(plans) * worlds // 10
    at, rows = {plan: k for k, plan in enumerate(plans)}, []
    for seed in range(FIRST_SEED, FIRST_SEED + searches):
        mine = evaluator(seed)
        found = search(space, mine, runs=allowed, seed=seed)
        chosen = at[found.ranked[0]]
        short = paired_difference(truth[best][:, None], truth[chosen][:, None])
        rows.append(
            {
                "seed": seed,
                "runs": mine.runs,
                "rank": int((means > means[chosen]).sum()) + 1,
                "short": short.mean,
                "low": short.low,
                "within_noise": bool(chosen == best or short.low <= 0),
            }
        )
        print(name, rows[-1], flush=True)
    rng = np.random.default_rng(0)
    blind = [float(means[best] - means[k]) for k in rng.integers(len(plans), size=1000)]
    return {
        "organisation": people.name,
        "posterior_sha256": file_hash(POSTERIOR_FILE),
        "people": people.n_people,
        "plans": len(plans),
        "worlds_of_enumeration": worlds,
        "runs_of_enumeration": len(plans) * worlds,
        "runs_of_a_search_at_most": max(row["runs"] for row in rows),
        "best_mean": float(means[best]),
        "worst_mean": float(means.min()),
        "searches": searches,
        "within_noise": sum(bool(row["within_noise"]) for row in rows),
        "found_the_best": sum(row["rank"] == 1 for row in rows),
        "largest_shortfall": max(float(row["short"]) for row in rows),
        "shortfall_of_a_plan_at_random": float(np.mean(blind)),
        "processor_seconds": round(process_time() - begun, 1),
        "rows": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few worlds and searches")
    quick = parser.parse_args().quick
    result = {
        name: examine(name, organisation, 40 if quick else 300, 2 if quick else 20)
        for name, organisation in PROBLEMS.items()
    }
    if not quick:
        (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    for name, one in result.items():
        print(name, {key: value for key, value in one.items() if key != "rows"})


if __name__ == "__main__":
    main()
