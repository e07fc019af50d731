"""Habit and novelty."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.numbers import exponential
from sim.rules.workweek import WORKDAY

__all__ = ["faded", "habit_after_disuse", "habit_after_week", "habit_gain"]


@rule
def habit_gain(days: float, rate: float) -> float:
    """Share of the way to full automaticity that a week with this many days of use goes.

    Equation : g = 1 - exp(-k · d/5)
    Units    : days days/week [0, 5]; rate 1/week [0, 1.2]
    Range    : [0, 1]
    Monotone : rises with days, rate
    Source   : [Lally10]; ASSUMPTION: unused days do not count against it here
    """
    return 1.0 - exponential(-rate * days * WORKDAY)


@rule
def habit_after_week(habit: float, gain: float) -> float:
    """Automaticity after a week of use.

    Equation : h' = h + g · (1 - h), g of habit_gain
    Units    : habit 1 [0, 1]; gain 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with habit, gain
    Source   : [Lally10]
    """
    return habit + gain * (1.0 - habit)


@rule
def habit_after_disuse(habit: float, decay: float) -> float:
    """Automaticity after a week without use.

    Equation : h' = h · (1 - δ)
    Units    : habit 1 [0, 1]; decay 1/week [0, 0.5]
    Range    : [0, 1]
    Monotone : rises with habit; falls with decay
    Source   : ASSUMPTION
    """
    return habit * (1.0 - decay)


@rule
def faded(state: float, rate: float) -> float:
    """Novelty, or cynicism, a week later.

    Equation : x' = x · (1 - δ)
    Units    : state 1 [0, 1]; rate 1/week [0, 1]
    Range    : [0, 1]
    Monotone : rises with state; falls with rate
    Source   : [Patriot24] for novelty; ASSUMPTION for cynicism
    """
    return state * (1.0 - rate)
