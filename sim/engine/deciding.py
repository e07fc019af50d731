"""Take-up and choice in the compiled engine, by whichever theory a scenario chooses.

Each theory gets loops of its own, into which its function is compiled as rules are: the loop that
takes people up, the loop that gives their chance of use, and the one that says what a shortfall
keeps them from. Which of them a run goes through is decided once a block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from sim.engine import rows as at
from sim.engine.compiling import compiled, part
from sim.rules import (
    barrier_of_first_use,
    days_from_uniform,
    eased_by_sessions,
    exponential,
    gain_without,
    uniform,
)
from sim.rules.numbers import WORKDAYS
from sim.theories import CHOICE, LARGEST_ODDS, TAKE_UP, Theory, theories

_LARGEST, _BLOCK = LARGEST_ODDS, np.uint64(at.BLOCK)

PLACES = {
    "alone": "rates[0]", "team": "rates[1]", "ties": "rates[2]",
    "pull": "s[at.TEAM_PULL + i] * s[at.EXPONENT + i]", "odds": "odds",
    "rival_odds": "rival_odds", "share": "s[at.TEAM_SEEN + i]", "near": "s[at.NEAR + i]",
    "norm": "s[at.NORM + i]", "everyone": "now[0]", "week": "now[1]",
    "trait": "uniform(now[2], keys[i])", "signal": "s[at.SIGNAL + i]",
    "climate": "s[at.CLIMATE + i]", "trust": "s[at.TRUST + i]",
    "fear_mistake": "s[at.MISTAKE + i]", "fear_job": "s[at.JOB + i]",
    "fear_permission": "np.float64(narrow[at.PERMISSION + i])",
    "fear_identity": "np.float64(narrow[at.IDENTITY + i])",
    "usefulness": "np.float64(narrow[at.USEFULNESS + i])", "benefit": "s[at.BENEFIT + i]",
    "capability": "np.float64(narrow[at.CAPABILITY + i])",
    "fit": "np.float64(narrow[at.FIT + i])", "habit": "wide[at.HABIT + i]",
    "cynicism": "np.float64(narrow[at.CYNICISM + i])",
}  # fmt: skip
"""Where each of ``sim.theories.QUANTITIES`` stands, of person ``i`` of the block at hand."""


def _asked(theory: Theory) -> Callable[..., float]:
    """Return a theory's function as the loops call it: it reads just what the theory names."""
    own = {name: f"own[{k}]" for k, name in enumerate(theory.settings)}
    values = ", ".join({**PLACES, **own}[name] for name in theory.arguments)
    taken = "i, s, wide, narrow, keys, now, own, "
    taken += "rates" if theory.decides == TAKE_UP else "odds, rival_odds"
    name = _function_name("asked", theory)
    spaces: dict[str, Any] = {
        "__name__": __name__, "np": np, "at": at, "uniform": uniform,
        "theory": _compiled_in(theory.own) if theory.own else theory.function,
    }  # fmt: skip
    exec(f"def {name}({taken}):\n    return theory({values})\n", spaces)
    return part(spaces[name])


_compiled_in = cache(part)


def _function_name(loop: str, theory: Theory) -> str:
    return f"{loop}_{theory.name.replace('-', '_')}"


def _loop(function: Callable[..., None], theory: Theory) -> Callable[..., None]:
    """Compile a loop of a theory, under a name of its own."""
    function.__name__ = function.__qualname__ = _function_name(function.__name__, theory)
    return compiled(function)


def _taking_up(theory: Theory) -> Callable[..., None]:
    hazard_of = _asked(theory)

    def take_up(s, wide, narrow, small, keys, now, own, rates, b_first, first_fade):
        for j in range(at.BLOCK):
            i = np.uint64(j)
            considers, risen = s[at.CONSIDERS + i], s[at.EXPONENT + i]
            sessions = eased_by_sessions(np.float64(small[at.TRAININGS + i]), first_fade)
            first_use = barrier_of_first_use(b_first, risen if considers > 0.0 else 1.0, sessions)
            s[at.FIRST_USE + i] = first_use
            s[at.ODDS + i] -= first_use
            hazard = s[at.ACCESS + i] * hazard_of(i, s, wide, narrow, keys, now, own, rates)
            hazard = 0.0 if considers > 0.0 else hazard
            left = np.float32(np.float64(narrow[at.THRESHOLD + i]) - hazard)
            narrow[at.THRESHOLD + i] = left
            s[at.CONSIDERS + i] = 1.0 if (hazard > 0.0) & (left <= 0.0) else considers

    return _loop(take_up, theory)


