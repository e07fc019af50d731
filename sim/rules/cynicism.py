"""Reactance and change fatigue."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = ["cynicism_after_mandate", "cynicism_after_training"]


@rule
def cynicism_after_training(
    cynicism: float,
    dose: float,
    relevance: float,
    readiness: float,
    trainings: float,
    gain: float,
    fatigue: float,
) -> float:
    """Cynicism after a session: where it was irrelevant and unwanted, and the more often.

    Equation : C' = C + min(g · d · (1 - r) · (1 - ρ) · (1 + k · n), 1) · (1 - C)
    Units    : cynicism 1 [0, 1]; dose dose [0, 1]; relevance 1 [0, 1]; readiness 1 [0, 1];
               trainings 1 [0, 255]; gain 1/dose [0, 1]; fatigue 1/training [0, 3]
    Range    : [0, 1]
    Monotone : rises with cynicism, dose, trainings, gain, fatigue; falls with relevance,
               readiness
    Source   : [Gartner] for fatigue; ASSUMPTION: the form
    """
    rise = gain * dose * (1.0 - relevance) * (1.0 - readiness) * (1.0 + fatigue * trainings)
    return cynicism + min(rise, 1.0) * (1.0 - cynicism)


@rule
def cynicism_after_mandate(cynicism: float, dose: float, gain: float) -> float:
    """Cynicism after a week under an enforced mandate.

    Equation : C' = C + g · d · (1 - C)
    Units    : cynicism 1 [0, 1]; dose dose [0, 1]; gain 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with cynicism, dose, gain
    Source   : [HBR26]; ASSUMPTION: reactance, Brehm 1966
    """
    return cynicism + min(gain * dose, 1.0) * (1.0 - cynicism)
