"""A firm's measured use, by whatever groups it was counted, and what replicates say there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints
from sim.case import Record, Records
from sim.errors import did_you_mean
from sim.importing.measured import read_measured
from sim.organisation.organisation import Organisation
from sim.outcomes import PERSON_RECORD
from sim.results.measure import SMALLEST_TEAM
from sim.results.series import series, series_of_teams
from sim.tables import Note, Problems
from sim.tables.names import Names
from sim.tables.usage import SHARES, Usage, read_first_weeks

WHOLE = ""
"""Name of the one group where curves are of the whole organisation."""
_LEFT_OUT = "\N{REPLACEMENT CHARACTER}"
"""Group of rows that are not read: no name of a group."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Measured use, a value a row."""

    outcomes: tuple[str, ...]
    """What each value is of: a name of ``sim.tables.usage.SHARES``, or ``use_days``."""
    weeks: Ints
    """Weeks of the plan, from 1, shape (n_values,)."""
    values: Floats
    """Shares from 0 to 1; of ``use_days`` mean days a person, 0 to 7. Shape (n_values,)."""
    people: Floats
    """On how many people it was measured, as far as sampling goes; infinite where that is everybody
    there is. Shape (n_values,)."""
    notes: tuple[Note, ...] = ()
    """What is unusual in the file."""
    by: str = WHOLE
    """``team``, ``role`` or ``level``; empty where all values are of the whole organisation."""
    groups: tuple[str, ...] = ()
    """Whose use each value is: ``WHOLE``, or a group by name; empty where ``by`` is."""
    access: dict[tuple[str, int], float] = field(default_factory=dict)
    """Share of the group with access, where it is known, by (group, week)."""

    @property
    def week(self) -> int:
        """The last week measured."""
        return int(self.weeks.max())

    @property
    def names(self) -> tuple[str, ...]:
        """The groups that were measured, each once; without the whole."""
        return tuple(name for name in dict.fromkeys(self.groups) if name != WHOLE)

    def series(self, group: str = WHOLE) -> dict[str, tuple[tuple[int, ...], tuple[float, ...]]]:
        """Return weeks and values of each outcome of a group."""
        found = {}
        mine = [k for k in range(len(self.weeks)) if not self.by or self.groups[k] == group]
        for name in dict.fromkeys(self.outcomes[k] for k in mine):
            rows = [k for k in mine if self.outcomes[k] == name]
            found[name] = (
                tuple(int(self.weeks[k]) for k in rows),
                tuple(float(self.values[k]) for k in rows),
            )
        return found

    def until(self, week: int) -> Observed:
        """Return what had been measured by the end of a week."""
        return self.only(self.weeks <= week)

    def only(self, kept: Bools) -> Observed:
        """Return some of the values."""
        rows = np.flatnonzero(kept).tolist()
        return Observed(
            tuple(self.outcomes[k] for k in rows), self.weeks[rows], self.values[rows],
            self.people[rows], self.notes, self.by,
            tuple(self.groups[k] for k in rows) if self.by else (), self.access,
        )  # fmt: skip


def groups_of(organisation: Organisation, by: str) -> tuple[tuple[str, ...], Ints]:
    """Return the names of all groups, and the group of each person; shape (n_people,)."""
    people = organisation.people
    if by == "team":
        return organisation.teams, people["team"].astype(np.int64)
    if by == "role":
        return organisation.roles, people["role"].astype(np.int64)
    if by == "level":
        levels, at = np.unique(people["level"], return_inverse=True)
        return tuple(map(str, levels.tolist())), at.astype(np.int64)
    return (WHOLE,), np.zeros(len(people), np.int64)


