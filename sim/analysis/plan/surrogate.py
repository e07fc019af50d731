"""What plans are worth: simulated in more and more replicates; and guessed from what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.choices import ChoiceWorth, Settled
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan, Waves
from sim.analysis.plan.selection import GOAL_FIRST, Influence, order

Floats = NDArray[np.float64]

SOON = 6.0
"""Weeks after which a start counts a third of one at once, beside time left and its square."""
PAIRS = 0.3
"""How much features may be worth in pairs, beside each alone."""
GOAL_OFF = 0.02
"""By how much of the replicates a goal may be reached more or less often than features tell."""
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

        - ``fields``, shape (n_items, n, 4): start, dose, rounds and gap of each choice.
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
    """What plans were worth when they were simulated: in their scores, and in reaching each goal.

    - ``off``: what a plan may be worth beside what its features tell; a standard deviation.
    - ``influence``: by what replicates add to scores, and which goals there are; the mean alone by
      default.
    """

    def __init__(
        self, surrogate: Surrogate, off: float, influence: Influence | None = None
    ) -> None:
        self.surrogate, self.off, self.influence = surrogate, off, influence
        self.goals = () if influence is None else influence.problem.goals
        self.parts = 1 if influence is None else influence.parts
        self._known: dict[Plan, tuple[Floats, Floats]] = {}
        self._guess: PlanGuess | None = None

    def __bool__(self) -> bool:
        return len(self._known) > 1

    @property
    def plans(self) -> list[Plan]:
        """Plans of which anything is known."""
        return list(self._known)

    def copy(self) -> Evidence:
        """Return the same, to be added to by itself."""
        other = Evidence(self.surrogate, self.off, self.influence)
        other.take(self)
        return other

    def joined(self, other: Evidence) -> Evidence:
        """Return what this and another know."""
        both, (values, noise) = self.copy(), other._told()
        both.add(other.plans, values, noise)
        return both

    def take(self, other: Evidence) -> None:
        """Know what another knows, and nothing else."""
        self._known, self._guess = dict(other._known), other._guess

    def add(self, plans: Sequence[Plan], values: Floats, noise: Floats) -> None:
        """Take up values and the variances of their errors, shape (n_parts + n_goals, n_plans)."""
        self._guess, count = None, self.parts + len(self.goals)
        unknown = np.zeros(count), np.full(count, np.inf)
        values, noise = np.atleast_2d(values), np.atleast_2d(noise)
        for plan, value, its in zip(plans, values.T, noise.T, strict=True):
            known, error = self._known.get(plan, unknown)
            error, its = np.maximum(error, 1e-12), np.maximum(its, 1e-12)
            both = 1 / (1 / error + 1 / its)
            self._known[plan] = (known / error + value / its) * both, both

    def _told(self) -> Floats:
        """Return values and their errors' variances, shape (2, n_parts + n_goals, n_plans)."""
        return np.array(list(self._known.values())).transpose(1, 2, 0)

    def guess(self) -> PlanGuess:
        """Return the likely guess of what all plans are worth, made once."""
        if self._guess is None:
            self._guess = self._fitted()
        return self._guess

    def _fitted(self) -> PlanGuess:
        plans, (values, noise) = self.plans, self._told()
        if len(plans) > FITTED:
            ranked = np.argsort(-self.judged(values), kind="stable")
            half = FITTED // 2
            others = np.linspace(half, len(ranked) - 1, FITTED - half).astype(int)
            some = ranked[np.concatenate([np.arange(half), others])]
            plans, values, noise = [plans[k] for k in some], values[:, some], noise[:, some]
        raw = np.stack([self.surrogate.features(plan) for plan in plans])
        middle, spread = raw.mean(axis=0), raw.std(axis=0)
        scale = np.where(spread > 1e-9, 1 / np.maximum(spread, 1e-9), 0.0)
        scale /= np.sqrt(max(int((scale > 0).sum()), 1))
        z = (raw - middle) * scale
        inner = z @ z.T
        kernel = inner + PAIRS * inner**2
        found = []
        for k, (mine, its) in enumerate(zip(values, noise, strict=True)):
            off = self.off if k < self.parts else GOAL_OFF
            mean, trusted = float(mine.mean()), its**-2.0 if k else None
            weights, size = _weighed(kernel, mine - mean, its, off, trusted)
            square = size * PAIRS * (z.T * weights) @ z
            own = dict(zip(plans, (off**2 * weights).tolist(), strict=True))
            found.append(Quadratic(mean, size * z.T @ weights, square, own))
        return PlanGuess(self, middle, scale, tuple(found), self.price)

    def judged(self, values: Floats) -> Floats:
        """Return scores less what missing goals costs, of values as they are added."""
        score: Floats = values[: self.parts].sum(axis=0)
        for goal, reached in zip(self.goals, values[self.parts :], strict=True):
            score = score - self.price * np.maximum(0.0, goal.share - reached)
        return score

    @property
    def price(self) -> float:
        """What a goal costs where it is missed in all replicates."""
        return 0.0 if self.influence is None else GOAL_FIRST * self.influence.problem.worth


