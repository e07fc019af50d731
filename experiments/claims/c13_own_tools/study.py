"""C13: a large share of use is people's own tools."""

from claim_study import Cells, Effect, Study, difference, mean, total
from claim_study.plans import (
    access,
    account,
    coaching,
    course,
    plan,
    policy,
    ritual,
    showcase,
)
from claim_study.study import Floats

GAP = [coaching(1), policy(2), account(3), ritual(4), showcase(5)]


def own_share(cells: Cells, arm: str) -> Floats:
    own, sanctioned = cells(arm, "own"), cells(arm, "sanctioned")
    return own / (own + sanctioned + 1e-9)


STUDY = Study(
    id="C13",
    title="Own tools",
    claim="A large share of use is people's own tools, outside the sanctioned one.",
    hypothesis="With licences and a course, at least a third of all use days in the second half "
    "of the year are on people's own tools.",
    method="Licences for everybody and a generic course; use days by tool in weeks 27 to 52. A "
    "third is this study's reading of a large share. Compared with the five measures against the "
    "confidence gap, and with no licences at all.",
    arms={
        "licences and a course": plan(access(1), course(2)),
        "five measures as well": plan(access(1), course(2), *GAP),
        "no licences": plan(course(2)),
    },
    measures={
        "own": total("own_days", 27, 52, "own-tool days a person"),
        "sanctioned": total("use_days", 27, 52, "sanctioned use days a person"),
        "own users": mean("own_tool_users", 27, 52, "own-tool users a week", "share"),
        "users": mean("weekly_users", 27, 52, "sanctioned users a week", "share"),
    },
    effects=(
        Effect(
            "own tools' share of use days, less a third",
            lambda c: own_share(c, "licences and a course") - 1 / 3,
        ),
        Effect(
            "own tools' share: licences and a course less with the five measures",
            lambda c: own_share(c, "licences and a course") - own_share(c, "five measures as well"),
        ),
        Effect(
            "own-tool users a week, less half as many as sanctioned users",
            lambda c: (
                c("licences and a course", "own users") - 0.5 * c("licences and a course", "users")
            ),
        ),
        Effect(
            "own-tool days: no licences less licences and a course",
            difference("no licences", "licences and a course", "own"),
            unit="days",
            margin=1.0,
        ),
    ),
    could_fail="yes",
    built_in="People may use tools of their own in the model, hardly held back by fear. How much "
    "they do is set by parameters.",
    informed_by=("T9",),
    shuffles=False,
    twin=(
        plan(course(2), parameters={"b_own_habit": 0.0}, mechanisms={"own_tools": False}),
        plan(course(2), parameters={"b_own_habit": 5.0}, mechanisms={"own_tools": False}),
    ),
    twin_says="with own tools switched off, their habit means nothing",
    note="T9, which the calibrated model meets, counts people who bring tools of their own among "
    "all users in the workplaces of a survey; this study counts use days where everybody has a "
    "licence. The arm without licences shows what access does.",
)