def read_usage(
    path: Path, weeks: int, start: date | None = None, organisation: Organisation | None = None,
    by: str | None = None,
) -> Observed:  # fmt: skip
    """Read measured use from a tidy table (docs/tables.md), or from exports.

    - ``path``: a table with a column ``week`` and one or more of ``SHARES``, or ``use_days``; or
      what ``uptake import`` reads use from, a file or a folder.
    - ``weeks``: length of the plan; a later week is refused, of an export left out.
    - ``start``: a day of week 1, where the weeks of the file are dates.
    - ``organisation``: whose use it is. Without it everything is summed: groups by their column
      ``people``, persons by whether they used the tool. With it curves of groups stand beside that
      of the whole, where rows are of groups or persons; groups under five are summed only.
    - ``by``: ``team``, ``role`` or ``level``: how persons are put together, ``team`` by default; or
      empty, for the whole alone.

    Raises InputError with everything wrong in it, by line.
    """
    problems, label = Problems(), str(path)
    usage = read_measured(path, problems, last=weeks, label=label, organisation=organisation)
    problems.raise_if_any(label)
    assert usage is not None
    if usage.mondays and start is None:
        right = "--start with the date of week 1, or weeks as numbers"
        problems.add(usage.rows[0].where("week"), "week", "is a date", right)
        problems.raise_if_any(label)
    at = usage.numbered(start or date.min)
    inside = (at >= 1) & (at <= weeks)
    if usage.exported and inside.any() and not inside.all():
        note = Note("weeks before or after the plan's left out", len(set(at[~inside].tolist())))
        usage = replace(usage.only(inside), notes=(*usage.notes, note))
        at = at[inside]
    for k in np.flatnonzero((at < 1) | (at > weeks)).tolist():
        what = f"is {usage.rows[k].cell('week')}, week {at[k]} of the plan"
        problems.add(usage.rows[k].where("week"), "week", what, f"1 to {weeks}")
    group, whose, notes = _whose(usage, organisation, by, problems)
    people = _people(usage, organisation, problems)
    problems.raise_if_any(label)
    notes += _part_of(usage, organisation)
    everybody = [_LEFT_OUT if one == _LEFT_OUT else WHOLE for one in group]
    table = _summed(usage, at, everybody, people, problems, label)
    problems.raise_if_any(label)
    if whose:
        table |= _summed(usage, at, group, people, problems, label)
    return _observed(table, whose, (*usage.notes, *notes), organisation)


def _people(usage: Usage, organisation: Organisation | None, problems: Problems) -> Floats:
    """Return how many people each row is of; infinite where nobody says."""
    if usage.by == "id":
        return np.ones(len(usage.rows))
    known = usage.people.copy()
    if organisation is not None and usage.by:
        names, group_of = groups_of(organisation, usage.by)
        place, sizes = Names(names), np.bincount(group_of, minlength=len(names))
        rows = [place.find(one, "") for one in usage.groups]
        own = np.array([sizes[k] if k >= 0 else np.nan for k in rows], float)
        for k in np.flatnonzero(np.isnan(known) & np.isnan(own)).tolist():
            _stranger(usage, k, organisation, names, problems)
        known = np.where(np.isnan(known), own, known)
    return np.where(np.isnan(known), np.inf, known)


def _part_of(usage: Usage, organisation: Organisation | None) -> list[Note]:
    """Return that some groups stand for all, where others were not measured."""
    if organisation is None or usage.by not in ("team", "role", "level"):
        return []
    (names, _), kind = groups_of(organisation, usage.by), usage.by
    place = Names(names)
    there = {place.find(one, "") for one in usage.groups} - {-1}
    if len(there) == len(names):
        return []
    return [Note(f"{len(there)} of {len(names)} {kind}s measured: they stand for all")]


def _whose(
    usage: Usage, organisation: Organisation | None, by: str | None, problems: Problems
) -> tuple[list[str], str, list[Note]]:
    """Return the group into which each row goes, by what, and what is to be said of it."""
    if organisation is None or by == WHOLE or not usage.by:
        return [WHOLE] * len(usage.groups), WHOLE, []
    wanted = (by or "team") if usage.by == "id" else usage.by
    names, group_of = groups_of(organisation, wanted)
    known = Names(organisation.ids.tolist() if usage.by == "id" else names)
    found, notes = [], list[Note]()
    strangers = []
    for k, (row, name) in enumerate(zip(usage.rows, usage.groups, strict=True)):
        place = known.find(name, row.where(usage.by))
        if place < 0:
            strangers.append(k)
            found.append(_LEFT_OUT)
        else:
            found.append(names[group_of[place]] if usage.by == "id" else names[place])
    if strangers and (usage.by != "id" or len(strangers) == len(found)):
        for k in strangers:
            _stranger(usage, k, organisation, known.index, problems)
    elif strangers:
        count = len({usage.groups[k] for k in strangers})
        where = usage.rows[strangers[0]].where("id")
        notes.append(Note("people not in the organisation left out", count, where))
    sizes = dict(zip(names, np.bincount(group_of, minlength=len(names)).tolist(), strict=True))
    there = set(found) - {_LEFT_OUT}
    small = sorted(one for one in there if sizes[one] < SMALLEST_TEAM)
    if len(small) == len(there):
        summed = [one if one == _LEFT_OUT else WHOLE for one in found]
        return summed, WHOLE, [*notes, Note(f"all {wanted}s are under five: summed")]
    if small:
        notes.append(
            Note(f"{wanted}s under five people in the whole only: {', '.join(small)}", len(small))
        )
    kept = [WHOLE if one in small else one for one in found]
    return kept, wanted, [*notes, *known.notes()]


