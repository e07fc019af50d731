"""A chain of a calibration: its populations so far, stored after each one and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.kernel import columns_of, covariance, goal, log_kernel, seen_once
from sim.analysis.calibration.smc import Guide, Population, guide
from sim.arrays import Floats
from sim.results.key import Form, KeptArrays

RECENT = 1500
"""Sets, the last that were tried, on which moves of the next population are guided."""


@dataclass(eq=False)
class Tried:
    """Sets that were simulated, in order, and their figures in the replicates of the search."""

    points: Floats
    """Shape (n, d)."""
    figures: Floats
    """Shape (n, n_targets)."""

    @classmethod
    def joined(cls, parts: Sequence[Tried]) -> Tried:
        """Return all parts in order."""
        return cls(
            np.concatenate([one.points for one in parts]),
            np.concatenate([one.figures for one in parts]),
        )


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain on its way: what it kept, and what it tried for each population."""

    populations: list[Population]
    tried: list[Tried]
    chance: Floats

    def guide(self, study: CalibrationStudy, gamma: float) -> Guide:
        """Return where the next moves are to be guided, from what was tried last."""
        whole = Tried.joined(self.tried)
        return guide(
            whole.points[-RECENT:], whole.figures[-RECENT:], goal(study),
            covariance(study, self.chance), gamma,
        )  # fmt: skip


def kept_of(study: CalibrationStudy, folder: Path) -> KeptArrays:
    """Return where a study keeps its populations until the end."""
    return KeptArrays(folder, study.key, "another --out, or --force to begin anew")


def keep_chain(kept: KeptArrays, chain: Chain) -> None:
    """Write down the chain's last population, and what was tried for it."""
    one, tried = chain.populations[-1], chain.tried[-1]
    kept.write(
        f"population-{len(chain.populations) - 1:03}",
        points=one.points,
        figures=one.figures,
        shares=np.array([one.gamma, one.accepted]),
        evaluations=np.array([one.evaluations]),
        felt=np.ones((2, one.points.shape[1])) if one.influence is None else one.influence,
        tried_points=tried.points,
        tried_figures=tried.figures,
        chance=chain.chance,
    )


def kept_chain(study: CalibrationStudy, kept: KeptArrays) -> Chain | None:
    """Return an earlier attempt at a chain."""
    d, k, n = len(study.priors), len(columns_of(study)), study.effort.sets
    once = any(seen_once(study, name) for name in study.settings)
    forms = {
        "figures": Form(("n", k)), "shares": Form((2,), 0, 1), "felt": Form((2, d), 1),
        "evaluations": Form((1,), 0, kind="whole"), "tried_points": Form(("m", d), 0, 1),
        "tried_figures": Form(("m", k)), "chance": Form((k, k)) if once else Form((k,), 0),
    }  # fmt: skip
    chain = Chain([], [], np.zeros(k))
    for step, name in enumerate(kept.names("population-*")):
        size = n if step else n * study.effort.first
        one = kept.read(name, {"points": Form((size, d), 0, 1), **forms})
        if name != f"population-{step:03}":
            raise kept.refused(name, "stands without those before it")
        (gamma, accepted), (evaluations,) = one["shares"].tolist(), one["evaluations"].tolist()
        tried = Tried(one["tried_points"], one["tried_figures"])
        try:
            kernel = log_kernel(study, one["figures"], one["chance"])
            population = Population(
                one["points"], kernel, one["figures"], gamma, accepted, evaluations, one["felt"]
            )
            chain = Chain([*chain.populations, population], [*chain.tried, tried], one["chance"])
            chain.guide(study, gamma)
        except np.linalg.LinAlgError:
            raise kept.refused(name, "holds numbers that no search comes by") from None
    return chain if chain.populations else None
