"""Plans that a fitted guess holds to be the best, all constraints kept."""

from __future__ import annotations

import numpy as np

from sim.analysis.plan.layout import Plan
from sim.analysis.plan.options import Option
from sim.analysis.plan.space import DRAW, PlanChange, Space
from sim.analysis.plan.surrogate import PlanGuess

__all__ = ["guessed", "improved", "steps"]

OTHER_WAVES = 0.5
"""Share of guesses that are made for waves drawn at random."""


def guessed(space: Space, base: Plan, guess: PlanGuess, rng: np.random.Generator) -> Plan | None:
    """Return the best plan that a guess finds from a plan, in its waves or in others."""
    if rng.random() < OTHER_WAVES and (other := space.other_waves(base, rng)) is not None:
        base = space.mend(PlanChange("", "", other, ())) or base
    return improved(space, base, guess)


def improved(space: Space, base: Plan, guess: PlanGuess) -> Plan | None:
    """Return the best plan that a guess finds from a plan in its waves."""
    settled = space.settled(base.waves, space.gap(base))
    if settled is None:
        return None
    worth, chosen = guess.worth(settled), settled.chosen(base)
    if space.in_sequence:  # what follows each other is the program's to order
        at, gains = settled.choices.at, worth.gains(chosen)

        def cost(row: int, option: Option) -> float:
            k = at[row].get(option)
            return 1e3 if k is None else -float(gains[row, k])

        count = len(base.waves)
        program = space.program(count, base.waves if count > 1 else None)
        return program.solve(cost, work=DRAW, hint=base).plan
    found = settled.plan(settled.improved(chosen, worth))
    return found if space.layout.keeps(found) else None


def steps(space: Space, plan: Plan, guess: PlanGuess, most: int) -> list[Plan]:
    """Return plans one or two changes away that a guess holds to be the best."""
    settled = space.settled(plan.waves, space.gap(plan))
    if settled is None:
        return []
    found = settled.steps(settled.chosen(plan), guess.worth(settled), most)
    plans = [settled.plan(one) for one in found]
    return [one for one in plans if one != plan and space.layout.keeps(one)]