def _stranger(
    usage: Usage, k: int, organisation: Organisation, known: Iterable[str], problems: Problems
) -> None:
    """Note a row of somebody, or of a group, that is not in the organisation."""
    name = usage.groups[k]
    what, right = f"{name!r:.60} is not in {organisation.name}", did_you_mean(name, list(known))
    problems.add(usage.rows[k].where(usage.by), usage.by, what, right)


Cell = tuple[float, float]
"""A value, and of how many people."""
Table = dict[tuple[str, str], dict[int, Cell]]
"""Cells by week, by group and outcome."""


def _summed(
    usage: Usage, at: Ints, group: list[str], people: Floats, problems: Problems, label: str
) -> Table:
    """Return every outcome by group and week, rows that go together summed."""
    columns = dict(usage.shares)
    enabled = usage.enabled / people
    if usage.by == "id":
        used = np.where(np.isnan(usage.use_days), np.nan, (usage.use_days > 0).astype(float))
        without = usage.enabled == 0  # a blank of somebody without access is no use, not unknown
        columns["weekly_users"] = np.where(without, 0.0, columns.get("weekly_users", used))
        enabled = np.where(np.isnan(usage.enabled), np.nan, (usage.enabled > 0).astype(float))
    elif not columns:
        columns["use_days"] = usage.use_days
    columns["access"] = enabled
    found: Table = {}
    names = np.array(group)
    for name, values in columns.items():
        known = ~np.isnan(values) & (names != _LEFT_OUT)
        groups = dict.fromkeys(names[known].tolist())
        if len(groups) > 1:
            groups.pop(WHOLE, None)
        for one in groups:
            mine = known & (names == one)
            for week in np.unique(at[mine]).tolist():
                rows = np.flatnonzero(mine & (at == week))
                if len(rows) > 1 and not np.isfinite(people[rows]).all():
                    what = f"gives no number of people for each {usage.by} of week {week}"
                    right = f"a column people, so that {usage.by}s can be summed"
                    problems.add(label, "people", what, right)
                    return {}
                of = float(people[rows].sum())
                share = float(values[rows[0]])
                if len(rows) > 1:
                    share = float((values[rows] * people[rows]).sum() / of)
                found.setdefault((one, name), {})[int(week)] = share, of
    if not any(name != "access" for _, name in found):
        right = "a line a week, such as 6,0.23 under week,weekly_users"
        problems.add(label, "", "holds no measured share of people", right)
    return found


def _observed(
    table: Table, by: str, notes: tuple[Note, ...], organisation: Organisation | None
) -> Observed:
    """Return the cells in the order of outcomes, then groups, then weeks."""
    access = {
        (group, week): cell[0]
        for (group, name), cells in table.items() if name == "access"
        for week, cell in cells.items()
    }  # fmt: skip
    order = {name: k for k, name in enumerate((*SHARES, "use_days"))}
    rows = [
        (name, week, value, people, group)
        for group, name in sorted(
            (key for key in table if key[1] != "access"), key=lambda key: order[key[1]]
        )
        for week, (value, people) in sorted(table[group, name].items())
    ]
    names, weeks, values, people, groups = zip(*rows, strict=True)
    if organisation is not None:
        people = _all_of(organisation, by, groups, people)
    return Observed(
        names, np.array(weeks), np.array(values), np.array(people, float), notes, by,
        groups if by else (), access,
    )  # fmt: skip


def _all_of(
    organisation: Organisation, by: str, groups: tuple[str, ...], people: tuple[float, ...]
) -> tuple[float, ...]:
    """Return what sampling is worth; infinite where everybody in the group was measured.

    Where a good part of a group was measured, the rest can differ less from it.
    """
    names, group_of = groups_of(organisation, by)
    sizes = dict(zip(names, np.bincount(group_of, minlength=len(names)).tolist(), strict=True))
    sizes[WHOLE] = organisation.n_people
    return tuple(
        np.inf if n >= sizes[one] else n / (1 - n / sizes[one])
        for one, n in zip(groups, people, strict=True)
    )


