"""The curves of replicates, at the weeks and of the groups that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm.observed import WHOLE, Observed, groups_of
from sim.case import Record, Records
from sim.outcomes import PERSON_RECORD, Outcome

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["curves", "points", "recorded"]

Floats = NDArray[np.float64]

_PERSON = {variable.name: k for k, variable in enumerate(PERSON_RECORD)}
_OF_PERSONS = ("activated", "weekly_users", "regular", "habitual", "own_tool_users", "use_days")
"""Outcomes that can be told of any group, from each person's weeks."""


def recorded(by: str, outcomes: Sequence[str], *, drivers: bool = False) -> Record:
    """Return what must be recorded of runs for the curves of groups.

    Parameters
    ----------
    by : str
        ``team``, ``role``, ``level``, or empty for the whole organisation.
    drivers : bool
        Whether what holds teams back is kept as well.

    Raises
    ------
    ValueError
        For an outcome that is known of teams only, by role or level.
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

    Parameters
    ----------
    records : Records
        Of P parameter sets × S seeds, with what ``recorded`` asks for.
    by : str
        As in ``recorded``.
    case : int
        Which of the cases run together.

    Returns
    -------
    float64 array, shape (P, S, weeks, n_groups)
        Groups in the order of ``groups_of``.
    """
    if by == WHOLE:
        whole: Floats = records.weekly[case, ..., int(Outcome[outcome])][..., None]
        return whole
    if by == "team":
        teams: Floats = records.of_teams(outcome)[case].astype(np.float64)
        return teams
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

    Returns
    -------
    float64 array, shape (P, S, n_values)
        In the units of ``observed.values``.
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
        series = curves(records, organisation, by, outcome, case)
        found[..., rows] = series[..., observed.weeks[rows] - 1, at]
    return found
