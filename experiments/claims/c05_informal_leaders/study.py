"""C5: informal leaders first beats managers first beats random first."""

import numpy as np

from claim_study import Cells, Effect, Study, at, difference, mean, total
from claim_study.plans import access, leaders_first, plan, practice
from claim_study.study import Floats

N = "N_MANAGERS"
FOLLOW = [access(7), practice(7, lasts=4, hours=6, relevance=0.8)]
WHO = {
    "informal leaders first": {"informal leaders": {"count": N}},
    "managers first": {"managers": True, "count": N},
    "random people first": {"managers": False, "count": N},
    "other random people first": {
        "managers": False,
        "minus": {"managers": False, "count": N},
        "count": N,
    },
}


def anybody(cells: Cells, measure: str = "habitual") -> Floats:
    """Return the mean of two sets of random people that do not overlap."""
    one = cells("random people first", measure)
    return (one + cells("other random people first", measure)) / 2


def smaller_step(cells: Cells, measure: str = "habitual") -> Floats:
    leaders, managers = (cells(f"{who} first", measure) for who in ("informal leaders", "managers"))
    return np.minimum(leaders - managers, managers - anybody(cells, measure))


STUDY = Study(
    id="C5",
    title="Who goes first",
    claim="Informal leaders first beats managers first beats random first.",
    hypothesis="Giving access, practice and a stage first to informal leaders leaves more habitual "
    "users after a year than giving it to managers, and that more than to random people.",
    method="As many people as there are managers get access, 6 hours of practice and a stage in "
    "weeks 1 to 6: the non-managers others listen to most, the managers, or non-managers picked "
    "by the hash of their id, two such sets averaged. Everybody follows in week 7 with 6 hours "
    "of practice. Numbers of people, weeks, doses and hours are equal. The effect is the smaller "
    "of the two steps.",
    arms={name: plan(leaders_first(who), *FOLLOW) for name, who in WHO.items()},
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "early": mean("weekly_users", 8, 13, "weekly users", "share"),
        "use": total("use_days", 1, 52, "use days a person"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect("the smaller of the two steps", smaller_step),
        Effect(
            "informal leaders less managers",
            difference("informal leaders first", "managers first", "habitual"),
        ),
        Effect(
            "managers less random people",
            lambda c: c("managers first", "habitual") - anybody(c),
        ),
        Effect(
            "informal leaders less random people",
            lambda c: (
                c("informal leaders first", "habitual") - c("random people first", "habitual")
            ),
        ),
        Effect(
            "weekly users in weeks 8–13: informal leaders less random people",
            lambda c: c("informal leaders first", "early") - anybody(c, "early"),
        ),
    ),
    could_fail="yes",
    built_in="People look sideways: a superior's use counts less as a peer's. On the other side a "
    "manager's own use is part of the signal to the reports. Which weighs more is a result.",
    needs_managers=True,
    twin=(
        plan(leaders_first({"informal leaders": {"count": N}}, dose=0), *FOLLOW),
        plan(*FOLLOW),
    ),
    twin_says="going first with dose 0 is going with everybody",
    note="The calibrated model has a smaller social multiplier than T3 asks for: what hangs on "
    "peers may come out too small here. The calibrated model moves less with the manager's "
    "support than the survey behind T4: what hangs on managers may come out too small here.",
)
