"""The compiled engine and Mesa agents living by the same rules agree, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.case import Case
from sim.engine.compiled import Record, run_cases
from sim.interventions.timeline import CATALOGUE
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.randomness import replicate_seeds
from sim.scenario import loads

ORGANISATIONS = (
    "odd",
    *(
        pytest.param(one, marks=pytest.mark.slow)
        for one in ("krackhardt_hightech", "small-firm", "lazega_lawfirm")
    ),
)
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
    "joins": {"audience": {"share": 0.2}},
    "leaves": {"lasts": 4, "audience": [{"share": 0.2}, "managers"]},
    "ties change": {"lasts": 5, "among": "other teams", "factor": 0},
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


@pytest.mark.parametrize(
    "organisation", ["odd", pytest.param("small-firm", marks=pytest.mark.slow)]
)
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
    "hazard share": "{hazard: {alone: 0.02, team: 0.3, ties: 0.4}}",
    "hazard count": "{hazard: {alone: 0.02, team: 0.1, ties: 0.2, contacts: count}}",
}
ACCESS_ROWS = {
    "open to all": "",
    "some, then others": "{access: {start: 2, audience: {share: 0.4}, arrives: installed}}, "
    "{access: {start: 9, attendance: 0.6}}, ",
}


@pytest.mark.parametrize("access", ACCESS_ROWS)
@pytest.mark.parametrize("decision", DECISIONS)
def test_parity_of_plain_decisions(
    assert_parity: Callable, place: Callable, decision: str, access: str
) -> None:
    adopters = "{first adopters: {start: 1, audience: {ids: b2}}}"
    text = f"decision: {DECISIONS[decision]}\ntimeline: [{ACCESS_ROWS[access]}{adopters}]"
    forgets = {"takeup_forget": 0.4}
    model = assert_parity(loads(text), place("odd"), weeks=20, parameters=forgets)
    assert model.weekly[-1, Outcome["weekly_users"]] > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("contacts", ["share", "count"])
@pytest.mark.parametrize("organisation", ["small-firm", "krackhardt_hightech"])
def test_parity_of_the_hazard_with_everything_that_prompts(
    assert_parity: Callable, place: Callable, organisation: str, contacts: str
) -> None:
    """Prompts, forgetting before access, drifting groups, a trend and an outside push."""
    text = f"decision: {{hazard: {{contacts: {contacts}}}}}\n" + everything_there_is()
    scenario = loads(text.replace('{"timeline"', "timeline", 1)[:-1])
    model = assert_parity(
        scenario, place(organisation), weeks=45,
        parameters={"takeup_memory": 0.9, "takeup_trend": 1.5, "takeup_forget": 0.3,
                    "takeup_ties": 0.1, "takeup_alone": 0.01, "considers_start": 0.1},
    )  # fmt: skip
    users = model.weekly[:, Outcome["weekly_users"]]
    assert users[-1] > users[2] > 0


TAKE_UP = """
timeline:
  - access: {start: 1, audience: {share: 0.3}, arrives: invited}
  - access: {start: 6, attendance: 0.7, arrives: installed}
  - outside push: {start: 4, lasts: 5, shift: 1.2}
  - outside push: {start: 20, shift: -5}
  - mandate: {start: 10, lasts: 6, audience: {share: 0.5}, attendance: 0.8}
  - generic training: {start: 8, attendance: 0.4}
  - psychological safety ritual: {start: 3, attendance: 0.6}
  - showcase early adopters: {start: 5, lasts: 12}
  - identity conversation: {start: 12, attendance: 0.7}
"""
"""Access that comes to few, then to some; what comes from outside; all that prompts."""

CORNERS = {
    "drifting groups": {"takeup_memory": 0.8, "takeup_sigma_team": 1.2, "takeup_sigma_firm": 0.9},
    "no memory at all": {"takeup_memory": 0.0},
    "a trend": {"takeup_trend": -3.0, "takeup_span": 13.0},
    "forgetting": {"takeup_forget": 0.6, "b_0": -4.0, "prompt_access": 0.5},
    "differing people": {"takeup_frailty": 2.0, "takeup_standing": 1.5, "takeup_appeal": 1.0},
    "no frailty": {"takeup_frailty": 0.0},
    "contagion": {"takeup_team": 2.0, "takeup_ties": 3.0, "takeup_alone": 0.0},
    "first use": {"b_first": 6.0, "first_fade": 0.05},
    "own tools": {"own_rivalry": 0.55, "b_own_0": -1.0},
    "rival own tools": {"own_rivalry": 1.0, "b_own_0": -1.0},
    "half at rest": {"accustomed": 0.5, "loss_aversion": 3.0, "susceptibility": 0.9},
    "many volunteers": {"considers_start": 0.5},
    "certain prompts": {"prompt_access": 1.0, "prompt_ask": 1.0},
}


@pytest.mark.slow
@pytest.mark.parametrize("corner", CORNERS)
def test_parity_at_corners_of_the_take_up(
    assert_parity: Callable, odd: Organisation, corner: str
) -> None:
    """On a firm whose file says of some whether they consider (yes, no, a chance, nothing)."""
    assert "considers" in odd.start_values
    model = assert_parity(
        loads(TAKE_UP), odd, seed=3, weeks=28, parameters={"openness": 0.6, **CORNERS[corner]}
    )
    assert model.weekly[:, Outcome["access"]].tolist() == sorted(model.weekly[:, Outcome["access"]])
    assert 0 < model.weekly[0, Outcome["access"]] < model.weekly[-1, Outcome["access"]] < 1


@pytest.mark.slow
def test_parity_of_the_take_up_at_home(assert_parity: Callable, place: Callable) -> None:
    model = assert_parity(loads(TAKE_UP), place("small-firm"), parameters={"takeup_memory": 0.95})
    for stage in ("considering", "tried", "lapsed", "activated"):
        assert model.weekly[:, Outcome[stage]].max() > 0, stage


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
    start = {"susceptibility": 0.5, "accustomed": 0.0}  # else all is as people are used to it
    models = [
        UptakeModel(scenario, 1, organisation=odd, engine=engine, parameters=p)
        for engine, p in (("compiled", start), ("agents", {**start, "susceptibility": 0.5 + 1e-15}))
    ]
    for model in models:
        model.step()
    assert "told trust" in find_differences(*models)
    twins = [UptakeModel(scenario, 1, organisation=odd) for _ in range(2)]
    assert not find_differences(*twins)
    twins[0].person(3).capability += 1e-6
    assert find_differences(*twins) == ["capability"]


def test_simulate_and_the_model_tell_the_same_story(odd: Organisation) -> None:
    """``run_cases`` records what ``UptakeModel`` lives: means, teams, drivers, bytes."""
    scenario, weeks = loads(everything_there_is()), 27
    case = Case.of(scenario, odd, weeks, EASY)
    seeds = replicate_seeds(5, 1)
    records = run_cases([case], seeds, weeks=weeks, record=Record(teams=True, people=True))
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
