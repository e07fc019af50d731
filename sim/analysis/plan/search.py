"""Spending runs on contenders: two searches, polishing, and a final with a guarantee."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator, RunsSpentError
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.objective import scores
from sim.analysis.plan.polish import learn, polish
from sim.analysis.plan.selection import KimNelson, front_of, kim_nelson, least_upper_bound, order
from sim.analysis.plan.space import Space
from sim.analysis.plan.surrogate import (
    FINALISTS,
    FRONT,
    KEEP,
    RUNGS,
    TOWER,
    Evidence,
    Rungs,
    Surrogate,
)

GENERATION = 16
"""Plans proposed at a time."""
DRAWN = 4
"""Plans drawn at random that each search begins from, besides simple and extreme ones."""
EXPLORING, POLISHING, JOINED = 0.4, 0.25, 0.1
"""Shares of the runs for finding contenders, for changing the best of each search, and for changing
the better one by all that both know; the rest is the final's."""
LISTING = 0.7
"""Share of the runs for comparing all plans, where they can be listed."""
REPLICATES = 200
"""Replicates of the final, where the runs allow; the selection may need more."""
FEWEST = 50
"""Replicates of the final in which each plan of a front is simulated, if the runs allow."""
LADDER = (50, 100, 200, 400, 800, 1600)
"""Replicates in which finalists are compared where the mean is not what ranks them."""
TRIES = 6
"""Plans in vain, for each plan wanted, before a search is at its end."""


@dataclass
class SearchState:
    """What a search has found, at any time."""

    ranked: list[Plan] = field(default_factory=list)
    """Contenders, the best first."""
    replicates: int = 0
    """Replicates in which the first of them have been compared."""
    listed: bool = False
    """Whether all plans there are were looked at."""
    seen: int = 0
    """Plans simulated."""
    kim_nelson: KimNelson | None = None
    """How the selection of finalists ended; None where the first was not among those it left."""
    interrupted: str = ""
    """Why it ended early; empty where it did not."""
    apart: tuple[float, ...] = ()
    """How far apart the scores of the bests of two searches are in the replicates of the final, and
    the shares of these in which they reach each goal; of several objectives, how far apart the two
    fronts are, as a share of their extent. Empty where all plans were listed."""
    bound: float = float("nan")
    """No plan that was simulated is better than the first by more than this, with 95%; NaN where it
    was not judged."""


def halve(
    evaluator: Evaluator, plans: Sequence[Plan], found: SearchState,
    rungs: Sequence[int] = RUNGS, finalists: int = FINALISTS,
) -> None:  # fmt: skip
    """Compare plans in more and more replicates, leaving the worse ones out at each rung.

    Successive halving (Karnin, Koren and Somekh 2013) with common random numbers; the
    ranking in ``found`` is kept up to date after each rung.
    """
    left, behind = list(plans), list[Plan]()
    for replicates in rungs:
        ranking = _ranked(evaluator, left, replicates)
        found.ranked, found.replicates = [*ranking, *behind], replicates
        stay = max(finalists, int(np.ceil(KEEP * len(ranking))))
        left, dropped = ranking[:stay], ranking[stay:]
        behind = [*dropped, *behind]


def _ranked(
    evaluator: Evaluator, plans: Sequence[Plan], replicates: int, stage: str = "race"
) -> list[Plan]:
    if not plans:
        return []
    values = evaluator.values(plans, replicates, stage)
    return [plans[i] for i in order(values, evaluator.layout.problem)]


def rungs_for(plans: int, runs: int, most: int = 8) -> tuple[int, ...]:
    """Return the replicates of each rung: as many times ``RUNGS`` as the runs allow.

    >>> rungs_for(100, 1000), rungs_for(100, 4000)
    ((4, 8, 16, 32), (16, 32, 64, 128))
    """
    for times in range(most, 1, -1):
        left, simulated, cost = plans, 0, 0
        for replicates in RUNGS:
            cost += left * (times * replicates - simulated)
            left, simulated = (
                min(left, max(FINALISTS, int(np.ceil(KEEP * left)))),
                times * replicates,
            )
        if cost <= runs:
            return tuple(times * replicates for replicates in RUNGS)
    return RUNGS


