"""Training, practice and forgetting."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.workweek import WORKDAY

__all__ = [
    "capability_after_training",
    "fit_after_training",
    "readiness_to_learn",
    "skill_after_disuse",
    "skill_after_practice",
]


@rule
def readiness_to_learn(
    trust: float, fear: float, cynicism: float, trust_share: float, fear_share: float
) -> float:
    """Readiness to learn: the only road by which order can matter for learning.

    Equation : ρ = (1 - a · (1 - T)) · (1 - b · F) · (1 - C)
    Units    : trust 1 [0, 1]; fear 1 [0, 1]; cynicism 1 [0, 1]; trust_share 1 [0, 1];
               fear_share 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with trust; falls with fear, cynicism, trust_share, fear_share
    Source   : [Blume10] [Colquitt00]; ASSUMPTION: the product form
    """
    return (1.0 - trust_share * (1.0 - trust)) * (1.0 - fear_share * fear) * (1.0 - cynicism)


@rule
def capability_after_training(
    capability: float, dose: float, readiness: float, gain: float
) -> float:
    """Capability after a session.

    Equation : c' = c + min(g · d · ρ, 1) · (1 - c)
    Units    : capability 1 [0, 1]; dose dose [0, 1]; readiness 1 [0, 1]; gain 1/dose [0, 2]
    Range    : [0, 1]
    Monotone : rises with capability, dose, readiness, gain
    Source   : [Train10] [BCG25]; ASSUMPTION: the gain
    """
    return capability + min(gain * dose * readiness, 1.0) * (1.0 - capability)


@rule
def fit_after_training(
    fit: float, dose: float, relevance: float, readiness: float, gain: float
) -> float:
    """Fit after a session: as far as it was about one's own work.

    Equation : f' = f + min(g · d · r · ρ, 1) · (1 - f)
    Units    : fit 1 [0, 1]; dose dose [0, 1]; relevance 1 [0, 1]; readiness 1 [0, 1]; gain
               1/dose [0, 2]
    Range    : [0, 1]
    Monotone : rises with fit, dose, relevance, readiness, gain
    Source   : [Gallup26]; ASSUMPTION: the gain
    """
    return fit + min(gain * dose * relevance * readiness, 1.0) * (1.0 - fit)


@rule
def skill_after_practice(skill: float, days: float, rate: float) -> float:
    """Capability, or fit, after a week with this many days of successful use.

    Equation : c' = c + min(g · d/5, 1) · (1 - c)
    Units    : skill 1 [0, 1]; days days/week [0, 5]; rate 1/week [0, 2]
    Range    : [0, 1]
    Monotone : rises with skill, days, rate
    Source   : ASSUMPTION
    """
    return skill + min(rate * days * WORKDAY, 1.0) * (1.0 - skill)


@rule
def skill_after_disuse(skill: float, start: float, forgetting: float) -> float:
    """Capability, or fit, after a week without use: what was gained fades.

    Equation : c' = c - φ · max(c - c0, 0)
    Units    : skill 1 [0, 1]; start 1 [0, 1]; forgetting 1/week [0, 0.1]
    Range    : [0, 1]
    Monotone : rises with skill; falls with forgetting
    Source   : [Tatel25]
    """
    return skill - forgetting * max(skill - start, 0.0)
