"""C6: curious early adopters beat mandated champions."""

from claim_study import Effect, Study, at, difference, mean
from claim_study.plans import access, leaders_first, plan, practice

LEADERS = {"informal leaders": {"share": 0.1}}
FOLLOW = [access(7), practice(7, lasts=4, hours=6, relevance=0.8)]
COMPELLED = {"mandate": {"start": 1, "lasts": 26, "audience": LEADERS}}

STUDY = Study(
    id="C6",
    title="Curious adopters or mandated champions",
    claim="Curious early adopters beat mandated champions.",
    hypothesis="The same informal leaders, invited, leave more habitual users after a year than "
    "appointed as champions who must use the tool for half a year.",
    method="A tenth of the people, those others listen to most, get access, 6 hours of practice "
    "and a stage in weeks 1 to 6, invited or appointed; appointed, they are also compelled to "
    "use the tool in weeks 1 to 26, which makes their use more frequent and more visible, and "
    "them more cynical. Everybody follows in week 7. The same people, hours and weeks.",
    arms={
        "curious": plan(leaders_first(LEADERS), *FOLLOW),
        "mandated": plan(leaders_first(LEADERS, mandated=True), COMPELLED, *FOLLOW),
        "champions in name only": plan(leaders_first(LEADERS, mandated=True), *FOLLOW),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "early": mean("weekly_users", 8, 13, "weekly users", "share"),
        "cynicism": mean("cynicism", 1, 26, "cynicism"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "habitual users: curious less mandated",
            difference("curious", "mandated", "habitual"),
        ),
        Effect(
            "weekly users in weeks 8–13: curious less mandated",
            difference("curious", "mandated", "early"),
        ),
        Effect(
            "habitual users: curious less champions in name only",
            difference("curious", "champions in name only", "habitual"),
        ),
    ),
    could_fail="partly",
    built_in="An appointed champion's use never counts for more among peers than an invited one's: "
    "that part can only favour the claim. Against it works that compelled use is use, and is seen.",
    twin=(
        plan(leaders_first(LEADERS), {"mandate": {"start": 1, "dose": 0}}, *FOLLOW),
        plan(leaders_first(LEADERS), *FOLLOW),
    ),
    twin_says="a mandate of dose 0 is none",
    note="Curiosity as a trait, volunteering, is not in the model: the same people are invited or "
    "appointed. That volunteers differ from appointees would speak for the claim, and is left out.",
)