def search(
    space: Space, evaluator: Evaluator, *, runs: int, seed: int = 0, first: Sequence[Plan] = (),
    always: Sequence[Plan] = (),
) -> SearchState:  # fmt: skip
    """Find the best plans with this many runs.

    Also after ``KeyboardInterrupt``, with what was found until then.

    - ``runs``: at most; those of the final included.
    - ``first``: plans to begin from.
    - ``always``: plans that keep the constraints and come into the race and the final: simple ones,
      and the planner's own.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):  # small matrices, and the same sums on every machine
        return _searched(space, evaluator, runs, seed, first, always)


def _searched(
    space: Space, evaluator: Evaluator, runs: int, seed: int, first: Sequence[Plan],
    always: Sequence[Plan],
) -> SearchState:  # fmt: skip
    found, begun = SearchState(), evaluator.runs
    evaluator.limit = begun + runs
    always = list(dict.fromkeys(always))
    finalists = FINALISTS if evaluator.n_objectives == 1 else FRONT
    try:
        most = int(LISTING * runs / RUNGS[0])
        plans = space.plans(most)
        if plans is not None:
            everything = list(dict.fromkeys([*plans, *always]))
            found.listed, found.seen = True, len(everything)
            rungs = rungs_for(len(plans), int(LISTING * runs))
            halve(evaluator, everything, found, rungs, finalists)
            known = None
        else:
            known = _twice(space, evaluator, found, runs, seed, [*first, *always])
        if finalists > FINALISTS:  # fewer where they would be told apart less well
            left = (evaluator.limit or 0) - evaluator.runs
            finalists = max(FINALISTS, min(finalists, left // FEWEST - len(always)))
        _final(evaluator, found, [*found.ranked[:finalists], *always], known)
    except RunsSpentError:
        pass
    except KeyboardInterrupt:
        found.interrupted = "interrupted"
    if not found.ranked and not found.interrupted:  # too few runs, or too little time, for any
        found.ranked = list(dict.fromkeys([*always, *first]))[:1]
    return found


def _twice(
    space: Space, evaluator: Evaluator, found: SearchState, runs: int, seed: int,
    first: Sequence[Plan],
) -> Evidence | None:  # fmt: skip
    """Search twice, each by itself, and polish what each has found; return what both know."""
    begun, best = evaluator.runs, list[Plan]()
    surrogate = Surrogate(evaluator.layout)
    towers = [Rungs(evaluator, surrogate), Rungs(evaluator, surrogate)]
    try:
        for k, tower in enumerate(towers):
            until, own = begun + int((k + 1) * EXPLORING / 2 * runs), [] if k else [*first]
            _explore(space, tower, until, seed + 7919 * k, own)
    finally:  # also where it is interrupted
        whole = [plan for tower in towers[::-1] for plan in tower.everything()]
        found.ranked = list(dict.fromkeys(whole))
        found.seen, found.replicates = (
            len(found.ranked),
            max(tower.replicates() for tower in towers),
        )
    tops = [tower.elite() for tower in towers]
    influence = max(towers, key=Rungs.replicates).influence
    evidences = [tower.evidence(influence) for tower in towers]
    several = evaluator.n_objectives > 1
    for k, top in enumerate(tops):
        if several or not top:
            best += top[:1]
            continue
        until = begun + int((EXPLORING + (k + 1) * POLISHING / 2) * runs)
        evidence = evidences[k] or None
        likely = top[0] if evidence is None else top[int(evidence.guess().of(top).argmax())]
        best.append(polish(space, evaluator, likely, until, seed + k, f"polish {k}", evidence))
        found.ranked = list(dict.fromkeys([*best, *found.ranked]))
    if several:  # a front is what all towers have
        elite = list(dict.fromkeys(plan for tower in towers for plan in tower.elite()))
        found.ranked = _ranked(evaluator, elite, RUNGS[0])
        halve(evaluator, found.ranked[: 2 * FRONT], found, RUNGS, FRONT)
        until = begun + int((EXPLORING + POLISHING) * runs)
        tower = Rungs(evaluator, surrogate, "polish")
        polished = _polished_front(space, tower, found.ranked[:FRONT], until, seed)
        found.ranked = list(dict.fromkeys([*polished, *found.ranked]))
        found.seen += sum(evaluator.known(plan) == 0 for plan in tower.known)
        found.apart = _fronts_apart(evaluator, [top[:FINALISTS] for top in tops])
        return None
    pairs = zip(*(tower.elite() for tower in towers), strict=False)
    others = [one for pair in pairs for one in pair]
    found.ranked = list(dict.fromkeys([*best, *others, *found.ranked]))
    replicates = min(REPLICATES, ((evaluator.limit or 0) - evaluator.runs) // (2 * FINALISTS))
    if len(best) == 2 and replicates >= 20:
        found.apart = _apart(evaluator, best, replicates)
    if not all(evidences):
        return None
    both = evidences[0].joined(evidences[1])
    begin = best[int(both.guess().of(best).argmax())]
    until = min(int(evaluator.runs + JOINED * runs), begun + runs)
    last = polish(space, evaluator, begin, until, seed + 2, "polish 2", both)
    found.ranked = list(dict.fromkeys([last, *found.ranked]))
    return both


def _polished_front(
    space: Space, tower: Rungs, plans: Sequence[Plan], until: int, seed: int
) -> list[Plan]:
    """Return a front and the single changes of its plans that belong to it, the knee's first."""
    rng, evaluator, changed = np.random.default_rng([seed, 6]), tower.evaluator, set[Plan]()
    at = front_of(evaluator.values(plans, RUNGS[0]), evaluator.layout.problem)
    tower.add(list(plans))
    while evaluator.runs < until:
        left = [p for p in (*(plans[k] for k in at), *tower.elite()) if p not in changed]
        if not left:
            break
        changed.add(left[0])
        mended = (space.mend(change) for change in space.changes(left[0], rng))
        new = [p for p in dict.fromkeys(mended) if p is not None and p not in tower.known]
        tower.add(new[: max(0, until - evaluator.runs) // TOWER[0]])
    return tower.elite()


def _fronts_apart(evaluator: Evaluator, tops: Sequence[Sequence[Plan]]) -> tuple[float, ...]:
    """Return how far two fronts are apart, in replicates of their own; nothing with too few runs.

    The additive epsilon indicator [Zitzler et al. 2003, doi:10.1109/TEVC.2003.810758]: no plan of
    one is better in all than some plan of the other by more than this share of the extent.
    """
    replicates = min(50, ((evaluator.limit or 0) - evaluator.runs) // (4 * FINALISTS))
    if not all(tops) or replicates < 20:
        return ()
    count = evaluator.n_objectives
    means = [evaluator.values(top, replicates, "fronts")[:count].mean(axis=2).T for top in tops]
    wide = np.maximum(np.ptp(np.concatenate(means), axis=0), 1e-9)
    lifts = [((one[:, None] - other) / wide).max(axis=2) for one, other in (means, means[::-1])]
    return (float(max(lift.min(axis=1).max() for lift in lifts)),)


def _apart(evaluator: Evaluator, best: Sequence[Plan], replicates: int) -> tuple[float, ...]:
    problem, values = evaluator.layout.problem, evaluator.values(best, replicates, "final")
    score = scores(values[0], problem.risk)
    goals = zip(problem.goals, values[evaluator.n_objectives :], strict=True)
    reached = [goal.reached(its).mean(axis=-1) for goal, its in goals]
    return tuple(float(abs(one[0] - one[1])) for one in (score, *reached))


def _final(
    evaluator: Evaluator, found: SearchState, finalists: Sequence[Plan],
    known: Evidence | None = None,
) -> None:  # fmt: skip
    """Select among the finalists, in replicates that have chosen nothing yet.

    Under the mean by the procedure of Kim and Nelson and by all that is known of each. Otherwise
    the likely best are simulated most often, and ranked by a guess from all that is known; where
    there is none, by their scores in equally many replicates.
    """
    problem = evaluator.layout.problem
    finalists = list(dict.fromkeys(finalists))
    left = (evaluator.limit or 0) - evaluator.runs
    if not found.listed:  # what comes from polishing was not raced: to bound it against the rest
        left -= min(left // 6, TOWER[-1])
    most = left // max(len(finalists), 1)
    if most < 10:
        return
    several = evaluator.n_objectives > 1
    if several or problem.goals or problem.risk != "mean":
        replicates = min(most, REPLICATES)
        if known is None:
            ranking = _ranked(evaluator, finalists, replicates, "final")
        else:
            counts = learn(evaluator, finalists, evaluator.runs + left, "final", known, LADDER)
            ranking = [
                finalists[k] for k in np.argsort(-known.guess().of(finalists), kind="stable")
            ]
            replicates = max(counts.values(), default=0)
        found.ranked = list(dict.fromkeys([*ranking, *found.ranked]))
        found.replicates = replicates
        return

    def sample(rows: Sequence[int], replicates: int) -> NDArray[np.float64]:
        values = evaluator.values([finalists[row] for row in rows], replicates, "final")
        return values[0]

    least = max(2, min(20, most))
    ended = kim_nelson(
        sample, len(finalists), worth=problem.worth, first=least, most=max(least, min(most, 400))
    )
    more = min(REPLICATES, most)  # all finalists in order: for choosing among near-ties
    totals = sample(range(len(finalists)), more).sum(axis=1)
    raced = min(evaluator.known(plan) for plan in finalists)
    if raced >= RUNGS[-2]:  # all that is known chooses; what is reported comes from elsewhere
        totals = totals + evaluator.values(finalists, raced)[0].sum(axis=1)
    ranks = np.argsort(-totals, kind="stable")
    if ranks[0] in ended.left:  # otherwise it was between others
        found.kim_nelson = ended
    ranking = [finalists[i] for i in ranks]
    found.ranked = list(dict.fromkeys([*ranking, *found.ranked]))
    found.replicates = more
    _guarantee(evaluator, found)


def _guarantee(evaluator: Evaluator, found: SearchState) -> None:
    """Bound how much better than the first any plan that was simulated can be.

    The plan of the highest bound is simulated in more replicates, again and again, until none can
    be better by more than what is worth caring for, or the runs are spent.
    """
    worth, first = evaluator.layout.problem.worth, found.ranked[0]
    plans = [p for p in found.ranked[1:] if evaluator.known(p) >= RUNGS[0]]
    gains: dict[int, NDArray[np.float64]] = {}
    again: Iterable[int] = range(len(plans))
    try:
        for _ in range(40):
            runs = {k: evaluator.known(plans[k]) for k in again}
            left = (evaluator.limit or 0) - evaluator.runs + evaluator.known(first)
            most = min(max([RUNGS[-1], *runs.values()]), max(left, evaluator.known(first)))
            runs = {k: min(n, most) for k, n in runs.items()}
            whole = evaluator.values([first], most)[0, 0]
            for n in set(runs.values()):
                alike = [k for k, mine in runs.items() if mine == n]
                values = evaluator.values([plans[k] for k in alike], n)[0] - whole[:n]
                gains |= dict(zip(alike, values, strict=True))
            if not gains:
                return
            found.bound, again = least_upper_bound([gains[k] for k in range(len(plans))])
            if found.bound <= worth:
                return
            replicates = min(2 * max(len(gains[k]) for k in again), 400)
            evaluator.values([plans[k] for k in again], replicates)
    except RunsSpentError:
        return


def _explore(space: Space, tower: Rungs, until: int, seed: int, first: Sequence[Plan]) -> None:
    """Propose plans and promote the better ones, rung by rung, until the runs are spent.

    Asynchronous successive halving (Li et al. 2020): a plan is simulated in the replicates of
    the next rung once it is among the best ``KEEP`` of those that reached this one.
    """
    rng = np.random.default_rng([seed, 1])
    evaluator = tower.evaluator
    begin = [*first, *space.extremes]
    begin += [p for _ in range(DRAWN) if (p := space.draw(rng)) is not None]
    room = max(0, until - evaluator.runs) // TOWER[0]
    tower.add(list(dict.fromkeys(begin))[:room])
    while evaluator.runs < until:
        batch: dict[Plan, None] = {}
        for k in range(TRIES * GENERATION):
            if len(batch) >= GENERATION:
                break
            if k < (TRIES - 1) * GENERATION or not tower.rungs[0]:
                plan = _proposed(space, tower, rng)
            else:  # all that is near the best is known
                plan = space.near(tower.rungs[0][int(rng.integers(len(tower.rungs[0])))], rng)
            if plan is not None and plan not in tower.known:
                batch[plan] = None
        if not batch:
            break
        tower.add(list(batch))


def _proposed(space: Space, tower: Rungs, rng: np.random.Generator) -> Plan | None:
    """Return a change of one of the best plans; where there are none, a plan at random."""
    elite = tower.elite()
    if not elite:
        return space.draw(rng)
    return space.near(elite[min(int(rng.geometric(0.25)) - 1, len(elite) - 1)], rng)
