"""A small problem that every part of planning is tried on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.analysis.plan import PlanProblem, loads_problem
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout
from sim.analysis.plan.space import Space
from sim.organisation import Organisation
from sim.parameters import parameter_rows
from sim.runner import load_organisation

TEXT = """
name: Small
weeks: 24
interventions:
  - loyalty conversation: {label: loyalty, latest: week 12}
  - usage policy: {label: policy, latest: week 12, doses: [0, 1], waves: false}
  - access: {label: access, latest: week 16}
  - role-specific practice:
      label: practice
      latest: week 18
      occupies: {trainers: 1 per 20 people}
precedence: [loyalty before access]
blackouts: [{start: week 8, lasts: 2 weeks}]
budget: {hours: 900}
capacity: {hours: 200, trainers: 4}
objective: {what: share, of: weekly_users, at: week 24}
step: 4
"""


@pytest.fixture(scope="session")
def small_firm() -> Organisation:
    """The shipped firm of 60 people."""
    return load_organisation("small-firm")


@pytest.fixture(scope="session")
def problem() -> PlanProblem:
    """Four interventions with every kind of constraint."""
    return loads_problem(TEXT, "small.yaml")


@pytest.fixture
def layout(problem: PlanProblem, small_firm: Organisation) -> Layout:
    """The small problem on the small firm."""
    return Layout(problem, small_firm)


@pytest.fixture
def space(layout: Layout) -> Space:
    """Its decisions."""
    return Space(layout)


@pytest.fixture(scope="session")
def rows() -> np.ndarray:
    """Eight parameter sets under which people differ in what they do; not to be written to."""
    rng, n = np.random.default_rng(5), 8
    made = parameter_rows({"b_0": rng.uniform(-2.5, -0.5, n), "b_trust": rng.uniform(1, 3, n)}, n=n)
    made.flags.writeable = False
    return made


@pytest.fixture
def evaluator_of(rows: np.ndarray) -> Callable[..., Evaluator]:
    """Make an evaluator of a layout."""

    def make(layout: Layout, **options: object) -> Evaluator:
        replicates = ReplicateSource.of(rows, layout.problem.scenario, 0)
        return Evaluator(layout, replicates, threads=1, **options)  # type: ignore[arg-type]

    return make
