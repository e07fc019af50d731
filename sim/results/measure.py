"""A measure: one number that a replicate is summed up in, whoever asks for it.

A planner's objective, a column of a sweep, an effect of a claim, a figure of the summary: each
names an outcome, the weeks it is taken from, and how. A measure is plain data, so it travels to
worker processes and compares by value. ``Less`` is the same number in one case less another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.errors import did_you_mean
from sim.outcomes import DRIVERS, Variable
from sim.results.series import (
    RUN_FIGURES,
    first_week_at,
    run_figures,
    series,
    series_of_teams,
    variables,
)

if TYPE_CHECKING:
    from sim.engine.compiled import Records
    from sim.organisation.organisation import Organisation


PRIMARY = "habitual"
"""The outcome that plans are judged by where nobody says otherwise: share of habitual users."""
SMALLEST_TEAM = 5
"""No figure is shown about a team of fewer people."""


def shown_teams(sizes: Ints, *, made_up: bool = False) -> NDArray[np.intp]:
    """Return the rows of the teams of which figures may be given.

    Teams of fewer than ``SMALLEST_TEAM`` people are left out. Where all who are left out are fewer
    than that together, what is said of everybody, less what is said of the other teams, would say
    it of them: where they are real people, the smallest other team is then left out too.

    - ``sizes``, shape (n_teams,)
    - ``made_up``: whether nobody is a real person.

    >>> shown_teams(np.array([1, 6, 9])), shown_teams(np.array([1, 4, 6, 9]))
    (array([2]), array([2, 3]))
    """
    shown = sizes >= SMALLEST_TEAM
    if not made_up and shown.any() and 0 < sizes[~shown].sum() < SMALLEST_TEAM:
        shown[np.flatnonzero(shown)[sizes[shown].argmin()]] = False
    return np.flatnonzero(shown)


_LESS = re.compile(r"(?P<name>[^:]+): (?P<one>.+) less (?P<other>.+)")
_AT_WEEK = re.compile(r"(.+)_w([1-9][0-9]{0,8})")
_FIGURES = {variable.name: variable for variable in RUN_FIGURES}

How = Literal["at", "mean", "total", "first", "figure", "worst team", "driver"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that a replicate is summed up in."""

    name: str
    """Such as ``habitual_w52``."""
    how: How
    """``at``: in the week ``last``; ``mean`` and ``total``: over the weeks; ``first``: weeks from
    ``begin`` until the outcome is at least ``level``: never counts as the number of weeks looked
    at, or as infinite where ``last`` is 0; ``figure``: a figure of a whole run; ``worst team``: the
    lowest team of five people or more in the week ``last``; ``driver``: what a driver holds back at
    the last checkpoint."""
    outcome: str
    """The outcome, recorded or of a package; the figure; or the driver."""
    begin: int = 1
    last: int = 0
    """``begin``, ``last``: weeks from 1, both included; ``last`` 0 is the last week of the run."""
    level: float = 0.5
    """What ``first`` waits for."""
    unit: str = "share"
    meaning: str = ""
    """``unit``, ``meaning``: as a figure's axis would say it."""

    @property
    def measure(self) -> Measure:
        """What is taken of each case: itself."""
        return self

    @property
    def variable(self) -> Variable:
        """Name, unit and meaning, as a table's column has them."""
        return Variable(self.name, self.unit, self.meaning)

    def of(self, records: Records, organisation: Organisation) -> Floats:
        """Return the measure of every replicate, shape (C, P, S).

        The records have C cases, P parameter sets and S seeds; with teams for ``worst team``.
        """
        if self.how == "worst team":
            teams = series_of_teams(records, self.outcome)[..., self._week(records.weekly), :]
            shown = np.flatnonzero(np.diff(organisation.team_start) >= SMALLEST_TEAM)
            wide = teams.astype(np.float64)
            return (wide[..., shown] if len(shown) else wide).min(axis=-1)
        if self.how == "driver":
            sizes = np.diff(organisation.team_start)
            row = [driver.name for driver in DRIVERS].index(self.outcome)
            return records.drivers[:, :, :, -1, :, row] @ (sizes / sizes.sum())
        return self.of_weekly(records.weekly)

    def of_weekly(self, weekly: Floats) -> Floats:
        """Return the measure of weekly outcomes, (..., weeks, len(OUTCOMES)) to (...).

        Raises ValueError where it needs more than the organisation's weekly outcomes.
        """
        chosen = self.by_week(weekly)
        if self.how in ("at", "figure"):
            return chosen[..., 0]
        if self.how == "first":
            reached = first_week_at(chosen, self.level)
            return np.minimum(reached, self.last - self.begin + 1.0) if self.last else reached
        return chosen.sum(axis=-1) if self.how == "total" else chosen.mean(axis=-1)

    def by_week(self, weekly: Floats) -> Floats:
        """Return what the measure sums up, week by week: (..., weeks, len(OUTCOMES)) to (..., n).

        Raises ValueError as ``of_weekly``.
        """
        if self.how == "figure":
            return run_figures(weekly)[self.outcome][..., None]
        if self.how in ("worst team", "driver"):
            raise ValueError(f"{self.how} needs records of teams")
        begin = self._week(weekly) if self.how == "at" else self.begin - 1
        return series(weekly, self.outcome)[..., begin : self.last or None]

    def _week(self, weekly: Floats) -> int:
        return (self.last or weekly.shape[-2]) - 1


