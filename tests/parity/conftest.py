"""Two models of one scenario, and the one check that they are the same to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.engine.memory import column
from sim.organisation import Organisation, load
from sim.runner import load_organisation, load_scenario
from sim.scenario import Scenario
from sim.state import STATE_VARIABLES, TOLD_VARIABLES

COLUMNS = "start_trust,start_habit,start_own_habit,threshold,value_family"
PEOPLE = f"""id,team,manager_id,role,level,{COLUMNS}
chief,Head,,boss,1,0.9,0.2,,1,0.3
a1,Adrift,,clerk,3,,,,0,
a2,Adrift,,clerk,3,0.1,,0.9,2,1
a10,Adrift,,clerk,3,0.5,1,0.5,0.5,0
lone,Alone,,thinker,2,,,,,
b1,Beta,chief,lead,2,0.4,0,0,0.25,0.5
b2,Beta,b1,coder,3,,,,,0.75
b3,Beta,b1,coder,3,0,0,0,1,0.25
c1,Gamma,b1,coder,4,1,,,0.3333333333333333,
c2,Gamma,chief,coder,2,,0.7,,,
"""
TIES = """source,target,kind,weight
a1,a2,advice,1
a1,a10,friendship,2.5
a2,a1,advice,0.5
a10,chief,advice,3
b1,chief,advice,1
b1,b2,friendship,1
b2,b1,friendship,1
b2,b3,advice,0.1
b3,c1,advice,1
b3,b2,advice,7
c1,b1,advice,1
c1,b2,work,1
c1,b3,work,1
chief,b1,advice,1
"""


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Isolates, teams without a manager, a team of one, answers that are partly missing."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    (folder / "ties.csv").write_text(TIES, "utf-8")
    return load(folder)


@pytest.fixture(scope="session")
def place(odd: Organisation, request: pytest.FixtureRequest) -> Callable[[str], Organisation]:
    """Return an organisation: the odd one, a real one, or the shipped small firm."""

    def place(name: str) -> Organisation:
        if name == "odd":
            return odd
        if name == "small-firm":
            return load_organisation(name)
        data: Path = request.getfixturevalue("shared_data")
        if not (data / name).is_dir():
            pytest.skip(f"there is no organisation {name} in {data}")
        return load(data / name)

    return place


def differences(one: UptakeModel, other: UptakeModel) -> Iterator[str]:
    """Name every array of the state that is not the same in two models, to the bit."""
    for variable in STATE_VARIABLES:
        a, b = (column(model.memory, variable.name) for model in (one, other))
        if a.tobytes() != b.tobytes():
            yield variable.name
    for variable in TOLD_VARIABLES:
        a, b = (model.memory.told[model.now][variable.name] for model in (one, other))
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
    """Live a scenario by both engines, and compare everything after every week."""

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