def read_adoptions(
    path: Path, weeks: int, start: date | None, organisation: Organisation, by: str | None = None
) -> Observed:
    """Read who adopted when, as curves of those with a first use behind them.

    - ``path``: a table with ``id`` and ``first_use``: a date, or a number of a week; blank for who
      has not adopted. Who is not in it has not either. Curves end in the last week named.
    - ``weeks``, ``start``, ``organisation``, ``by``: as in ``read_usage``.

    Raises InputError with everything wrong in it, by line.
    """
    problems, label = Problems(), str(path)
    week_of, notes = read_first_weeks(path, problems, label, start, weeks, organisation.ids)
    problems.raise_if_any(label)
    last = int(week_of[week_of <= weeks].max())
    wanted = "team" if by is None else by
    names, group_of = groups_of(organisation, wanted)
    sizes = np.bincount(group_of, minlength=len(names))
    at = np.arange(1, last + 1)
    used = week_of[:, None] <= at
    curves = [(WHOLE, used.mean(axis=0))]
    if wanted:
        curves += [
            (name, used[group_of == k].mean(axis=0))
            for k, name in enumerate(names) if sizes[k] >= SMALLEST_TEAM
        ]  # fmt: skip
    n = last * len(curves)
    return Observed(
        ("activated",) * n, np.tile(at, len(curves)), np.concatenate([c for _, c in curves]),
        np.full(n, np.inf), notes, wanted,
        tuple(name for name, _ in curves for _ in range(last)) if wanted else (),
    )  # fmt: skip


_PERSON = {variable.name: k for k, variable in enumerate(PERSON_RECORD)}
_OF_PERSONS = ("activated", "weekly_users", "regular", "habitual", "own_tool_users", "use_days")
"""Outcomes that can be told of any group, from each person's weeks."""


def recorded(by: str, outcomes: Sequence[str], *, drivers: bool = False) -> Record:
    """Return what must be recorded of runs for the curves of groups.

    - ``by``: ``team``, ``role``, ``level``, or empty for the whole organisation.
    - ``drivers``: whether what holds teams back is kept as well.

    Raises ValueError for an outcome that is known of teams only, by role or level.
    """
    if by in ("role", "level"):
        if odd := [name for name in outcomes if name not in _OF_PERSONS]:
            raise ValueError(f"{odd[0]} by {by} is not recorded: one of {', '.join(_OF_PERSONS)}")
        return Record(people=True, drivers=drivers)
    return Record(teams=tuple(dict.fromkeys(outcomes)) if by else False, drivers=drivers)


def curves(
    records: Records, organisation: Organisation, by: str, outcome: str, case: int = 0
) -> Floats:
    """Return the weekly mean of an outcome in every group.

    Groups in the order of ``groups_of``. Shape (P, S, weeks, n_groups).

    - ``records``: of P parameter sets × S seeds, with what ``recorded`` asks for.
    - ``by``: as in ``recorded``.
    - ``case``: which of the cases run together.
    """
    if by == WHOLE:
        return series(records.weekly[case], outcome)[..., None]
    if by == "team":
        return series_of_teams(records, outcome)[case].astype(np.float64)
    assert records.people is not None
    names, group_of = groups_of(organisation, by)
    each = _of_persons(records.people[case], outcome)
    sums = np.zeros((*each.shape[:-1], len(names)))
    for group in range(len(names)):
        sums[..., group] = each[..., group_of == group].mean(axis=-1)
    return sums


def _of_persons(people: NDArray[np.uint8], outcome: str) -> NDArray[Any]:
    """Return an outcome of each person and week, shape (..., weeks, n_people)."""
    days = people[..., _PERSON["use_days"]]
    if outcome == "use_days":
        return days
    if outcome == "own_tool_users":
        return people[..., _PERSON["own_days"]] > 0
    used = days > 0
    if outcome == "activated":
        return np.maximum.accumulate(used, axis=-2)
    if outcome == "weekly_users":
        return used
    window, least = (4, 4) if outcome == "regular" else (12, 9)
    count = np.cumsum(used, axis=-2, dtype=np.int64)
    count[..., window:, :] = count[..., window:, :] - count[..., :-window, :].copy()
    return count >= least


def points(
    records: Records, organisation: Organisation, observed: Observed, case: int = 0
) -> Floats:
    """Return what replicates say at every measured value.

    In the units of ``observed.values``. Shape (P, S, n_values).
    """
    names, _ = groups_of(organisation, observed.by)
    place = {name: k for k, name in enumerate(names)}
    groups = observed.groups or (WHOLE,) * len(observed.weeks)
    found = np.empty((*records.weekly.shape[1:3], len(groups)))
    for outcome, whole in dict.fromkeys(
        (name, group == WHOLE) for name, group in zip(observed.outcomes, groups, strict=True)
    ):
        rows = [
            k for k, group in enumerate(groups)
            if observed.outcomes[k] == outcome and (group == WHOLE) == whole
        ]  # fmt: skip
        by = WHOLE if whole else observed.by
        at = [0 if whole else place[groups[k]] for k in rows]
        course = curves(records, organisation, by, outcome, case)
        found[..., rows] = course[..., observed.weeks[rows] - 1, at]
    return found
