"""What was measured while a plan was carried out, and what it says about the worlds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.case import run_cases
from sim.outcomes import OUTCOMES, Outcome
from sim.randomness import replicate_seeds
from sim.tables import Note, Problems
from sim.tables.usage import SHARES, Usage, read_usage_table

__all__ = ["Observed", "Weighed", "read_usage", "weigh"]

Floats = NDArray[np.float64]

DISCREPANCY = 0.05
"""How far the model may be off in a share though its parameters are right; an ASSUMPTION."""

MEMORY = 8.0
"""Weeks over which such a discrepancy fades; an ASSUMPTION."""

POOL = 2048
"""Worlds that are weighed."""

KEPT = 512
"""Worlds that are drawn by weight, to plan the remaining weeks in."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Measured shares.

    Parameters
    ----------
    outcomes : tuple of str
        One a value.
    weeks : int64 array, shape (n_values,)
    values : float64 array, shape (n_values,)
    people : float64 array, shape (n_values,)
        On how many people it was measured; infinite for the whole organisation.
    notes : tuple of Note
        What is unusual in the file.
    """

    outcomes: tuple[str, ...]
    weeks: NDArray[np.int64]
    values: Floats
    people: Floats
    notes: tuple[Note, ...] = ()

    @property
    def week(self) -> int:
        """The last week measured."""
        return int(self.weeks.max())

    def series(self) -> dict[str, tuple[tuple[int, ...], tuple[float, ...]]]:
        """Return weeks and values of each outcome."""
        found = {}
        for name in dict.fromkeys(self.outcomes):
            rows = [k for k, one in enumerate(self.outcomes) if one == name]
            found[name] = (
                tuple(int(self.weeks[k]) for k in rows),
                tuple(float(self.values[k]) for k in rows),
            )
        return found


@dataclass(frozen=True, eq=False)
class Weighed:
    """Worlds drawn by how well they agree with what was measured.

    Parameters
    ----------
    rows : structured array of ``PARAMETER_DTYPE``, shape (KEPT,)
    seeds : uint64 array, shape (KEPT,)
        What was run with these parameters.
    effective : float
        Effective sample size of the weights, of ``pool`` worlds.
    pool, different : int
        Worlds weighed; different ones among those drawn.
    off : float
        How far the weighed replicates are from what was measured (root mean square of shares).
    nearest : float
        Distance of the nearest world, as a multiple of what discrepancy and sampling
        explain (root mean square); above 2 hardly any world is like what was measured.
    """

    rows: NDArray[np.void]
    seeds: NDArray[np.uint64]
    effective: float
    pool: int
    different: int
    nearest: float
    off: float = 0.0


def read_usage(path: Path, weeks: int, start: date | None = None) -> Observed:
    """Read measured usage of the whole organisation from a tidy table of use.

    Rows of teams, roles or levels are summed by their column ``people``; rows of persons
    count those who used the tool on a day or more.

    Parameters
    ----------
    path : Path
        A CSV file with a column ``week`` and one or more of ``SHARES`` (docs/tables.md).
    weeks : int
        Length of the plan; a later week is refused.
    start : date, optional
        A day of week 1, where the weeks of the file are dates.

    Raises
    ------
    InputError
        With everything wrong in it, by line.
    """
    problems, label = Problems(), str(path)
    usage = read_usage_table(path, problems, last=weeks, label=label)
    problems.raise_if_any(label)
    assert usage is not None
    if usage.mondays and start is None:
        right = "--start with the date of week 1, or weeks as numbers"
        problems.add(usage.rows[0].where("week"), "week", "is a date", right)
        problems.raise_if_any(label)
    at = usage.numbered(start or date.min)
    for k in np.flatnonzero((at < 1) | (at > weeks)).tolist():
        what = f"is {usage.rows[k].cell('week')}, week {at[k]} of the plan"
        problems.add(usage.rows[k].where("week"), "week", what, f"1 to {weeks}")
    shares = _whole(usage, at, label, problems)
    problems.raise_if_any(label)
    found = [
        (name, week, value, people)
        for name in SHARES
        for week, (value, people) in sorted(shares.get(name, {}).items())
    ]
    names, at_, values, people_ = zip(*found, strict=True)
    return Observed(tuple(names), np.array(at_), np.array(values), np.array(people_), usage.notes)


def _whole(
    usage: Usage, at: NDArray[np.int64], label: str, problems: Problems
) -> dict[str, dict[int, tuple[float, float]]]:
    """Return by outcome and week the share of the whole organisation, and of how many."""
    shares = dict(usage.shares)
    people = np.where(np.isnan(usage.people), np.inf, usage.people)
    if usage.by == "id":
        people = np.ones(len(at))
        used = np.where(np.isnan(usage.use_days), np.nan, (usage.use_days > 0).astype(float))
        without = usage.enabled == 0  # a blank of somebody without access is no use, not unknown
        shares["weekly_users"] = np.where(without, 0.0, shares.get("weekly_users", used))
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for name, values in shares.items():
        for week in np.unique(at[~np.isnan(values)]).tolist():
            rows = np.flatnonzero((at == week) & ~np.isnan(values))
            if len(rows) > 1 and not np.isfinite(people[rows]).all():
                what = f"gives no number of people for each {usage.by} of week {week}"
                right = f"a column people, so that {usage.by}s can be summed"
                problems.add(label, "people", what, right)
                return {}
            if len(rows) == 1:
                share, of = float(values[rows[0]]), float(people[rows[0]])
            else:
                of = float(people[rows].sum())
                share = float((values[rows] * people[rows]).sum() / of)
            found.setdefault(name, {})[int(week)] = share, of
    if not found:
        right = "a line a week, such as 6,0.23 under week,weekly_users"
        problems.add(label, "", "holds no measured share of people", right)
    return found


def weigh(evaluator: Evaluator, plan: Plan, observed: Observed, seed: int = 0) -> Weighed:
    """Weigh worlds by what was measured while a plan was carried out.

    Each world (a parameter set and a seed) is run until the last week measured. Its
    weight is the likelihood of what was measured, were its shares true up to sampling and a
    discrepancy of the model: normal, with standard deviation ``DISCREPANCY``, alike in
    neighbouring weeks (correlation exp(−weeks/``MEMORY``)). The worlds are then drawn by
    weight (systematic resampling).

    Parameters
    ----------
    evaluator : Evaluator
        Of the problem as it was planned.
    """
    worlds = evaluator.worlds
    n_sets = len(worlds.rows)
    seeds = replicate_seeds(seed, -(-POOL // n_sets), sets=n_sets)
    records = run_cases(
        [evaluator.case(plan, worlds.rows)], seeds, weeks=observed.week, threads=evaluator.threads
    )
    lived = records.weekly[0].reshape(-1, observed.week, len(OUTCOMES))
    columns = [int(Outcome[name]) for name in observed.outcomes]
    off = lived[:, observed.weeks - 1, columns] - observed.values
    distance = np.einsum("wi,ij,wj->w", off, np.linalg.inv(_covariance(observed)), off)
    weight = np.exp(-(distance - distance.min()) / 2)
    weight /= weight.sum()
    rng = np.random.default_rng([seed, 5])
    marks = (rng.random() + np.arange(KEPT)) / KEPT
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), marks), len(weight) - 1)
    return Weighed(
        rows=worlds.rows[chosen // seeds.shape[1]],
        seeds=seeds.ravel()[chosen],
        effective=float(1 / (weight**2).sum()),
        pool=len(weight),
        different=len(np.unique(chosen)),
        nearest=float(np.sqrt(distance.min() / len(observed.values))),
        off=float(np.sqrt(weight @ (off**2).mean(axis=1))),
    )


def _covariance(observed: Observed) -> Floats:
    """Return how far what is measured may be off a true world; shape (n_values, n_values)."""
    same = np.array(observed.outcomes)[:, None] == np.array(observed.outcomes)[None]
    apart = np.abs(observed.weeks[:, None] - observed.weeks[None])
    model = DISCREPANCY**2 * np.exp(-apart / MEMORY) * same
    share = np.clip(observed.values, 0.02, 0.98)
    # a little besides, so that neighbouring weeks do not count as a slope known exactly
    own = share * (1 - share) / observed.people + 0.01**2
    covariance: Floats = model + np.diag(own)
    return covariance
