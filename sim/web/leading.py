"""What a tab may ask about those who lead: what managers signal, and who follows an early user.

Of real people a figure is never about one manager or one leader: it is about all of them, where
there are five or more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution import coached, following
from sim.arrays import Floats, Ints
from sim.errors import InputError, Problem
from sim.organisation.organisation import informal_leaders
from sim.page.replay import planes, shown_people
from sim.results.measure import SMALLEST_TEAM
from sim.web.session import Session, row_of

if TYPE_CHECKING:
    from sim.contrast import Difference
    from sim.organisation.organisation import Organisation


MANY_PEOPLE = 1000
"""With more people than these, fewer replicates are run."""

TEAMS_NAMED = 3


def signals(session: Session, request: dict[str, Any]) -> dict[str, Any]:
    """Say what the manager of a team signals week by week, as planned and with coaching changed.

    ``plan`` and ``team`` by position. Of real people: all managers together, and everybody's use;
    where there are fewer than five, ``managers`` is 0 and nothing else is said.
    """
    results, plan = session.shown(request)
    people = session.organisation
    team = row_of(request.get("team"), people.n_teams)
    rows = np.flatnonzero(people.is_manager)
    whose: int | None = None
    if session.people_shown:
        if team not in results.shown_teams:
            raise InputError([Problem("team", people.teams[team], "is too small", "a larger team")])
        head = int(people.team_manager[team])
        rows, whose = np.array([head] if head >= 0 else [], np.int64), team
    if not len(rows) or (whose is None and len(rows) < SMALLEST_TEAM):
        return {"managers": 0}
    found = coached(
        results, plan, rows, team=whose, replicates=_replicates(people),
        threads=session.state.threads,
    )  # fmt: skip
    return {
        "managers": len(rows),
        "of": "" if whose is None else people.teams[whose],
        "added": found.added,
        "week": found.week,
        "planned": _band(found.planned),
        "other": _band(found.other),
        "effect": _difference(found.effect),
    }


def starts(session: Session, request: dict[str, Any]) -> dict[str, Any]:
    """Say who follows where somebody uses the tool from the first week: ``plan``, ``person``.

    Without ``person``: where all informal leaders do. ``state`` is the replicate that is replayed.
    """
    results, plan = session.shown(request)
    people = session.organisation
    rows = _starters(session, request)
    found = following(
        results, plan, rows, replicates=_replicates(people), threads=session.state.threads
    )
    named = [
        {"team": int(team), "more": float(found.by_team[team])}
        for team in np.argsort(-found.by_team)[:TEAMS_NAMED]
        if team in results.shown_teams and found.by_team[team] > 0
    ]
    return {
        "plan": plan,
        "rows": rows.astype(np.int32),
        "others": _difference(found.others),
        "began": _difference(found.began),
        "by_week": found.by_week,
        "teams": named,
        "state": _replayed(session, found.case),
    }


def _starters(session: Session, request: dict[str, Any]) -> Ints:
    people = session.organisation
    if request.get("person") is None:
        rows = informal_leaders(people).astype(np.int64)
        if len(rows) < SMALLEST_TEAM and not session.people_shown:
            what = f"has {len(rows)} informal leaders: any figure would be about one of them"
            right = f"{SMALLEST_TEAM} or more, as in a firm of {20 * SMALLEST_TEAM} people"
            raise InputError([Problem("organisation", people.name, what, right)])
        return rows
    if not session.people_shown:
        what = "may not be asked about: these people are real"
        right = "all informal leaders; or uptake serve --people, where everybody has agreed"
        raise InputError([Problem("person", "", what, right)])
    row = row_of(request["person"], people.n_people)
    if not shown_people(people)[row]:
        what = "is in a team of fewer than five people"
        raise InputError([Problem("person", "", what, "somebody of a larger team")])
    return np.array([row], np.int64)


def _replayed(session: Session, case: Any) -> NDArray[np.uint8]:
    from sim.case import Record, run_cases

    seeds = session.seeds[:1, session.replicate : session.replicate + 1]
    records = run_cases([case], seeds, record=Record(people=True, drivers=False), threads=1)
    assert records.people is not None
    state: NDArray[np.uint8] = planes(
        session.organisation, case, records.people[0, 0, 0], stages_only=True
    )["state"]
    return state


def _replicates(people: Organisation) -> int:
    return 20 if people.n_people <= MANY_PEOPLE else 6


def _band(values: Floats) -> dict[str, Any]:
    low, high = np.quantile(values, [0.1, 0.9], axis=0)
    return {"mean": values.mean(axis=0), "low": low, "high": high}


def _difference(d: Difference) -> dict[str, Any]:
    return {"mean": d.mean, "low": d.low, "high": d.high, "replicates": d.replicates}
