"""C11: without psychological safety nothing else works."""

from claim_study import Cells, Effect, Study, at, mean
from claim_study.plans import (
    access,
    account,
    conversation,
    plan,
    policy,
    practice,
    showcase,
)
from claim_study.study import Floats

BUNDLE = [
    *(conversation(letter, 1 + 3 * k) for k, letter in enumerate("LIRC")),
    policy(2),
    account(3),
    practice(13),
    showcase(5),
]
UNSAFE = {"climate_start": 0.1, "climate_rate": 0.0}
SAFE = {"climate_start": 0.8, "climate_rate": 0.0}


def gain(cells: Cells, climate: str, measure: str = "habitual") -> Floats:
    return cells(f"everything else, {climate}", measure) - cells(f"licences, {climate}", measure)


STUDY = Study(
    id="C11",
    title="Psychological safety",
    claim="Without psychological safety nothing else works.",
    hypothesis="Where teams are unsafe, everything else together gains less than a quarter of "
    "what it gains where they are safe.",
    method="Climates are held low (median 0.1) or high (0.8) for the whole year; licences alone, "
    "or with the four conversations, a usage policy, a job account, practice for one's role and "
    "showing early adopters. Hours of the bundle are equal. The effect is a quarter of the gain "
    "where it is safe, less the gain where it is not: above 0 the claim holds.",
    arms={
        "licences, unsafe": plan(access(1), parameters=UNSAFE),
        "everything else, unsafe": plan(access(1), *BUNDLE, parameters=UNSAFE),
        "licences, safe": plan(access(1), parameters=SAFE),
        "everything else, safe": plan(access(1), *BUNDLE, parameters=SAFE),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "half year": mean("weekly_users", 23, 26, "weekly users", "share"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "a quarter of the gain where it is safe, less the gain where it is not",
            lambda c: 0.25 * gain(c, "safe") - gain(c, "unsafe"),
        ),
        Effect(
            "gain where it is safe, less where it is not (safety helps the rest work)",
            lambda c: gain(c, "safe") - gain(c, "unsafe"),
        ),
        Effect(
            "what safety alone is worth, with everything else in place",
            lambda c: (
                c("everything else, safe", "habitual") - c("everything else, unsafe", "habitual")
            ),
        ),
        Effect("gain where it is not safe", lambda c: gain(c, "unsafe")),
    ),
    could_fail="yes",
    built_in="A safe climate never lowers use: it takes fear of mistakes out of the choice and "
    "lets use be seen. That nothing works without it is built in nowhere.",
    twin=(
        plan(access(1), practice(13, dose=0), policy(2, dose=0), parameters=UNSAFE),
        plan(access(1), parameters=UNSAFE),
    ),
    twin_says="measures of dose 0 are none",
)