@dataclass(frozen=True)
class Quadratic:
    """A square function of features, and how far the plans that were simulated are off it."""

    mean: float
    linear: Floats
    square: Floats
    own: dict[Plan, float]


def _weighed(
    kernel: Floats, target: Floats, noise: Floats, off: float, trusted: Floats | None
) -> tuple[Floats, float]:
    """Return what each plan weighs, so that guesses meet the targets, and the kernel's size."""
    from scipy.linalg import cho_factor, cho_solve

    if trusted is None:
        signal = float(target.var())
        signal = max(signal - float(noise.mean()), signal / 20, 1e-12)
    else:  # what is hardly known tells nothing of how much plans differ
        middle = np.average(target, weights=trusted)
        signal = max(float(np.average((target - middle) ** 2 - noise, weights=trusted)), 1e-6)
    size = signal / max(float(np.diag(kernel).mean()), 1e-9)
    whole = size * kernel + np.diag(noise + off**2 + 1e-9 * signal)
    factor = cho_factor(whole, lower=True, check_finite=False)
    return cho_solve(factor, target, check_finite=False), size


@dataclass(frozen=True, eq=False)
class PlanGuess:
    """What plans are worth: by square functions of features, of the score and of each goal."""

    evidence: Evidence
    middle: Floats
    scale: Floats
    parts: tuple[Quadratic, ...]
    leaning: float
    """What a goal counts beside the score where choices are weighed."""

    def of(self, plans: Sequence[Plan]) -> Floats:
        """Return what each plan is worth, shape (n_plans,)."""
        return self.evidence.judged(self.channels(plans))

    def channels(self, plans: Sequence[Plan]) -> Floats:
        """Return parts of the score and how often goals are reached, as they were added."""
        raw = np.stack([self.evidence.surrogate.features(plan) for plan in plans])
        z = (raw - self.middle) * self.scale
        return np.stack([
            one.mean + z @ one.linear + ((z @ one.square) * z).sum(axis=1)
            + [one.own.get(plan, 0.0) for plan in plans]
            for one in self.parts
        ])  # fmt: skip

    def leanings(self) -> tuple[PlanGuess, ...]:
        """Return it with goals that count more and less; itself where there are none."""
        if not self.evidence.goals:
            return (self,)
        return tuple(replace(self, leaning=self.evidence.price / by) for by in (1, 30, 1000))

    def worth(self, settled: Settled) -> ChoiceWorth:
        """Return what each choice is worth under waves that are settled."""
        parts = self.evidence.surrogate.parts(settled.choices.fields, settled.waves)
        count, _, width = parts.shape
        middle, scale = (one.reshape(count, 1, width) for one in (self.middle, self.scale))
        counts = [1.0] * self.evidence.parts + [self.leaning] * len(self.evidence.goals)
        both = list(zip(counts, self.parts, strict=True))
        linear: Floats = np.sum([much * one.linear for much, one in both], axis=0)
        square: Floats = np.sum([much * one.square for much, one in both], axis=0)
        return ChoiceWorth((parts - middle) * scale, linear, square)


FINALISTS = 8
"""Plans that come into the final, besides those that were given."""
FRONT = 3 * FINALISTS
"""Plans of a front that come into the final, of several objectives."""
KEEP = 0.4
"""Share of the plans that stays when the replicates are doubled."""
RUNGS = (4, 8, 16, 32)
"""Replicates in which contenders are compared, one rung after the other."""
TOWER = (*RUNGS[1:], 64, 128, 256)
"""Replicates of the rungs of a search that goes on for as long as there are runs."""


