"""A fitted guess of what plans are worth, from when and how much of everything they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.options import Option

__all__ = ["Surrogate"]

Floats = NDArray[np.float64]

PRIOR = 0.3
"""Standard deviation of a feature's weight before anything is known, in those of the values."""


class Surrogate:
    """A linear model over exposure: by item, whether it is there, how early, and how much.

    What a plan gains is nearly the sum of what its parts gain, so that little is needed to
    guess where to look. Its weights are drawn from their posterior (Thompson sampling), so
    that what is hardly known is tried.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.levels = [
            [
                (d, r if d else 0)
                for d in item.doses
                for r in item.rounds
                if d or r == item.rounds[0]
            ]
            for item in layout.problem.items
        ]
        self.width = [2 + len(levels) for levels in self.levels]
        self.at = np.cumsum([0, *self.width])
        self._features: dict[Plan, Floats] = {}

    def part(self, row: int, option: Option, count: int) -> Floats:
        """Return the features of one item: time left, its square, and its level."""
        found = np.zeros(self.width[row])
        if option.start:
            offsets = self.layout.offsets(row, count, option.gap)
            mean = option.start + sum(offsets) / len(offsets)
            left = 1 - mean / self.layout.weeks
            found[:2] = left, left**2
        level = (option.dose, option.rounds)
        if level in self.levels[row]:
            found[2 + self.levels[row].index(level)] = 1.0
        return found

    def features(self, plan: Plan) -> Floats:
        """Return the features of a plan, made once."""
        if plan not in self._features:
            gaps = plan.gaps or (0,) * len(plan.starts)
            options = map(Option, plan.starts, plan.doses, plan.rounds, gaps)
            self._features[plan] = np.concatenate(
                [self.part(row, option, len(plan.waves)) for row, option in enumerate(options)]
            )
        return self._features[plan]

    def drawn(self, plans: Sequence[Plan], values: Floats, rng: np.random.Generator) -> Floats:
        """Return weights drawn from what is known of them, shape (n_features,).

        Parameters
        ----------
        values : array, shape (n_plans,)
        """
        design = np.stack([self.features(plan) for plan in plans])
        mean, spread = values.mean(), values.std() or 1.0
        target = (values - mean) / spread
        noise = 0.3
        precision = design.T @ design / noise**2 + np.eye(design.shape[1]) / PRIOR**2
        covariance = np.linalg.inv(precision)
        middle = covariance @ design.T @ target / noise**2
        lower = np.linalg.cholesky((covariance + covariance.T) / 2 + 1e-12 * np.eye(len(middle)))
        drawn: Floats = middle + lower @ rng.normal(size=len(middle))
        return drawn
