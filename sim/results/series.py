"""Outcomes week by week, by name: what the engine records, and what packages work out of it.

An outcome of an installed package is a function of recorded outcomes, which it names in its
arguments. Whatever asks for an outcome by name gets either by ``series``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.errors import InputError, did_you_mean
from sim.extensions import Extension, extensions, take_each
from sim.outcomes import OUTCOMES, Outcome, Variable

if TYPE_CHECKING:
    from sim.engine.compiled import Records


SETTLED_OVER = 4
"""Weeks over which the peak and the settled level are averaged."""
EVENT = "share of replicates"
"""Unit of what happens in a replicate or not."""
HEADLINE, AREA, SPEED = "settled_weekly_users", "mean_weekly_users", "week_half_weekly"
"""What plans are compared by first: the level of weekly use, its area, and its speed."""

RUN_FIGURES = (
    Variable(HEADLINE, "share", f"level: weekly users at the end, average of {SETTLED_OVER} weeks"),
    Variable(AREA, "share", "area: weekly users, average of all weeks (share of person-weeks)"),
    Variable(SPEED, "week", "speed: first week with 50% weekly users"),
    Variable("week_half_habitual", "week", "first week with 50% habitual users"),
    Variable("half_habitual_reached", EVENT, "whether 50% were ever habitual"),
    Variable(
        "peak_weekly_users",
        "share",
        f"highest share of weekly users, average of {SETTLED_OVER} weeks",
    ),
    Variable("peak_week", "week", f"week of that peak, the last of its {SETTLED_OVER}"),
    Variable("use_days_in_all", "days/person", "sanctioned use days over the run"),
    Variable(
        "use_days_per_hour",
        "days/hour",
        "sanctioned use days over the run for each hour spent on the rollout",
    ),
)
"""Figures of a whole run."""

UNDEFINED = (SPEED, "week_half_habitual", "use_days_per_hour")
"""Those that are no number in some runs: a level never reached, nothing spent."""


def run_figures(weekly: Floats) -> dict[str, Floats]:
    """Return the figures of whole runs by name.

    In the order of ``RUN_FIGURES``; infinite for "never", NaN for "not defined". Shape (...). Of
    weekly outcomes, float64 of shape (..., weeks, len(OUTCOMES)).
    """
    weekly_users = weekly[..., Outcome["weekly_users"]]
    users = trailing_mean(weekly_users, SETTLED_OVER)
    half = first_week_at(weekly[..., Outcome["habitual"]])
    days = weekly[..., Outcome["use_days"]].sum(axis=-1)
    hours = weekly[..., -1, Outcome["hours"]]
    per_hour = np.full(days.shape, np.nan)
    np.divide(days, hours, out=per_hour, where=hours > 0)
    values = (
        users[..., -1], weekly_users.mean(axis=-1), first_week_at(weekly_users), half,
        np.isfinite(half).astype(np.float64), users.max(axis=-1), users.argmax(axis=-1) + 1.0,
        days, per_hour,
    )  # fmt: skip
    return {v.name: value for v, value in zip(RUN_FIGURES, values, strict=True)}


def first_week_at(series: Floats, share: float = 0.5) -> Floats:
    """Return the first week (from 1) at which ``series`` is at least ``share``, else infinity.

    Weeks are on the last axis.

    >>> first_week_at(np.array([[0.1, 0.5, 0.6], [0.1, 0.2, 0.3]])).tolist()
    [2.0, inf]
    """
    reached = series >= share - 1e-12
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, np.inf)


def trailing_mean(series: Floats, weeks: int = 4) -> Floats:
    """Return the mean of each week and those before it, at most ``weeks`` in all, on the last axis.

    >>> trailing_mean(np.array([0.0, 1.0, 1.0]), 2).tolist()
    [0.0, 0.5, 1.0]
    """
    total = np.cumsum(series, axis=-1)
    total[..., weeks:] -= total[..., :-weeks].copy()
    count = np.minimum(np.arange(1, series.shape[-1] + 1), weeks)
    return total / count


GROUP = "uptake.outcomes"


_RECORDED = {variable.name: variable for variable in OUTCOMES}
_NAME = re.compile(r"[a-z]+(_[a-z]+)*")

_UNIT = re.compile(r"^\s*Unit\s*:\s*(\S.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class OwnOutcome:
    """An outcome of an installed package."""

    variable: Variable
    function: Callable[..., Floats]
    """Of arrays of shape (..., weeks), one a recorded outcome; gives one of that shape."""
    needs: tuple[str, ...]
    """The recorded outcomes, as its arguments name them."""
    extension: Extension

    def __call__(self, recorded: Callable[[str], NDArray[Any]]) -> Floats:
        """Return the outcome of what is recorded, by name, week by week on the last axis.

        Raises InputError where the package's function fails, or gives something of another shape.
        """
        given = {name: np.asarray(recorded(name), np.float64) for name in self.needs}
        shape = next(iter(given.values())).shape
        try:
            found = np.asarray(self.function(**given), np.float64)
        except Exception as error:  # whatever a stranger's function raises
            said = f"fails with {type(error).__name__}: {str(error)[:200]}"
            raise InputError([self.extension.problem(said)]) from error
        if found.shape != shape:
            said = f"gives an array of shape {found.shape} for arrays of shape {shape}"
            raise InputError([self.extension.problem(said)])
        return found


def own_outcomes() -> Mapping[str, OwnOutcome]:
    """Return the outcomes of installed packages, by name.

    Raises InputError with everything wrong in them.
    """
    return _own(extensions(GROUP))


@cache
def _own(offered: tuple[Extension, ...]) -> dict[str, OwnOutcome]:
    found: dict[str, OwnOutcome] = {}

    def take(one: Extension, function: Any) -> str:
        if one.name in found:
            return f"is brought by {found[one.name].extension.distribution} too"
        if not (what := wrong_with_outcome(one.name, function)):
            found[one.name] = _outcome(one, function)
        return what

    take_each(offered, take)
    return found


def _outcome(one: Extension, function: Callable[..., Any]) -> OwnOutcome:
    said = inspect.getdoc(function) or ""
    meaning = " ".join(said.partition("\n\n")[0].split()).rstrip(".")
    unit = _UNIT.search(said)
    assert unit is not None, "checked before"
    needs = tuple(inspect.signature(function).parameters)
    return OwnOutcome(Variable(one.name, unit[1], meaning), function, needs, one)


def wrong_with_outcome(name: str, own: object) -> str:
    """Return why a function is no outcome; empty if it is one.

    It goes by the name of its entry point; its docstring says what it means and its unit.
    """
    if not _NAME.fullmatch(name):
        return "has a name that is not lower-case words with underscores, such as hours_saved"
    if name in _RECORDED or name in {figure.name for figure in RUN_FIGURES}:
        return "is the name of an outcome that is there already"
    if not inspect.isfunction(own):
        return "is no function"
    said = inspect.getdoc(own) or ""
    if not said.partition("\n\n")[0].strip() or not _UNIT.search(said):
        return "has a docstring that does not say what it means, then Unit : share, or another unit"
    needs = tuple(inspect.signature(own).parameters)
    if not needs:
        return "asks for no recorded outcome"
    for need in needs:
        if need not in _RECORDED:
            right = did_you_mean(need, list(_RECORDED))
            return f"asks for {need}, which is no recorded outcome ({right})"
    return _tried(own, needs)


def _tried(own: Callable[..., Any], needs: tuple[str, ...]) -> str:
    """Return what is wrong with what an outcome's function gives for two replicates of six weeks.

    What a replicate gives must not hang on which others it is worked out with.
    """
    rng = np.random.default_rng(1)
    given = {name: rng.uniform(size=(2, 6)) for name in needs}
    try:
        both = np.asarray(own(**given), np.float64)
        alone = [np.asarray(own(**{n: v[k] for n, v in given.items()}), np.float64) for k in (0, 1)]
    except Exception as error:  # whatever a stranger's function raises
        return f"fails with {type(error).__name__} for two replicates of six weeks"
    if both.shape != (2, 6) or any(one.shape != (6,) for one in alone):
        return "does not give an array of the shape of its arguments, weeks on the last axis"
    if not np.array_equal(both, np.stack(alone), equal_nan=True):
        return "gives something else of a replicate beside others than alone: work on the last axis"
    return ""


def variables() -> Mapping[str, Variable]:
    """Return every outcome by name: those recorded, in their order, then those of packages."""
    own = own_outcomes()
    return {**_RECORDED, **{name: one.variable for name, one in own.items()}} if own else _RECORDED


def series(weekly: Floats, name: str) -> Floats:
    """Return an outcome of the organisation week by week, (..., weeks, n_outcomes) to (..., weeks).

    Raises KeyError where there is none of this name; InputError where a package's function fails.
    """
    if name in Outcome.__members__:
        return weekly[..., Outcome[name]]
    return own_outcomes()[name](lambda need: weekly[..., Outcome[need]])


def needed(names: Iterable[str]) -> tuple[str, ...]:
    """Return the recorded outcomes that outcomes are worked out of, each once."""
    own = own_outcomes()
    found = (need for name in names for need in (own[name].needs if name in own else (name,)))
    return tuple(dict.fromkeys(found))


def series_of_teams(records: Records, name: str) -> NDArray[Any]:
    """Return an outcome by team, shape (C, P, S, weeks, n_teams).

    Raises KeyError where it, or what it is worked out of, was not recorded.
    """
    if name in Outcome.__members__:
        return records.of_teams(name)
    found = own_outcomes()[name](lambda need: np.moveaxis(records.of_teams(need), -2, -1))
    return np.moveaxis(found, -1, -2)
