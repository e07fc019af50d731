"""Two models of one scenario, and the one check that they are the same to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.engine.memory import column
from sim.organisation import Organisation
from sim.runner import load_scenario
from sim.scenario import Scenario
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES


def differences(one: UptakeModel, other: UptakeModel) -> Iterator[str]:
    """Name every array of the state that is not the same in two models, to the bit."""
    for variable in STATE_VARIABLES:
        a, b = (column(model.memory, variable.name) for model in (one, other))
        if a.tobytes() != b.tobytes():
            yield variable.name
    for variable in VISIBLE_VARIABLES:
        a, b = (model.memory.visible[model.now][variable.name] for model in (one, other))
        if a.tobytes() != b.tobytes():
            yield f"told {variable.name}"
    for name in ("climate", "seen", "effect", "firm", "usual_climate"):
        a, b = (getattr(model.memory, name) for model in (one, other))
        if a.tobytes() != b.tobytes():
            yield name
    for name in ("weekly", "teams", "drivers"):
        a, b = (getattr(model, name)[: model.week] for model in (one, other))
        if not np.array_equal(a, b):
            yield f"record {name}"


@pytest.fixture(scope="session")
def assert_parity() -> Callable[..., UptakeModel]:
    """Simulate a scenario by both engines, and compare everything after every week."""

    def assert_parity(
        scenario: Scenario | str,
        organisation: Organisation,
        *,
        seed: int = 1,
        weeks: int = 52,
        parameters: Mapping[str, float] | None = None,
    ) -> UptakeModel:
        more: dict[str, Any] = {"weeks": weeks, "parameters": parameters}
        scenario = load_scenario(scenario)
        compiled, agents = (
            UptakeModel(scenario, seed, organisation=organisation, engine=engine, **more)
            for engine in ("compiled", "agents")
        )
        assert not list(differences(compiled, agents)), "before week 1"
        for week in range(1, weeks + 1):
            compiled.step()
            agents.step()
            assert not list(differences(compiled, agents)), f"week {week}"
        return compiled

    return assert_parity


@pytest.fixture(scope="session")
def find_differences() -> Callable[[UptakeModel, UptakeModel], list[str]]:
    """Return the check itself, for a test that it can fail."""
    return lambda one, other: list(differences(one, other))
