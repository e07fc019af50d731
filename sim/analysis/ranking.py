"""What would turn the ranking of plans: mechanisms out, and other plausible parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.contrast import Difference, Estimate, Parts, estimate, paired_difference, parts_of_doubt
from sim.posterior import UNCERTAIN, posterior
from sim.randomness import replicate_seeds
from sim.results import Results
from sim.results.measure import PRIMARY, at
from sim.results.series import HEADLINE
from sim.results.verdict import STRUCTURE_SEEDS, STRUCTURE_SETS, one_mechanism_off

if TYPE_CHECKING:
    from sim.case import Case


@dataclass(frozen=True)
class Margin:
    """How far the first plan is ahead of the second with a mechanism out of the model."""

    mechanism: str
    """As in ``MECHANISMS``; empty for the model as it is."""
    levels: tuple[Estimate, ...]
    """Habitual users in the last week by plan."""
    ahead: Difference | None
    """The plan that leads in the whole model less the one next to it, in the same replicates; None
    for a single plan."""
    turned: bool
    """Whether the sign is the other way round beyond chance."""
    sets: int
    """Parameter sets it was run over."""


@dataclass(frozen=True)
class Link:
    """How one parameter goes with the margin over the parameter sets."""

    name: str
    correlation: float
    """Spearman's, in [-1, 1]; positive where higher values favour the leading plan."""


@dataclass(frozen=True)
class Doubt:
    """The plans over parameter sets of the posterior."""

    sets: int
    seeds: int
    """``sets``, ``seeds``: parameter sets, and replicates of each."""
    levels: tuple[Estimate, ...]
    """Habitual users in the last week by plan: bands hold chance and parameters."""
    parts: Parts | None
    """The leading plan less the second, taken apart; None for a single plan."""
    first: tuple[float, ...]
    """Share of the sets in which each plan alone has the highest mean; in the rest two or more are
    exactly level."""
    links: tuple[Link, ...]
    """Parameters that go with the margin most closely, the closest first; empty for one plan."""


def order_of(results: Results) -> list[int]:
    """Return the plans by the level of weekly use at the end, the highest first."""
    means = results.quantity(HEADLINE).values.mean(axis=(1, 2))
    return [int(i) for i in np.argsort(-means, kind="stable")]


def margins_without(results: Results, *, threads: int | None = None) -> tuple[Margin, ...]:
    """Return the ranking with each mechanism out, over parameter sets.

    What ``sim.compare(structure=True)`` found is taken where it is there, and run else. The model
    as it is, then every mechanism, the smallest margin first.
    """
    structure = results.structure
    if structure is None:
        drawn = posterior(STRUCTURE_SETS, seed=results.seed)
        seeds = _seeds(results, drawn, STRUCTURE_SEEDS)
        structure = one_mechanism_off(_cases(results, drawn), seeds, threads)
    habitual, order, found, sign = structure.habitual, order_of(results), [], 1.0
    for row, mechanism in enumerate(structure.mechanisms):
        ahead, turned = None, False
        if len(order) > 1:
            ahead = paired_difference(habitual[row, order[0]], habitual[row, order[1]])
            sign = sign if row else (1.0 if ahead.mean >= 0 else -1.0)
            turned = bool(row) and ahead.beyond_chance and sign * ahead.mean < 0
        levels = tuple(estimate(plan) for plan in habitual[row])
        found.append(Margin(mechanism, levels, ahead, turned, habitual.shape[2]))
    whole, *rest = found
    rest.sort(key=lambda one: one.ahead.mean if one.ahead else one.levels[0].mean)
    return (whole, *rest)


def over_posterior(
    results: Results, *, sets: int = 100, seeds: int = 4, links: int = 6,
    threads: int | None = None,
) -> Doubt:  # fmt: skip
    """Return the plans over parameter sets of the posterior, with common random numbers.

    Where the results are over parameter sets already, they are taken as they are. What the
    plans' own files or the caller set stays as it is set.

    - ``sets``, ``seeds``: parameter sets, and replicates of each: no more than the results have.
    - ``links``: how many parameters to name.
    """
    if results.parameter_sets is not None and results.n_samples > 1:
        drawn, values = results.parameter_sets, results.measure(at(PRIMARY))
    else:
        drawn = posterior(sets, seed=results.seed)
        from sim.case import run_cases

        records = run_cases(_cases(results, drawn), _seeds(results, drawn, seeds), threads=threads)
        values = at(PRIMARY).of_weekly(records.weekly)
    order, mean = order_of(results), values.mean(axis=2)
    best = mean == mean.max(axis=0)
    alone = best & (best.sum(axis=0) == 1)
    parts: Parts | None = None
    found: tuple[Link, ...] = ()
    if len(order) > 1:
        parts = parts_of_doubt(values[order[0]], values[order[1]])
        found = _links(drawn, mean[order[0]] - mean[order[1]], links)
    levels = tuple(estimate(plan) for plan in values)
    first = tuple(float(share) for share in alone.mean(axis=1))
    return Doubt(len(drawn), values.shape[2], levels, parts, first, found)


def _links(rows: NDArray[np.void], margin: Floats, most: int) -> tuple[Link, ...]:
    if np.ptp(margin) == 0:
        return ()
    mine = ranks(margin)
    found = [
        Link(name, float(np.corrcoef(ranks(rows[name]), mine)[0, 1]))
        for name in UNCERTAIN
        if np.ptp(rows[name]) > 0
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.correlation))[:most])


def ranks(values: Floats) -> Floats:
    """Return ranks from 1; those of equal values are their mean.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[position]


def _cases(results: Results, sets: NDArray[np.void]) -> list[Case]:
    """Return all plans over other parameter sets."""
    return [results.case(plan, sets) for plan in range(len(results.scenarios))]


def _seeds(results: Results, sets: NDArray[np.void], most: int) -> NDArray[np.uint64]:
    """Return seeds of every set's own, as ``sim.compare`` would give them."""
    return replicate_seeds(results.seed, min(most, results.n_replicates), sets=len(sets))
