"""Replicates to judge plans in: a parameter set of the posterior, and a seed of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.case import overlay
from sim.parameters import PARAMETERS
from sim.randomness import hash_text
from sim.scenario import Scenario

__all__ = ["STAGES", "ReplicateSource"]

STAGES = ("race", "final", "report")
"""Replicates that no two stages share: figures are reported from replicates that chose nothing."""


@dataclass(frozen=True, eq=False)
class ReplicateSource:
    """An endless sequence of replicates for each stage; the same for every plan.

    Parameters
    ----------
    rows : structured array of ``PARAMETER_DTYPE``, shape (n_sets,)
        The posterior sample.
    set_seeds : uint64 array, shape (n_sets,), or None
        The chance that goes with each set, where it has been simulated already; otherwise every
        replicate has random numbers of its own.
    """

    rows: NDArray[np.void]
    seed: int
    set_seeds: NDArray[np.uint64] | None = None

    @classmethod
    def of(
        cls,
        rows: NDArray[np.void],
        scenario: Scenario,
        seed: int,
        set_seeds: NDArray[np.uint64] | None = None,
    ) -> ReplicateSource:
        """Return replicates in which what a scenario sets of parameters and mechanisms holds."""
        return cls(overlay(scenario, rows), seed, set_seeds)

    def replicates(
        self, stage: str, first: int, last: int
    ) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
        """Return parameters and seeds of replicates from ``first`` to before ``last``.

        Every set comes once before any comes twice. Shapes (last − first,).
        """
        at = self._at(stage, first, last)
        if self.set_seeds is not None:
            return self.rows[at], self.set_seeds[at]
        texts = [f"world {self.seed}/{stage}/{index}" for index in range(first, last)]
        return self.rows[at], np.array([hash_text(text) for text in texts], np.uint64)

    def _at(self, stage: str, first: int, last: int) -> NDArray[np.int64]:
        """Return the place of each replicate's set among the sets."""
        count = len(self.rows)
        turns = range(first // count, -(-last // count))
        order = [_shuffled(self.seed, stage, turn, count) for turn in turns] or [np.zeros(0, int)]
        begin = first - turns.start * count
        return np.concatenate(order)[begin : begin + last - first]

    def sets(self, stage: str, n: int) -> NDArray[np.void]:
        """Return the parameters of the first replicates of a stage, shape (n,)."""
        return self.rows[self._at(stage, 0, n)]

    def units(self, stage: str, n: int) -> NDArray[np.int64]:
        """Return the parameter set of each of the first replicates of a stage, as a number.

        Replicates of one set are no independent draws of what the parameters are. Sets drawn by
        weight, which come with their seeds, are one set as often as they were drawn.
        """
        label = np.arange(len(self.rows))
        if self.set_seeds is not None:
            bare = np.ascontiguousarray(self.rows).view(f"V{self.rows.dtype.itemsize}")
            label = np.unique(bare, return_inverse=True)[1]
        return label[self._at(stage, 0, n)]

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Parameters that differ between sets."""
        return tuple(name for name in PARAMETERS if np.ptp(self.rows[name]) > 0)


@lru_cache(maxsize=64)
def _shuffled(seed: int, stage: str, turn: int, count: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(hash_text(f"sets {seed}/{stage}/{turn}"))
    return rng.permutation(count)