class Rungs:
    """Plans by how many replicates they have been simulated in."""

    def __init__(self, evaluator: Evaluator, surrogate: Surrogate, stage: str = "race") -> None:
        self.surrogate, self.stage = surrogate, stage
        self.evaluator, self.problem = evaluator, evaluator.layout.problem
        self.rungs: list[list[Plan]] = [[] for _ in TOWER]
        self.values: list[NDArray[np.float64]] = []
        self.known: set[Plan] = set()
        self._best: dict[int, list[Plan]] = {}
        alone = self.problem.risk == "mean" and not self.problem.goals
        self.tells_itself = alone or evaluator.n_objectives > 1

    def add(self, plans: list[Plan]) -> None:
        """Run new plans in the replicates of the first rung, and the best in those of the next."""
        if not plans:
            return
        self._reach(0, plans)
        self.known.update(plans)
        for rung in range(len(TOWER) - 1):
            stay = int(KEEP * len(self.rungs[rung]))
            reached = set(self.rungs[rung + 1])
            if new := [plan for plan in self.best(rung)[:stay] if plan not in reached]:
                self._reach(rung + 1, new)

    def _reach(self, rung: int, plans: list[Plan]) -> None:
        values = self.evaluator.values(plans, TOWER[rung], self.stage)
        self.rungs[rung] += plans
        if rung < len(self.values):
            self.values[rung] = np.concatenate([self.values[rung], values], axis=1)
        else:
            self.values.append(values)
        if self.tells_itself:
            self._best.pop(rung, None)
        else:
            self._best.clear()

    def best(self, rung: int) -> list[Plan]:
        """Return the plans of a rung, the best first.

        By their scores; where these are of few replicates only, such as the worst tenth, by a guess
        from all that is known.
        """
        plans = self.rungs[rung]
        if rung not in self._best and plans:
            if self.tells_itself:
                at = order(self.values[rung], self.problem)
            else:
                at = np.argsort(-self.evidence().guess().of(plans), kind="stable")
            self._best[rung] = [plans[i] for i in at]
        return self._best.get(rung, [])

    @property
    def influence(self) -> Influence:
        """What replicates add to scores, near the plan of the highest mean in the highest rung."""
        if not self.values:
            return Influence(self.problem)
        values = self.values[-1]
        return Influence.near(self.problem, values, int(values[0].mean(axis=1).argmax()))

    def evidence(self, influence: Influence | None = None) -> Evidence:
        """Return what the plans are worth in the first objective, in whichever replicates.

        - ``influence``: what replicates add to scores; near the best of these plans by default
        """
        influence = influence or self.influence
        found = Evidence(self.surrogate, self.problem.worth / 2, influence)
        if not self.values:
            return found
        stacks = [influence.of(stacked) for stacked in self.values]
        told = [self._told([one[k] for one in stacks]) for k in range(len(stacks[0]))]
        plans, values, noise = list(told[0][0]), [], []
        replicates = {
            plan: stacked.shape[2]
            for mine, stacked in zip(self.rungs, self.values, strict=False)
            for plan in mine
        }
        for known, error in told:
            values.append([known[plan] for plan in plans])
            noise.append([error / replicates[plan] for plan in plans])
        found.add(plans, np.array(values), np.array(noise))
        return found

    def _told(self, stacks: Sequence[NDArray[np.float64]]) -> tuple[dict[Plan, float], float]:
        """Return the mean of each plan, and the variance of one replicate about it.

        What a replicate is worth to all plans is taken off: of further replicates it is told by
        those plans that reached them.
        """
        known, common, error = dict[Plan, float](), np.zeros(0), 0.0
        for plans, values in zip(self.rungs, stacks, strict=False):
            more = values[:, len(common) :].mean(axis=0)
            more -= np.mean([known[plan] for plan in plans]) if known else more.mean()
            common = np.concatenate([common, more])
            means = (values - common).mean(axis=1)
            if not known:
                error = float((values - common - means[:, None]).var()) * TOWER[0] / (TOWER[0] - 1)
            known |= dict(zip(plans, means.tolist(), strict=True))
        return known, error

    def elite(self) -> list[Plan]:
        """Return the contenders, the best of the highest rung first."""
        best: dict[Plan, None] = {}
        for rung in range(len(TOWER) - 1, -1, -1):
            best |= dict.fromkeys(self.best(rung)[: FINALISTS * 2])
            if len(best) >= FINALISTS:
                break
        return list(best)

    def everything(self) -> list[Plan]:
        """Return all plans, the best of the highest rung first."""
        down = range(len(TOWER) - 1, -1, -1)
        return list(dict.fromkeys(plan for rung in down for plan in self.best(rung)))

    def replicates(self) -> int:
        """Return the replicates of the highest rung reached."""
        return TOWER[max(len(self.values) - 1, 0)]
