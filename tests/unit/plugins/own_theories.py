"""Theories for tests: the model's own written anew, and two that ask for everything."""

from sim.rules import exponential


def same_hazard(
    alone: float, team: float, share: float, ties: float, near: float, pull: float
) -> float:
    """Weekly hazard of beginning to consider the tool, as the model has it.

    Decides  : take-up
    Equation : λ = pull · (p + q · S + w · E)
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]
    Range    : [0, 1e20]
    Monotone : rises with alone, team, share, ties, near, pull
    Source   : Bass 1969
    """
    return pull * (alone + team * share + ties * near)


def same_chance(odds: float, rival_odds: float) -> float:
    """Probability of use on a workday, as the model has it.

    Decides  : choice
    Equation : p = e / (1 + e + e')
    Units    : odds 1 [0, 1e17]; rival_odds 1 [0, 1e17]
    Range    : [0, 1]
    Monotone : rises with odds; falls with rival_odds
    Source   : McFadden
    """
    return odds / (1.0 + odds + rival_odds)


def any_hazard(
    alone, team, share, ties, near, pull, norm, everyone, trait, week, signal, climate, trust,
    fear_mistake, fear_job, fear_permission, fear_identity, usefulness, benefit, capability, fit,
    habit, cynicism, scale=0.3,
):  # fmt: skip
    """Hazard that hangs on all there is.

    Decides  : take-up
    Equation : a weighted sum
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]; norm 1 [0, 1]; everyone 1 [0, 1]; trait 1 [0, 1];
               week week [1, 1040]; signal 1 [-1, 1]; climate 1 [0, 1]; trust 1 [0, 1];
               fear_mistake 1 [0, 1]; fear_job 1 [0, 1]; fear_permission 1 [0, 1];
               fear_identity 1 [0, 1]; usefulness 1 [0, 1]; benefit 1 [0, 1]; capability 1 [0, 1];
               fit 1 [0, 1]; habit 1 [0, 1]; cynicism 1 [0, 1]; scale 1 [0, 1]
    Range    : [0, 1e20]
    Monotone : rises with scale, everyone
    Source   : none
    """
    of_group = alone + team * share + ties * near + 0.01 * pull + norm + 3.0 * everyone
    of_all = 0.2 * trait + 0.003 * week + 0.1 * (signal + 1.0) + 0.1 * climate + 0.11 * trust
    of_fears = 0.12 * fear_mistake + 0.013 * fear_job + 0.014 * fear_permission
    of_self = 0.04 * fear_identity + 0.07 * usefulness + 0.05 * benefit + 0.034 * capability
    return 0.2 * scale * (of_group + of_all + of_fears + of_self + 0.02 * fit + habit + cynicism)


def any_chance(
    odds, rival_odds, share, near, norm, everyone, trait, week, signal, climate, trust,
    fear_mistake, fear_job, fear_permission, fear_identity, usefulness, benefit, capability, fit,
    habit, cynicism, scale=0.3, shift=-1.0,
):  # fmt: skip
    """Probability that hangs on all there is.

    Decides  : choice
    Equation : a logit, shifted by a weighted sum
    Units    : odds 1 [0, 1e17]; rival_odds 1 [0, 1e17]; share 1 [0, 1]; near 1 [0, 1e9]; norm 1
               [0, 1]; everyone 1 [0, 1]; trait 1 [0, 1]; week week [1, 1040]; signal 1 [-1, 1];
               climate 1 [0, 1]; trust 1 [0, 1]; fear_mistake 1 [0, 1]; fear_job 1 [0, 1];
               fear_permission 1 [0, 1]; fear_identity 1 [0, 1]; usefulness 1 [0, 1]; benefit 1
               [0, 1]; capability 1 [0, 1]; fit 1 [0, 1]; habit 1 [0, 1]; cynicism 1 [0, 1];
               scale 1 [0, 1]; shift logit [-5, 5]
    Range    : [0, 1]
    Monotone : rises with odds; falls with rival_odds
    Source   : none
    """
    of_group = share + min(near, 3.0) + norm + 3.0 * everyone + 0.2 * trait + 0.003 * week
    of_all = 0.1 * (signal + 1.0) + 0.1 * climate + 0.11 * trust + 0.12 * fear_mistake
    of_fears = 0.013 * fear_job + 0.014 * fear_permission + 0.04 * fear_identity
    of_self = 0.07 * usefulness + 0.05 * benefit + 0.034 * capability + 0.02 * fit
    shifted = odds * exponential(scale * (of_group + of_all + of_fears + of_self) + shift)
    return shifted / (1.0 + shifted + rival_odds) * (1.0 - 0.1 * habit * cynicism)