def _giving_days(theory: Theory) -> Callable[..., None]:
    chance_of = _asked(theory)

    def give_days(s, wide, narrow, small, keys, now, own, rivalry, forgetting):
        for j in range(at.BLOCK):
            i = np.uint64(j)
            odds, rival_odds = s[at.ODDS + i], rivalry * s[at.OWN_ODDS + i]
            confidence = chance_of(i, s, wide, narrow, keys, now, own, odds, rival_odds)
            s[at.CHANCE + i] = confidence
            considers = s[at.CONSIDERS + i]
            days = days_from_uniform(s[at.UNIFORM_USE + i], WORKDAYS, confidence)
            days *= s[at.ACCESS + i] * considers
            # The random number of failed uses is free in a week without use: it says who forgets.
            unused = (days == 0.0) & (small[at.DEPTH + i] == 0)
            forgets = unused & (s[at.UNIFORM_FAILURE + i] < forgetting)
            s[at.FORGETS + i] = considers if forgets else 0.0
            s[at.DAYS + i] = days

    return _loop(give_days, theory)


def _lifting(theory: Theory) -> Callable[..., None]:
    if theory.own is None:

        def lift(s, wide, narrow, keys, now, own, rivalry, top):
            odds, own_odds = s[at.ODDS : at.ODDS + _BLOCK], s[at.OWN_ODDS : at.OWN_ODDS + _BLOCK]
            considers = s[at.CONSIDERS : at.CONSIDERS + _BLOCK]
            shortfalls = s[top : top + _BLOCK]
            for j in range(at.BLOCK):
                i = np.uint64(j)
                gain = gain_without(odds[i], rivalry * own_odds[i], shortfalls[i])
                shortfalls[i] = considers[i] * gain

        return _loop(lift, theory)
    chance_of = _asked(theory)

    def lift_by(s, wide, narrow, keys, now, own, rivalry, top):
        for j in range(at.BLOCK):
            i = np.uint64(j)
            lifted = min(s[at.ODDS + i] * exponential(s[top + i]), _LARGEST)
            rival_odds = rivalry * s[at.OWN_ODDS + i]
            chance = chance_of(i, s, wide, narrow, keys, now, own, lifted, rival_odds)
            s[top + i] = s[at.CONSIDERS + i] * max(0.0, chance - s[at.CHANCE + i])

    return _loop(lift_by, theory)


def _by_code(
    name: str, decides: str, make: Callable[[Theory], Callable[..., None]], arguments: str
) -> Callable[..., None]:
    """Return the loop that goes through the one of the theory whose code comes first."""
    loops = [make(theory) for theory in theories(decides).values()]
    spaces: dict[str, Any] = {
        "__name__": __name__, **{f"loop_{code}": loop for code, loop in enumerate(loops)}
    }  # fmt: skip
    lines = [f"def {name}(code, {arguments}):"]
    for code in range(1, len(loops)):
        lines += [f"    if code == {code}:", f"        return loop_{code}({arguments})"]
    lines += [f"    loop_0({arguments})"]
    exec("\n".join(lines) + "\n", spaces)
    return compiled(spaces[name])


_TAKEN = "s, wide, narrow, small, keys, now, own, "

take_up = _by_code("take_up", TAKE_UP, _taking_up, f"{_TAKEN}rates, b_first, first_fade")
"""Note the barrier of the first use, and add a week's exposure: at their own threshold, people of
a block consider the tool."""
give_days = _by_code("give_days", CHOICE, _giving_days, f"{_TAKEN}rivalry, forgetting")
"""Draw the workdays of use of people of a block, and who forgets an unused tool."""
lift = _by_code("lift", CHOICE, _lifting, "s, wide, narrow, keys, now, own, rivalry, top")
"""Replace a row of shortfalls by what each keeps its person from."""
