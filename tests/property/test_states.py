"""Whatever happens to whom, under whatever parameters: states stay what they are declared."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.abm import UptakeModel
from sim.engine.memory import cells, column
from sim.interventions.timeline import CATALOGUE
from sim.organisation import Organisation, from_arrays
from sim.outcomes import OUTCOMES, Outcome
from sim.parameters import MECHANISMS, PARAMETERS
from sim.scenario import loads
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES

WEEKS = 52
SEGMENTS = ("habitual", "novice", "low", "non_users")
GROWING = ("access", "trained", "activated", "hours")
SHARES = tuple(v.name for v in OUTCOMES if v.unit in ("share", "1") and v.name != "confidence_gap")
TUNED = sorted(set(PARAMETERS) - {"threshold_mean", "threshold_sd"})

parameters = st.dictionaries(st.sampled_from(TUNED), st.floats(0, 1), max_size=len(TUNED)).map(
    lambda shares: {
        name: PARAMETERS[name].low + share * (PARAMETERS[name].high - PARAMETERS[name].low)
        for name, share in shares.items()
    }
)
audiences = st.sampled_from(
    ["everyone", "managers", "informal leaders", {"share": 0.3}, {"team": "One"}, {"levels": [2]}]
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one intervention of any kind, as a scenario file may place it."""
    kind = draw(st.sampled_from(list(CATALOGUE)))
    levers: dict[str, Any] = {"start": draw(st.integers(1, WEEKS))}
    fields = CATALOGUE[kind].model_fields
    levers["dose"] = draw(st.sampled_from([0, 0.3, 1, 5]))
    if "audience" in fields:
        levers["audience"] = draw(audiences)
    for lever in ("sincerity", "specificity", "commitment", "relevance", "attendance", "reach"):
        if lever in fields and draw(st.booleans()):
            levers[lever] = draw(st.sampled_from([0, 0.5, 1]))
    if draw(st.booleans()):
        levers["lasts"] = draw(st.integers(1, 8))
        levers["times"] = draw(st.integers(1, 5))
    return {kind: levers}


@pytest.fixture(scope="module")
def forty() -> Organisation:
    """Forty people in three teams, one of them without a manager, some listening to nobody."""
    rng = np.random.default_rng(4)
    team = ["One"] * 15 + ["Two"] * 15 + ["Three"] * 10
    manager = [-1] + [0] * 14 + [0] + [15] * 14 + [-1] * 10
    source = rng.integers(0, 38, 260)
    target = rng.integers(0, 40, 260)
    apart = source != target
    return from_arrays(
        40, source[apart], target[apart], rng.random(apart.sum()) + 0.01, team=team,
        manager=manager, task_potential=rng.random(40), start_values={"trust": rng.random(40)},
    )  # fmt: skip


DECISIONS = (
    "logit", "bass", "{threshold: share}", "{threshold: count, mean: 2, sd: 1}", "hazard",
    "{hazard: {ties: 0.5, contacts: count}}",
)  # fmt: skip


def assert_states_in_range(model: UptakeModel) -> None:
    for variable in STATE_VARIABLES:
        values = column(model.memory, variable.name)
        assert (values >= variable.low).all(), variable.name
        assert (values <= variable.high).all(), variable.name
    for variable in VISIBLE_VARIABLES:
        values = model.memory.visible[model.now][variable.name]
        rounding = 1e-12 if variable.dtype == "f8" else 0  # of a mean whose weights sum to 1
        assert (values >= variable.low).all(), variable.name
        assert (values <= variable.high + rounding).all(), variable.name
    assert ((model.memory.climate >= 0) & (model.memory.climate <= 1)).all()
    days = column(model.memory, "history").astype(int) & 15
    own_days = 5 * model.memory.visible[model.now]["own_use_seen"]
    assert (days <= 5).all()
    assert own_days == pytest.approx(np.rint(own_days), abs=1e-6)
    assert (own_days <= 5 - np.floor(model.parameters.own_rivalry * days) + 1e-6).all()
    assert np.isfinite(model.memory.pull).all()
    assert ((model.memory.seen >= 0) & (model.memory.seen <= 1)).all()


