"""C8: manager readiness is the single highest-leverage investment."""

import numpy as np

from claim_study import Cells, Effect, Study, at, total
from claim_study.plans import (
    access,
    account,
    coaching,
    conversation,
    course,
    plan,
    policy,
    practice,
    ritual,
    showcase,
)
from claim_study.study import Floats

BASE = [access(1), course(2)]
ADDED = {
    "manager coaching": coaching(5),
    "usage policy": policy(5),
    "job-security account": account(5),
    "loyalty conversation": conversation("L", 5),
    "identity conversation": conversation("I", 5),
    "relationship conversation": conversation("R", 5),
    "capability conversation": conversation("C", 5),
    "practice for one's role": practice(5),
    "weekly ritual": ritual(5),
    "showcase": showcase(5),
}
PAID = [name for name in ADDED if name not in ("manager coaching", "showcase")]


def gain(cells: Cells, name: str, measure: str = "use") -> Floats:
    return cells(f"with {name}", measure) - cells("base", measure)


def leverage(cells: Cells, name: str) -> Floats:
    return gain(cells, name) / gain(cells, name, "hours")


def best(cells: Cells, of: object = leverage) -> Floats:
    return np.max([leverage(cells, name) for name in PAID], axis=0)


STUDY = Study(
    id="C8",
    title="The highest leverage",
    claim="Manager readiness is the single highest-leverage investment.",
    hypothesis="Per hour of people's time, coaching managers adds more use days in the year than "
    "any other single measure.",
    method="To licences and one generic course each of ten measures is added alone from week 5, "
    "at its usual dose. Leverage is the use days it adds in the year per hour it adds, both per "
    "person. Hours differ by nature between measures, from half an hour of the organisation's "
    "time to 9 hours, and gains are not proportional to dose, so a short measure has an "
    "advantage per hour; the third line compares the whole gain at unequal hours. Showing early "
    "adopters costs no hours and is left out of the ratio.",
    arms={
        "base": plan(*BASE),
        **{f"with {name}": plan(*BASE, step) for name, step in ADDED.items()},
    },
    measures={
        "use": total("use_days", 1, 52, "use days a person"),
        "habitual": at("habitual", 52, "habitual users"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "use days per hour: coaching less the best other",
            lambda c: leverage(c, "manager coaching") - best(c),
            unit="days per hour",
            margin=0.1,
        ),
        *(
            Effect(
                f"use days per hour: coaching less {name}",
                lambda c, name=name: leverage(c, "manager coaching") - leverage(c, name),
                unit="days per hour",
                margin=0.1,
            )
            for name in PAID
        ),
        Effect(
            "habitual users after a year: coaching less the best other (hours differ)",
            lambda c: (
                gain(c, "manager coaching", "habitual")
                - np.max(
                    [gain(c, name, "habitual") for name in ADDED if name != "manager coaching"],
                    axis=0,
                )
            ),
        ),
        Effect(
            "use days per hour of coaching",
            lambda c: leverage(c, "manager coaching"),
            unit="days per hour",
            margin=0.1,
        ),
    ),
    could_fail="yes",
    built_in="Coaching raises managers' readiness; the more coaching is a manager's time only, the "
    "fewer hours it takes: that is arithmetic. What a ready manager is worth is a result.",
    informed_by=("T4",),
    shuffles=False,
    needs_managers=True,
    tolerance=0.5,
    twin=(plan(*BASE, coaching(5, dose=0)), plan(*BASE)),
    twin_says="coaching of dose 0 is no coaching",
    note="The best of eight figures with chance in them lies somewhat too high; the lines that "
    "compare coaching with one measure each are free of that. The calibrated model moves less "
    "with the manager's support than the survey behind T4: what hangs on managers may come out "
    "too small here.",
)
