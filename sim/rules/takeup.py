"""Between "may use it" and "chooses each day"; and the plain models that a rich one must beat."""

from __future__ import annotations

import math

from sim.rules.catalogue import rule
from sim.rules.numbers import exponential, logarithm

__all__ = [
    "adopts_at_threshold", "appeal_of_tool", "barrier_of_first_use", "bass_share_after_step",
    "chance_of_prompt", "eased_by_sessions", "exposure_needed", "group_effect_after_week",
    "hazard_of_beginning", "hazard_of_chance", "pull_of_group",
]  # fmt: skip

_TINY = 0.5 / 9007199254740992.0
_NO_FRAILTY = 1e-6


@rule
def exposure_needed(u: float, frailty: float, standing: float, weight: float) -> float:
    """Cumulative hazard at which a person begins to consider the tool.

    A lasting trait z ~ Gamma(mean 1, variance θ) that multiplies every hazard, and the chance
    of each week, are drawn at once: who begins when the exposure Λ = Σ λ reaches this begins
    with chance 1 - exp(-z λ) a week, given z.

    Equation : R = exp(-b · c) · ((1 - u)^(-θ) - 1) / θ; -ln(1 - u) at θ = 0. Survival is
               (1 + θ Λ)^(-1/θ), the hazard of those left λ / (1 + θ Λ)
    Units    : u 1 [0, 0.9999999999999999]; frailty 1 [0, 2]; standing sd [-10, 10]; weight
               log-hazard [0, 1.5]
    Range    : [0, 1e27]
    Monotone : rises with u; falls with standing
    Source   : Sellke 1983 for the threshold; Vaupel, Manton & Stallard 1979 for gamma frailty
    """
    log_odds = -logarithm(1.0 - u + _TINY)
    needed = log_odds
    if frailty >= _NO_FRAILTY:
        needed = (exponential(frailty * log_odds) - 1.0) / frailty
    return max(needed, 0.0) * exponential(-weight * standing)


@rule
def hazard_of_beginning(
    alone: float, team: float, share: float, ties: float, near: float, pull: float
) -> float:
    """Weekly hazard of beginning to consider the tool, of a person who may use it.

    Equation : λ = pull · (p + q · S + w · E)
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]
    Range    : [0, 1e20]
    Monotone : rises with alone, team, share, ties, near, pull
    Source   : Bass 1969 and Strang & Tuma 1993 for the sum; chance 1 - exp(-λ), Allison 1982
    """
    return pull * (alone + team * share + ties * near)


@rule
def hazard_of_chance(chance: float) -> float:
    """Hazard under which something happens within a week with this chance.

    Equation : λ = -ln(1 - p), p at most 1 - 1e-12
    Units    : chance 1 [0, 1]
    Range    : [0, 28]
    Monotone : rises with chance
    Source   : Allison 1982
    """
    return -logarithm(max(1.0 - chance, 1e-12))


@rule
def pull_of_group(effect: float, trend: float, week: float, span: float, drive: float) -> float:
    """Factor by which a group, and what moves everybody at once, multiply a hazard.

    Equation : exp(x + γ · (t/H - 1/2) + d)
    Units    : effect log-hazard [-15, 15]; trend log-hazard [-4, 4]; week week [0, 1040]; span week
               [1, 1040]; drive log-hazard [-5, 5]
    Range    : [0, 1e18]
    Monotone : rises with effect, drive
    Source   : [VdBL01] that groups differ and time moves all; ASSUMPTION: a linear trend
    """
    return exponential(effect + trend * (week / span - 0.5) + drive)


@rule
def group_effect_after_week(effect: float, memory: float, sigma: float, z: float) -> float:
    """What a team, or the firm, has in common, a week later: AR(1) around 0.

    Equation : x' = ρ · x + sqrt(1 - ρ²) · σ · z
    Units    : effect log-hazard [-15, 15]; memory 1 [0, 1]; sigma log-hazard [0, 2]; z 1 [-7, 7]
    Range    : [-30, 30]
    Monotone : rises with effect, z
    Source   : ASSUMPTION: AR(1); stationary sd σ, lasting at ρ = 1
    """
    return memory * effect + math.sqrt(1.0 - memory * memory) * sigma * z


