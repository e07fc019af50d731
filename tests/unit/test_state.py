"""The declaration of the state."""

from __future__ import annotations

import numpy as np

from sim.engine.memory import cells, column, memory_of
from sim.engine.rows import SURVEYED
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD, Driver, Outcome
from sim.state import PEOPLE, STATE, STATE_VARIABLES, VALUES, VISIBLE, VISIBLE_VARIABLES, Flag

ALL = (*STATE_VARIABLES, *VISIBLE_VARIABLES)


def test_names_are_unique_and_ranges_make_sense() -> None:
    names = [variable.name for variable in ALL]
    assert len(set(names)) == len(names)
    for variable in ALL:
        assert variable.low < variable.high
        assert variable.meaning
        assert np.dtype(variable.dtype).itemsize in (1, 4, 8)


def test_types_hold_their_ranges() -> None:
    for variable in ALL:
        info = np.iinfo if np.dtype(variable.dtype).kind == "u" else np.finfo
        assert info(variable.dtype).min <= variable.low
        assert variable.high <= info(variable.dtype).max


def test_arrays_have_every_variable() -> None:
    assert STATE.names == tuple(variable.name for variable in STATE_VARIABLES)
    assert VISIBLE.names == tuple(variable.name for variable in VISIBLE_VARIABLES)
    assert set(VALUES) <= set(PEOPLE.names or ())
    memory = memory_of(5, 2)
    for variable in STATE_VARIABLES:
        array = column(memory, variable.name)
        assert array.shape == (5,)
        assert array.dtype == np.dtype(variable.dtype)
        cells(memory, variable.name)[:] = 1
    assert all((column(memory, variable.name) == 1).all() for variable in STATE_VARIABLES)


def test_each_variable_has_its_own_place() -> None:
    memory = memory_of(3, 1)
    for number, variable in enumerate(STATE_VARIABLES):
        cells(memory, variable.name)[:] = number % 200
    for number, variable in enumerate(STATE_VARIABLES):
        assert (column(memory, variable.name) == number % 200).all(), variable.name


def test_a_person_fits_in_250_bytes() -> None:
    """State, what others perceive (twice) and who it is, beyond the ties."""
    assert STATE.itemsize + 2 * VISIBLE.itemsize + PEOPLE.itemsize <= 250


def test_surveyed_variables_can_be_given() -> None:
    """And whether somebody considers the tool from the start, which is kept as a flag."""
    assert set(SURVEYED) == {variable.name for variable in ALL if variable.surveyed} | {"considers"}
    assert Flag.CONSIDERS


def test_flags_are_bits_of_a_byte() -> None:
    assert all(flag & (flag - 1) == 0 for flag in Flag)
    assert sum(Flag) <= 255


def test_positions_of_records() -> None:
    assert [Outcome[v.name] for v in OUTCOMES] == list(range(len(OUTCOMES)))
    assert [Driver[v.name] for v in DRIVERS] == list(range(len(DRIVERS)))
    for variables in (OUTCOMES, DRIVERS, PERSON_RECORD):
        names = [v.name for v in variables]
        assert len(set(names)) == len(names)
        assert all(v.meaning and v.unit for v in variables)
