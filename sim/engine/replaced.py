"""Rules that installed packages put in the place of the model's own, and whether they compile."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from sim import rules
from sim.compiler import numba
from sim.errors import InputError, refusal
from sim.extensions import Extension, extensions, take_each
from sim.rules.catalogue import parsed, rule
from sim.theories import GROUP as THEORIES
from sim.theories import SLOTS, theories

GROUP = "uptake.rules"

_FIXED = frozenset(("sim.rules.chance", "sim.rules.numbers"))
"""Modules of rules that cannot be replaced: keyed chance, and functions of numbers."""

_used: tuple[Extension, ...] = ()


def replace_rules() -> None:
    """Put the rules of installed packages in their slots.

    Raises InputError with everything wrong in them; then none is replaced.
    """
    global _used
    found: dict[str, tuple[Extension, Any]] = {}

    def take(one: Extension, own: Any) -> str:
        if one.name in found:
            return f"is replaced by {found[one.name][0].distribution} too"
        found[one.name] = (one, own)
        return wrong_with_rule(one.name, own)

    take_each(extensions(GROUP), take)
    for name, (_, own) in found.items():
        _put(name, rule(own, name))
    _used = _compiled_in()


def wrong_with_rule(name: str, own: object) -> str:
    """Return why a function cannot take the place of a rule; empty if it can.

    - ``name``: of the rule.
    - ``own``: a plain function with the rule's arguments and a docstring with the five labels.
    """
    slots = rules.RULES
    names = [one for one in slots.names() if slots[one].function.__module__ not in _FIXED]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/reference/rules.md lists them"
        return f"is the name of no rule that can be replaced: {hint}"
    slot = slots[name]
    if not inspect.isfunction(own):
        return "is no plain function"
    theirs = tuple(inspect.signature(own).parameters)
    if theirs != tuple(slot.domain):
        return f"has the arguments {', '.join(theirs)}, not {', '.join(slot.domain)}"
    try:
        declared = parsed(own)
    except ValueError as error:
        return str(error).partition(": ")[2]
    for argument, domain in slot.domain.items():
        if declared.domain.get(argument) != domain:
            unit, low, high = domain
            return f"does not declare {argument} {unit} [{low:g}, {high:g}], as the rule does"
    if not (slot.low <= declared.low <= declared.high <= slot.high):
        return f"has a range outside the rule's, [{slot.low:g}, {slot.high:g}]"
    return ""


def check_replaced() -> None:
    """Refuse to go on with other rules or theories than this process was started with."""
    if _compiled_in() != _used:
        what = "were switched on or off after the engine was loaded"
        right = "a process of its own: UPTAKE_NO_PLUGINS before it starts"
        raise refusal("plugins", f"{GROUP}, {THEORIES}", what, right)


def replaced() -> tuple[Extension, ...]:
    """Return the rules that were replaced when the engine was loaded."""
    return tuple(one for one in _used if one.group == GROUP)


def _compiled_in() -> tuple[Extension, ...]:
    """Return what is compiled into the engine's loops."""
    return (*extensions(GROUP), *extensions(THEORIES))


def _put(name: str, own: Callable[..., Any]) -> None:
    """Bind a rule's name to another function wherever rules are imported by name."""
    old = getattr(rules, name)
    for module in [module for key, module in sys.modules.items() if key.startswith("sim.")]:
        if vars(module).get(name) is old:
            setattr(module, name, own)


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def check_compiled_in() -> None:
    """Refuse functions of installed packages that cannot be compiled.

    Raises InputError with every one of them, and the package that it is in.
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
