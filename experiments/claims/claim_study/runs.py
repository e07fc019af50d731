"""Run a study's arms on an organisation, and keep its measures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claim_study.study import Cells, Floats, Plan, Study
from sim.case import Case, Record, run_cases
from sim.organisation import Organisation
from sim.randomness import replicate_seeds
from sim.scenario import loads

__all__ = [
    "cases_of", "cells_of", "chance_error", "run_arms", "run_until_precise", "seeds_for",
]  # fmt: skip

RUNS_AT_ONCE = 3000
"""Runs whose weeks are kept at one time: 36 MB for a year."""

PEOPLE = 240
"""Organisations of fewer people get as many more seeds, so that each costs about the same."""


def _filled(plan: Any, organisation: Organisation) -> Any:
    """Return a plan with ``N_MANAGERS`` replaced by the number there are."""
    if isinstance(plan, Mapping):
        return {key: _filled(value, organisation) for key, value in plan.items()}
    if isinstance(plan, list | tuple):
        return [_filled(value, organisation) for value in plan]
    return int(organisation.is_manager.sum()) if plan == "N_MANAGERS" else plan


def cases_of(
    plans: Mapping[str, Plan],
    organisation: Organisation,
    weeks: int,
    rows: NDArray[np.void],
    off: Iterable[str] = (),
) -> list[Case]:
    """Return plans on an organisation, with many parameter sets.

    Parameters
    ----------
    plans : mapping of str to mapping
        Scenarios by name; what one sets of parameters and mechanisms holds in every set.
    organisation : Organisation
    weeks : int
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
    off : iterable of str
        Mechanisms switched off besides the plans'.
    """
    off = tuple(off)
    return [
        Case.of(
            loads(json.dumps({"name": name, **_filled(plan, organisation)})), organisation, weeks,
            sets=rows, off=off,
        )
        for name, plan in plans.items()
    ]  # fmt: skip


def seeds_for(organisation: Organisation, replicates: int) -> int:
    """Return the number of seeds on an organisation.

    Small organisations need more: noise between persons averages out less there.
    """
    return replicates * max(1, round(PEOPLE / organisation.n_people))


def run_arms(
    study: Study,
    organisation: Organisation,
    rows: NDArray[np.void],
    seeds: NDArray[np.uint64],
    *,
    off: Iterable[str] = (),
    threads: int | None = None,
) -> Floats:
    """Run a study's arms.

    Parameters
    ----------
    study : Study
    organisation : Organisation
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
    seeds : uint64 array, shape (P, S)
        Every set's own, the same for all arms.
    off : iterable of str
        Mechanisms switched off.
    threads : int, optional

    Returns
    -------
    float64 array, shape (n_arms, n_measures, P, S)
    """
    off = tuple(off)
    n_arms, n_seeds = len(study.arms), seeds.shape[1]
    result = np.empty((n_arms, len(study.measures), len(rows), n_seeds))
    step = max(1, RUNS_AT_ONCE // (n_arms * n_seeds))
    for begin in range(0, len(rows), step):
        some = slice(begin, begin + step)
        cases = cases_of(study.arms, organisation, study.weeks, rows[some], off)
        weekly = run_cases(cases, seeds[some], record=Record(drivers=False), threads=threads).weekly
        for k, measure in enumerate(study.measures.values()):
            result[:, k, some] = measure.of_weekly(weekly)
    return result


def cells_of(study: Study, values: Floats) -> Cells:
    """Return the means over seeds of values of shape (n_arms, n_measures, P, S)."""
    return Cells(values.mean(axis=-1), tuple(study.arms), tuple(study.measures))


def chance_error(study: Study, values: Floats) -> float:
    """Return the standard error of the primary effect that chance in the model leaves.

    Root mean square, over parameter sets, of half the difference between the effects in
    the two halves of the seeds.
    """
    even, odd = (cells_of(study, values[..., k::2]) for k in (0, 1))
    half = (study.primary.of(even) - study.primary.of(odd)) / 2
    return float(np.sqrt((half**2).mean()))


def run_until_precise(
    study: Study,
    organisation: Organisation,
    rows: NDArray[np.void],
    *,
    replicates: int,
    most: int,
    seed: int = 0,
    threads: int | None = None,
) -> tuple[Cells, dict[str, Any]]:
    """Run a study, doubling replicates until chance hardly moves its effect any more.

    Parameters
    ----------
    study : Study
    organisation : Organisation
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
    replicates, most : int
        Replicates to begin with, and at most; both for 240 people, more for fewer.
    seed : int
    threads : int, optional

    Returns
    -------
    Cells
    dict
        Replicates, the standard error left, the tolerance, and whether it was reached.
    """
    # of a single replicate nobody knows what chance does to it
    wanted, last = (max(2, seeds_for(organisation, n)) for n in (replicates, most))
    seeds = replicate_seeds(seed, last, sets=len(rows))
    values = run_arms(study, organisation, rows, seeds[:, :wanted], threads=threads)
    error = chance_error(study, values)
    while error > study.tolerance and wanted < last:
        more = seeds[:, wanted : 2 * wanted]
        values = np.concatenate(
            (values, run_arms(study, organisation, rows, more, threads=threads)), axis=-1
        )
        wanted += more.shape[1]
        error = chance_error(study, values)
    stopped = {
        "replicates": wanted,
        "standard_error": error,
        "tolerance": study.tolerance,
        "reached": error <= study.tolerance,
    }
    return cells_of(study, values), stopped


def largest_twin_difference(
    study: Study, organisation: Organisation, rows: NDArray[np.void], seeds: Sequence[int]
) -> float:
    """Return the largest difference between the twins; whatever is not 0 is a fault."""
    one, other = study.twin
    chosen = np.array(seeds, np.uint64)
    cases = cases_of({"one": one, "other": other}, organisation, study.weeks, rows)
    weekly = run_cases(cases, chosen, record=Record(drivers=False)).weekly
    return float(np.abs(weekly[0] - weekly[1]).max())
