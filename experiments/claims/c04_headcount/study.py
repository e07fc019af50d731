"""C4: where people sense headcount reduction, no amount of training overcomes it."""

import numpy as np

from claim_study import LITTLE_FROM_TRAINING, Cells, Effect, Study, at, mean
from claim_study.plans import access, course, plan, practice, rumour
from claim_study.study import Floats

THREAT = rumour(1, dose=1, every=8)
TRAINING = {
    "no training": [],
    "course": [course(2)],
    "three courses": [course(2), course(8), course(14)],
    "practice": [practice(2)],
    "three times practice": [practice(2), practice(8), practice(14)],
    "five times practice": [practice(2 + 6 * k) for k in range(5)],
}


def best_under_threat(cells: Cells) -> Floats:
    arms = [cells(f"{name}, threat", "habitual") for name in TRAINING]
    return np.max(arms, axis=0)


STUDY = Study(
    id="C4",
    title="Headcount reduction",
    claim="If people sense headcount reduction, no amount of training overcomes it.",
    hypothesis="Under a lasting threat to jobs, even the best of six amounts of training leaves "
    "fewer habitual users than no training without the threat.",
    method="Word of layoffs as strong as a layoff, in week 1 and every eighth week, or none; "
    "crossed with no training, one or three generic courses, and one, three or five times "
    "practice for one's role (8 hours each). Licences for everybody in week 1. The effect is the "
    "level without threat and without training, less the best level under threat: above 0, "
    "training has not made up for the threat. Training takes hours that the comparison does not; "
    "that favours training.",
    arms={
        **{f"{name}, quiet": plan(access(1), *steps) for name, steps in TRAINING.items()},
        **{f"{name}, threat": plan(access(1), THREAT, *steps) for name, steps in TRAINING.items()},
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "fear_job": mean("fear_job", 27, 52, "fear for the job"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "no threat and no training, less threat and the best training",
            lambda c: c("no training, quiet", "habitual") - best_under_threat(c),
        ),
        Effect(
            "what the threat costs after five times practice",
            lambda c: (
                c("five times practice, quiet", "habitual")
                - c("five times practice, threat", "habitual")
            ),
        ),
        Effect(
            "what five times practice gains without the threat, less what it gains under it",
            lambda c: (
                (c("five times practice, quiet", "habitual") - c("no training, quiet", "habitual"))
                - (
                    c("five times practice, threat", "habitual")
                    - c("no training, threat", "habitual")
                )
            ),
        ),
    ),
    could_fail="yes",
    built_in="Fear for the job lowers use and learning, never raises them; how much is free, "
    "down to nothing. Whether training makes up for it is a result.",
    twin=(
        plan(access(1), practice(2), rumour(1, dose=0, every=8)),
        plan(access(1), practice(2)),
    ),
    twin_says="a rumour of dose 0 is no rumour",
    note=LITTLE_FROM_TRAINING,
)
