"""Theories of how people decide: the model's own, and those of installed packages, by name.

A theory is one plain function of numbers. It names what it needs in its arguments: quantities of a
person's week, of ``QUANTITIES``, and settings of its own, which have a default. The compiled
engine compiles it in (``sim.engine.deciding``); agents call it (``sim.abm.agents``).
"""

from __future__ import annotations

import inspect
import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import did_you_mean, refusal
from sim.extensions import Extension, extensions, take_each
from sim.numbers import typed

if TYPE_CHECKING:
    from sim.rules.catalogue import Rule


GROUP = "uptake.decisions"
"""Group of entry points; what each asks for stands in ``docs/plugins.md``."""
TAKE_UP, CHOICE = SLOTS = ("take-up", "choice")
"""What a theory may decide, as its docstring says after ``Decides``."""
MAX_SETTINGS = 6
"""Settings that a theory may have."""
LARGEST_ODDS = 1e17
"""Largest odds that a theory of choice is asked about."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TRIES = 200
_RESULTS = {TAKE_UP: (0.0, 1e20), CHOICE: (0.0, 1.0)}


class Decision(IntEnum):
    """How people decide."""

    LOGIT = 0
    THRESHOLD_SHARE = 1
    THRESHOLD_COUNT = 2
    BASS = 3
    HAZARD_SHARE = 4
    HAZARD_COUNT = 5


@dataclass(frozen=True, slots=True)
class TheoryInput:
    """What a theory may ask for: its unit, its range, and for which theories it is there.

    - ``of``: of ``SLOTS``.
    """

    unit: str
    low: float
    high: float
    meaning: str
    of: tuple[str, ...] = SLOTS


QUANTITIES = {
    "alone": TheoryInput("1/week", 0, 2, "hazard by oneself: takeup_alone", (TAKE_UP,)),
    "team": TheoryInput("1/week", 0, 5, "hazard by the share of the team: takeup_team", (TAKE_UP,)),
    "ties": TheoryInput("1/week", 0, 5, "hazard by those listened to: takeup_ties", (TAKE_UP,)),
    "pull": TheoryInput(
        "1", 0, 1e9, "factor by the group, by what moves all, and by the tool's appeal", (TAKE_UP,)
    ),
    "odds": TheoryInput("1", 0, LARGEST_ODDS, "odds of use by its utility: e^U", (CHOICE,)),
    "rival_odds": TheoryInput(
        "1", 0, LARGEST_ODDS, "odds of own tools, as far as rivals", (CHOICE,)
    ),
    "share": TheoryInput("1", 0, 1, "share of the team seen using last week"),
    "near": TheoryInput("1", 0, 1e9, "visible use among those listened to who could use the tool"),
    "norm": TheoryInput("1", 0, 1, "share of attention on visible use"),
    "everyone": TheoryInput("1", 0, 1, "share of the organisation seen using last week"),
    "trait": TheoryInput("1", 0, 1, "random number that a person keeps for the run, below 1"),
    "week": TheoryInput("week", 1, 1040, "week of the run"),
    "signal": TheoryInput("1", -1, 1, "what the manager signals"),
    "climate": TheoryInput("1", 0, 1, "psychological safety of the team"),
    "trust": TheoryInput("1", 0, 1, "expressed trust"),
    "fear_mistake": TheoryInput("1", 0, 1, "expressed fear of visible mistakes"),
    "fear_job": TheoryInput("1", 0, 1, "expressed fear for the job"),
    "fear_permission": TheoryInput("1", 0, 1, "fear of unclear permission"),
    "fear_identity": TheoryInput("1", 0, 1, "fear for the professional identity"),
    "usefulness": TheoryInput("1", 0, 1, "perceived usefulness"),
    "benefit": TheoryInput("1", 0, 1, "what one really gets from a use"),
    "capability": TheoryInput("1", 0, 1, "capability with the tool"),
    "fit": TheoryInput("1", 0, 1, "fit with own work"),
    "habit": TheoryInput("1", 0, 1, "automaticity of use"),
    "cynicism": TheoryInput("1", 0, 1, "cynicism"),
}
"""What a theory may name in its arguments."""


@dataclass(frozen=True, eq=False)
class Theory:
    """A way to decide, by the name that a scenario chooses it by.

    - ``decides``: of ``SLOTS``.
    - ``code``: by which the compiled engine knows it; 0 is the model's own.
    - ``rule``: of the model's own: the rule that it is, which a package may have replaced.
    - ``own``: of a package's.
    - ``settings``: defaults of its own arguments, in order.
    """

    name: str
    decides: str
    summary: str
    code: int = 0
    rule: str = ""
    own: Callable[..., float] | None = None
    settings: dict[str, float] = field(default_factory=dict)
    extension: Extension | None = None

    @property
    def function(self) -> Callable[..., float]:
        """The plain function."""
        if self.own is not None:
            return self.own
        from sim import rules

        return getattr(rules, self.rule)

    @property
    def declared(self) -> Rule:
        """What its docstring says."""
        from sim import rules

        return rules.RULES[self.rule] if self.own is None else rules.parsed(self.own)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of its arguments, in order."""
        return tuple(inspect.signature(self.function).parameters)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A theory that a scenario chooses, and the settings that it gives; plain data.

    - ``settings``: those given, by name.
    """

    decides: str
    name: str = ""
    settings: tuple[tuple[str, float], ...] = ()

    @property
    def theory(self) -> Theory:
        """The theory; the model's own where no name is given.

        Raises InputError where no installed package offers it, or one is broken.
        """
        return theory_of(self.decides, self.name)

    @property
    def values(self) -> tuple[float, ...]:
        """All settings in order, those not given at their defaults."""
        return tuple({**self.theory.settings, **dict(self.settings)}.values())


_OWN = {
    TAKE_UP: ("hazard", "The model's own, a sum of hazards", "hazard_of_beginning"),
    CHOICE: ("logit", "The model's own, by the odds of its utility", "chance_of_option"),
}


def theories(decides: str) -> Mapping[str, Theory]:
    """Return all theories of a kind by name, the model's own first.

    ``decides`` is one of ``SLOTS``. Raises InputError with everything wrong in the theories of
    installed packages.
    """
    return _all(extensions(GROUP))[decides]


def theory_of(decides: str, name: str = "") -> Theory:
    """Return a theory by name; the model's own by default.

    Raises InputError as ``theories``, and where there is none of that name.
    """
    known = theories(decides)
    if not name:
        return next(iter(known.values()))
    if name not in known:
        right = f"the package that brings it, or {did_you_mean(name, list(known))}"
        raise refusal(f"theory of {decides}", name, "is not installed", right)
    return known[name]


@cache
def _all(offered: tuple[Extension, ...]) -> dict[str, dict[str, Theory]]:
    found = {
        decides: {name: Theory(name, decides, about, rule=rule)}
        for decides, (name, about, rule) in _OWN.items()
    }

    def take(one: Extension, own: Any) -> str:
        if what := wrong_with_theory(own):
            return what
        from sim.rules import parsed

        declared = parsed(own)
        others, about = found[declared.decides], " ".join(declared.summary.split()).rstrip(".")
        if not _NAME.fullmatch(one.name):
            return "has a name that is not lower-case words with hyphens"
        if one.name in others:
            return "is there already"
        others[one.name] = Theory(
            one.name, declared.decides, about, len(others), own=own, settings=_defaults(own),
            extension=one,
        )  # fmt: skip
        return ""

    take_each(offered, take)
    return found


def _defaults(own: Callable[..., Any]) -> dict[str, float]:
    parameters = inspect.signature(own).parameters.values()
    return {one.name: float(one.default) for one in parameters if one.name not in QUANTITIES}


def wrong_with_theory(own: object) -> str:  # noqa: C901 - one thing after the other
    """Return why something is no theory; empty if it is one.

    It is a plain function of quantities and settings, with a docstring of six labels: ``Decides``,
    and the five of a rule.
    """
    from sim.rules import parsed

    if not inspect.isfunction(own):
        return "is no plain function"
    try:
        declared = parsed(own)
    except ValueError as error:
        return str(error).partition(": ")[2]
    if declared.decides not in SLOTS:
        return f"does not say in its docstring what it decides: Decides : {' or '.join(SLOTS)}"
    settings = 0
    for name, one in inspect.signature(own).parameters.items():
        if one.kind is not one.POSITIONAL_OR_KEYWORD:
            return f"takes *{name}; its arguments have to be named"
        if name not in declared.domain:
            return f"does not say the unit and range of {name} after Units"
        low, high = declared.domain[name][1:]
        quantity = QUANTITIES.get(name)
        if quantity is None and one.default is one.empty:
            right = did_you_mean(name, [n for n in QUANTITIES if declared.decides in _of(n)])
            return f"asks for {name}, which is no quantity ({right}) and has no default"
        if quantity is None:
            settings += 1
            if not _is_number(one.default) or not low <= one.default <= high:
                return f"has the default {one.default!r} of {name}, outside [{low:g}, {high:g}]"
        elif declared.decides not in quantity.of:
            return f"asks for {name}, which a theory of {declared.decides} does not know"
        elif declared.domain[name] != (quantity.unit, quantity.low, quantity.high):
            right = f"{name} {quantity.unit} [{quantity.low:g}, {quantity.high:g}]"
            return f"does not declare {right}"
    if settings > MAX_SETTINGS:
        return f"has {settings} settings; {MAX_SETTINGS} at most"
    low, high = _RESULTS[declared.decides]
    if not low <= declared.low <= declared.high <= high:
        return f"declares a range outside [{low:g}, {high:g}]"
    return _tried(own, declared)


def _of(name: str) -> tuple[str, ...]:
    return QUANTITIES[name].of


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _tried(own: Callable[..., Any], declared: Rule) -> str:
    """Return what is wrong with what a theory gives for arguments from all over their ranges."""
    draw = random.Random(1)
    names = tuple(inspect.signature(own).parameters)
    for _ in range(_TRIES):
        values = {}
        for name in names:
            _, low, high = declared.domain[name]
            values[name] = draw.choice([low, high, draw.uniform(low, high), draw.uniform(low, 1)])
            values[name] = min(max(float(values[name]), low), high)
        said = ", ".join(f"{name}={typed(value)}" for name, value in values.items())
        try:
            result = float(own(**values))
        except Exception as error:  # whatever a stranger's function raises
            return f"fails with {type(error).__name__} for {said}"
        if not declared.low <= result <= declared.high:
            return f"gives {typed(result)} for {said}, outside its range"
    return ""
