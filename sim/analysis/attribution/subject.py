"""Whom the question is about: a team, or one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, did_you_mean
from sim.organisation.leaders import informal_leaders
from sim.results import Results
from sim.results.results import SMALLEST_TEAM

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["EVERYONE", "Subject", "everyone", "first_replicates", "person_of", "team_of"]

EVERYONE = -1
"""In place of a team's row: the whole organisation."""


@dataclass(frozen=True, eq=False)
class Subject:
    """People whose use is asked about, who leads them and to whom they listen most.

    Parameters
    ----------
    team : int
        Row of the team; ``EVERYONE`` for the whole organisation.
    rows : int64 array
        Rows of the people.
    managers : int64 array
        Rows of their managers; for a team or person one at most.
    leaders : int64 array
        Rows of the people without reports to whom they listen most; for a team or person
        one at most, for everyone the informal leaders.
    person : bool
        Whether it is one person rather than a team.
    """

    name: str
    team: int
    rows: NDArray[np.int64]
    managers: NDArray[np.int64]
    leaders: NDArray[np.int64]
    person: bool = False


def first_replicates(
    results: Results, scenario: int, replicates: int
) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
    """Return parameter sets and their seeds, of at most this many of the results' runs.

    As many sets as there are, then as many replicates as leave room; the first ones of both.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (n_sets,)
    uint64 array, shape (n_sets, n_seeds)
    """
    rows = results.parameters[scenario][:replicates]
    return rows, results.seeds[: len(rows), : max(1, replicates // len(rows))]


def everyone(results: Results) -> Subject:
    """Return the whole organisation."""
    organisation = results.organisation
    managers = np.flatnonzero(organisation.is_manager)
    rows = np.arange(organisation.n_people)
    return Subject("everyone", EVERYONE, rows, managers, informal_leaders(organisation))


def team_of(results: Results, name: str) -> Subject:
    """Return a team of five people or more.

    Raises
    ------
    InputError
        Where there is no such team, or it is too small to be spoken of.
    """
    organisation = results.organisation
    if name not in organisation.teams:
        right = did_you_mean(name, organisation.teams)
        raise InputError([Problem("team", name, f"is not in {organisation.name}", right)])
    team = organisation.teams.index(name)
    rows = np.arange(organisation.team_start[team], organisation.team_start[team + 1])
    if len(rows) < SMALLEST_TEAM:
        what = f"has fewer than {SMALLEST_TEAM} people"
        raise InputError([Problem("team", name, what, f"a team of {SMALLEST_TEAM} or more")])
    manager = _one(int(organisation.team_manager[team]))
    return Subject(name, team, rows, manager, _most_heard(organisation, rows))


def person_of(results: Results, name: str) -> Subject:
    """Return one person by id.

    Raises
    ------
    InputError
        Where there is nobody of this id.
    """
    organisation = results.organisation
    found = np.flatnonzero(organisation.ids == name)
    if not len(found):
        right = did_you_mean(name, [str(one) for one in organisation.ids[:5000]])
        raise InputError([Problem("person", name, f"is not in {organisation.name}", right[:200])])
    row = int(found[0])
    person = organisation.people[row]
    rows = np.array([row], np.int64)
    leader = _most_heard(organisation, rows)
    manager = _one(int(person["manager"]))
    return Subject(name, int(person["team"]), rows, manager, leader, person=True)


def _one(row: int) -> NDArray[np.int64]:
    return np.array([row] if row >= 0 else [], np.int64)


def _most_heard(organisation: Organisation, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of the person without reports who gets most of their attention."""
    ties = organisation.ties
    heard = np.zeros(organisation.n_people)
    for row in rows:
        mine = slice(ties.start[row], ties.start[row + 1])
        np.add.at(heard, ties.target[mine].astype(np.int64), ties.weight[mine])
    heard[organisation.is_manager] = 0.0
    if len(rows) == 1:
        heard[rows] = 0.0
    return _one(int(heard.argmax()) if heard.max() > 0 else -1)
