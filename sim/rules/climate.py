"""Managers: their readiness, the signal they give, and the climate of their team."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = [
    "climate_after_week",
    "manager_signal",
    "readiness_after_coaching",
    "readiness_after_week",
]


@rule
def climate_after_week(
    climate: float, modelled: float, readiness: float, ritual: float, punished: float, rate: float,
    ritual_gain: float, punish_loss: float,
) -> float:  # fmt: skip
    """Psychological safety of a team after a week.

    Equation : S' = S + r · (M - S), M = R less what the team is used to;
               S'' = S' + g · k · R · (1 - S'); S''' = S'' · (1 - l · x)
    Units    : climate 1 [0, 1]; modelled 1 [0, 1]; readiness 1 [0, 1]; ritual dose [0, 1];
               punished dose [0, 1]; rate 1/week [0, 0.5]; ritual_gain 1/dose [0, 1];
               punish_loss 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with climate, modelled, readiness, ritual; falls with punished, punish_loss
    Source   : [Frazier17] that leaders matter; ASSUMPTION: the rates
    """
    followed = climate + rate * (modelled - climate)
    held = followed + min(ritual_gain * ritual * readiness, 1.0) * (1.0 - followed)
    return held * (1.0 - min(punish_loss * punished, 1.0))


@rule
def manager_signal(readiness: float, use_seen: float, trust: float) -> float:
    """Signal of a manager to the reports: sceptical or silent is negative.

    Equation : μ = 2 · (R/2 + u/4 + T/4) - 1
    Units    : readiness 1 [0, 1]; use_seen 1 [0, 1]; trust 1 [0, 1]
    Range    : [-1, 1]
    Monotone : rises with readiness, use_seen, trust
    Source   : [Gallup26] for its effect; ASSUMPTION: the mix
    """
    return readiness + 0.5 * use_seen + 0.5 * trust - 1.0


@rule
def readiness_after_coaching(readiness: float, dose: float, gain: float) -> float:
    """Readiness of a manager after coaching.

    Equation : R' = R + g · d · (1 - R)
    Units    : readiness 1 [0, 1]; dose dose [0, 1]; gain 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with readiness, dose, gain
    Source   : [Gallup26]; ASSUMPTION: the gain
    """
    return readiness + min(gain * dose, 1.0) * (1.0 - readiness)


@rule
def readiness_after_week(readiness: float, confidence: float, rate: float) -> float:
    """Readiness of a manager who uses the tool moves toward the own confidence with it.

    Equation : R' = R + r · (p - R), in a week with own use
    Units    : readiness 1 [0, 1]; confidence 1 [0, 1]; rate 1/week [0, 0.5]
    Range    : [0, 1]
    Monotone : rises with readiness, confidence
    Source   : ASSUMPTION
    """
    return readiness + rate * (confidence - readiness)
