"""What a use, or the report of one, teaches about the tool."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.workweek import WORKDAY

__all__ = [
    "chance_of_success",
    "fear_after_failure",
    "fear_after_success",
    "usefulness_after_hearsay",
    "usefulness_after_use",
    "usefulness_of_benefit",
]


@rule
def chance_of_success(capability: float, fit: float, quality: float, fit_floor: float) -> float:
    """Chance that a use goes well; quality is that chance for an unskilled use.

    Equation : s = 1 - (1 - q) · (1 - c · (a + (1 - a) · f))
    Units    : capability 1 [0, 1]; fit 1 [0, 1]; quality 1 [0, 1]; fit_floor 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with capability, fit, quality, fit_floor
    Source   : ASSUMPTION
    """
    return 1.0 - (1.0 - quality) * (1.0 - capability * (fit_floor + (1.0 - fit_floor) * fit))


@rule
def usefulness_of_benefit(benefit: float, half: float) -> float:
    """Usefulness that a real benefit is felt as.

    Equation : u = B / (B + h)
    Units    : benefit 1 [0, 1]; half 1 [0.01, 1]
    Range    : [0, 1]
    Monotone : rises with benefit; falls with half
    Source   : ASSUMPTION
    """
    return benefit / (benefit + half)


@rule
def usefulness_after_use(
    usefulness: float, experienced: float, days: float, rate: float, loss_aversion: float
) -> float:
    """Perceived usefulness after use moves to the benefit experienced; disappointment weighs more.

    Equation : E' = E + min(k · a · d/5, 1) · (experienced - E), a = 1 if experienced ≥ E
    Units    : usefulness 1 [0, 1]; experienced 1 [0, 1]; days days/week [0, 5];
               rate 1/week [0, 1]; loss_aversion 1 [1, 4]
    Range    : [0, 1]
    Monotone : rises with experienced
    Source   : [Kumar25] [Patriot24] for rise, peak and settling; ASSUMPTION: the rate
    """
    step = rate * days * WORKDAY
    if experienced < usefulness:
        step *= loss_aversion
    return usefulness + min(step, 1.0) * (experienced - usefulness)


@rule
def usefulness_after_hearsay(
    usefulness: float, reported: float, attention: float, rate: float
) -> float:
    """Perceived usefulness without own use drifts to what visible users report.

    Equation : E' = E + k · n · (reported - E)
    Units    : usefulness 1 [0, 1]; reported 1 [0, 1]; attention 1 [0, 1]; rate 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with usefulness, reported
    Source   : [HVPNAS25] that telling alone does little; ASSUMPTION: the rate
    """
    return usefulness + min(rate * attention, 1.0) * (reported - usefulness)


@rule
def fear_after_success(fear: float, days: float, relief: float) -> float:
    """Fear of mistakes, or for identity, after days of success.

    Equation : F' = F · (1 - g · d/5)
    Units    : fear 1 [0, 1]; days days/week [0, 5]; relief 1/week [0, 1]
    Range    : [0, 1]
    Monotone : rises with fear; falls with days, relief
    Source   : ASSUMPTION: mastery, Bandura 1977
    """
    return fear * (1.0 - relief * days * WORKDAY)


@rule
def fear_after_failure(fear: float, failures: float, climate: float, gain: float) -> float:
    """Fear of mistakes after failures that others can see, own or another's.

    Equation : F' = F + min(g · x · (1 - S), 1) · (1 - F)
    Units    : fear 1 [0, 1]; failures week-share [0, 1]; climate 1 [0, 1]; gain 1/week
               [0, 1]
    Range    : [0, 1]
    Monotone : rises with fear, failures, gain; falls with climate
    Source   : [Frazier17]; ASSUMPTION: the gain
    """
    return fear + min(gain * failures * (1.0 - climate), 1.0) * (1.0 - fear)
