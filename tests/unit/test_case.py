"""What wins where parameters meet, and what can be run together."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.sweep.run_list import parameter_sets
from sim.analysis.sweep.specification import POSTERIOR
from sim.case import Case, overlay, run_cases, without
from sim.errors import InputError
from sim.parameters import MECHANISMS, PARAMETERS, parameter_rows
from sim.posterior import posterior
from sim.randomness import replicate_seeds
from sim.runner import load_organisation
from sim.scenario import loads

SCENARIO = loads(
    "parameters: {b_trust: 1.5, b_able: 1.0}\nmechanisms: {norm: false}\n"
    "timeline: [{access: {start: 1}}]"
)
SETS = parameter_rows({"b_trust": np.array([0.5, 2.5]), "b_habit": np.array([0.1, 0.2])}, n=2)


def test_each_layer_wins_over_the_one_before() -> None:
    rows = overlay(SCENARIO, SETS, {"b_able": 2.0, "b_norm": 3.0}, ["cynicism"])
    assert rows["b_habit"].tolist() == [0.1, 0.2]  # the set's
    assert rows["b_trust"].tolist() == [1.5, 1.5]  # the scenario's, over the sets
    assert rows["b_able"].tolist() == [2.0, 2.0]  # the caller's, over the scenario
    assert rows["b_norm"].tolist() == [0.0, 0.0]  # off, over everybody
    for name, neutral in MECHANISMS["cynicism"].items():
        assert (rows[name] == neutral).all()
    assert SETS["b_trust"].tolist() == [0.5, 2.5]


def test_a_named_uncertainty_of_a_sweep_beats_the_scenario_and_drawn_sets_do_not() -> None:
    named = {"b_trust": np.array([0.25, 3.0])}
    assert parameter_sets(SCENARIO, named, 2)["b_trust"].tolist() == [0.25, 3.0]
    drawn = parameter_sets(SCENARIO, {POSTERIOR: np.array([3.0, 7.0])}, 2)
    assert drawn["b_habit"].tolist() == posterior()["b_habit"][[3, 7]].tolist()
    assert drawn["b_trust"].tolist() == [1.5, 1.5]


def test_an_override_that_is_none() -> None:
    with pytest.raises(InputError, match="b_trst"):
        overlay(SCENARIO, SETS, {"b_trst": 1.0})
    with pytest.raises(InputError, match="b_trust"):
        overlay(SCENARIO, SETS, {"b_trust": PARAMETERS["b_trust"].high + 1})


def test_switched_off_afterwards_is_switched_off_at_once() -> None:
    firm = load_organisation("small-firm")
    case = Case.of(SCENARIO, firm, 4, sets=SETS)
    for mechanism in MECHANISMS:
        at_once = Case.of(SCENARIO, firm, 4, sets=SETS, off=[mechanism])
        assert without(case.parameters, mechanism).tobytes() == at_once.parameters.tobytes()


def test_cases_run_together_or_alone_are_the_same() -> None:
    firm = load_organisation("small-firm")
    cases = [Case.of(SCENARIO, firm, 6, {"b_0": b}, sets=SETS) for b in (-2.0, -1.0)]
    seeds = replicate_seeds(1, 3, sets=2)
    both = run_cases(cases, seeds, threads=2).weekly
    for k, case in enumerate(cases):
        assert run_cases([case], seeds, threads=1).weekly[0].tobytes() == both[k].tobytes()
    assert run_cases(cases, seeds, weeks=3).weekly.tobytes() == both[:, :, :, :3].tobytes()


def test_cases_that_cannot_be_run_together() -> None:
    firm, other = load_organisation("small-firm"), load_organisation("small-firm")
    seeds = replicate_seeds(1, 2)
    for cases in (
        [],
        [Case.of(SCENARIO, firm, 4), Case.of(SCENARIO, firm, 5)],
        [Case.of(SCENARIO, firm, 4), Case.of(SCENARIO, other, 4)],
    ):
        with pytest.raises(ValueError, match="one organisation, of one length"):
            run_cases(cases, seeds)
