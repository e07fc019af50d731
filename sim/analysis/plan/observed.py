"""What was measured while a plan was carried out, and what it says about the worlds."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.case import run_cases
from sim.errors import InputError, Problem, did_you_mean
from sim.outcomes import OUTCOMES, Outcome
from sim.randomness import replicate_seeds
from sim.scenario.reading import read_text

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

MEASURED = ("activated", "weekly_users", "regular", "habitual", "own_tool_users", "trained")
"""Outcomes that can be measured, all of them shares of people."""


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
    """

    outcomes: tuple[str, ...]
    weeks: NDArray[np.int64]
    values: Floats
    people: Floats

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


def read_usage(path: Path, weeks: int) -> Observed:
    """Read measured usage: a CSV file with a line a week.

    Columns: ``week``; one or more of ``MEASURED``, as shares (0.23) or percentages (23%);
    optionally ``people``, on how many it was measured. Empty cells were not measured.

    Raises
    ------
    InputError
        With everything wrong in it, by line.
    """
    text = read_text(path, str(path))
    lines = list(csv.reader(text.splitlines()))
    head = [name.strip().lower().replace(" ", "_") for name in (lines[0] if lines else [])]
    problems = _wrong_head(head, str(path))
    found: list[tuple[str, int, float, float]] = []
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        cells = dict(zip(head, (cell.strip() for cell in line), strict=False))
        where = f"{path}:{number}"
        week = _number(cells.get("week", ""), where, "week", 1, weeks, problems)
        people = _number(cells.get("people", "") or "inf", where, "people", 1, np.inf, problems)
        for name in MEASURED:
            if name in head and cells.get(name):
                value = _number(cells[name], where, name, 0, 1, problems)
                found.append((name, int(week), value, people))
    if not problems and not found:
        right = "a line a week, such as 6,0.23 under week,weekly_users"
        problems.append(Problem(str(path), "", "holds no measured value", right))
    if problems:
        raise InputError(problems)
    found.sort(key=lambda one: (MEASURED.index(one[0]), one[1]))
    names, at, values, people_ = zip(*found, strict=True)
    twice = {
        (n, w)
        for n, w in zip(names, at, strict=True)
        if [*zip(names, at, strict=True)].count((n, w)) > 1
    }
    if twice:
        name, week_twice = min(twice)
        what = f"{name} of week {week_twice} stands twice"
        raise InputError([Problem(str(path), "", what, "each week once")])
    return Observed(tuple(names), np.array(at), np.array(values), np.array(people_))


def _wrong_head(head: list[str], file: str) -> list[Problem]:
    if "week" not in head:
        right = "a first line such as week,weekly_users"
        return [Problem(f"{file}:1", "", "has no column week", right)]
    known = ["week", "people", *MEASURED]
    problems = [
        Problem(f"{file}:1", name, "is not a column here", did_you_mean(name, known))
        for name in head
        if name not in known
    ]
    if not problems and not set(head) & set(MEASURED):
        right = f"one or more of {', '.join(MEASURED)}"
        problems.append(Problem(f"{file}:1", "", "has no measured outcome", right))
    return problems


def _number(
    text: str, where: str, name: str, low: float, high: float, problems: list[Problem]
) -> float:
    right = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
    if name in MEASURED:
        right += ", or a percentage such as 23%"
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        problems.append(Problem(where, name, f"is {text or 'empty'}", right))
        return low
    whole = name != "week" or value == int(value)
    if not (low <= value <= high and whole):
        problems.append(Problem(where, name, f"is {text}", right))
        return low
    return value


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
    plan : Plan
    observed : Observed
    seed : int
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
