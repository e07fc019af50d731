"""Replicates to judge plans in: a parameter set of the posterior, and a seed of its own."""

from __future__ import annotations

from dataclasses import dataclass

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

    def replicate(self, stage: str, index: int) -> tuple[NDArray[np.void], np.uint64]:
        """Return parameters, shape (1,), and seed of a replicate.

        Every set comes once before any comes twice.
        """
        row = self._row(stage, index)
        seed = np.uint64(hash_text(f"world {self.seed}/{stage}/{index}"))
        if self.set_seeds is not None:
            seed = self.set_seeds[row]
        return self.rows[row : row + 1], seed

    def _row(self, stage: str, index: int) -> int:
        turn, place = divmod(index, len(self.rows))
        rng = np.random.default_rng(hash_text(f"sets {self.seed}/{stage}/{turn}"))
        return int(rng.permutation(len(self.rows))[place])

    def sets(self, stage: str, n: int) -> NDArray[np.void]:
        """Return the parameters of the first replicates of a stage, shape (n,)."""
        return np.concatenate([self.replicate(stage, i)[0] for i in range(n)])

    def units(self, stage: str, n: int) -> NDArray[np.int64]:
        """Return the parameter set of each of the first replicates of a stage, as a number.

        Replicates of one set are no independent draws of what the parameters are. Sets drawn by
        weight, which come with their seeds, are one set as often as they were drawn.
        """
        label = np.arange(len(self.rows))
        if self.set_seeds is not None:
            bare = np.ascontiguousarray(self.rows).view(f"V{self.rows.dtype.itemsize}")
            label = np.unique(bare, return_inverse=True)[1]
        return label[[self._row(stage, index) for index in range(n)]]

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Parameters that differ between sets."""
        return tuple(name for name in PARAMETERS if np.ptp(self.rows[name]) > 0)
