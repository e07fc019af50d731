"""Does the search find what enumeration finds? Run: python experiments/planning/run.py.

``--quick`` takes few replicates and searches; ``--proposers`` compares what proposes plans;
``--large`` compares searches of usual length with one twenty times as long, where plans cannot
be listed; ``--attitudes`` does so for goals and for attitudes to risk other than the mean.

For each problem every plan is simulated in many replicates, which gives the true ranking but for
little noise; then 20 searches, each with replicates of its own, get at most a tenth of the runs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np

from sim.analysis.plan import Planner, load_problem
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.objective import Goal, Risk, scores
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
        "replicates_of_enumeration": replicates,
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


class ByChance(Space):
    """Plans at random in place of changes of the best ones."""

    def near(self, plan: Plan, rng: np.random.Generator) -> Plan | None:
        return self.draw(rng)


WAYS = {"changes": Space, "chance": ByChance}
"""What may propose plans, to be compared."""


def proposers(name: str, runs: int, searches: int, replicates: int = 200) -> dict[str, object]:
    """Compare what proposes plans on a problem that is too large to list."""
    problem = load_problem(HERE / f"{name}.yaml")
    layout = Layout(problem, load_organisation(problem.organisation or "services-firm"))
    chosen: dict[str, list[Plan]] = {}
    spent: dict[str, float] = {}
    for way, made in WAYS.items():
        begun, space = process_time(), made(layout)
        first = space.first()
        assert first is not None
        for seed in range(FIRST_SEED, FIRST_SEED + searches):
            mine = Evaluator(
                layout, ReplicateSource.of(posterior(), problem.scenario, seed), threads=1
            )
            found = search(space, mine, runs=runs, seed=seed, first=[first])
            chosen.setdefault(way, []).append(found.ranked[0])
            print(name, way, seed, mine.runs, found.apart, found.bound, flush=True)
        spent[way] = (process_time() - begun) / searches
    judge = Evaluator(layout, ReplicateSource.of(posterior(), problem.scenario, 10_000), threads=1)
    plans = [plan for mine in chosen.values() for plan in mine]
    values = judge.values(plans, replicates, "report")[0]
    best = int(values.mean(axis=1).argmax())
    rows, at = {}, 0
    for way, mine in chosen.items():
        short = [
            paired_difference(values[best][:, None], values[at + k][:, None]).mean
            for k in range(len(mine))
        ]
        rows[way] = {
            "short": short,
            "mean_shortfall": float(np.mean(short)),
            "within_half_a_point": sum(one <= 0.005 for one in short),
            "processor_seconds_a_search": round(spent[way], 1),
        }
        at += len(mine)
    return {"runs": runs, "searches": searches, "worlds": replicates, "ways": rows}


LARGE = ("area", "tight")
"""Problems too large to list."""


GOAL = {"what": "worst team", "of": "habitual", "reach": 0.12, "in": 0.8}
ATTITUDES: dict[str, dict[str, object]] = {
    "worst tenth": {"risk": Risk.WORST},
    "10th percentile": {"risk": Risk.TENTH},
    "regret": {"risk": Risk.REGRET},
    "goal": {"goals": (Goal.model_validate(GOAL),)},
}
"""What the problem ``area`` is judged by in place of the mean."""


def attitude(name: str, searches: int, runs: int, times: int, judged: int) -> dict[str, object]:
    """Compare usual searches with one that is longer, by the score that is asked for."""
    problem = replace(load_problem(HERE / "area.yaml"), **ATTITUDES[name])  # type: ignore[arg-type]
    people, rows = load_organisation(problem.organisation or "services-firm"), posterior()
    plans, about = list[Plan](), list[dict[str, object]]()
    for seed in range(FIRST_SEED, FIRST_SEED + searches + 1):
        begun, length = process_time(), times * runs if seed == FIRST_SEED + searches else runs
        planner = Planner(problem, people, rows, seed, length, threads=1)
        one = planner.search()
        plans.append(one.ranked[0])
        about.append({
            "seed": seed, "runs": planner.evaluator.runs, "searches_apart": list(one.apart),
            "processor_seconds": round(process_time() - begun, 1),
        })  # fmt: skip
        print(name, about[-1], one.ranked[0], flush=True)
    source = ReplicateSource.of(rows, problem.scenario, 10_000)
    judge = Evaluator(Layout(problem, people), source, threads=1)
    values = judge.values(plans, judged, "report")
    score = scores(values[0], problem.risk)
    reached = [goal.reached(its).mean(axis=1) for goal, its in
               zip(problem.goals, values[1:], strict=True)]  # fmt: skip
    for k, mine in enumerate(about):
        mine |= {"score": float(score[k]), "short": float(score[-1] - score[k]),
                 "reached": [float(its[k]) for its in reached]}  # fmt: skip
    return {
        "posterior_sha256": file_hash(POSTERIOR_FILE),
        "replicates_to_judge": judged,
        "searches": searches,
        "within_half_a_point": int((score[:-1] >= score[-1] - 0.005).sum()),
        "largest_shortfall": float(score[-1] - score[:-1].min()),
        "long": about[-1],
        "rows": about[:-1],
    }


def large(name: str, searches: int, runs: int, times: int, judged: int) -> dict[str, object]:
    """Compare what usual searches find with the best of one that is this many times as long."""
    problem = load_problem(HERE / f"{name}.yaml")
    people = load_organisation(problem.organisation or "services-firm")
    rows, begun = posterior(), process_time()

    def found(seed: int, runs: int) -> tuple[Plan, dict[str, object]]:
        begun = process_time()
        planner = Planner(problem, people, rows, seed, runs, threads=1)
        one = planner.search()
        about = {
            "seed": seed,
            "runs": planner.evaluator.runs,
            "plans": one.seen,
            "bound": one.bound,
            "searches_apart": one.apart[0] if one.apart else None,
            "processor_seconds": round(process_time() - begun, 1),
        }
        print(name, about, one.ranked[0], flush=True)
        return one.ranked[0], about

    seeds = range(FIRST_SEED, FIRST_SEED + searches)
    usual = [found(seed, runs) for seed in seeds]
    long = found(FIRST_SEED + searches, times * runs)
    space = Space(Layout(problem, people))
    replicates = ReplicateSource.of(rows, problem.scenario, 10_000)
    judge = Evaluator(space.layout, replicates, threads=1)
    plans = [long[0], *(plan for plan, _ in usual)]
    values = judge.values(plans, judged, "report")[0]
    means = values.mean(axis=1)
    best = int(means.argmax())
    for (_, about), its in zip([long, *usual], values, strict=True):
        short = paired_difference(values[0][:, None], its[:, None])
        about |= {"short": short.mean, "low": short.low, "high": short.high}
    return {
        "organisation": people.name,
        "people": people.n_people,
        "posterior_sha256": file_hash(POSTERIOR_FILE),
        "replicates_to_judge": judged,
        "mean_of_the_long_search": float(means[0]),
        "best_of_all": float(means[best]),
        "searches": searches,
        "within_half_a_point": int((means[1:] >= means[0] - 0.005).sum()),
        "within_half_a_point_of_the_best_of_all": int((means[1:] >= means[best] - 0.005).sum()),
        "largest_shortfall": float(means[0] - means[1:].min()),
        "processor_seconds": round(process_time() - begun, 1),
        "long": long[1],
        "rows": [about for _, about in usual],
    }


def _recorded(work: dict[str, Callable[[], dict[str, object]]], file: str, quick: bool) -> None:
    """Do one after another, and keep what is done: it takes minutes each."""
    record: dict[str, dict[str, object]] = {}
    for name, one in work.items():
        record[name] = one()
        print(name, {key: value for key, value in record[name].items() if key != "rows"})
        if not quick:
            (HERE / f"{file}.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few replicates and searches")
    parser.add_argument("--proposers", action="store_true", help="compare only what proposes plans")
    parser.add_argument("--large", action="store_true", help="only problems too large to list")
    parser.add_argument("--attitudes", action="store_true", help="only goals and other risks")
    parser.add_argument("--searches", type=int, default=20, help="of each large problem")
    asked = parser.parse_args()
    quick = asked.quick
    if asked.attitudes:
        how = (1, 1_000, 2, 60) if quick else (min(asked.searches, 6), 12_000, 20, 4_000)
        _recorded({name: partial(attitude, name, *how) for name in ATTITUDES}, "attitudes", quick)
        return
    if asked.large:
        how = (2, 2_000, 4, 60) if quick else (asked.searches, 12_000, 20, 600)
        _recorded({name: partial(large, name, *how) for name in LARGE}, "large", quick)
        return
    if asked.proposers:
        few = (1_000, 2, 40) if quick else (3_000, 20, 600)
        _recorded({name: partial(proposers, name, *few) for name in LARGE}, "proposers", quick)
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
