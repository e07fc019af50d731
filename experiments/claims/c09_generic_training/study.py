"""C9: generic training creates resistance; role-specific practice creates use."""

import numpy as np

from claim_study import LITTLE_FROM_TRAINING, Cells, Effect, Study, at, difference, mean
from claim_study.plans import access, course, plan, practice
from claim_study.study import Floats


def smallest(cells: Cells) -> Floats:
    return np.min(
        [
            cells("generic training", "cynicism") - cells("none", "cynicism"),
            cells("role-specific practice", "habitual") - cells("none", "habitual"),
            cells("role-specific practice", "habitual") - cells("generic training", "habitual"),
        ],
        axis=0,
    )


STUDY = Study(
    id="C9",
    title="Generic training or practice for one's role",
    claim="Generic training creates resistance; role-specific practice creates use.",
    hypothesis="Generic training raises cynicism; practice for one's role raises habitual use, and "
    "more than generic training does.",
    method="Licences for everybody in week 1; then nothing, 8 hours of generic training, or 8 "
    "hours of practice for one's role in weeks 2 to 4, each attended by 85%. Hours are equal "
    "between the two. The effect is the smallest of the three parts.",
    arms={
        "none": plan(access(1)),
        "generic training": plan(access(1), course(2)),
        "role-specific practice": plan(access(1), practice(2)),
        "three generic trainings": plan(access(1), course(2), course(5), course(8)),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "cynicism": mean("cynicism", 5, 17, "cynicism"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect("the smallest of the three parts", smallest),
        Effect(
            "cynicism: generic training less none",
            difference("generic training", "none", "cynicism"),
            unit="1",
        ),
        Effect(
            "habitual users: practice less none",
            difference("role-specific practice", "none", "habitual"),
        ),
        Effect(
            "habitual users: practice less generic training",
            difference("role-specific practice", "generic training", "habitual"),
        ),
        Effect(
            "habitual users: none less generic training (resistance that costs use)",
            difference("none", "generic training", "habitual"),
        ),
        Effect(
            "habitual users: none less three generic trainings",
            difference("none", "three generic trainings", "habitual"),
        ),
    ),
    could_fail="partly",
    built_in="Irrelevant training can only raise cynicism, and relevance can only raise fit. "
    "Whether the cynicism outweighs what is learnt (fifth line) is a result.",
    informed_by=("T5", "T6"),
    twin=(
        plan(access(1), course(2, relevance=0.9)),
        plan(access(1), course(2, relevance=0.9, label="practice")),
    ),
    twin_says="a label changes nothing",
    note=LITTLE_FROM_TRAINING,
)
