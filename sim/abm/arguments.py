"""What a model may be given besides a seed: a length, an engine, classes of people."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.abm.agents import Employee, Manager
from sim.abm.view import PersonView, states
from sim.errors import InputError, Problem, not_whole, refusal
from sim.outcomes import MAX_WEEKS
from sim.randomness import MAX_SEED

People = tuple[type[Employee], type[Manager]]
"""Classes of those who lead nobody and of those who lead."""


def problems_of_length(weeks: object) -> list[Problem]:
    """Return what is wrong with a number of weeks; None is the scenario's own."""
    return [] if weeks is None else not_whole("model", weeks, 1, MAX_WEEKS, "weeks")


def engine_for(engine: str | None, people: object) -> str:
    """Return the engine for some classes of people; refuse one that would pass over them.

    Raises InputError where the engine does not exist, a class is of another kind, or the compiled
    engine, which calls no methods, was asked for classes with a behaviour of their own.
    """
    problems = []
    if engine not in (None, "compiled", "agents"):
        right = "'compiled' or 'agents' would be right"
        problems.append(Problem("model", "engine", f"is {engine!r}", right))
    kinds = (Employee, Manager)
    fits = isinstance(people, tuple | list) and len(people) == 2
    if not fits or not all(
        isinstance(one, type) and issubclass(one, kind)
        for one, kind in zip(people, kinds, strict=True)  # type: ignore[call-overload]
    ):
        right = (
            "two classes, of Employee and of Manager: class Mine(Employee), "
            "class MyManager(Mine, Manager), people=(Mine, MyManager)"
        )
        problems.append(Problem("model", "people", f"is {people!r}", right))
        raise InputError(problems)
    own = sorted({n for one, kind in zip(people, kinds, strict=True) for n in _own(one, kind)})  # type: ignore[call-overload]
    if own and engine == "compiled":
        what = f"have their own {', '.join(own)}, which the compiled engine never calls"
        problems.append(Problem("model", "people", what, "engine='agents'"))
    if problems:
        raise InputError(problems)
    return engine or ("agents" if own else "compiled")


def _own(cls: type, kind: type) -> list[str]:
    """Return the names of the model that a class gives another meaning."""
    members: Mapping[str, Any] = {**vars(PersonView), **vars(Employee), **vars(Manager)}
    names = {n for n, value in members.items() if callable(value) or isinstance(value, property)}
    names = {n for n in names if not n.startswith("__")} | {"__getattr__", "__setattr__"}
    missing = object()
    return [
        name
        for name in sorted(names | states())
        if inspect.getattr_static(cls, name, missing)
        is not inspect.getattr_static(kind, name, missing)
    ]


_RIGHT = f"a whole number from 0 to {MAX_SEED}, or what numpy.random.default_rng takes"


def seed_of(seed: Any = None, rng: Any = None) -> int:
    """Return the whole number that seeds a model.

    It is 0 to 2**63 - 1; a fresh one, of 53 bits, where none is given.

    - ``seed``, ``rng``: the two names under which a seed may come; at most one of them, or the same
      twice.

    Raises InputError where it is no seed, or two are given.

    >>> seed_of(7), seed_of(rng=7), seed_of(np.uint8(7), 7)
    (7, 7, 7)
    >>> seed_of(rng=np.random.SeedSequence(7)) == seed_of(rng=np.random.SeedSequence(7))
    True
    """
    found = [_number(name, given) for name, given in (("seed", seed), ("rng", rng))]
    numbers = {number for number in found if number is not None}
    if len(numbers) > 1:
        what = f"are two seeds, {found[0]} and {found[1]}"
        raise refusal("UptakeModel", "seed and rng", what, "one of them")
    return numbers.pop() if numbers else secrets.randbits(53)


def _number(name: str, given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if 0 <= given <= MAX_SEED:
            return int(given)
    elif not isinstance(given, bool | float | np.floating | str | bytes):
        try:
            return int(np.random.default_rng(given).integers(2**63))
        except (TypeError, ValueError):
            pass
    what = f"is {given!r}"[:100]
    raise refusal("UptakeModel", name, what, _RIGHT)