@rule
def appeal_of_tool(
    expectation: float, skill: float, manager: float, trust: float, mistakes: float,
    permission: float, job: float, identity: float, cynicism: float,
) -> float:  # fmt: skip
    """How the tool looks to somebody who has not tried it: people who fear do not try.

    Equation : A = expectation + skill + manager + trust - mistakes - permission - job - identity -
               cynicism, terms of the choice
    Units    : expectation logit [-4, 4]; skill logit [0, 16]; manager logit [-3, 3]; trust logit
               [-3, 3]; mistakes logit [0, 4]; permission logit [0, 4]; job logit [0, 4]; identity
               logit [0, 4]; cynicism logit [0, 4]
    Range    : [-30, 26]
    Monotone : rises with expectation, skill, manager, trust; falls with mistakes, permission,
               job, identity, cynicism
    Source   : [ChangJafri26] for the relative weights on intention
    """
    hopes = expectation + skill + manager + trust
    return hopes - (mistakes + permission + job + identity + cynicism)


@rule
def chance_of_prompt(probability: float, dose: float) -> float:
    """Chance that something done for the tool makes a person consider it.

    Equation : 1 - (1 - π)^d
    Units    : probability 1 [0, 1]; dose dose [0, 100]
    Range    : [0, 1]
    Monotone : rises with probability, dose
    Source   : ASSUMPTION: a probability a dose, doses independent
    """
    return 1.0 - exponential(dose * logarithm(max(1.0 - probability, 1e-12)))


@rule
def barrier_of_first_use(barrier: float, uses: float, sessions: float) -> float:
    """What the first uses cost beyond later ones: it fades with depth of repeat, and by sessions.

    Equation : b · u · s, u = exp(-γ · n) after n weeks of use, s of ``eased_by_sessions``
    Units    : barrier logit [0, 6]; uses 1 [0, 1]; sessions 1 [0, 1]
    Range    : [0, 6]
    Monotone : rises with barrier, uses, sessions
    Source   : [FaderHardie04] for depth of repeat; [Train10] that ten minutes move use
    """
    return barrier * uses * sessions


@rule
def eased_by_sessions(sessions: float, fade: float) -> float:
    """Share of the barrier of the first use that is left after sessions: each is a guided use.

    Equation : exp(-γ · min(n, 3)), n sessions completed
    Units    : sessions 1 [0, 255]; fade 1/week [0, 3]
    Range    : [0, 1]
    Monotone : falls with sessions, fade
    Source   : ASSUMPTION: a session counts as a week of use; [Train10] for its size
    """
    once = exponential(-fade)
    left = once if sessions >= 1.0 else 1.0
    left = once * once if sessions >= 2.0 else left
    return once * once * once if sessions >= 3.0 else left


@rule
def adopts_at_threshold(adopters: float, threshold: float) -> bool:
    """Whether a person adopts: hard threshold on a share, or a count, of adopting neighbours.

    Equation : a = adopters ≥ φ · (1 - 1e-7) - 1e-12, as φ is kept in single precision
    Units    : adopters 1 [0, 1e9]; threshold 1 [0, 1e9]
    Range    : [0, 1]
    Monotone : rises with adopters; falls with threshold
    Source   : Granovetter 1978; Watts 2002; Centola & Macy 2007
    """
    return adopters >= threshold * (1.0 - 1e-7) - 1e-12


@rule
def bass_share_after_step(share: float, innovation: float, imitation: float) -> float:
    """Share that has adopted after a step of the discrete Bass model.

    Equation : F' = F + min(p + q · F, 1) · (1 - F)
    Units    : share 1 [0, 1]; innovation 1/week [0, 1]; imitation 1/week [0, 2]
    Range    : [0, 1]
    Monotone : rises with share, innovation, imitation
    Source   : Bass 1969
    """
    return share + min(innovation + imitation * share, 1.0) * (1.0 - share)
