"""C10: visible early adopters matter; quiet ones leave the norm undefined."""

from claim_study import Effect, Study, at, difference, mean
from claim_study.plans import access, leaders_first, plan, practice, showcase

LEADERS = {"informal leaders": {"share": 0.1}}
FOLLOW = [access(7), practice(7, lasts=4, hours=6, relevance=0.8)]
QUIET = [leaders_first(LEADERS, sharing=0), *FOLLOW]
SHOWN = [leaders_first(LEADERS, sharing=1), *FOLLOW, showcase(7, audience=LEADERS)]
HARSH = {"climate_start": 0.1, "tool_quality": 0.4}

STUDY = Study(
    id="C10",
    title="Visible early adopters",
    claim="Visible early adopters matter; quiet ones leave the norm undefined.",
    hypothesis="The same early adopters, shown, leave more habitual users after a year than if "
    "their use is left to be noticed.",
    method="A tenth of the people, those others listen to most, go first; their use is shown for "
    "32 weeks, or nothing is done to show it. Everybody follows in week 7. Hours are equal. "
    "Because being seen cuts both ways, the same is tried where climates are unsafe (median 0.1) "
    "and the tool often fails (quality 0.4): there failures are seen as well.",
    arms={
        "quiet": plan(*QUIET),
        "shown": plan(*SHOWN),
        "quiet, harsh": plan(*QUIET, parameters=HARSH),
        "shown, harsh": plan(*SHOWN, parameters=HARSH),
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "fear_mistake": mean("fear_mistake", 8, 26, "fear of visible mistakes"),
        "early": mean("weekly_users", 8, 13, "weekly users", "share"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect("shown less quiet", difference("shown", "quiet", "habitual")),
        Effect(
            "shown less quiet, where it is unsafe and the tool often fails",
            difference("shown, harsh", "quiet, harsh", "habitual"),
        ),
        Effect(
            "weekly users in weeks 8–13: shown less quiet",
            difference("shown", "quiet", "early"),
        ),
        Effect(
            "fear of visible mistakes: shown less quiet, where it is unsafe and the tool often "
            "fails",
            difference("shown, harsh", "quiet, harsh", "fear_mistake"),
            unit="1",
        ),
    ),
    could_fail="yes",
    built_in="A visible norm never lowers use; visible failures raise fear, and what users "
    "report can lower expectations. The sum is a result. That being seen costs the one who is "
    "seen something [Almog25] is in the model only through fear of mistakes.",
    informed_by=("T3", "T8"),
    twin=(
        plan(*QUIET, showcase(7, audience=LEADERS, dose=0)),
        plan(*QUIET),
    ),
    twin_says="a showcase of dose 0 shows nothing",
    note="The calibrated model has a smaller social multiplier than T3 asks for: what hangs on "
    "peers may come out too small here.",
)
