"""What a message or a shock does to what a person believes."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = [
    "acceptance_of_message",
    "fear_after_alarm",
    "fear_after_message",
    "raised_by_message",
    "trust_after_broken_promise",
]


@rule
def acceptance_of_message(
    sincerity: float, trust: float, cynicism: float, emphasis: float, costly: float, floor: float
) -> float:
    """Acceptance of a message; a commitment that can be checked leans less on prior trust.

    Equation : A = s · (a + (1 - a) · T) · (1 - C) · m, a = floor + (1 - floor) · costly, at
               most 1
    Units    : sincerity 1 [0, 1]; trust 1 [0, 1]; cynicism 1 [0, 1]; emphasis 1 [0, 2];
               costly 1 [0, 1]; floor 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with sincerity, trust, emphasis, costly, floor; falls with cynicism
    Source   : ASSUMPTION: costly signalling, Spence 1973
    """
    a = floor + (1.0 - floor) * costly
    return min(sincerity * (a + (1.0 - a) * trust) * (1.0 - cynicism) * emphasis, 1.0)


@rule
def raised_by_message(state: float, dose: float, acceptance: float, gain: float) -> float:
    """A belief that a message raises: trust, or fit by an example.

    Equation : x' = x + min(g · d · A, 1) · (1 - x)
    Units    : state 1 [0, 1]; dose dose [0, 1]; acceptance 1 [0, 1]; gain 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with state, dose, acceptance, gain
    Source   : ASSUMPTION
    """
    return state + min(gain * dose * acceptance, 1.0) * (1.0 - state)


@rule
def fear_after_message(fear: float, dose: float, acceptance: float, gain: float) -> float:
    """A fear that a message lowers: for the job, for identity, of permission.

    Equation : F' = F · (1 - min(g · d · A, 1))
    Units    : fear 1 [0, 1]; dose dose [0, 1]; acceptance 1 [0, 1]; gain 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : rises with fear; falls with dose, acceptance, gain
    Source   : [HV25] [JiangLavaysse18]; ASSUMPTION: the gains
    """
    return fear * (1.0 - min(gain * dose * acceptance, 1.0))


@rule
def fear_after_alarm(fear: float, dose: float, gain: float, shield: float) -> float:
    """A fear that a shock raises, less where something shields.

    Equation : F' = F + min(g · d · (1 - k), 1) · (1 - F)
    Units    : fear 1 [0, 1]; dose dose [0, 1]; gain 1/dose [0, 1]; shield 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with fear, dose, gain; falls with shield
    Source   : [JiangLavaysse18]; ASSUMPTION: the gains
    """
    return fear + min(gain * dose * (1.0 - shield), 1.0) * (1.0 - fear)


@rule
def trust_after_broken_promise(
    trust: float, promise: float, dose: float, loss_aversion: float, loss: float
) -> float:
    """Private trust after a broken promise: it undoes more than the promise gave.

    Equation : T' = max(0, T - d · (a · P + l · T))
    Units    : trust 1 [0, 1]; promise 1 [0, 1]; dose dose [0, 1]; loss_aversion 1 [1, 4];
               loss 1/dose [0, 1]
    Range    : [0, 1]
    Monotone : falls with promise, dose, loss_aversion, loss
    Source   : [Slovic93] [Zhu23]; ASSUMPTION: the ratio
    """
    return max(0.0, trust - dose * (loss_aversion * promise + loss * trust))
