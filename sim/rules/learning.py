"""What people learn and unlearn: training, practice, experience of the tool, habit, novelty."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.numbers import WORKDAY, exponential

__all__ = [
    "capability_after_training", "chance_of_success", "faded", "fear_after_failure",
    "fear_after_success", "fit_after_training", "habit_after_disuse", "habit_after_week",
    "habit_gain", "readiness_to_learn", "skill_after_disuse", "skill_after_practice",
    "usefulness_after_hearsay", "usefulness_after_use", "usefulness_of_benefit",
]  # fmt: skip


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
