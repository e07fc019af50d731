"""C7: a sceptical manager suppresses adoption even after excellent training."""

from claim_study import Effect, Study, at, difference, mean
from claim_study.plans import access, plan, practice

EXCELLENT = practice(2, relevance=1, attendance=1, dose=1.5, hours=12)
SCEPTICAL, SUPPORTIVE = {"readiness_start": 0.1}, {"readiness_start": 0.8}

STUDY = Study(
    id="C7",
    title="A sceptical manager",
    claim="A sceptical manager suppresses adoption even after excellent training.",
    hypothesis="After the same excellent training fewer become habitual users under sceptical "
    "managers than under supportive ones.",
    method="Managers' readiness at the start is set low (median 0.1) or high (0.8), with or "
    "without practice for one's role of 12 hours, fully relevant and attended by all. Licences "
    "for everybody in week 1. Between sceptical and supportive managers hours are equal.",
    arms={
        "sceptical, untrained": plan(access(1), parameters=SCEPTICAL),
        "sceptical, trained": plan(access(1), EXCELLENT, parameters=SCEPTICAL),
        "supportive, untrained": plan(access(1), parameters=SUPPORTIVE),
        "supportive, trained": plan(access(1), EXCELLENT, parameters=SUPPORTIVE),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "half year": mean("weekly_users", 23, 26, "weekly users", "share"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "trained: supportive less sceptical managers",
            difference("supportive, trained", "sceptical, trained", "habitual"),
        ),
        Effect(
            "supportive and untrained, less sceptical and trained (the manager outweighs training)",
            difference("supportive, untrained", "sceptical, trained", "habitual"),
        ),
        Effect(
            "what training gains under supportive managers, less under sceptical ones",
            lambda c: (
                (c("supportive, trained", "habitual") - c("supportive, untrained", "habitual"))
                - (c("sceptical, trained", "habitual") - c("sceptical, untrained", "habitual"))
            ),
        ),
    ),
    could_fail="no",
    built_in="A manager's support never lowers use in the model: its weight is 0 or more. Only the "
    "size is a result, and whether it outweighs training (second line).",
    informed_by=("T4",),
    needs_managers=True,
    twin=(
        plan(access(1), EXCELLENT, parameters=SCEPTICAL, mechanisms={"manager": False}),
        plan(
            access(1),
            EXCELLENT,
            parameters=SUPPORTIVE,
            mechanisms={"manager": False, "climate": True},
        ),
    ),
    twin_says="without the manager's signal and example, readiness means nothing",
    note="The calibrated model moves less with the manager's support than the survey behind T4: "
    "what hangs on managers may come out too small here.",
)
