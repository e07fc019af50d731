"""C15: specific information about jobs, even bad news, unsettles less than silence."""

from claim_study import Effect, Study, at, difference, mean
from claim_study.plans import access, account, course, plan, rumour

BASE = [access(1), course(2)]


def news(dose: float, **levers: object) -> list[dict[str, object]]:
    return [{"layoff": {"start": 5, "dose": dose}}, account(6, **levers)]


STUDY = Study(
    id="C15",
    title="Bad news or silence",
    claim="Specific information about jobs, even bad news, unsettles less than silence.",
    hypothesis="A layoff that is announced and explained leaves less fear for the job, over the "
    "following five months, than a rumour half as strong that is met with silence.",
    method="In week 5 there is a rumour (half as strong as a layoff) and nothing is said; or a "
    "layoff, full or three quarters as strong, is announced, with a specific account of jobs in "
    "week 6; or the rumour is met with an account, specific or in platitudes. Licences and a "
    "course in all. Silence saves the half hour of the account.",
    arms={
        "rumour and silence": plan(*BASE, rumour(5)),
        "rumour and platitudes": plan(*BASE, rumour(5), account(6, style="platitude")),
        "rumour and a specific account": plan(*BASE, rumour(5), account(6)),
        "three quarters of a layoff, explained": plan(*BASE, *news(0.75)),
        "a layoff, explained": plan(*BASE, *news(1)),
        "a layoff, explained and binding": plan(*BASE, *news(1, commitment=1, sincerity=1)),
        "a layoff and silence": plan(*BASE, {"layoff": {"start": 5, "dose": 1}}),
    },
    measures={
        "fear_job": mean("fear_job", 6, 26, "fear for the job"),
        "habitual": at("habitual", 52, "habitual users"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect(
            "fear: rumour and silence less a layoff, explained",
            difference("rumour and silence", "a layoff, explained", "fear_job"),
            unit="1",
        ),
        Effect(
            "fear: rumour and silence less three quarters of a layoff, explained",
            lambda c: (
                c("rumour and silence", "fear_job")
                - c("three quarters of a layoff, explained", "fear_job")
            ),
            unit="1",
        ),
        Effect(
            "fear: rumour and silence less a layoff, explained and binding",
            lambda c: (
                c("rumour and silence", "fear_job")
                - c("a layoff, explained and binding", "fear_job")
            ),
            unit="1",
        ),
        Effect(
            "fear: rumour and silence less rumour and a specific account",
            lambda c: (
                c("rumour and silence", "fear_job") - c("rumour and a specific account", "fear_job")
            ),
            unit="1",
        ),
        Effect(
            "habitual users: a layoff, explained, less rumour and silence",
            difference("a layoff, explained", "rumour and silence", "habitual"),
        ),
    ),
    could_fail="yes",
    built_in="A specific account never raises fear, so with equal news it can only help (fourth "
    "line). That an explained layoff beats a milder rumour is a result of two gains that no "
    "source gives.",
    twin=(
        plan(*BASE, rumour(5), account(6, style="silence", hours=0)),
        plan(*BASE, rumour(5)),
    ),
    twin_says="an account in the style of silence says nothing",
    note="That a rumour feeds on silence, and dies of facts, is not in the model: a rumour "
    "strikes once.",
)
