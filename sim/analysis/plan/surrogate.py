"""A fitted guess of what plans are worth, from when and how much of everything they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.choices import ChoiceWorth, Settled
from sim.analysis.plan.layout import Layout, Plan, Waves

Floats = NDArray[np.float64]

SOON = 6.0
"""Weeks after which a start counts a third of one at once, beside time left and its square."""

PAIRS = 0.3
"""How much features may be worth in pairs, beside each alone."""

FITTED = 400
"""Plans that a guess is fitted to: half of them the best, the others from all the rest alike."""


class Surrogate:
    """A Gaussian process over exposure: by item, how early it is held, and how much of it.

    Its kernel is linear and square: what a plan gains is nearly the sum of what its parts
    gain, and of what two of them gain together. Near good plans it tells the value of a plan
    that was never simulated as well as ten or twenty replicates do.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout, items = layout, layout.problem.items
        levels = [[(d, r) for d in item.doses if d for r in item.rounds] for item in items]
        self.levels = np.full((len(items), max(map(len, levels), default=0), 2), np.nan)
        for row, mine in enumerate(levels):
            self.levels[row, : len(mine)] = np.reshape(mine, (-1, 2))
        self._placed: dict[Waves, tuple[Floats, Floats, Floats]] = {}
        self._features: dict[Plan, Floats] = {}

    def parts(self, fields: Floats, waves: Waves) -> Floats:
        """Return the features of choices of all items: how early, and the level.

        Shape (n_items, n, 3 + n_levels).

        Parameters
        ----------
        fields : array, shape (n_items, n, 4)
            Start, dose, rounds and gap of each choice.
        """
        start, dose, rounds, gap = (fields[:, :, k, None] for k in range(4))
        share, first, step = self._in_waves(waves)
        there, starts = start > 0, start + first + gap * step
        left = there * (1 - starts / self.layout.weeks)
        soon = there * np.exp((1 - starts) / SOON)
        early = [one @ share for one in (left, left**2, soon)]
        level = (dose == self.levels[:, None, :, 0]) & (rounds == self.levels[:, None, :, 1])
        return np.concatenate([*early, level], axis=2)

    def _in_waves(self, waves: Waves) -> tuple[Floats, Floats, Floats]:
        """Return the share of people in each wave, and when it starts: at once, and by the gap.

        Shapes (n_items, n_waves, 1) and twice (n_items, 1, n_waves).
        """
        if waves not in self._placed:
            count, layout = len(waves), self.layout
            shape = len(layout.problem.items), 1, count
            share, first, step = np.zeros((shape[0], count, 1)), np.zeros(shape), np.zeros(shape)
            for row in range(shape[0]):
                people = [layout.people(row, wave) for wave in layout.waves_of(row, waves)]
                here = len(people)
                share[row, :here, 0] = np.array(people, float) / max(sum(people), 1)
                first[row, 0, :here], later = (layout.offsets(row, count, k) for k in (0, 1))
                step[row, 0, :here] = np.array(later) - first[row, 0, :here]
            self._placed[waves] = share, first, step
        return self._placed[waves]

    def features(self, plan: Plan) -> Floats:
        """Return the features of a plan, made once."""
        if plan not in self._features:
            gaps = plan.gaps or (0,) * len(plan.starts)
            fields = np.array([plan.starts, plan.doses, plan.rounds, gaps], float).T
            self._features[plan] = self.parts(fields[:, None], plan.waves).ravel()
        return self._features[plan]


