"""An organisation whose answer to everything is in the middle, where noise is largest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.case import Case
from sim.engine.compiled import run_cases
from sim.organisation import Organisation, from_arrays
from sim.outcomes import Outcome
from sim.scenario import loads

PEOPLE = 48
PLAN = """
parameters: {b_0: -2, openness: 0.5}
timeline: [{access: {start: 1}}, {generic training: {start: 2, attendance: 0.6}}]
"""


def organisation(prefix: str = "", team: str = "Team") -> Organisation:
    rng = np.random.default_rng(8)
    source, target = rng.integers(0, PEOPLE, (2, 300))
    apart = source != target
    return from_arrays(
        [f"{prefix}{i}" for i in range(PEOPLE)], source[apart], target[apart],
        team=[f"{team} {i // 8}" for i in range(PEOPLE)],
        manager=[-1 if i % 8 == 0 else i - i % 8 for i in range(PEOPLE)],
        start_values={"trust": rng.random(PEOPLE)}, task_potential=rng.random(PEOPLE),
    )  # fmt: skip


@pytest.fixture(scope="session")
def firm() -> Organisation:
    """Forty-eight people in six teams."""
    return organisation()


@pytest.fixture(scope="session")
def renamed() -> Callable[[str, str], Organisation]:
    """Return the same people and ties under other names."""
    return organisation


@pytest.fixture(scope="session")
def outcomes() -> Callable[..., np.ndarray]:
    """Simulate the plan under seeds; return an outcome of the last week by seed."""

    def outcomes(
        people: Organisation, seeds: np.ndarray, name: str = "use_days", *,
        text: str = PLAN, weeks: int = 16,
    ) -> np.ndarray:  # fmt: skip
        case = Case.of(loads(text), people, weeks)
        weekly = run_cases([case], seeds.astype(np.uint64), weeks=weeks).weekly
        return weekly[0, 0, :, -1, Outcome[name]]

    return outcomes
