"""C2: loyalty, identity, relationship, capability beats training first."""

from claim_study import LITTLE_FROM_TRAINING, Effect, Study, at, mean, total
from claim_study.plans import access, conversation, course, plan

FIRST, LATER = "trust first", "training first"
TRUST = [conversation(letter, 1 + 3 * k) for k, letter in enumerate("LIRC")]
AFTER = [conversation(letter, 4 + 3 * k) for k, letter in enumerate("LIRC")]

STUDY = Study(
    id="C2",
    title="Trust first or training first",
    claim="Loyalty → identity → relationship → capability beats training first.",
    hypothesis="The same measures in the order loyalty, identity, relationship, capability, "
    "generic course leave more habitual users after a year than with the course moved to the "
    "front.",
    method="Both orders hold the same five measures of three weeks each, with the same doses, "
    "hours and audiences, and licences for everybody in week 1; both end in week 15. Only the "
    "order differs. The same is tried with licences only in week 16, after everything. For "
    "comparison, at hours that are not equal: three generic courses and nothing else (the table "
    "gives the hours of each).",
    arms={
        FIRST: plan(access(1), *TRUST, course(13)),
        LATER: plan(access(1), course(1), *AFTER),
        f"{FIRST}, licences last": plan(*TRUST, course(13), access(16)),
        f"{LATER}, licences last": plan(course(1), *AFTER, access(16)),
        "three courses": plan(access(1), course(1), course(4), course(7)),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "half year": mean("weekly_users", 23, 26, "weekly users", "share"),
        "use": total("use_days", 1, 52, "use days a person"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "habitual users after a year: trust first less training first",
            lambda c: c(FIRST, "habitual") - c(LATER, "habitual"),
        ),
        Effect(
            "weekly users after half a year: trust first less training first",
            lambda c: c(FIRST, "half year") - c(LATER, "half year"),
        ),
        Effect(
            "use days in the year: trust first less training first",
            lambda c: c(FIRST, "use") - c(LATER, "use"),
            unit="days",
            margin=1.0,
        ),
        Effect(
            "with licences only in week 16, after everything: trust first less training first",
            lambda c: (
                c(f"{FIRST}, licences last", "habitual") - c(f"{LATER}, licences last", "habitual")
            ),
        ),
        Effect(
            "habitual users after a year: trust first less three courses (hours differ)",
            lambda c: c(FIRST, "habitual") - c("three courses", "habitual"),
        ),
    ),
    could_fail="yes",
    built_in="No rule mentions order. People learn more where trust is high and fears are low, and "
    "skills fade without use, so that training too early loses; habits that form early gain.",
    twin=(
        plan(access(1), *TRUST, course(13)),
        plan(course(13), *reversed(TRUST), access(1)),
    ),
    twin_says="the same weeks written in another order of lines are the same plan",
    note=LITTLE_FROM_TRAINING,
)