class Evidence:
    """What plans were worth when they were simulated.

    Parameters
    ----------
    off : float
        What a plan may be worth beside what its features tell; a standard deviation.
    """

    def __init__(self, surrogate: Surrogate, off: float) -> None:
        self.surrogate, self.off = surrogate, off
        self._known: dict[Plan, tuple[float, float]] = {}
        self._fit: _Fit | None = None

    def __bool__(self) -> bool:
        return len(self._known) > 1

    @property
    def plans(self) -> list[Plan]:
        """Plans of which anything is known."""
        return list(self._known)

    def copy(self) -> Evidence:
        """Return the same, to be added to by itself."""
        other = Evidence(self.surrogate, self.off)
        other.take(self)
        return other

    def joined(self, other: Evidence) -> Evidence:
        """Return what this and another know."""
        both, (values, noise) = self.copy(), np.array(list(other._known.values())).T
        both.add(other.plans, values, noise)
        return both

    def take(self, other: Evidence) -> None:
        """Know what another knows, and nothing else."""
        self._known, self._fit = dict(other._known), other._fit

    def add(self, plans: Sequence[Plan], values: Floats, noise: Floats) -> None:
        """Take up values and the variances of their errors, shape (n_plans,)."""
        self._fit = None
        for plan, value, its in zip(plans, values.tolist(), noise.tolist(), strict=True):
            known, error = self._known.get(plan, (0.0, np.inf))
            error, its = max(error, 1e-12), max(its, 1e-12)
            both = 1 / (1 / error + 1 / its)
            self._known[plan] = (known / error + value / its) * both, both

    def guess(self, rng: np.random.Generator | None = None) -> PlanGuess:
        """Return a guess of what all plans are worth: the most likely, or one drawn.

        Parameters
        ----------
        rng : numpy.random.Generator, optional
            Where given, the guess is drawn from what is known (Thompson sampling), so that what
            is hardly known is tried.
        """
        fit = self._fit = self._fit or _Fit(self.surrogate, self._known, self.off)
        linear, square = np.zeros(fit.z.shape[1]), np.zeros((fit.z.shape[1], fit.z.shape[1]))
        target = fit.target
        if rng is not None:  # a draw before anything is known, moved to what is known
            linear = np.sqrt(fit.size) * rng.normal(size=linear.shape)
            square = np.sqrt(PAIRS * fit.size) * rng.normal(size=square.shape)
            square = (square + square.T) / 2
            target = target - fit.z @ linear - ((fit.z @ square) * fit.z).sum(axis=1)
            target = target - np.sqrt(fit.noise) * rng.normal(size=len(target))
        weights = fit.solved(target)
        linear = linear + fit.size * fit.z.T @ weights
        square = square + fit.size * PAIRS * (fit.z.T * weights) @ fit.z
        own = dict(zip(fit.plans, (self.off**2 * weights).tolist(), strict=True))
        return PlanGuess(self.surrogate, fit, linear, square, own)


class _Fit:
    """What all guesses from the same evidence share."""

    def __init__(
        self, surrogate: Surrogate, known: dict[Plan, tuple[float, float]], off: float
    ) -> None:
        from scipy.linalg import cho_factor

        self.plans, (values, noise) = [*known], np.array(list(known.values())).T
        if len(self.plans) > FITTED:
            ranked = np.argsort(-values, kind="stable")
            half = FITTED // 2
            others = np.linspace(half, len(ranked) - 1, FITTED - half).astype(int)
            some = ranked[np.concatenate([np.arange(half), others])]
            self.plans, values, noise = [self.plans[k] for k in some], values[some], noise[some]
        raw = np.stack([surrogate.features(plan) for plan in self.plans])
        self.middle, spread = raw.mean(axis=0), raw.std(axis=0)
        scale = np.where(spread > 1e-9, 1 / np.maximum(spread, 1e-9), 0.0)
        self.scale = scale / np.sqrt(max(int((scale > 0).sum()), 1))
        self.mean = float(values.mean())
        self.z, self.target = (raw - self.middle) * self.scale, values - self.mean
        inner = self.z @ self.z.T
        kernel = inner + PAIRS * inner**2
        signal = float(self.target.var())
        signal = max(signal - float(noise.mean()), signal / 20, 1e-12)
        self.size = signal / max(float(np.diag(kernel).mean()), 1e-9)
        self.noise = noise + off**2
        self._factor = cho_factor(
            self.size * kernel + np.diag(self.noise + 1e-9 * signal), lower=True, check_finite=False
        )

    def solved(self, target: Floats) -> Floats:
        """Return what each plan weighs, shape (n_plans,), so that guesses meet the targets."""
        from scipy.linalg import cho_solve

        return cho_solve(self._factor, target, check_finite=False)


class PlanGuess:
    """What plans are worth: a square function of features, and more of those simulated."""

    def __init__(
        self, surrogate: Surrogate, fit: _Fit, linear: Floats, square: Floats,
        own: dict[Plan, float],
    ) -> None:  # fmt: skip
        self.surrogate, self.mean, self.middle, self.scale = (
            surrogate,
            fit.mean,
            fit.middle,
            fit.scale,
        )
        self.linear, self.square, self.own = linear, square, own

    def of(self, plans: Sequence[Plan]) -> Floats:
        """Return what each plan is worth, shape (n_plans,)."""
        raw = np.stack([self.surrogate.features(plan) for plan in plans])
        z = (raw - self.middle) * self.scale
        own = [self.own.get(plan, 0.0) for plan in plans]
        found: Floats = self.mean + z @ self.linear + ((z @ self.square) * z).sum(axis=1) + own
        return found

    def worth(self, settled: Settled) -> ChoiceWorth:
        """Return what each choice is worth under waves that are settled."""
        parts = self.surrogate.parts(settled.choices.fields, settled.waves)
        count, _, width = parts.shape
        middle, scale = (one.reshape(count, 1, width) for one in (self.middle, self.scale))
        return ChoiceWorth((parts - middle) * scale, self.linear, self.square)
