"""A search finds what enumeration finds, with a tenth of its runs; a choice at random does not.

The whole of it, on three organisations and with 20 searches each: experiments/planning.
"""

from __future__ import annotations

import numpy as np

from sim.analysis.plan import loads_problem
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout
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
