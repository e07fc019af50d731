"""The first compile, in two processes side by side: each leaves what it compiles in the cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from sim.compiler import numba
from sim.engine import rows as at
from sim.engine import runs
from sim.engine.compiling import is_compiled
from sim.engine.memory import DECISION, effect_table_of, memory_of, population_arrays
from sim.engine.recording import rows_of
from sim.engine.replaced import check_compiled_in
from sim.interventions.effects import Timeline
from sim.organisation import template
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD
from sim.parameters import parameter_rows
from sim.processes import Helper, end_with_parent
from sim.theories import Decision

Part = tuple[Any, tuple[Any, ...]]


def _parts() -> list[Part]:
    """Return loops that ``advance_runs`` calls, with the types of what it passes.

    They are noted while it is gone through in Python for one week, with loops that do nothing.
    """
    people = template(at.BLOCK + 1)
    n_people, n_teams, n_outcomes = people.n_people, people.n_teams, len(OUTCOMES)
    found: dict[tuple[Any, tuple[Any, ...]], None] = {}

    def noted(loop: Any) -> Callable[..., float]:
        def nothing(*arguments: Any) -> float:
            found[loop, tuple(map(numba.typeof, arguments))] = None
            return 1.0

        return nothing

    dry = {name: noted(of) if hasattr(of, "py_func") else of for name, of in vars(runs).items()}
    dry["_IN_CACHE"] = 0  # as of many people, some of whom are away
    dry["ANEW"] = 0  # and in any week: it is asked who is given access
    population = population_arrays(people)
    population = population._replace(team_size=np.zeros_like(population.team_size))
    decisions = np.zeros(1, DECISION)
    decisions["rule"] = Decision.HAZARD_SHARE
    entry: Any = runs.advance_runs
    advance = FunctionType(entry.py_func.__code__, dry)
    with np.errstate(over="ignore"):  # as hashes do
        advance(
            0, 1, *runs.whole(population, begins=True), 0, 1, population,
            effect_table_of(Timeline.empty()), np.zeros(2, np.int64), memory_of(n_people, n_teams),
            parameter_rows().view(np.recarray)[None],
            decisions.view(np.recarray), np.zeros((1, 1), np.uint64),
            np.ones(1, np.bool_), np.zeros((1, 1, n_outcomes)),
            np.zeros((1, 1, n_teams, n_outcomes), np.float32), rows_of([]),
            np.zeros((1, 1, n_teams, len(DRIVERS)), np.float32),
            np.zeros((1, 1, n_people, len(PERSON_RECORD)), np.uint8), 0,
        )  # fmt: skip
    return list(found)


def _compile(parts: Iterable[Part]) -> None:
    for loop, types in parts:
        loop.compile(types)


def _second_process() -> Helper | None:
    if (os.cpu_count() or 1) < 2:
        return None
    try:
        return Helper(f"from {__name__} import compile_others; compile_others()")
    except OSError:
        return None


@cache
def compile_side_by_side() -> None:
    """Compile the engine's loops with a second process, where none are in the cache yet.

    Loop by loop, so that Ctrl-C is answered between them. Raises InputError where a function of an
    installed package cannot be compiled.
    """
    if is_compiled(runs.advance_runs):
        return
    check_compiled_in()
    other = _second_process()
    try:
        _compile(_parts())  # what the second process has left in the cache is only read
    finally:
        if other:
            other.end()


def compile_others() -> None:
    """Compile what the second process can, from the other end."""
    end_with_parent()
    _compile(reversed(_parts()))
