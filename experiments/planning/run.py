"""Does the search find what enumeration finds? Run: python experiments/planning/run.py.

``--quick`` takes few replicates and searches; ``--proposers`` compares what proposes plans.

For each problem every plan is simulated in many replicates, which gives the true ranking but for
little noise; then 20 searches, each with replicates of its own, get at most a tenth of the runs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import process_time

import numpy as np

from sim.analysis.plan import load_problem
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.replicate_source import ReplicateSource
from sim.analysis.plan.search import search
from sim.analysis.plan.space import Space
from sim.contrast import paired_difference
from sim.posterior import POSTERIOR_FILE, posterior
from sim.results.manifest import file_hash
from sim.runner import load_organisation

HERE = Path(__file__).resolve().parent
FIRST_SEED = 100
"""Searches have seeds from here on: the first hundred were looked at while it was made."""

PROBLEMS = {"orders": "small-firm", "waves": None, "doses": None}


def examine(
    name: str, organisation: str | None, replicates: int, searches: int
) -> dict[str, object]:
    problem = load_problem(HERE / f"{name}.yaml")
    people = load_organisation(organisation or problem.organisation)
    space = Space(Layout(problem, people))
    plans = space.plans(100_000)
    assert plans is not None

    def evaluator(seed: int) -> Evaluator:
        return Evaluator(
            space.layout, ReplicateSource.of(posterior(), problem.scenario, seed), threads=1
        )

    begun = process_time()
    truth = evaluator(10_000).values(list(plans), replicates, "report")[0]
    means = truth.mean(axis=1)
    best = int(means.argmax())
    allowed = len(plans) * replicates // 10
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
        "worlds_of_enumeration": replicates,
        "runs_of_enumeration": len(plans) * replicates,
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


WAYS = {"moves and guess": ("moves", "surrogate"), "moves": ("moves",), "chance": ("random",)}
"""What may propose plans, to be compared."""


def proposers(runs: int, searches: int, replicates: int = 200) -> dict[str, object]:
    """Compare what proposes plans on the problem of forty weeks, too large to list."""
    problem = load_problem(HERE / "forty-weeks.yaml")
    space = Space(Layout(problem, load_organisation("services-firm")))
    chosen: dict[str, list[Plan]] = {}
    for way, by in WAYS.items():
        for seed in range(FIRST_SEED, FIRST_SEED + searches):
            mine = Evaluator(
                space.layout, ReplicateSource.of(posterior(), problem.scenario, seed), threads=1
            )
            found = search(space, mine, runs=runs, seed=seed, by=by)
            chosen.setdefault(way, []).append(found.ranked[0])
            print(way, seed, mine.runs, found.agree, found.bound, flush=True)
    judge = Evaluator(
        space.layout, ReplicateSource.of(posterior(), problem.scenario, 10_000), threads=1
    )
    plans = [plan for mine in chosen.values() for plan in mine]
    values = judge.values(plans, replicates, "report")[0]
    best = int(values.mean(axis=1).argmax())
    rows, at = {}, 0
    for way, mine in chosen.items():
        short = [
            paired_difference(values[best][:, None], values[at + k][:, None])
            for k in range(len(mine))
        ]
        rows[way] = {
            "mean": float(values[at : at + len(mine)].mean()),
            "short": [one.mean for one in short],
            "within_half_a_point": sum(one.mean <= 0.005 for one in short),
        }
        at += len(mine)
    return {"runs": runs, "searches": searches, "worlds": replicates, "ways": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few replicates and searches")
    parser.add_argument("--proposers", action="store_true", help="compare only what proposes plans")
    asked = parser.parse_args()
    quick = asked.quick
    if asked.proposers:
        record = proposers(1_500 if quick else 3_000, 2 if quick else 4, 40 if quick else 200)
        if not quick:
            (HERE / "proposers.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        print(record)
        return
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
