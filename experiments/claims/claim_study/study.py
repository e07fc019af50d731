"""What a claim is put to: a hypothesis, arms that differ in one thing, and an effect.

A study is data and a few small functions. To add one, copy a folder of
``experiments/claims`` and change its arms, measures and effects; nothing here changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.contrast import MARGIN
from sim.results.measure import Measure

__all__ = [
    "LITTLE_FROM_TRAINING", "Cells", "Effect", "Study", "difference",
]  # fmt: skip

Floats = NDArray[np.float64]
Plan = Mapping[str, Any]
Answer = Literal["yes", "partly", "no"]

LITTLE_FROM_TRAINING = (
    "The calibrated model finds less in training and in fit than the studies behind T5 and T6 did "
    "(see the calibration). What hangs on training may come out too small here."
)
"""A caveat of every study in which training is on trial."""


class Cells:
    """Means over seeds: one value a parameter set, by arm and measure.

    Parameters
    ----------
    values : array, shape (n_arms, n_measures, n_sets)
    arms, measures : tuple of str
    """

    def __init__(self, values: Floats, arms: tuple[str, ...], measures: tuple[str, ...]) -> None:
        self.values = values
        self.arms = arms
        self._arm = {name: i for i, name in enumerate(arms)}
        self._measure = {name: i for i, name in enumerate(measures)}

    def __call__(self, arm: str, measure: str) -> Floats:
        """Return a measure in an arm; shape (n_sets,)."""
        result: Floats = self.values[self._arm[arm], self._measure[measure]]
        return result

    def shuffled(self, rng: np.random.Generator) -> Cells:
        """Return the same values with the arms' labels permuted, set by set."""
        n_arms, _, n_sets = self.values.shape
        order = rng.permuted(np.tile(np.arange(n_arms)[:, None], n_sets), axis=0)
        values = np.take_along_axis(self.values, order[:, None, :], axis=0)
        return Cells(values, self.arms, tuple(self._measure))


class Compute(Protocol):
    """How an effect is computed from cells."""

    def __call__(self, cells: Cells, /) -> Floats:
        """Return one value a parameter set; positive speaks for the claim."""


def difference(one: str, other: str, measure: str) -> Compute:
    """Return how to compute a measure in one arm less the same in another."""
    return lambda cells: cells(one, measure) - cells(other, measure)


@dataclass(frozen=True, slots=True)
class Effect:
    """A number whose sign speaks for or against a claim.

    Parameters
    ----------
    name : str
        What is compared, such as ``trust first less training first``.
    of : callable
        From ``Cells`` to one value a parameter set; positive speaks for the claim.
    unit : str
        ``share`` is shown in percentage points.
    margin : float
        Smallest size that matters; what lies within counts neither for nor against.
    directed : bool
        False where it would be as large with the arms' labels shuffled, such as a range.
    """

    name: str
    of: Compute
    unit: str = "share"
    margin: float = MARGIN
    directed: bool = True


@dataclass(frozen=True)
class Study:
    """A claim put to the test.

    Parameters
    ----------
    id : str
        Such as ``C2``.
    claim : str
        As the documents have it.
    hypothesis : str
        As it is tested here.
    method : str
        What the arms are, what is held equal, and where that is not possible.
    arms : dict of str to plan
        Scenarios by name, as ``sim.scenario`` reads them; ``N_MANAGERS`` in an audience
        stands for the number of managers of the organisation.
    measures : dict of str to Measure
        The first is what the figure shows by arm.
    effects : tuple of Effect
        The first is the one that the claim hangs on.
    could_fail : {"yes", "partly", "no"}
        Whether the model, as built, could have come out against the claim.
    built_in : str
        What of the claim the model contains by construction.
    informed_by : tuple of str
        Calibration targets that hold the same pattern, so that it is no independent test.
    twin : tuple of plan
        Two plans that must give the same numbers to the bit: the negative control.
    twin_says : str
        Why they must.
    shuffles : bool
        Whether permuting the arms' labels makes sense.
    needs_managers : bool
    weeks : int
    tolerance : float
        Largest standard error of the effect, from chance in the model, at which
        replicates stop (root mean square over parameter sets).
    shown : tuple of str
        Arms in the figure, among them all that the primary effect needs; all where empty.
    note : str
        What the reader must know beside the numbers.
    """

    id: str
    title: str
    claim: str
    hypothesis: str
    method: str
    arms: Mapping[str, Plan]
    measures: Mapping[str, Measure]
    effects: tuple[Effect, ...]
    could_fail: Answer
    built_in: str
    twin: tuple[Plan, Plan]
    twin_says: str
    informed_by: tuple[str, ...] = ()
    shuffles: bool = True
    needs_managers: bool = False
    weeks: int = 52
    tolerance: float = 0.01
    note: str = ""
    shown: tuple[str, ...] = ()

    @property
    def primary(self) -> Effect:
        """The effect that the claim hangs on."""
        return self.effects[0]
