"""What would turn the ranking of plans: mechanisms out, and other plausible parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import Outcome
from sim.parameters import MECHANISMS
from sim.posterior import UNCERTAIN, posterior
from sim.results import Results
from sim.results.statistics import Difference, Estimate, estimate, paired_difference

if TYPE_CHECKING:
    from sim.engine.compiled import Programme

__all__ = ["Doubt", "Link", "Margin", "margins_without", "order_of", "over_posterior"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """How far the first plan is ahead of the second with a mechanism out of the model.

    Parameters
    ----------
    mechanism : str
        As in ``MECHANISMS``; empty for the model as it is.
    levels : tuple of Estimate
        Habitual users in the last week by plan.
    ahead : Difference or None
        The plan that leads in the whole model less the one next to it, world by world;
        None for a single plan.
    first : int
        The plan with the highest mean without the mechanism.
    """

    mechanism: str
    levels: tuple[Estimate, ...]
    ahead: Difference | None
    first: int

    @property
    def turned(self) -> bool:
        """Whether the second plan is ahead beyond chance."""
        return self.ahead is not None and self.ahead.high < 0


@dataclass(frozen=True)
class Link:
    """How one parameter goes with the margin over the parameter sets.

    Parameters
    ----------
    name : str
    correlation : float
        Spearman's, in [-1, 1]; positive where higher values favour the leading plan.
    """

    name: str
    correlation: float


@dataclass(frozen=True)
class Doubt:
    """The plans over parameter sets of the posterior.

    Parameters
    ----------
    sets, seeds : int
        Parameter sets, and worlds of each.
    levels : tuple of Estimate
        Habitual users in the last week by plan: bands hold chance and parameters.
    margin : Estimate or None
        The leading plan less the second, one value a set (mean over its worlds), so that
        the band is doubt about parameters, with little chance left in it.
    first : tuple of float
        Share of the sets in which each plan alone has the highest mean; in the rest two or
        more are exactly level.
    links : tuple of Link
        Parameters that go with the margin most closely, the closest first; empty for one
        plan.
    """

    sets: int
    seeds: int
    levels: tuple[Estimate, ...]
    margin: Estimate | None
    first: tuple[float, ...]
    links: tuple[Link, ...]


def order_of(results: Results) -> list[int]:
    """Return the plans by mean habitual users in the last week, the highest first."""
    means = results["habitual"][..., -1].mean(axis=(1, 2))
    return [int(i) for i in np.argsort(-means, kind="stable")]


def margins_without(
    results: Results, *, worlds: int = 40, threads: int | None = None
) -> tuple[Margin, ...]:
    """Live all plans with each mechanism switched off in turn, with the same luck.

    Parameters
    ----------
    results : Results
    worlds : int
        At most so many of the results' seeds, the first ones.
    threads : int, optional

    Returns
    -------
    tuple of Margin
        The model as it is, then every mechanism, the smallest margin first.
    """
    names = ["", *MECHANISMS]
    programmes = [_in_turn(p, names) for p in _programmes(results)]
    values = _lived(results, programmes, results.seeds[:worlds], threads)
    order = order_of(results)
    found = [_margin(name, values[:, k], order) for k, name in enumerate(names)]
    whole, *rest = found
    rest.sort(key=lambda one: one.ahead.mean if one.ahead else one.levels[0].mean)
    return (whole, *rest)


def _margin(mechanism: str, values: Floats, order: list[int]) -> Margin:
    levels = tuple(estimate(plan[np.newaxis]) for plan in values)
    ahead = None
    if len(order) > 1:
        ahead = paired_difference(values[order[0]][np.newaxis], values[order[1]][np.newaxis])
    first = max(range(len(levels)), key=lambda i: levels[i].mean)
    return Margin(mechanism, levels, ahead, first)


def over_posterior(
    results: Results, *, sets: int = 100, seeds: int = 4, links: int = 6,
    threads: int | None = None,
) -> Doubt:  # fmt: skip
    """Live all plans with parameter sets of the posterior, with the same luck.

    What the plans' own files or the caller set stays as it is set.

    Parameters
    ----------
    results : Results
    sets, seeds : int
        Parameter sets, and of the results' seeds at most so many, the first ones.
    links : int
        How many parameters to name.
    threads : int, optional
    """
    drawn = posterior(sets, seed=results.seed)
    programmes = []
    for programme, scenario in zip(_programmes(results), results.scenarios, strict=True):
        rows = drawn.copy()
        _set(rows, {**scenario.overrides(), **results.overrides})
        for mechanism in scenario.switched_off():
            _set(rows, MECHANISMS[mechanism])
        programmes.append(replace(programme, parameters=rows))
    used = results.seeds[:seeds]
    values = _lived(results, programmes, used, threads)
    order, mean = order_of(results), values.mean(axis=2)
    best = mean == mean.max(axis=0)
    alone = best & (best.sum(axis=0) == 1)
    shares = tuple(float(share) for share in alone.mean(axis=1))
    margin: Estimate | None = None
    found: tuple[Link, ...] = ()
    if len(order) > 1:
        less = mean[order[0]] - mean[order[1]]
        margin, found = estimate(less[np.newaxis]), _links(drawn, less, links)
    levels = tuple(estimate(plan) for plan in values)
    return Doubt(sets, len(used), levels, margin, shares, found)


def _set(rows: NDArray[np.void], values: Mapping[str, float]) -> None:
    for name, value in values.items():
        rows[name] = value


def _links(rows: NDArray[np.void], margin: Floats, most: int) -> tuple[Link, ...]:
    if np.ptp(margin) == 0:
        return ()
    ranks = _ranks(margin)
    found = [
        Link(name, float(np.corrcoef(_ranks(rows[name]), ranks)[0, 1]))
        for name in UNCERTAIN
        if np.ptp(rows[name]) > 0
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.correlation))[:most])


def _ranks(values: Floats) -> Floats:
    """Return ranks; those of equal values are their mean."""
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[position]
    return ranks


def _programmes(results: Results) -> list[Programme]:
    from sim.engine.compiled import Programme

    return [
        Programme.of(scenario, results.organisation, results.weeks, results.overrides)
        for scenario in results.scenarios
    ]


def _in_turn(programme: Programme, mechanisms: list[str]) -> Programme:
    rows = np.repeat(programme.parameters[:1], len(mechanisms))
    for k, mechanism in enumerate(mechanisms):
        _set(rows[k : k + 1], MECHANISMS.get(mechanism, {}))
    return replace(programme, parameters=rows)


def _lived(
    results: Results,
    programmes: list[Programme],
    seeds: NDArray[np.uint64],
    threads: int | None,
) -> Floats:
    """Return habitual users in the last week; shape (C, P, S)."""
    from sim.engine.compiled import simulate

    records = simulate(results.organisation, programmes, seeds, results.weeks, threads=threads)
    values: Floats = records.weekly[..., -1, Outcome["habitual"]]
    return values
