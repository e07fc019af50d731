"""Plans in more and more replicates: who goes on, and what is known of all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.selection import Influence, order
from sim.analysis.plan.surrogate import Evidence, Surrogate

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
