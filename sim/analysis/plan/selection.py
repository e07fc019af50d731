"""Choosing among a few plans from noisy runs, and how sure the choice is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.plan.objective import TAIL, Risk, scores
from sim.arrays import Floats, Ints

if TYPE_CHECKING:
    from sim.analysis.plan.problem import PlanProblem


GOAL_FIRST = 1000.0
"""Worths that a goal costs where it is missed in all replicates."""


@dataclass(frozen=True, slots=True)
class KimNelson:
    """How the procedure of Kim and Nelson ended."""

    best: int
    left: tuple[int, ...]
    """Those not eliminated, ``best`` among them."""
    replicates: int
    """Replicates in which those left have been simulated."""
    decided: bool
    """Whether one was left, or none of those left could be ``worth`` better: then the guarantee
    holds."""


def kim_nelson(
    sample: Callable[[Sequence[int], int], Floats], count: int, *, worth: float,
    error: float = 0.05, first: int = 20, most: int = 400, step: int = 4,
) -> KimNelson:  # fmt: skip
    """Select the system with the highest mean by the procedure of Kim and Nelson (2001).

    Fully sequential, with elimination; observations of one replicate may be correlated between
    systems (common random numbers). Where the best mean is at least ``worth`` above every
    other, it is selected with a probability of at least 1 − ``error``, for normal
    observations and unless ``most`` ends it early.

    - ``sample``: given systems and a number of replicates n, their values in the first n
      replicates, shape (len(systems), n)
    - ``count``: number of systems
    - ``worth``: indifference zone, above 0
    - ``first``, ``most``, ``step``: replicates at the start, at most, and added at a time. Looking
      less often than after every replicate eliminates no more.

    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal([[0.0], [0.5], [2.0]], 1, (3, 400))
    >>> kim_nelson(lambda rows, n: values[list(rows), :n], 3, worth=0.5).best
    2
    """
    if count == 1:
        return KimNelson(0, (0,), first, True)
    eta = ((2 * error / (count - 1)) ** (-2 / (first - 1)) - 1) / 2
    h_squared = 2 * eta * (first - 1)
    left = list(range(count))
    values = sample(left, first)
    spread = (values[:, None, :] - values[None, :, :]).var(axis=-1, ddof=1)
    needed = np.floor(h_squared * spread / worth**2)
    n = first
    while True:
        means = values.mean(axis=-1)
        pairs = spread[np.ix_(left, left)]
        allowed = np.maximum(0, worth / (2 * n) * (h_squared * pairs / worth**2 - n))
        stays = (means[:, None] >= means[None, :] - allowed).all(axis=1)
        best = left[int(means.argmax())]
        left = [row for row, stay in zip(left, stays, strict=True) if stay]
        decided = len(left) == 1 or n > needed[np.ix_(left, left)].max()
        if decided or n >= most:
            return KimNelson(best, tuple(left), n, bool(decided))
        n = min(n + step, most)
        values = sample(left, n)


def chance_best(
    values: Floats, risk: Risk, worth: float, *, draws: int = 1000, seed: int = 0,
    units: Ints | None = None, goals: Sequence[tuple[float, Floats]] = (),
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return how likely each plan is to be the best, and to be within ``worth`` of it.

    Shares of the bootstrap samples; ``best`` sums to 1 (ties are shared). Shape (n_plans,).

    - ``values``, shape (n_plans, n_runs): the same replicates for all plans
    - ``draws``: bootstrap samples of replicates, the same for all plans
    - ``units``, shape (n_runs,): see ``resampled``; every replicate is one by default
    - ``goals``: of each the share of replicates asked for, and where a plan reaches it, shape
      (n_plans, n_runs); plans that miss one by less come first, as in ``judged``
    """
    rng = np.random.default_rng(seed)
    count, replicates = values.shape
    best, good = np.zeros(count), np.zeros(count)
    at_once = max(1, 4_000_000 // (count * replicates))
    for start in range(0, draws, at_once):
        chosen = resampled(
            np.arange(replicates) if units is None else units, min(at_once, draws - start), rng
        )
        if risk is Risk.MEAN:
            weight = np.apply_along_axis(np.bincount, 1, chosen, minlength=replicates) / replicates
            score = weight @ values.T
        else:
            score = scores(np.moveaxis(values[:, chosen], 0, 1), risk)
        for asked, reached in goals:
            often = np.moveaxis(reached[:, chosen], 0, 1).mean(axis=-1)
            score = score - GOAL_FIRST * worth * np.maximum(0.0, asked - often)
        top = score.max(axis=1, keepdims=True)
        first = score >= top - 1e-12
        best += (first / first.sum(axis=1, keepdims=True)).sum(axis=0)
        good += (score >= top - worth).sum(axis=0)
    return best / draws, good / draws


def resampled(units: Ints, draws: int, rng: np.random.Generator) -> Ints:
    """Return replicates drawn with replacement, by whole units; shape (draws, n_replicates).

    - ``units``, shape (n_runs,): what each replicate belongs to; each is one by itself where all
      belong to the same. The last unit of a draw is cut off where it is full.
    """
    replicates = len(units)
    members = [np.flatnonzero(units == one) for one in np.unique(units)]
    if len(members) in (1, replicates):
        return rng.integers(replicates, size=(draws, replicates))
    chosen = rng.integers(len(members), size=(draws, replicates))
    return np.array([np.concatenate([members[k] for k in row])[:replicates] for row in chosen])


def fronts(points: Floats) -> Ints:
    """Return the Pareto front of each point, 0 the first; larger is better in every column.

    Points have the shape (n_points, n_objectives).

    >>> fronts(np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 1.0], [0.0, 0.0]])).tolist()
    [0, 0, 1, 2]
    """
    better = (points[:, None] >= points[None]).all(-1) & (points[:, None] > points[None]).any(-1)
    result = np.full(len(points), -1)
    rank = 0
    while (result < 0).any():
        open_ = result < 0
        free = open_ & ~(better & open_[:, None]).any(axis=0)
        result[free] = rank
        rank += 1
    return result


def knee(points: Floats) -> int | None:
    """Return the point of a front farthest beyond the line (or plane) through its ends.

    Beyond it more of one objective costs most of another. None where no point is beyond, and
    never an end, which is the best in one of the objectives.

    - ``points``, shape (n_points, n_objectives): of one front; larger is better in every column

    >>> knee(np.array([[0.0, 1.0], [0.8, 0.7], [1.0, 0.0]])), knee(np.array([[0.0, 1], [1, 0]]))
    (1, None)
    >>> knee(np.array([[1.0, 0.0, 1.0], [0.8, 0.5, 0.8], [0.0, 1.0, 0.0]]))
    1
    """
    low, high = points.min(axis=0), points.max(axis=0)
    beyond = ((points - low) / np.where(high > low, high - low, 1.0)).sum(axis=1)
    beyond[(points >= high).any(axis=1)] = 0.0
    far = int(beyond.argmax())
    return far if beyond[far] > 1 + 1e-9 else None


def front_of(values: Floats, problem: PlanProblem) -> list[int]:
    """Return which plans are on the front: the knee first, the others along the second objective.

    Of plans that are alike in all objectives the first. Values as of ``judged``.
    """
    points = judged(values, problem).T
    on = np.flatnonzero(fronts(points) == 0)
    on = on[np.sort(np.unique(points[on], axis=0, return_index=True)[1])]
    on = on[np.argsort(points[on, 1], kind="stable")]
    at = knee(points[on])
    return on.tolist() if at is None else [int(on[at]), *np.delete(on, at).tolist()]


def _crowding(points: Floats) -> Floats:
    """Return how far each point of a front is from its neighbours; infinite at its ends."""
    distance = np.zeros(len(points))
    for column in points.T:
        rank = np.argsort(column, kind="stable")
        width = column[rank[-1]] - column[rank[0]] or 1.0
        distance[rank[[0, -1]]] = np.inf
        distance[rank[1:-1]] += (column[rank[2:]] - column[rank[:-2]]) / width
    return distance


def judged(values: Floats, problem: PlanProblem) -> Floats:
    """Return the score of each objective, less what missing a goal costs.

    Shape (n_objectives, n_plans). A goal goes before all objectives: plans that miss one by less
    come first.

    - ``values``, shape (n_objectives + n_goals, n_plans, n_replicates)
    """
    count = len(problem.objectives)
    score = scores(values[:count], problem.risk)
    for goal, reached in zip(problem.goals, values[count:], strict=True):
        score = score - GOAL_FIRST * problem.worth * goal.missed(reached)
    return score


BANDS = {
    Risk.MEAN: (0.0, 1.0), Risk.WORST: (0.0, TAIL), Risk.TENTH: (TAIL / 2, 1.5 * TAIL),
    Risk.REGRET: (TAIL / 2, 1.5 * TAIL),
}  # fmt: skip
"""Quantiles between which the mean is the score, or near it where the score is a quantile."""


@dataclass(frozen=True)
class Influence:
    """What each replicate adds to a plan's score, so that scores are means over replicates.

    The influence function of the mean between two quantiles: values are cut off where those of
    a good plan are. Near it, plans rank by the mean of what is left as they do by their scores;
    under the mean nothing is cut.
    """

    problem: PlanProblem
    low: float = -np.inf
    high: float = np.inf

    @property
    def parts(self) -> int:
        """Parts that add up to the score: the mean, and what the score is beyond it."""
        return 1 if self.problem.risk is Risk.MEAN else 2

    @classmethod
    def near(cls, problem: PlanProblem, values: Floats, at: int) -> Influence:
        """Return it for a good plan among several; ``values`` as for ``judged``."""
        first, last = BANDS[problem.risk]
        mine = values[0] - values[0].max(axis=0) if problem.risk is Risk.REGRET else values[0]
        low, high = np.quantile(mine[at], (first, last))
        return cls(
            problem, float(low) if first > 0 else -np.inf, float(high) if last < 1 else np.inf
        )

    def of(self, values: Floats, best: Floats | None = None) -> Floats:
        """Return what replicates add to the mean, to the score beyond it, and to each goal.

        The score beyond the mean is apart, as it is told by a few replicates only: it is nearly
        the same for all plans where these differ little.

        - ``values``, shape (n_objectives + n_goals, n_plans, n_replicates)
        - ``best``, shape (n_replicates,): the best of all plans, of which regret falls short; that
          of these by default

        Returns
        -------
        array, shape (``parts`` + n_goals, n_plans, n_replicates)
        """
        mine, (first, last) = values[0], BANDS[self.problem.risk]
        if self.problem.risk is Risk.REGRET:
            mine = mine - (mine.max(axis=0) if best is None else best)
        added = np.clip(mine, self.low, self.high) / (last - first)
        pairs = zip(self.problem.goals, values[len(self.problem.objectives) :], strict=True)
        beyond = [added - values[0]][: self.parts - 1]
        return np.stack([values[0], *beyond, *(goal.reached(one) for goal, one in pairs)])


def least_upper_bound(gains: Sequence[Floats], error: float = 0.05) -> tuple[float, list[int]]:
    """Return by how much any of several plans may be better, and which are most in doubt.

    An upper bound for each mean gain at once (Bonferroni), for normal gains, whose spread is
    shrunk towards that of all of them where a plan was simulated in few replicates only.

    - ``gains``, shape (n_replicates,): of each plan over the first, in the same replicates
    - ``error``: chance that one of the plans is better than the bound says

    Returns
    -------
    float
        0 or more.
    list of int
        The plans whose bounds are highest, up to eight.
    """
    shared = float(np.median([gain.var(ddof=1) for gain in gains if len(gain) > 1] or [0.0]))
    z = NormalDist().inv_cdf(1 - error / len(gains))
    bounds = []
    for gain in gains:
        n = len(gain)
        spread = ((n - 1) * gain.var(ddof=1) + 8 * shared) / (n + 7) if n > 1 else shared
        bounds.append(float(gain.mean()) + z * float(np.sqrt(spread / n)))
    which = [int(k) for k in np.argsort(-np.array(bounds), kind="stable")[:8]]
    return max(0.0, bounds[which[0]]), which


def order(values: Floats, problem: PlanProblem) -> Ints:
    """Return plans from the best to the worst: by score, or by Pareto front and crowding.

    Values as of ``judged``.
    """
    score = judged(values, problem)
    if len(score) == 1:
        return np.argsort(-score[0], kind="stable")
    front = fronts(score.T)
    crowding = np.zeros(len(front))
    for rank in np.unique(front):
        inside = front == rank
        crowding[inside] = _crowding(score.T[inside])
    return np.lexsort((-crowding, front))
