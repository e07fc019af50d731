"""A search finds what enumeration finds, with a tenth of its runs; a choice at random does not.

The whole of it, on three organisations and with 20 searches each: experiments/planning. And what an
answer says of its plans holds in replicates that had no part in it.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.plan import loads_problem, planning
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout
from sim.analysis.plan.planning import Planner
from sim.analysis.plan.search import search
from sim.analysis.plan.space import Space
from sim.contrast import paired_difference
from sim.posterior import posterior
from sim.runner import load_organisation

TEXT = """
weeks: 20
interventions:
  - loyalty conversation: {label: loyalty, latest: week 11, doses: [0, 1]}
  - access: {latest: week 11}
  - role-specific practice: {label: practice, latest: week 11, doses: [0, 1]}
objective: {what: area, of: weekly_users}
step: 5
"""
REPLICATES, SEARCHES = 120, 6


def test_a_search_is_within_noise_of_the_best() -> None:
    problem = loads_problem(TEXT)
    space = Space(Layout(problem, load_organisation("small-firm")))
    plans = space.plans(1000)
    assert plans is not None
    assert len(plans) == 4 * 3 * 4

    def evaluator(seed: int) -> Evaluator:
        return Evaluator(
            space.layout, ReplicateSource.of(posterior(), problem.scenario, seed), threads=1
        )

    truth = evaluator(999).values(plans, REPLICATES, "report")[0]
    best = int(truth.mean(axis=1).argmax())

    def is_within_noise(chosen: int) -> bool:
        short = paired_difference(truth[best][:, None], truth[chosen][:, None])
        return chosen == best or short.low <= 0

    hits = 0
    for seed in range(SEARCHES):
        mine = evaluator(seed)
        found = search(space, mine, runs=len(plans) * REPLICATES // 10, seed=seed)
        assert mine.runs <= len(plans) * REPLICATES // 10
        hits += is_within_noise(plans.index(found.ranked[0]))
    assert hits >= SEARCHES - 1
    blind = np.mean([is_within_noise(chosen) for chosen in range(len(plans))])
    assert blind < 0.2


SHORT = """
weeks: 30
interventions:
  - loyalty conversation: {label: loyalty, latest: week 15}
  - identity conversation: {label: identity, latest: week 20, doses: [0, 1]}
  - access: {latest: week 20}
  - role-specific practice: {label: practice, latest: week 20, doses: [0.5, 1]}
  - usage policy: {label: policy, latest: week 20, waves: false}
waves: {numbers: [1, 2], gaps: [4]}
objective: {what: share, of: habitual, at: week 30}
"""


def _held(monkeypatch: pytest.MonkeyPatch, turns: int) -> float:
    """Return how many intervals hold the truth where a row took the best's place."""
    problem, people = loads_problem(SHORT), load_organisation("small-firm")
    truth = Planner(problem, people, posterior(), seed=999, threads=1).evaluator
    stages = []

    def contenders(*given: object) -> object:
        stages.append(given[-1])
        return kept(*given)

    kept = planning.contenders
    with monkeypatch.context() as patch:
        patch.setattr(planning, "TURNS", turns)
        patch.setattr(planning, "contenders", contenders)
        patch.setattr(planning, "switching_conditions", lambda *_: ((), 0))
        patch.setattr(planning, "looks", lambda *_: ())
        patch.setattr(planning, "prices", lambda *_: ())
        holds = []
        for seed in range(64):
            stages.clear()
            answer = Planner(problem, people, posterior(), seed, 60, 6, threads=1).answer()
            if len(stages) < 2:
                continue
            rows = [
                (one.behind, one.plans[0]) for one in (*answer.plans[1:], *answer.baselines)
                if one.behind and len(one.plans) == 1
            ]  # fmt: skip
            plans = [answer.best, *(plan for _, plan in rows)]
            best, *others = truth.values(plans, 600, "truth")[0]
            for (behind, _), values in zip(rows, others, strict=True):
                off = (values - best).mean()
                holds.append(behind.low - 1e-9 <= off <= behind.high + 1e-9)
    assert len(holds) >= 20
    return float(np.mean(holds))


@pytest.mark.slow
def test_a_row_that_takes_the_bests_place_is_judged_in_replicates_that_did_not_choose_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _held(monkeypatch, planning.TURNS) > 0.85
    assert _held(monkeypatch, 1) < 0.7  # in the replicates that chose it
