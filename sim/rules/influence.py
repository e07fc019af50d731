"""What others do to what a person believes: views, use that is seen, messages, mandates, shocks."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.numbers import WORKDAY

__all__ = [
    "acceptance_of_message", "cynicism_after_mandate", "cynicism_after_training",
    "expressed_view", "fear_after_alarm", "fear_after_message", "news_heard",
    "raised_by_message", "trust_after_broken_promise", "use_seen", "view_after_news",
    "visible_share",
]  # fmt: skip


@rule
def news_heard(heard: float, used_to: float) -> float:
    """What one hears, less what one is used to hearing around oneself: only change is news.

    Equation : h = min(max(Σ w x - o, 0), 1), o = c · (Σ w x - a) at the start
    Units    : heard 1 [0, 1]; used_to 1 [-1, 1]
    Range    : [0, 1]
    Monotone : rises with heard; falls with used_to
    Source   : ASSUMPTION: adaptation level, Helson 1964; c = 0 is Friedkin-Johnsen as published
    """
    return min(max(heard - used_to, 0.0), 1.0)


@rule
def expressed_view(anchor: float, social: float, susceptibility: float) -> float:
    """View that one comes to express after hearing others: Friedkin-Johnsen around the anchor.

    Equation : x = (1 - λ) · anchor + λ · social
    Units    : anchor 1 [0, 1]; social 1 [0, 1]; susceptibility 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with anchor, social
    Source   : Friedkin & Johnsen 1990; DeGroot 1974 at λ = 1
    """
    return (1.0 - susceptibility) * anchor + susceptibility * social


@rule
def view_after_news(said: float, view: float, bad_is: float, loss_aversion: float) -> float:
    """View expressed this week: bad news is taken up at once, good news by and by.

    It is the speed that differs, not the place where views come to rest.

    Equation : x' = x + s · (view - x), s = 1 if sign · (view - x) > 0, else 1 / a
    Units    : said 1 [0, 1]; view 1 [0, 1]; bad_is 1 [-1, 1]; loss_aversion 1 [1, 4]
    Range    : [0, 1]
    Monotone : rises with said, view
    Source   : [Slovic93]: trust is made slowly and destroyed in an instant; ASSUMPTION: the ratio;
               bad_is +1 for fears, -1 for trust
    """
    speed = 1.0 if bad_is * (view - said) > 0.0 else 1.0 / loss_aversion
    return (1.0 - speed) * said + speed * view


@rule
def visible_share(climate: float, fear_mistake: float, showcased: float, openness: float) -> float:
    """Share of a person's use that others can see: it is shared where that is safe.

    Equation : v = o + (1 - o) · S · (1 - F);  v' = v + s · (1 - v)
    Units    : climate 1 [0, 1]; fear_mistake 1 [0, 1]; showcased 1 [0, 1]; openness 1 [0,
               1]
    Range    : [0, 1]
    Monotone : rises with climate, showcased, openness; falls with fear_mistake
    Source   : [Almog25] [KPMG25] that fear hides use; ASSUMPTION: the form
    """
    shared = openness + (1.0 - openness) * climate * (1.0 - fear_mistake)
    return shared + showcased * (1.0 - shared)


@rule
def use_seen(days: float, visible: float, credibility: float) -> float:
    """Use that others see, as a share of the week.

    Equation : u = κ · v · d / 5
    Units    : days days/week [0, 5]; visible 1 [0, 1]; credibility 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with days, visible, credibility
    Source   : [HBR26]
    """
    return credibility * visible * days * WORKDAY


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


@rule
def cynicism_after_training(
    cynicism: float, dose: float, relevance: float, readiness: float, trainings: float, gain: float,
    fatigue: float,
) -> float:  # fmt: skip
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