def assert_record_adds_up(model: UptakeModel, *, all_are_there: bool = True) -> None:
    weekly = model.weekly[: model.week]
    assert np.isfinite(weekly).all()
    assert np.isfinite(model.teams).all()
    assert np.isfinite(model.drivers).all()
    assert ((model.drivers >= 0) & (model.drivers <= 1)).all()
    segments = sum(weekly[:, Outcome[name]] for name in SEGMENTS)
    is_one = np.abs(segments - 1) < 1e-12
    assert (is_one if all_are_there else is_one | (segments == 0)).all()
    assert (weekly[:, Outcome["power"]] <= weekly[:, Outcome["habitual"]]).all()
    assert (weekly[:, Outcome["regular"]] <= weekly[:, Outcome["weekly_users"]]).all()
    gap = weekly[:, Outcome["capability"]] - weekly[:, Outcome["confidence"]]
    assert weekly[:, Outcome["confidence_gap"]] == pytest.approx(gap, abs=1e-9)
    for name in GROWING if all_are_there else ():
        assert (np.diff(weekly[:, Outcome[name]]) >= -1e-12).all(), name
    for name in SHARES:
        values = weekly[:, Outcome[name]]
        assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name
    for name in ("use_days", "own_days"):
        assert ((weekly[:, Outcome[name]] >= 0) & (weekly[:, Outcome[name]] <= 5)).all(), name
    stages = weekly[:, Outcome["considering"]] + weekly[:, Outcome["activated"]]
    assert (stages <= 1 + 1e-12).all(), "nobody who has used counts as considering"
    assert (weekly[:, Outcome["tried"]] <= weekly[:, Outcome["activated"]] + 1e-12).all()
    assert (weekly[:, Outcome["lapsed"]] <= weekly[:, Outcome["activated"]] + 1e-12).all()


@pytest.mark.slow
@settings(
    max_examples=100, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    timeline=st.lists(entries(), max_size=10),
    chosen=parameters,
    off=st.lists(st.sampled_from(list(MECHANISMS)), max_size=3),
    decision=st.sampled_from(DECISIONS),
    seed=st.integers(0, 2**63 - 1),
)
@example(
    [{kind: {"start": 1, "dose": 5}} for kind in CATALOGUE],
    {name: PARAMETERS[name].high for name in TUNED}, [], "logit", 0,
)  # fmt: skip
@example(
    [{kind: {"start": 1, "dose": 5}} for kind in CATALOGUE],
    {name: PARAMETERS[name].low for name in TUNED}, [], "logit", 0,
)  # fmt: skip
def test_states_stay_in_range(
    forty: Organisation,
    timeline: list[dict[str, Any]],
    chosen: dict[str, float],
    off: list[str],
    decision: str,
    seed: int,
) -> None:
    text = json.dumps({"timeline": timeline, "mechanisms": dict.fromkeys(off, False)})
    scenario = loads(f"decision: {decision}\n" + text[1:-1].replace('], "', ']\n"', 1))
    model = UptakeModel(scenario, seed, organisation=forty, weeks=WEEKS, parameters=chosen)
    while model.running:
        model.step()
        assert_states_in_range(model)
    all_are_there = not any({*one} & {"joins", "leaves"} for one in timeline)
    assert_record_adds_up(model, all_are_there=all_are_there)


def test_a_state_out_of_range_would_be_found(forty: Organisation) -> None:
    model = UptakeModel(loads("weeks: 2"), 0, organisation=forty, weeks=2)
    model.step()
    assert_states_in_range(model)
    cells(model.memory, "cynicism")[0, 2] = 1.5  # past the check of what is set
    with pytest.raises(AssertionError, match="cynicism"):
        assert_states_in_range(model)
    model.weekly[0, Outcome["low"]] += 0.1
    with pytest.raises(AssertionError):
        assert_record_adds_up(model)
