"""C1: training alone is completed by over 80% and used regularly by under 15%."""

import numpy as np

from claim_study import Cells, Effect, Study, at, difference
from claim_study.plans import access, course, plan
from claim_study.study import Floats


def pattern(cells: Cells) -> Floats:
    trained, regular = cells("training alone", "trained"), cells("training alone", "regular")
    return np.minimum(trained - 0.80, 0.15 - regular)


STUDY = Study(
    id="C1",
    title="Training alone",
    claim="Training alone: over 80% complete it, under 15% use the tool regularly three months "
    "later.",
    hypothesis="Thirteen weeks after a required course, over 80% have completed it and under 15% "
    "have used the tool in each of the last four weeks.",
    method="Licences for everybody in week 1 and a required generic course of 8 hours in weeks 2 "
    "to 4; measured in week 17. Compared with licences alone. The effect is the smaller of the two "
    "distances, trained less 80% and 15% less regular users: above 0 where both parts hold.",
    arms={
        "licences alone": plan(access(1)),
        "training alone": plan(access(1), course(2)),
    },
    measures={
        "regular": at("regular", 17, "used in each of the last 4 weeks"),
        "trained": at("trained", 17, "completed the training"),
        "weekly": at("weekly_users", 17, "weekly users"),
    },
    effects=(
        Effect("distance to the nearer of the two limits", pattern, margin=0.0),
        Effect(
            "15% less regular users three months after training",
            lambda c: 0.15 - c("training alone", "regular"),
        ),
        Effect(
            "regular users with training less with licences alone",
            difference("training alone", "licences alone", "regular"),
        ),
    ),
    could_fail="partly",
    built_in="That 80% complete it is the attendance of 85% put into the plan, not a finding. The "
    "share of regular users is a result.",
    informed_by=("T11",),
    twin=(plan(access(1), course(2, dose=0)), plan(access(1))),
    twin_says="a course of dose 0 is no course",
    shuffles=False,
    note="The document calls its own figure a composite of conversations. The calibrated model "
    "leaves more regular users after a course than the seed pattern T11 says, because figures of "
    "firms with more use stand against it: the contradiction comes from there.",
)
