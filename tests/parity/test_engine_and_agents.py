"""The compiled engine and Mesa agents living by the same rules agree, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.engine.compiled import Programme, Record, simulate
from sim.interventions.catalogue import CATALOGUE
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.randomness import replicate_seeds
from sim.scenario import loads

ORGANISATIONS = ("odd", "small-firm", "krackhardt_hightech", "lazega_lawfirm")
EASY = {"b_0": -1.5, "openness": 0.6}
"""Parameters under which people do use the tool, so that everything is in motion."""


@pytest.mark.parametrize("scenario", ["training-first", "everything", "insincere-loyalty"])
@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_parity(assert_parity: Callable, place: Callable, organisation: str, scenario: str) -> None:
    model = assert_parity(scenario, place(organisation), parameters=EASY)
    assert 0.1 < model.weekly[:, Outcome["use_days"]].mean() < 4.9


LEVERS = {
    "layoff": {"promised": True},
    "public mistake": {"punished": True},
    "relationship conversation": {"mandated": True, "audience": {"share": 0.4}},
    "manager leaves": {"reach": 0.5},
    "first adopters": {"audience": {"share": 0.2}},
    "generic training": {"every": 12, "times": 3, "attendance": 0.6, "dose": 2},
    "psychological safety ritual": {"every": 2, "lasts": 1, "times": 12},
    "usage policy": {"clarity": 0.4, "dose": 1.7},
    "tool fails": {"lasts": 6},
    "mandate": {"lasts": 9, "audience": [{"share": 0.3}, "managers"]},
}


def everything_there_is() -> str:
    """Return a scenario with every kind of intervention and shock in the catalogue."""
    timeline = [
        {kind: {"start": 1 + 2 * i if kind not in ("access", "first adopters") else 1}
         | LEVERS.get(kind, {})}
        for i, kind in enumerate(CATALOGUE)
    ]  # fmt: skip
    return json.dumps({"timeline": timeline})


@pytest.mark.parametrize("organisation", ["odd", "small-firm"])
def test_parity_with_every_kind_of_intervention(
    assert_parity: Callable, place: Callable, organisation: str
) -> None:
    scenario = loads(everything_there_is())
    assert {placed.kind for placed in scenario.timeline} == set(CATALOGUE)
    assert_parity(scenario, place(organisation), parameters=EASY)


DECISIONS = {
    "share": "{threshold: share, one_for_all: 0.3333333333333333}",
    "count": "{threshold: count, mean: 1, sd: 0.7}",
    "file": "{threshold: count, from_file: true}",
    "bass": "{bass: {p: 0.05, q: 0.3}}",
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_parity_of_plain_decisions(assert_parity: Callable, place: Callable, decision: str) -> None:
    people = place("odd")
    adopters = "timeline: [{first adopters: {start: 1, audience: {ids: b2}}}]"
    text = f"decision: {DECISIONS[decision]}\n{adopters}"
    model = assert_parity(loads(text), people, weeks=20)
    assert model.weekly[-1, Outcome["weekly_users"]] > 0.1


def test_parity_at_the_ends_of_the_parameters(assert_parity: Callable, odd: Organisation) -> None:
    """Full influence, strong loss aversion, big gains: clamps and edges are hit."""
    assert_parity(
        loads(everything_there_is()), odd, weeks=30,
        parameters={
            "b_0": 2, "susceptibility": 1, "loss_aversion": 4, "values_weight": 1,
            "experience_rate": 1, "training_gain": 2, "failure_fear": 1, "failure_spill": 1,
            "practice_gain": 1, "success_relief": 1, "habit_rate": 1.2, "start_spread": 3,
            "peer_upward": 0, "champion_credibility": 0, "novelty_sight": 0,
        },
    )  # fmt: skip


def test_a_difference_would_be_found(odd: Organisation, find_differences: Callable) -> None:
    """A parameter changed in its last bits, or one person's state, is not overlooked."""
    scenario = loads("timeline: [{access: {start: 1}}]")
    start = {"susceptibility": 0.5}
    models = [
        UptakeModel(scenario, 1, organisation=odd, engine=engine, parameters=p)
        for engine, p in (("compiled", start), ("agents", {"susceptibility": 0.5 + 1e-15}))
    ]
    for model in models:
        model.step()
    assert "told trust" in find_differences(*models)
    twins = [UptakeModel(scenario, 1, organisation=odd) for _ in range(2)]
    assert not find_differences(*twins)
    twins[0].person(3).capability += 1e-6
    assert find_differences(*twins) == ["capability"]


def test_simulate_and_the_model_tell_the_same_story(odd: Organisation) -> None:
    """``simulate`` records what ``UptakeModel`` lives: means, teams, drivers, bytes."""
    scenario, weeks = loads(everything_there_is()), 27
    programme = Programme.of(scenario, odd, weeks, EASY)
    seeds = replicate_seeds(5, 1)
    records = simulate(odd, [programme], seeds, weeks, record=Record(teams=True, people=True))
    model = UptakeModel(scenario, 5, organisation=odd, weeks=weeks, parameters=EASY)
    assert records.teams is not None
    assert records.people is not None
    byte_sized = {3: "trust", 4: "fear_mistake", 5: "fear_permission", 6: "fear_job",
                  7: "fear_identity", 8: "capability", 9: "usefulness", 10: "confidence",
                  11: "cynicism"}  # fmt: skip
    for week in range(weeks):
        model.step()
        people = records.people[0, 0, 0, week]
        for position, name in enumerate(("use_days", "own_days", "flags")):
            expected = [getattr(person, name) for person in model.agents]
            assert people[:, position].tolist() == expected, (week + 1, name)
        for position, name in byte_sized.items():
            exact = np.array([getattr(person, name) for person in model.agents])
            assert people[:, position].tolist() == np.floor(255 * exact + 0.5).tolist(), name
    assert records.weekly[0, 0, 0].tobytes() == model.weekly.tobytes()
    assert records.teams[0, 0, 0].tobytes() == model.teams.tobytes()
    at = np.array(records.checkpoint_weeks) - 1
    assert records.checkpoint_weeks == (13, 26, 27)
    assert records.drivers[0, 0, 0].tobytes() == model.drivers[at].tobytes()
