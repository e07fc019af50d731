"""Whether what installed packages put into the engine's loops can be compiled."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from sim import rules
from sim.compiler import numba
from sim.engine.replaced import replaced
from sim.errors import InputError
from sim.extensions import Extension
from sim.theories import SLOTS, theories

__all__ = ["check_compiled_in"]

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def check_compiled_in() -> None:
    """Refuse functions of installed packages that cannot be compiled.

    Raises
    ------
    InputError
        With every one of them, and the package that it is in.
    """
    problems = []
    for extension, function in _functions():
        try:
            numbers = (numba.float64,) * len(inspect.signature(function).parameters)
            numba.njit(error_model="numpy", _nrt=False)(function).compile(numbers)
        except Exception as error:  # numba's own, and whatever else it stumbles over
            problems.append(extension.problem(f"cannot be compiled: {_reason(error)}"))
    if problems:
        raise InputError(problems)


def _functions() -> Iterator[tuple[Extension, Callable[..., Any]]]:
    for one in replaced():
        yield one, rules.RULES[one.name].function
    for decides in SLOTS:
        for theory in theories(decides).values():
            if theory.own is not None and theory.extension is not None:
                yield theory.extension, theory.own


def _reason(error: Exception) -> str:
    """Return the one line of numba's many that says what it cannot do, and where."""
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Failed in ")] or [type(error).__name__]
    where = next((found for line in lines if (found := re.search(r"\((\d+)\)$", line))), None)
    return said[0].rstrip(":") + (f" (line {where[1]})" if where else "")
