"""The choice on a workday: a multinomial logit over no use, sanctioned use and own tool."""

from __future__ import annotations

import math

from sim.rules.catalogue import rule
from sim.rules.numbers import WORKDAYS, exponential

__all__ = [
    "benefit_of_a_use", "chance_of_option", "days_open_to_own_tool", "gain_without", "know_how",
    "moderated", "odds_of", "utility_of_own_tool", "utility_of_sanctioned_use",
]  # fmt: skip


@rule
def moderated(coefficient: float, value: float, weight: float) -> float:
    """Coefficient of a person for whom a value matters more or less than usual.

    Equation : b' = b · (1 + w · (2v - 1))
    Units    : coefficient logit [0, 12]; value 1 [0, 1]; weight 1 [0, 1]
    Range    : [0, 24]
    Monotone : rises with coefficient, value
    Source   : ASSUMPTION: values moderate, linearly
    """
    return coefficient * (1.0 + weight * (2.0 * value - 1.0))


@rule
def benefit_of_a_use(
    capability: float, fit: float, task_potential: float, quality: float, fit_floor: float
) -> float:
    """What one really gets from a use.

    Equation : B = c · (a + (1 - a) · f) · t · q
    Units    : capability 1 [0, 1]; fit 1 [0, 1]; task_potential 1 [0, 1]; quality 1 [0, 1];
               fit_floor 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with capability, fit, task_potential, quality, fit_floor
    Source   : [Gallup26] for the weight of fit; ASSUMPTION: the product form
    """
    return capability * (fit_floor + (1.0 - fit_floor) * fit) * task_potential * quality


@rule
def know_how(capability: float, fit: float, b_effort: float, b_fit: float) -> float:
    """What knowing how, and what for, adds to the utility of any tool: less effort is expected.

    Equation : k = b_effort · c + b_fit · f
    Units    : capability 1 [0, 1]; fit 1 [0, 1]; b_effort logit [0, 8]; b_fit logit [0, 8]
    Range    : [0, 16]
    Monotone : rises with capability, fit, b_effort, b_fit
    Source   : [ChangJafri26] for effort expectancy; [Train10] that ten minutes move use;
               [Gallup26] for fit; ASSUMPTION: it carries over between tools
    """
    return b_effort * capability + b_fit * fit


@rule
def utility_of_sanctioned_use(
    lasting: float, expectation: float, ability: float, skill: float, norm: float, manager: float,
    trust: float, habit: float, novelty: float, mandate: float, mistakes: float, permission: float,
    job: float, identity: float, cynicism: float, first_use: float,
) -> float:  # fmt: skip
    """Utility of using the sanctioned tool on a workday, from its terms.

    Equation : U = lasting + expectation + ability + skill + norm + manager + trust + habit +
               novelty + mandate - mistakes - permission - job - identity - cynicism - first_use
    Units    : lasting logit [-20, 20]; expectation logit [-4, 4]; ability logit [0, 12];
               skill logit [0, 16]; norm logit [0, 8]; manager logit [-3, 3]; trust logit
               [-3, 3]; habit logit [0, 8]; novelty logit [0, 4]; mandate logit [0, 6];
               mistakes logit [0, 4]; permission logit [0, 4]; job logit [0, 4]; identity
               logit [0, 4]; cynicism logit [0, 4]; first_use logit [0, 6]
    Range    : [-60, 80]
    Monotone : rises with lasting, expectation, ability, skill, norm, manager, trust, habit,
               novelty, mandate; falls with mistakes, permission, job, identity, cynicism, first_use
    Source   : [ChangJafri26] for relative weights; McFadden's random utility
    """
    hopes = expectation + ability + skill + norm + manager + trust + habit + novelty + mandate
    fears = mistakes + permission + job + identity + cynicism
    return lasting + hopes - fears - first_use


@rule
def utility_of_own_tool(
    lasting: float, expectation: float, ability: float, skill: float, norm: float, habit: float,
    novelty: float, growth: float, permission: float,
) -> float:  # fmt: skip
    """Utility of using one's own tool on a workday, from its terms: hardly any fear of being seen.

    Equation : U = lasting + expectation + ability + skill + norm + habit + novelty + growth -
               permission
    Units    : lasting logit [-20, 20]; expectation logit [-4, 4]; ability logit [0, 12];
               skill logit [0, 16]; norm logit [0, 8]; habit logit [0, 8]; novelty logit
               [0, 4]; growth logit [-2, 2]; permission logit [0, 4]
    Range    : [-60, 80]
    Monotone : rises with lasting, expectation, ability, skill, norm, habit, novelty, growth;
               falls with permission
    Source   : [WTI24] [KPMG25] [BCG25] that it is common and hidden; ASSUMPTION: the terms
    """
    return lasting + expectation + ability + skill + norm + habit + novelty + growth - permission


@rule
def days_open_to_own_tool(days: float, rivalry: float) -> float:
    """Workdays on which an own tool may be used beside the sanctioned one.

    Equation : 5 - floor(r · d)
    Units    : days days/week [0, 5]; rivalry 1 [0, 1]
    Range    : [0, 5]
    Monotone : falls with days, rivalry
    Source   : [WTI24] that most users bring their own besides; ASSUMPTION: the form; r = 1: never
               both on a day
    """
    return WORKDAYS - math.floor(rivalry * days)


@rule
def odds_of(utility: float) -> float:
    """Odds of an option against no use; utilities beyond ±40 count as ±40.

    Equation : e = exp(min(max(U, -40), 40))
    Units    : utility logit [-100, 100]
    Range    : [0, 1e18]
    Monotone : rises with utility
    Source   : McFadden: multinomial logit
    """
    return exponential(utility)


@rule
def chance_of_option(odds: float, rival_odds: float) -> float:
    """Probability of an option against a rival and no use.

    Equation : p = e / (1 + e + e')
    Units    : odds 1 [0, 1e17]; rival_odds 1 [0, 1e17]
    Range    : [0, 1]
    Monotone : rises with odds; falls with rival_odds
    Source   : McFadden: multinomial logit
    """
    return odds / (1.0 + odds + rival_odds)


@rule
def gain_without(odds: float, rival_odds: float, shortfall: float) -> float:
    """Rise in the probability of an option if a shortfall were taken out of its utility.

    Equation : Δ = p(L, e') - p(e, e') = (L - e)(1 + e') / ((1 + L + e')(1 + e + e')),
               L = e · exp(s)
    Units    : odds 1 [0, 1e17]; rival_odds 1 [0, 1e17]; shortfall logit [0, 30]
    Range    : [0, 1]
    Monotone : rises with shortfall
    Source   : attribution by the same week's choice
    """
    lifted = odds * exponential(shortfall)
    others = 1.0 + rival_odds
    return max(0.0, lifted - odds) * others / ((others + lifted) * (others + odds))
