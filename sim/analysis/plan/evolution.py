"""A second search: pymoo's NSGA-II over random keys (extra ``pymoo``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import Plan, Wish
from sim.analysis.plan.objective import scores
from sim.analysis.plan.propose import Batch, wish_of
from sim.analysis.plan.space import Space
from sim.errors import InputError, Problem

__all__ = ["Evolution"]

POPULATION = 48
"""Decisions that a generation keeps."""


class Evolution:
    """NSGA-II: a choice is a number from 0 to 1, an order the ranks of several (Bean 1994).

    What keeps no constraints, or comes to a plan that is known, counts as the worst of its
    generation, so that evolution leaves it.

    Raises
    ------
    InputError
        Where pymoo is not installed.
    """

    def __init__(self, space: Space, seed: int) -> None:
        try:
            from pymoo.algorithms.moo.nsga2 import NSGA2
            from pymoo.core.problem import Problem as Task
            from pymoo.core.termination import NoTermination
        except ImportError:
            right = "pip install 'uptake-sim[pymoo]', or --by optuna"
            what = "needs pymoo, which is not here"
            raise InputError([Problem("--by nsga2", "", what, right)]) from None
        self.space, self.count = space, len(space.problem.objectives)
        self.place = _places(space)
        genes = max(1, sum(map(len, self.place.values())))
        self.algorithm = NSGA2(pop_size=POPULATION)
        task = Task(n_var=genes, n_obj=self.count, xl=0.0, xu=1.0)
        self.algorithm.setup(task, termination=NoTermination(), seed=seed % 2**32)
        self.population: Any = ()
        self.generation: list[Any] = []
        self.next = 0
        self.asked: dict[Wish, list[int]] = {}
        self.score: dict[int, NDArray[np.float64]] = {}

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return the next decision of this generation, or the first of a new one."""
        if self.next == len(self.generation):
            self._breed()
        wish = self.decoded(self.generation[self.next].X)
        self.asked.setdefault(wish, []).append(self.next)
        self.next += 1
        return wish

    def _breed(self) -> None:
        """Tell how the generation came out, and take the next one."""
        if self.generation:
            rows = list(self.score.values())
            worst = np.max(rows, axis=0) if rows else np.zeros(self.count)
            for k, one in enumerate(self.generation):
                one.set("F", self.score.get(k, worst))
            self.algorithm.tell(infills=self.population)
        self.population = self.algorithm.ask()
        self.generation, self.next = list(self.population), 0
        self.asked.clear()
        self.score.clear()

    def refused(self, wish: Wish) -> None:
        """Do nothing: what was not lived counts as the worst."""

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Keep the scores, turned round: pymoo looks for the least."""
        score = scores(values, self.space.problem.risk)
        for k, (_, wish, _) in enumerate(batch):
            for place in self.asked.get(wish, ()):
                self.score[place] = -score[:, k]

    def decoded(self, genes: NDArray[np.float64]) -> Wish:
        """Return the decision that some genes stand for."""

        def one_of(name: str, choices: Sequence[Any]) -> Any:
            (gene,) = genes[self.place[name]]
            return choices[min(int(gene * len(choices)), len(choices) - 1)]

        def permuted(name: str, members: Sequence[int]) -> tuple[int, ...]:
            return tuple(members[k] for k in np.argsort(genes[self.place[name]], kind="stable"))

        return wish_of(self.space, one_of, permuted)


def _places(space: Space) -> dict[str, list[int]]:
    """Return which genes each choice of a decision has, whatever the others are."""
    found: dict[str, int] = {}

    def permuted(name: str, members: Sequence[int]) -> tuple[int, ...]:
        found[name] = len(members)
        return tuple(members)

    for end in (0, -1):  # with one wave there are choices fewer than with several

        def one_of(name: str, choices: Sequence[Any], end: int = end) -> Any:
            found[name] = 1
            return choices[end]

        wish_of(space, one_of, permuted)
    ends = np.cumsum([0, *found.values()])
    return {
        name: list(range(first, last))
        for name, first, last in zip(found, ends, ends[1:], strict=False)
    }