@dataclass(frozen=True, slots=True)
class Less:
    """A measure in one case less the same in another, in the same replicates."""

    measure: Measure
    one: str
    other: str
    """``one``, ``other``: names of the cases."""

    def __str__(self) -> str:
        return f"{self.measure.name}: {self.one} less {self.other}"

    def of(self, records: Records, organisation: Organisation, cases: Sequence[str]) -> Floats:
        """Return the difference in every replicate, shape (P, S), of records of named cases."""
        values = self.measure.of(records, organisation)
        return values[cases.index(self.one)] - values[cases.index(self.other)]


def at(outcome: str, week: int = 0, meaning: str = "", unit: str | None = None) -> Measure:
    """Return an outcome in one week (1 is the first, 0 the last of the run)."""
    known = variables()[outcome]
    name = f"{outcome}_w{week}" if week else outcome
    said = f"{meaning or known.meaning}, week {week}" if week else meaning or known.meaning
    return Measure(name, "at", outcome, last=week, unit=unit or known.unit, meaning=said)


def mean(outcome: str, begin: int, last: int, meaning: str, unit: str = "1") -> Measure:
    """Return an outcome's mean over weeks ``begin`` to ``last``, both included."""
    said = f"{meaning}, mean of weeks {begin}–{last}"
    return Measure(f"mean {outcome}", "mean", outcome, begin, last, unit=unit, meaning=said)


def total(outcome: str, begin: int, last: int, meaning: str, unit: str = "days") -> Measure:
    """Return an outcome's sum over weeks ``begin`` to ``last``, both included."""
    said = f"{meaning}, weeks {begin}–{last}"
    return Measure(f"total {outcome}", "total", outcome, begin, last, unit=unit, meaning=said)


def first(outcome: str, level: float, begin: int, last: int, meaning: str) -> Measure:
    """Return the weeks from ``begin`` until an outcome reaches a level, looking to ``last``."""
    return Measure(
        f"first {outcome}", "first", outcome, begin, last, level, unit="weeks", meaning=meaning
    )


def named(name: str, weeks: int) -> Measure:
    """Return the measure of a name, in a run of ``weeks``.

    ``habitual_w26`` is an outcome in a week; a figure of the run goes by its own name. Raises
    LookupError with what is wrong and what would be right.

    >>> named("habitual_w26", 52).last
    26
    """
    if name in _FIGURES:
        variable = _FIGURES[name]
        return Measure(name, "figure", name, unit=variable.unit, meaning=variable.meaning)
    match, known = _AT_WEEK.fullmatch(name), variables()
    if match is None or match[1] not in known:
        stem = match[1] if match else name
        if stem in known:
            raise LookupError("names no week", f"{stem}_w{weeks}: its value in week {weeks}")
        right = did_you_mean(stem, [*known, *_FIGURES])
        right = right if match is None else right.replace("?", f"_w{match[2]}?")
        raise LookupError("is not an outcome", right)
    week = int(match[2])
    if week > weeks:
        raise LookupError(f"is beyond the run's {weeks} weeks", f"{match[1]}_w{weeks}")
    variable = known[match[1]]
    said = f"{variable.meaning}, in week {week}"
    return Measure(name, "at", match[1], last=week, unit=variable.unit, meaning=said)


def difference(text: str) -> tuple[str, str, str]:
    """Return the measure, and the two cases, of a text that names a difference; else the text.

    >>> difference("habitual_w26: b less a"), difference("habitual_w26")
    (('habitual_w26', 'b', 'a'), ('habitual_w26', '', ''))
    """
    match = _LESS.fullmatch(text)
    return (match["name"], match["one"], match["other"]) if match else (text, "", "")


def parse_measure(text: str, weeks: int, cases: Sequence[str] | None = None) -> Measure | Less:
    """Return the measure that a text names, in one case or in one less another.

    Raises LookupError as ``named``; and where it names a case that is not there, if cases are
    known.

    >>> found = parse_measure("habitual_w26: b less a", 52, ["a", "b"])
    >>> found.one, found.measure.last
    ('b', 26)
    """
    name, one, other = difference(text)
    if not other:
        return named(text, weeks)
    for case in (one, other):
        if cases is not None and case not in cases:
            raise LookupError(f"names {case}, which is no scenario here", did_you_mean(case, cases))
    return Less(named(name, weeks), one, other)


def all_names(weeks: int) -> tuple[str, ...]:
    """Return every outcome in the last week, and every figure of the run."""
    return (*(f"{name}_w{weeks}" for name in variables()), *_FIGURES)


def measured(measures: Sequence[Measure], weekly: Floats) -> list[Floats]:
    """Return each measure of weekly outcomes; figures of the run are computed once for all."""
    figures = run_figures(weekly) if any(one.how == "figure" for one in measures) else {}
    return [
        figures[one.outcome] if one.how == "figure" else one.of_weekly(weekly) for one in measures
    ]


CHECKPOINTS = (13, 26, 52)
"""Weeks at which outcomes are reported, as far as a run reaches; its last week besides."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One figure a replicate."""

    name: str
    week: int
    """The week it belongs to; the last week for figures of a whole run."""
    unit: str
    meaning: str
    values: Floats
    """Shape (n_scenarios, n_samples, n_seeds)."""


def checkpoints(weeks: int) -> tuple[int, ...]:
    """Return the weeks reported of a run of ``weeks``.

    >>> checkpoints(52), checkpoints(20)
    ((13, 26, 52), (13, 20))
    """
    return tuple(sorted({week for week in CHECKPOINTS if week < weeks} | {weeks}))
