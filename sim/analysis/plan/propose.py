"""What proposes plans where there are too many to look at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import Plan, Wish
from sim.analysis.plan.objective import scores
from sim.analysis.plan.space import EVERYBODY, Space

if TYPE_CHECKING:
    from optuna.trial import Trial

__all__ = ["PROPOSERS", "Batch", "Proposer", "corners", "proposer_of", "wish_of"]

Batch = Sequence[tuple[Plan, Wish, Wish]]
"""Plans, the decisions that led to them, and those with the weeks that came of them."""


class Proposer(Protocol):
    """Proposes decisions, and is told how those that were lived through came out."""

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return a decision; ``elite`` are the best plans so far, the best first."""

    def refused(self, wish: Wish) -> None:
        """Hear that a decision keeps no constraints, or comes to a plan that is known."""

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Hear the values of plans, shape (n_objectives, n_plans, n_worlds)."""


def wish_of(space: Space, one_of: Callable[..., Any], permuted: Callable[..., Any]) -> Wish:
    """Return a decision, every choice of which is made by another.

    Parameters
    ----------
    space : Space
    one_of : callable
        Given a name and choices, returns one of them.
    permuted : callable
        Given a name and members, returns them in an order.
    """
    problem = space.problem
    heads = {q.members[0] for q in problem.sequences}
    followers = {row for q in problem.sequences for row in q.members} - heads
    week = tuple(
        weeks[0] if row in followers else int(one_of(f"start {row}", weeks))
        for row, weeks in enumerate(space.starts)
    )
    orders = tuple(permuted(f"order {s}", q.members) for s, q in enumerate(problem.sequences))
    staging = _staging(space, one_of, permuted)
    return Wish(
        space.heads(week, orders),
        tuple(one_of(f"dose {r}", item.doses) for r, item in enumerate(problem.items)),
        tuple(one_of(f"rounds {r}", item.rounds) for r, item in enumerate(problem.items)),
        orders,
        tuple(one_of(f"gap {s}", q.gaps) for s, q in enumerate(problem.sequences)),
        staging.waves,
        staging.gap,
    )


def _staging(space: Space, one_of: Callable[..., Any], permuted: Callable[..., Any]) -> Any:
    waves = space.problem.waves
    if waves is None:
        return EVERYBODY
    if waves.fixed is not None:
        return one_of("staging", space.stagings)
    number = one_of("waves", waves.numbers)
    if number == 1:
        return EVERYBODY
    gap = one_of("wave gap", waves.gaps)
    return space.staging(space.divided(permuted("wave", range(len(waves.units))), number), gap)


def corners(space: Space) -> tuple[Wish, ...]:
    """Return where to begin: everything as early or as late as may be, in few waves or many.

    They know positions and numbers only, and order everything as the file lists it.
    """

    def corner(start: int, waves: int) -> Wish:
        ends = {"start": start, "dose": -1, "rounds": -1, "waves": waves, "staging": waves}

        def one_of(name: str, choices: Sequence[Any]) -> Any:
            return choices[ends.get(name.split()[0], 0)]

        return wish_of(space, one_of, lambda _, members: tuple(members))

    return tuple(dict.fromkeys(corner(start, waves) for start in (0, -1) for waves in (0, -1)))


class Chance:
    """Decisions at random: what any other way must beat."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space, self.rng = space, np.random.default_rng([seed, 1])

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return a decision at random."""
        return self.space.draw(self.rng)

    def refused(self, wish: Wish) -> None:
        """Do nothing."""

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Do nothing."""


class Moves(Chance):
    """Changes of the best plans: a start, two starts, an order, a dose, the waves.

    The better a plan, the likelier it is changed; one decision in ten is at random.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(space, seed)
        self.wishes: dict[Plan, Wish] = {}

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return a decision near one of the best."""
        if not elite or self.rng.random() < 0.1:
            return self.space.draw(self.rng)
        place = min(int(self.rng.geometric(0.25)) - 1, len(elite) - 1)
        return self.space.near(self.wishes[elite[place]], self.rng)

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Keep the decisions that led to plans."""
        self.wishes |= {plan: settled for plan, _, settled in batch}


class Tpe:
    """Optuna's tree-structured Parzen estimator; orders as Lehmer codes, all by position."""

    def __init__(self, space: Space, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        count = len(space.problem.objectives)
        sampler = optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=32)
        self.study = optuna.create_study(directions=["maximize"] * count, sampler=sampler)
        self.space, self.count = space, count
        self.trials: dict[Wish, Trial] = {}

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return the sampler's next decision."""
        trial = self.study.ask()
        wish = self.decoded(trial)
        self.trials[wish] = trial
        return wish

    def refused(self, wish: Wish) -> None:
        """Tell the sampler that a decision is of no use."""
        from optuna.trial import TrialState

        if (trial := self.trials.pop(wish, None)) is not None:
            self.study.tell(trial, state=TrialState.FAIL)

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Tell the sampler the scores of its decisions."""
        score = scores(values, self.space.problem.risk)
        for k, (_, wish, _) in enumerate(batch):
            if (trial := self.trials.pop(wish, None)) is not None:
                self.study.tell(trial, score[:, k].tolist())

    def decoded(self, trial: Trial) -> Wish:
        """Return the decision of a trial."""

        def one_of(name: str, choices: Sequence[Any]) -> Any:
            return (
                choices[trial.suggest_int(name, 0, len(choices) - 1)] if choices[1:] else choices[0]
            )

        def permuted(name: str, members: Sequence[int]) -> tuple[int, ...]:
            left = list(members)
            return tuple(
                left.pop(trial.suggest_categorical(f"{name}.{k}", list(range(len(left)))))
                if len(left) > 1
                else left.pop()
                for k in range(len(members))
            )

        return wish_of(self.space, one_of, permuted)


class Both:
    """Optuna's sampler and moves in turn: one looks far, the other near."""

    def __init__(self, space: Space, seed: int) -> None:
        self.parts: tuple[Proposer, ...] = (Tpe(space, seed), Moves(space, seed))
        self.turn = 0

    def ask(self, elite: Sequence[Plan]) -> Wish:
        """Return a decision of one, then of the other."""
        self.turn += 1
        return self.parts[self.turn % 2].ask(elite)

    def refused(self, wish: Wish) -> None:
        """Tell both."""
        for part in self.parts:
            part.refused(wish)

    def told(self, batch: Batch, values: NDArray[np.float64]) -> None:
        """Tell both."""
        for part in self.parts:
            part.told(batch, values)


def _nsga2(space: Space, seed: int) -> Proposer:
    from sim.analysis.plan.evolution import Evolution

    return Evolution(space, seed)


PROPOSERS: dict[str, Callable[[Space, int], Proposer]] = {
    "optuna": Both,
    "tpe": Tpe,
    "moves": Moves,
    "nsga2": _nsga2,
    "random": Chance,
}
"""Ways to propose plans, by name."""


def proposer_of(name: str, space: Space, seed: int) -> Proposer:
    """Return a way to propose plans."""
    return PROPOSERS[name](space, seed)
