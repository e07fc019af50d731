"""From drafts of people and ties to an organisation in canonical order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.organisation.organisation import Organisation
from sim.organisation.people import PeopleDraft, cycles, draw_values, natural
from sim.organisation.settings import FileSettings
from sim.organisation.ties import TieDraft, combine, reporting_lines
from sim.randomness import hash_text
from sim.state import PEOPLE, VALUE_STEPS, VALUES
from sim.tables import Note, Problems

__all__ = ["assemble", "team_managers"]


def assemble(
    name: str,
    people: PeopleDraft,
    ties: TieDraft,
    settings: FileSettings,
    problems: Problems,
    notes: list[Note],
    label: str = "people.csv",
) -> Organisation:
    """Put people and ties in canonical order and fill in what nobody gave.

    Parameters
    ----------
    problems : Problems
        Raised here, if there are any.
    label : str
        How the source of people is called in messages.

    Raises
    ------
    InputError
        With all problems found so far.
    """
    _fill_managers(people, ties, problems, notes, label)
    problems.raise_if_any(label)
    if len(people.ids) > 1 and (people.manager < 0).all():
        notes.append(Note("no reporting lines: nobody is a manager"))
    level = _levels(people, settings, problems, notes, label)
    roles = tuple(sorted(set(people.role), key=natural))
    if len(roles) > np.iinfo(np.uint16).max:
        problems.add(label, "role", f"has {len(roles):,} different roles", "at most 65,535")
    problems.raise_if_any(label)

    teams = tuple(sorted(set(people.team), key=natural))
    team_row = {team: row for row, team in enumerate(teams)}
    team = np.array([team_row[member] for member in people.team], np.int64)
    id_rank = np.empty(len(people.ids), np.int64)
    id_rank[sorted(range(len(people.ids)), key=lambda p: natural(people.ids[p]))] = np.arange(
        len(people.ids)
    )
    order = np.lexsort((id_rank, team))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))

    role_row = {role: row for row, role in enumerate(roles)}
    array = np.zeros(len(order), PEOPLE)
    array["key"] = np.array([hash_text(person) for person in people.ids], np.uint64)[order]
    array["team"] = team[order]
    array["manager"] = np.where(people.manager >= 0, rank[people.manager], -1)[order]
    array["role"] = np.array([role_row[role] for role in people.role], np.uint16)[order]
    array["level"] = level[order]
    array["task_potential"] = _task_potential(people, settings, notes)[order]
    for state, cells in people.start_values.items():
        if drawn := int(np.isnan(cells).sum()):
            notes.append(Note(f"start_{state} not given: drawn", drawn))
    values = _values(array["key"], people.values[order], settings, notes)
    for column, value in enumerate(VALUES):
        array[value] = values[:, column]

    combined, kinds, tie_columns = combine(ties, rank, array, settings, notes)
    notes.extend(Note(text) for text in settings.notes)
    thresholds = people.threshold[order]
    kept = order.tolist()
    return Organisation(
        name=name,
        people=array,
        ids=np.array([people.ids[p] for p in kept], dtype=np.dtypes.StringDType()),
        teams=teams,
        roles=roles,
        team_start=np.searchsorted(array["team"], np.arange(len(teams) + 1)).astype(np.int64),
        team_manager=team_managers(array, len(teams)),
        ties=combined,
        start_values={state: cells[order] for state, cells in people.start_values.items()},
        thresholds=None if np.isnan(thresholds).all() else thresholds,
        columns={name: [cells[p] for p in kept] for name, cells in people.columns.items()},
        kinds=kinds,
        tie_columns=tie_columns,
        notes=tuple(notes),
    )


def team_managers(people: NDArray[np.void], n_teams: int) -> NDArray[np.int32]:
    """Return the person most members of each team report to.

    Of equals, the one in the team, then the first in the canonical order. The manager need
    not be in the team.

    Parameters
    ----------
    people : structured array of ``PEOPLE``, shape (n_people,)

    Returns
    -------
    int32 array, shape (n_teams,)
        Row of a person; -1 where no member has a manager.
    """
    n = len(people)
    managed = people["manager"] >= 0
    pair, count = np.unique(
        people["team"][managed].astype(np.int64) * n + people["manager"][managed],
        return_counts=True,
    )
    team, manager = pair // max(n, 1), pair % max(n, 1)
    outside = people["team"][manager] != team
    best = np.lexsort((manager, outside, -count, team))
    result = np.full(n_teams, -1, np.int32)
    result[team[best][::-1]] = manager[best][::-1]
    return result


def _fill_managers(
    people: PeopleDraft, ties: TieDraft, problems: Problems, notes: list[Note], label: str
) -> None:
    """Take managers from ``reports_to`` ties where people.csv names none."""
    by_report: dict[int, list[int]] = {}
    for report, manager in reporting_lines(ties):
        if report != manager:
            by_report.setdefault(report, []).append(manager)
    filled, several, different = 0, 0, 0
    for report, managers in by_report.items():
        given = int(people.manager[report])
        if given >= 0:
            different += given not in managers
            continue
        managers.sort(key=lambda row: natural(people.ids[row]))
        several += len(managers) > 1
        people.manager[report] = managers[0]
        filled += 1
    if filled:
        notes.append(Note("manager taken from a reports_to tie", filled))
        for cycle in cycles(people.manager):
            chain = " → ".join(people.ids[row] for row in (*cycle[:8], cycle[0]))
            what = f"reporting lines (with reports_to ties) go round in a circle: {chain}"
            problems.add(label, "manager_id", what, "no reports_to tie at the top")
    if several:
        notes.append(Note("person who reports to several people: the first id kept", several))
    if different:
        notes.append(Note("reports_to tie differs from manager_id: manager_id kept", different))


def _levels(
    people: PeopleDraft,
    settings: FileSettings,
    problems: Problems,
    notes: list[Note],
    label: str,
) -> NDArray[np.int64]:
    """Return levels in the order of the draft, 1 or more, smaller is higher."""
    depth = _depth(people.manager)
    given = ~np.isnan(people.level)
    if not given.any():
        has_lines = bool((people.manager >= 0).any())
        how = "counted from the top of the reporting lines" if has_lines else "1 for everyone"
        notes.append(Note(f"no level given: {how}"))
        level = depth
    else:
        level = np.where(given, people.level, 0).astype(np.int64)
        low, high = int(level[given].min()), int(level[given].max())
        if _top_is_low(people, level, given, settings, problems, notes, (low, high)):
            level += 0 if low >= 1 else 1 - low
        else:
            level = high + 1 - level
        if not given.all():
            notes.append(
                Note("level not given: one below the manager's, or the lowest", int((~given).sum()))
            )
            lowest = int(level[given].max())
            for person in np.argsort(depth, kind="stable").tolist():
                if not given[person]:
                    boss = int(people.manager[person])
                    level[person] = level[boss] + 1 if boss >= 0 else lowest
    if level.max() > np.iinfo(np.uint8).max:
        problems.add(label, "level", f"goes down to {level.max():,}", "at most 255 levels")
    return level


def _top_is_low(
    people: PeopleDraft,
    level: NDArray[np.int64],
    given: NDArray[np.bool_],
    settings: FileSettings,
    problems: Problems,
    notes: list[Note],
    ends: tuple[int, int],
) -> bool:
    if settings.top_level is not None:
        if settings.top_level not in ends:
            problems.add(
                "organisation.yaml",
                "top_level",
                f"is {settings.top_level}, inside the levels {ends[0]} to {ends[1]}",
                f"{ends[0]} or {ends[1]}",
            )
        return settings.top_level == ends[0]
    if ends[0] == ends[1]:
        return True
    report = np.flatnonzero((people.manager >= 0) & given)
    report = report[given[people.manager[report]]]
    below = level[report] - level[people.manager[report]]
    low, high = int((below > 0).sum()), int((below < 0).sum())
    if low == high:
        notes.append(
            Note(
                "no reporting line tells which level is the top: "
                f"{ends[0]} taken (organisation.yaml may say top_level)"
            )
        )
        return True
    if odd := min(low, high):
        notes.append(Note("person on a higher level than their manager", odd))
    return low > high


def _depth(manager: NDArray[np.int64]) -> NDArray[np.int64]:
    depth = np.ones(len(manager), np.int64)
    above = manager.copy()
    while (going := above >= 0).any():
        depth += going
        above[going] = manager[above[going]]
    return depth


def _task_potential(
    people: PeopleDraft, settings: FileSettings, notes: list[Note]
) -> NDArray[np.float64]:
    result = people.task_potential.copy()
    empty = np.isnan(result)
    if empty.any():
        declared = settings.task_potential
        if isinstance(declared, float | int):
            result[empty] = declared
            how = f"{declared:g}"
        else:
            of_role = np.array([declared.get(role, 0.5) for role in people.role])
            result[empty] = of_role[empty]
            how = "by role, as declared; 0.5 for a role not named"
        who = "for everyone" if empty.all() else ""
        notes.append(Note(f"task potential not given: {how} {who}".rstrip(), int(empty.sum())))
    return result


def _values(
    keys: NDArray[np.uint64],
    given: NDArray[np.float64],
    settings: FileSettings,
    notes: list[Note],
) -> NDArray[np.uint8]:
    missing = np.isnan(given)
    result: NDArray[np.uint8] = np.rint(np.where(missing, 0, given) * VALUE_STEPS).astype(np.uint8)
    if missing.any():
        result[missing] = draw_values(keys, settings.values)[missing]
        which = _names(VALUES, missing)
        notes.append(
            Note(f"values imputed from the mix of profiles ({which})", int(missing.any(1).sum()))
        )
    return result


def _names(names: Sequence[str], missing: NDArray[np.bool_]) -> str:
    some = [name for column, name in enumerate(names) if missing[:, column].any()]
    return "all seven" if len(some) == len(names) else ", ".join(some)
