"""The declarations of parameters and mechanisms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.errors import InputError
from sim.parameters import (
    MECHANISMS,
    PARAMETER_DTYPE,
    PARAMETERS,
    parameter_rows,
    problems_of_parameter,
)
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=list(PARAMETERS))
def test_a_declaration_is_complete(parameter) -> None:  # type: ignore[no-untyped-def]
    assert parameter.low < parameter.high
    assert parameter.low <= parameter.value <= parameter.high
    assert all(map(math.isfinite, (parameter.low, parameter.value, parameter.high)))
    assert parameter.name.isidentifier()
    assert parameter.name == parameter.name.lower()
    assert parameter.unit
    assert parameter.meaning
    assert parameter.source


def test_the_key_is_the_name() -> None:
    assert all(name == parameter.name for name, parameter in PARAMETERS.items())
    assert PARAMETER_DTYPE.names == tuple(PARAMETERS)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_neutral_values_are_in_range(mechanism: str) -> None:
    assert MECHANISMS[mechanism]
    for name, value in MECHANISMS[mechanism].items():
        assert problems_of_parameter(name, value) is None


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_off_changes_its_parameters_only(mechanism: str) -> None:
    neutral = MECHANISMS[mechanism]
    works = {  # whatever the default: a new mechanism may be off until somebody asks for it
        name: PARAMETERS[name].low if value == PARAMETERS[name].high else PARAMETERS[name].high
        for name, value in neutral.items()
    }
    on, off = parameter_rows(works), parameter_rows(works, off=[mechanism])
    assert {name for name in PARAMETERS if on[name][0] != off[name][0]} == set(neutral)
    for name, value in neutral.items():
        assert off[name][0] == value


def test_start_parameters_are_those_of_the_states() -> None:
    for variable in (*STATE_VARIABLES, *VISIBLE_VARIABLES):
        if variable.start.endswith("_start"):
            assert variable.start in PARAMETERS


def test_rows() -> None:
    rows = parameter_rows({"b_trust": np.array([1.0, 2.0, 3.0]), "b_norm": 0.5}, n=3)
    assert rows.dtype == PARAMETER_DTYPE
    assert rows["b_trust"].tolist() == [1, 2, 3]
    assert rows["b_norm"].tolist() == [0.5] * 3
    assert rows["b_0"].tolist() == [PARAMETERS["b_0"].value] * 3


def test_a_switch_wins_over_an_override() -> None:
    assert parameter_rows({"b_norm": 4.0}, ["norm"])["b_norm"][0] == 0


def test_all_problems_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parameter_rows({"b_trsut": 1.0, "b_norm": 99.0, "openness": math.nan}, ["telepathy"])
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "did you mean b_trust?" in text
    assert "b_norm: is 99 — 0 to 8 (visible norm)" in text
    assert "openness: is nan" in text
    assert "telepathy: is not a mechanism" in text


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1.0000001, -1e-9])
def test_values_out_of_range(value: float) -> None:
    assert problems_of_parameter("openness", value) is not None
    for good in (0.0, 1.0, 0.5):
        assert problems_of_parameter("openness", good) is None
