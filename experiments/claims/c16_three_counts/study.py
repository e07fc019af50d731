"""C16: trained, activated and regular users are three different counts."""

import numpy as np

from claim_study import Cells, Effect, Study, at
from claim_study.plans import access, conversation, course, plan
from claim_study.study import Floats

ARM = "training first"


def nearest(cells: Cells) -> Floats:
    """Return the smallest distance between two of the three counts."""
    trained, activated, habitual = (cells(ARM, one) for one in ("trained", "activated", "habitual"))
    gaps = [np.abs(trained - activated), np.abs(activated - habitual), np.abs(trained - habitual)]
    return np.min(gaps, axis=0)


STUDY = Study(
    id="C16",
    title="Three counts",
    claim="People who completed training, were activated, and use regularly are three different "
    "counts.",
    hypothesis="After half a year every two of the three counts differ by more than five points.",
    method="Licences, a generic course and the four conversations after it; counted in week 26: "
    "completed a training, used the sanctioned tool at least once, used it in 9 of the last 12 "
    "weeks [Viva]. Compared with licences alone, where nobody is trained.",
    arms={
        ARM: plan(
            access(1),
            course(1),
            *(conversation(letter, 4 + 3 * k) for k, letter in enumerate("LIRC")),
        ),
        "licences alone": plan(access(1)),
    },
    measures={
        "habitual": at("habitual", 26, "habitual users"),
        "activated": at("activated", 26, "used at least once"),
        "trained": at("trained", 26, "completed a training"),
    },
    effects=(
        Effect(
            "smallest distance between two counts, less 5 points",
            lambda c: nearest(c) - 0.05,
            margin=0.0,
        ),
        Effect(
            "trained less activated", lambda c: c(ARM, "trained") - c(ARM, "activated"), margin=0.05
        ),
        Effect(
            "activated less habitual",
            lambda c: c(ARM, "activated") - c(ARM, "habitual"),
            margin=0.05,
        ),
        Effect(
            "trained less habitual", lambda c: c(ARM, "trained") - c(ARM, "habitual"), margin=0.05
        ),
    ),
    could_fail="partly",
    built_in="Whoever is habitual was activated: the second distance cannot be negative. Who "
    "completes training is put in by the plan. How far apart the counts lie is a result.",
    shuffles=False,
    twin=(plan(access(1), course(1, dose=0)), plan(access(1))),
    twin_says="a course of dose 0 trains nobody",
)
