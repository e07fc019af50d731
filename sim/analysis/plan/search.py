"""Spending runs on contenders: halving over all plans, or over those a search proposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator, RunsSpentError
from sim.analysis.plan.layout import Plan, Wish
from sim.analysis.plan.propose import Proposer, corners, proposer_of
from sim.analysis.plan.selection import Knockout, knockout, order
from sim.analysis.plan.space import Space

__all__ = ["FINALISTS", "Found", "halve", "search"]

FINALISTS = 8
"""Plans that come into the final."""

KEEP = 0.4
"""Share of the plans that stays when the worlds are doubled."""

RUNGS = (4, 8, 16, 32)
"""Worlds in which contenders are compared, one rung after the other."""

LISTED = 20_000
"""Decisions up to which all of them are looked at, where the runs allow."""

GENERATION = 16
"""Plans proposed at a time."""

EXPLORING = 0.7
"""Share of the runs for finding contenders; the rest is for telling them apart."""

WORLDS = 200
"""Worlds of the final, where the runs allow; the knockout may need more."""

TRIES = 40
"""Decisions in vain, for each plan wanted, before a search is at its end."""


@dataclass
class Found:
    """What a search has found, at any time.

    Parameters
    ----------
    ranked : list of Plan
        Contenders, the best first, from the worlds of the race and, of one objective under
        the mean, of the final.
    worlds : int
        Worlds in which the first of them have been compared.
    listed : bool
        Whether all plans there are were looked at.
    seen : int
        Plans lived through.
    knockout : Knockout or None
    interrupted : str
        Why it ended early; empty where it did not.
    """

    ranked: list[Plan] = field(default_factory=list)
    worlds: int = 0
    listed: bool = False
    seen: int = 0
    knockout: Knockout | None = None
    interrupted: str = ""


def halve(
    evaluator: Evaluator,
    plans: Sequence[Plan],
    found: Found,
    rungs: Sequence[int] = RUNGS,
    finalists: int = FINALISTS,
) -> None:
    """Compare plans in more and more worlds, leaving the worse ones out at each rung.

    Successive halving (Karnin, Koren and Somekh 2013) with common random numbers; the
    ranking in ``found`` is kept up to date after each rung.
    """
    risk, left, behind = evaluator.layout.problem.risk, list(plans), list[Plan]()
    for worlds in rungs:
        values = evaluator.values(left, worlds)
        ranking = [left[i] for i in order(values, risk)]
        found.ranked, found.worlds = [*ranking, *behind], worlds
        stay = max(finalists, int(np.ceil(KEEP * len(ranking))))
        left, dropped = ranking[:stay], ranking[stay:]
        behind = [*dropped, *behind]


def rungs_for(plans: int, runs: int, most: int = 8) -> tuple[int, ...]:
    """Return the worlds of each rung: as many times ``RUNGS`` as the runs allow.

    Examples
    --------
    >>> rungs_for(100, 1000), rungs_for(100, 4000)
    ((4, 8, 16, 32), (16, 32, 64, 128))
    """
    for times in range(most, 1, -1):
        left, lived, cost = plans, 0, 0
        for worlds in RUNGS:
            cost += left * (times * worlds - lived)
            left, lived = min(left, max(FINALISTS, int(np.ceil(KEEP * left)))), times * worlds
        if cost <= runs:
            return tuple(times * worlds for worlds in RUNGS)
    return RUNGS


def search(
    space: Space,
    evaluator: Evaluator,
    *,
    runs: int,
    seed: int = 0,
    by: str = "optuna",
    first: Sequence[Wish] = (),
) -> Found:
    """Find the best plans with so many runs.

    Parameters
    ----------
    space : Space
    evaluator : Evaluator
    runs : int
        At most; those of the final included.
    seed : int
    by : str
        What proposes plans where there are too many to look at all: see ``PROPOSERS``.
    first : sequence of Wish
        Decisions that are known to keep the constraints, where these are hard to keep.

    Returns
    -------
    Found
        Also after ``KeyboardInterrupt``, with what was found until then.
    """
    found, evaluator.limit = Found(), evaluator.runs + runs
    begun = evaluator.runs
    try:
        plans = space.plans(LISTED)
        if plans is not None and len(plans) * RUNGS[0] <= EXPLORING * runs:
            found.listed, found.seen = True, len(plans)
            halve(evaluator, plans, found, rungs_for(len(plans), int(EXPLORING * runs)))
        else:
            first = (*first, *corners(space))
            _explore(space, evaluator, found, begun + int(EXPLORING * runs), seed, by, first)
        _final(evaluator, found)
    except RunsSpentError:
        pass
    except KeyboardInterrupt:
        found.interrupted = "interrupted"
    return found


def _final(evaluator: Evaluator, found: Found) -> None:
    """Tell the finalists apart in worlds that have chosen nothing yet.

    Under the mean by a knockout, and in any case by their scores in equally many worlds.
    """
    problem = evaluator.layout.problem
    finalists = found.ranked[:FINALISTS]
    left = (evaluator.limit or 0) - evaluator.runs
    most = left // max(len(finalists), 1)
    if most < 20:
        return
    if evaluator.n_objectives > 1 or problem.risk != "mean":
        values = evaluator.values(finalists, min(most, WORLDS), "final")
        found.ranked[:FINALISTS] = [finalists[i] for i in order(values, problem.risk)]
        found.worlds = values.shape[2]
        return

    def sample(rows: Sequence[int], worlds: int) -> NDArray[np.float64]:
        values = evaluator.values([finalists[row] for row in rows], worlds, "final")
        first: NDArray[np.float64] = values[0]
        return first

    ended = knockout(sample, len(finalists), worth=problem.worth, most=min(most, 400))
    found.knockout = ended
    # The runs that are left put all finalists in order: for choosing among near-ties.
    more = min(WORLDS, most)
    means = sample(range(len(finalists)), more).mean(axis=1)
    found.ranked[:FINALISTS] = [finalists[i] for i in np.argsort(-means, kind="stable")]
    found.worlds = more


def _explore(
    space: Space,
    evaluator: Evaluator,
    found: Found,
    until: int,
    seed: int,
    by: str,
    first: Sequence[Wish],
) -> None:
    """Propose plans and promote the better ones, rung by rung, until the runs are spent.

    Asynchronous successive halving (Li et al. 2020): a plan is lived in the worlds of the
    next rung once it is among the best ``KEEP`` of those that reached this one.
    """
    tower = _Tower(evaluator)
    proposer = proposer_of(by, space, seed)
    try:
        while evaluator.runs < until:
            batch = list(_batch(space, proposer, tower, first))
            first = ()
            if not batch:
                break
            plans = [plan for plan, _, _ in batch]
            tower.add(plans)
            proposer.told(batch, tower.values(RUNGS[0], plans))
            tower.promote()
            tower.rank(found)
    finally:
        tower.rank(found)
    halve(evaluator, found.ranked[: 3 * FINALISTS], found, RUNGS[1:])


class _Tower:
    """Plans by how many worlds they have been lived in."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.risk = evaluator.layout.problem.risk
        self.rungs: list[list[Plan]] = [[] for _ in RUNGS]
        self.known: set[Plan] = set()

    def add(self, plans: list[Plan]) -> None:
        """Live new plans in the worlds of the first rung."""
        self.evaluator.values(plans, RUNGS[0])
        self.rungs[0] += plans
        self.known.update(plans)

    def values(self, worlds: int, plans: list[Plan]) -> NDArray[np.float64]:
        """Return the values of plans in worlds in which they have been lived."""
        return self.evaluator.values(plans, worlds)

    def best(self, rung: int) -> list[Plan]:
        """Return the plans of a rung, the best first."""
        plans = self.rungs[rung]
        if not plans:
            return []
        return [plans[i] for i in order(self.values(RUNGS[rung], plans), self.risk)]

    def promote(self) -> None:
        """Live the best of each rung in the worlds of the next."""
        for rung in range(len(RUNGS) - 1):
            stay = int(KEEP * len(self.rungs[rung]))
            reached = set(self.rungs[rung + 1])
            new = [plan for plan in self.best(rung)[:stay] if plan not in reached]
            if new:
                self.evaluator.values(new, RUNGS[rung + 1])
                self.rungs[rung + 1] += new

    def elite(self) -> list[Plan]:
        """Return the contenders, the best of the highest rung first."""
        best: dict[Plan, None] = {}
        for rung in range(len(RUNGS) - 1, -1, -1):
            best |= dict.fromkeys(self.best(rung)[: FINALISTS * 2])
            if len(best) >= FINALISTS:
                break
        return list(best)

    def rank(self, found: Found) -> None:
        """Say what is best so far."""
        best: dict[Plan, None] = {}
        for rung in range(len(RUNGS) - 1, -1, -1):
            if self.rungs[rung] and not best:
                found.worlds = RUNGS[rung]
            best |= dict.fromkeys(self.best(rung))
        found.ranked, found.seen = list(best), len(self.known)


def _batch(
    space: Space, proposer: Proposer, tower: _Tower, first: Sequence[Wish]
) -> Iterator[tuple[Plan, Wish, Wish]]:
    """Yield new plans that keep all constraints; none where there are no more to be found."""
    elite = tower.elite()
    size = GENERATION if tower.known else 2 * GENERATION
    taken: set[Plan] = set()
    given, tries = list(first), 0
    while len(taken) < size and tries < TRIES * size:
        tries += 1
        wish = given.pop() if given else proposer.ask(elite)
        plan = space.layout.fit(wish).plan
        if plan is None or plan in tower.known or plan in taken:
            proposer.refused(wish)
            continue
        taken.add(plan)
        yield plan, wish, space.settled(wish, plan)
