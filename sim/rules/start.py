"""Where people stand at the start."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.numbers import exponential

__all__ = ["shift_by_value", "start_state"]


@rule
def start_state(median: float, spread: float, shift: float, z: float) -> float:
    """Start value of a state: logit-normal around a median.

    Equation : x = 1 / (1 + exp(-(logit(m) + shift + σ z)))
    Units    : median 1 [0, 1]; spread logit [0, 3]; shift logit [-1, 1]; z 1 [-9, 9]
    Range    : [0, 1]
    Monotone : rises with median, shift, z
    Source   : ASSUMPTION: the shape
    """
    if median <= 0.0:
        return 0.0
    if median >= 1.0:
        return 1.0
    offset = shift + spread * z
    return median if offset == 0.0 else median / (median + (1.0 - median) * exponential(-offset))


@rule
def shift_by_value(value: float, spread: float) -> float:
    """Shift of a start state by a value that matters for it.

    Equation : shift = s · (2v - 1)
    Units    : value 1 [0, 1]; spread 1 [0, 1]
    Range    : [-1, 1]
    Monotone : rises with value
    Source   : ASSUMPTION
    """
    return spread * (2.0 * value - 1.0)
