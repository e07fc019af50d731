"""C12: after trust work the training sessions get shorter."""

from claim_study import LITTLE_FROM_TRAINING, Cells, Effect, Study, at, difference, first
from claim_study.plans import access, conversation, plan, practice
from claim_study.study import Floats

LAST = 26
SESSIONS = practice(7, lasts=20, hours=40, dose=5, attendance=1)
TRUST_BEFORE = [conversation("L", 1), conversation("I", 4)]
TRUST_AFTER = [conversation("L", 27), conversation("I", 30)]


def saved(cells: Cells) -> Floats:
    """Return hours of sessions saved: two hours a week."""
    return 2 * (cells("trust work after", "weeks") - cells("trust work before", "weeks"))


STUDY = Study(
    id="C12",
    title="Shorter training after trust work",
    claim="After trust work the training sessions get shorter.",
    hypothesis="After a loyalty and an identity conversation, half of the people reach proficiency "
    "with fewer hours of practice.",
    method="Two hours of practice a week from week 7 to 26, with the loyalty and the identity "
    "conversation before (weeks 1 to 6) or after it (weeks 27 to 32); licences from week 7. The "
    "same measures and hours. Counted are the hours of practice until half of the people are "
    "proficient, 40 where that does not happen. The two conversations cost 4 hours themselves "
    "(second line).",
    arms={
        "trust work before": plan(access(7), *TRUST_BEFORE, SESSIONS),
        "trust work after": plan(access(7), SESSIONS, *TRUST_AFTER),
    },
    measures={
        "weeks": first("proficient", 0.5, 7, LAST, "weeks of practice until half are proficient"),
        "proficient": at("proficient", 16, "proficient after 20 hours of practice"),
        "capability": at("capability", 16, "capability after 20 hours of practice", "1"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect("hours of practice saved", saved, unit="hours", margin=0.5),
        Effect(
            "hours saved less the 4 hours of the conversations",
            lambda c: saved(c) - 4,
            unit="hours",
            margin=0.5,
        ),
        Effect(
            "proficient after 20 hours: trust work before less after",
            difference("trust work before", "trust work after", "proficient"),
        ),
        Effect(
            "hours of practice saved, as a share of those without",
            lambda c: 1 - c("trust work before", "weeks") / c("trust work after", "weeks"),
        ),
    ),
    could_fail="partly",
    built_in="Trust can only help, fears can only hinder learning. By how much is free, down to "
    "nothing; whether it repays its own hours (second line) is a result.",
    tolerance=0.25,
    twin=(
        plan(access(7), conversation("L", 1, hours=0), SESSIONS, mechanisms={"messages": False}),
        plan(access(7), SESSIONS, mechanisms={"messages": False}),
    ),
    twin_says="with messages switched off a conversation that takes no hours is none",
    note=LITTLE_FROM_TRAINING,
)
