"""Three kinds of doubt about a difference, kept apart: chance, parameters, structure.

*Chance* is how far replicates differ under one parameter set. *Parameters* is how far the mean
difference moves from one parameter set to another. *Structure* is how far it moves when one
mechanism at a time is switched off, with the same sets and the same seeds of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.results.statistics import Difference, between_and_within, paired_difference, percentiles
from sim.results.structure import NOTHING_OFF, Structure

if TYPE_CHECKING:
    from sim.results.results import Results

__all__ = ["Parts", "Without", "doubt_sentences", "parts_of_doubt", "without_each"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """A difference over parameter sets and replicates, taken apart.

    Parameters
    ----------
    chance_variance : float
        Between replicates of one parameter set.
    parameters_variance : float
        Between parameter sets, the chance that is left in a mean of few replicates taken out:
        unbiased, so it can be below 0 where sets hardly differ.
    low, median, high : float
        10th, 50th and 90th percentile of the sets' mean differences.
    ahead : float
        Share of sets in which the mean difference is above 0.
    sets, replicates : int
        Number of sets, and of replicates each.
    """

    chance_variance: float
    parameters_variance: float
    low: float
    median: float
    high: float
    ahead: float
    sets: int
    replicates: int

    @property
    def chance(self) -> float:
        """Standard deviation between replicates of one parameter set."""
        return float(np.sqrt(self.chance_variance))

    @property
    def parameters(self) -> float:
        """Standard deviation between parameter sets; 0 where their variance is below 0."""
        return float(np.sqrt(np.maximum(self.parameters_variance, 0.0)))

    @property
    def share_of_parameters(self) -> float:
        """Share of the variance between replicates that is doubt about parameters."""
        both = self.parameters**2 + self.chance**2
        return self.parameters**2 / both if both > 0 else 0.0


def parts_of_doubt(values: Floats, reference: Floats) -> Parts:
    """Take ``values`` less ``reference`` apart into chance and parameters.

    Parameters
    ----------
    values, reference : array, shape (n_samples, n_seeds)
        The same replicates in the same order.

    Examples
    --------
    >>> parts = parts_of_doubt(np.array([[0.1, 0.1], [0.3, 0.3]]), np.zeros((2, 2)))
    >>> parts.chance, round(parts.parameters, 3), parts.ahead
    (0.0, 0.141, 1.0)
    """
    less = values - reference
    means = less.mean(axis=1)
    between, within = between_and_within(less)
    ahead = float((means > 0).mean())
    return Parts(within, between, *percentiles(means), ahead, *less.shape)


@dataclass(frozen=True, slots=True)
class Without:
    """A difference with one mechanism off, against the same with all on.

    Parameters
    ----------
    difference : Difference
        Interval over parameter sets.
    change : Difference
        Less what it is with all mechanisms on, in the same replicates.
    """

    mechanism: str
    difference: Difference
    change: Difference


def without_each(structure: Structure, one: int, other: int) -> tuple[Difference, list[Without]]:
    """Return the difference of two scenarios with all mechanisms on, and without each.

    Parameters
    ----------
    one, other : int
        Scenarios; the difference is ``one`` less ``other``.

    Returns
    -------
    Difference and list of Without
        In the order of the mechanisms.
    """
    habitual = structure.habitual
    with_all = habitual[0, one] - habitual[0, other]
    found = [
        Without(
            mechanism,
            paired_difference(habitual[row, one], habitual[row, other]),
            paired_difference(habitual[row, one] - habitual[row, other], with_all),
        )
        for row, mechanism in enumerate(structure.mechanisms)
        if mechanism != NOTHING_OFF
    ]
    return paired_difference(habitual[0, one], habitual[0, other]), found


def doubt_sentences(results: Results, one: int, other: int) -> list[str]:
    """Return what is chance, doubt about parameters, doubt about structure, a line each."""
    from sim.numbers import points, share

    values = results.quantity("habitual").values
    parts = parts_of_doubt(values[one], values[other])
    name, reference = results.names[one], results.names[other]
    sentences = []
    if parts.replicates > 1:
        sentences.append(
            f"Chance: under one parameter set replicates differ by {points(parts.chance)} points "
            f"(standard deviation) in how far {name} is from {reference}."
        )
    band = f"{points(parts.low, signed=True)} to {points(parts.high, signed=True)}"
    said = (
        f"Parameters: over {parts.sets} sets that agree with the published targets as far as the "
        f"model can, {name} less {reference} is {band} points (middle 80% of sets); {name} is "
        f"ahead in {share(parts.ahead)} of the sets."
    )
    if parts.replicates > 1:
        said += f" This is {share(parts.share_of_parameters)} of the variance between replicates."
    sentences.append(said)
    if results.structure is not None:
        sentences.append(_structure(results.structure, one, other))
    return sentences


def _structure(structure: Structure, one: int, other: int) -> str:
    from sim.numbers import points

    with_all, found = without_each(structure, one, other)
    ordered = sorted(found, key=lambda each: each.difference.mean)
    low, high = ordered[0], ordered[-1]
    sets = structure.habitual.shape[2]

    def spelled(mechanisms: list[str]) -> str:
        return ", ".join(name.replace("_", " ") for name in mechanisms)

    said = (
        f"Structure: with one mechanism off at a time ({len(found)} of them, {sets} sets each, "
        "not calibrated again) the "
        f"mean difference runs from {points(low.difference.mean, signed=True)} (without "
        f"{spelled([low.mechanism])}) to {points(high.difference.mean, signed=True)} (without "
        f"{spelled([high.mechanism])}), against {points(with_all.mean, signed=True)} with all on"
    )
    sign = 1.0 if with_all.mean >= 0 else -1.0
    beyond = [each for each in found if each.difference.beyond_chance]
    if not with_all.beyond_chance:
        said += ", which is no larger than chance"
        if beyond:
            said += f"; it is larger without {spelled([each.mechanism for each in beyond])}"
        return said + "."
    turned = [each.mechanism for each in beyond if sign * each.difference.mean < 0]
    lost = [each.mechanism for each in found if each not in beyond]
    said += f"; it turns round without {spelled(turned)}" if turned else "; none turns it round"
    if lost:
        said += f"; it is no larger than chance without {spelled(lost)}"
    return said + "."
