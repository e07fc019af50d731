"""The decorator that makes a rule, and the catalogue in which every rule is found."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sim.compiler import register_jitable

__all__ = ["DRAWN", "RULES", "Rule", "draws", "parsed", "rule"]

F = TypeVar("F", bound=Callable[..., Any])

_LABEL = re.compile(r"^(Decides|Equation|Units|Range|Monotone|Source)\s*:\s*", re.MULTILINE)
_UNIT = re.compile(r"(\w+)\s+(\S+)\s+\[([^,\]]+),\s*([^\]]+)\]")
_MONOTONE = re.compile(r"(rises|falls) with ([\w, ]+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what its docstring declares."""

    function: Callable[..., Any]
    """The pure scalar function, as plain Python."""
    summary: str
    equation: str
    source: str
    domain: dict[str, tuple[str, float, float]]
    """Unit and range of each argument."""
    low: float
    high: float
    """``low``, ``high``: range of the result."""
    rises: tuple[str, ...]
    falls: tuple[str, ...]
    """``rises``, ``falls``: arguments with which the result never falls, never rises."""
    decides: str = ""
    """Of a theory of another package: what it decides; see ``sim.theories``."""


_FUNCTIONS: dict[str, Callable[..., Any]] = {}

DRAWN: list[str] = []
"""Names of the random numbers that rules have asked for."""


def rule(function: F, name: str = "") -> F:
    """Register a pure scalar function as a rule of the model.

    Python calls it as it is (Mesa agents do); numba-compiled code that calls it gets it
    compiled in, with the same bits. With a ``name`` it takes the place of the rule of that name.
    """
    _FUNCTIONS[name or function.__name__] = function
    RULES.pop(name, None)
    return register_jitable(
        error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def draws(name: str) -> Callable[[F], F]:
    """Say that a rule is given a random number of its own: a uniform a person and week.

    In the engine it stands in the row ``uniform_NAME`` of a block, and agents have it by
    ``self._uniform(NAME)``.
    """
    if name in DRAWN:
        raise ValueError(f"{name} is drawn for another rule")
    DRAWN.append(name)
    return lambda function: function


def parsed(function: Callable[..., Any]) -> Rule:
    """Return what a rule's docstring declares.

    Raises ValueError where one of the five labels is missing, or says nothing that can be read.
    """
    text = inspect.getdoc(function) or ""
    parts = _LABEL.split(text)
    labels = {
        name: " ".join(body.split()) for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    missing = {"Equation", "Units", "Range", "Monotone", "Source"} - labels.keys()
    if missing:
        raise ValueError(f"rule {function.__name__}: no {', '.join(sorted(missing))} in docstring")
    domain = {
        name: (unit, float(low), float(high))
        for name, unit, low, high in _UNIT.findall(labels["Units"])
    }
    ends = re.findall(r"[-+\w.]+", labels["Range"])[:2]
    if len(ends) < 2:
        raise ValueError(f"rule {function.__name__}: Range names no two ends")
    low, high = ends
    monotone = {"rises": (), "falls": ()} | {
        way: tuple(name.strip() for name in re.split(r",| and ", names) if name.strip())
        for way, names in _MONOTONE.findall(labels["Monotone"])
    }
    return Rule(
        function=function, summary=parts[0].strip(), equation=labels["Equation"],
        source=labels["Source"], domain=domain, low=float(low), high=float(high),
        rises=monotone["rises"], falls=monotone["falls"], decides=labels.get("Decides", ""),
    )  # fmt: skip


class _Catalogue(dict[str, Rule]):
    """Rules by name; docstrings are read when somebody looks."""

    def __missing__(self, name: str) -> Rule:
        self[name] = found = parsed(_FUNCTIONS[name])
        return found

    def names(self) -> tuple[str, ...]:
        """Return the names of all rules."""
        return tuple(_FUNCTIONS)


RULES = _Catalogue()
"""Every rule by name; ``RULES.names()`` lists them."""
