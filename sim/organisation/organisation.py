"""The organisation: who there is, who reports to whom, who listens to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.tables import Note

__all__ = ["Organisation", "TieKind", "Ties"]


@dataclass(frozen=True, eq=False)
class Ties:
    """Whom each person listens to, as rows of a sparse matrix (CSR).

    Parameters
    ----------
    start : int64 array, shape (n_people + 1,)
        The ties of person ``i`` are ``start[i]:start[i + 1]``.
    target : uint32 array, shape (n_ties,)
        Row of the person listened to; ascending within a person.
    weight : float64 array, shape (n_ties,)
        Share of attention; sums to 1 over a person's ties (people without ties aside).
    flags : uint8 array, shape (n_ties,)
        Bits ``TIE_UPWARD`` and ``TIE_CLOSE`` of ``sim.state``.
    """

    start: NDArray[np.int64]
    target: NDArray[np.uint32]
    weight: NDArray[np.float64]
    flags: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TieKind:
    """One kind of tie, such as advice or friendship.

    Parameters
    ----------
    weight : float
        How much the kind counts where kinds are combined.
    close : bool
        Whether ties of this kind are close.
    answered : float64 array, shape (n_ties,)
        Weight as given in the source, by row of ``Ties``; 0 where a tie is not of the kind.
    """

    name: str
    weight: float
    close: bool
    answered: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Organisation:
    """People in teams, with managers, and the ties among them.

    Everything stands in one canonical order (by team, then by id), so that no result
    depends on the order of lines in a file.

    Parameters
    ----------
    people : structured array of ``PEOPLE``, shape (n_people,)
    ids : array of strings, shape (n_people,)
    teams, roles : tuple of str
        Names, by row.
    team_start : int64 array, shape (n_teams + 1,)
        The people of team ``t`` are rows ``team_start[t]:team_start[t + 1]``.
    team_manager : int32 array, shape (n_teams,)
        Row of the team's manager; -1 where there is none.
    start_values : dict of str to float64 array, shape (n_people,)
        Survey answers by name of a surveyed state variable; NaN where not given.
    thresholds : float64 array, shape (n_people,), or None
        Personal thresholds; NaN where not given.
    columns : dict of str to list of str
        Columns of people.csv that Uptake has no use for, kept by person.
    kinds : tuple of TieKind
        The kinds of ties there are, by name.
    tie_columns : dict of str to list of str
        Columns of ties.csv that Uptake has no use for, kept by tie.
    notes : tuple of Note
        What was repaired, missing or odd in the source.
    made_up : bool
        Whether nobody in it is a real person: drawn from a template.
    """

    name: str
    people: NDArray[np.void]
    ids: NDArray[Any]
    teams: tuple[str, ...]
    roles: tuple[str, ...]
    team_start: NDArray[np.int64]
    team_manager: NDArray[np.int32]
    ties: Ties
    start_values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    thresholds: NDArray[np.float64] | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    kinds: tuple[TieKind, ...] = ()
    tie_columns: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    made_up: bool = False

    def __repr__(self) -> str:
        return (
            f"<Organisation {self.name!r}: {self.n_people} people in {self.n_teams} teams, "
            f"{self.n_ties} ties>"
        )

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.people)

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.teams)

    @property
    def n_ties(self) -> int:
        """Number of ties."""
        return len(self.ties.target)

    @cached_property
    def is_manager(self) -> NDArray[np.bool_]:
        """Whether each person has reports; shape (n_people,)."""
        manager = self.people["manager"]
        result = np.zeros(self.n_people, np.bool_)
        result[manager[manager >= 0]] = True
        return result

    @cached_property
    def tie_source(self) -> NDArray[np.int64]:
        """Row of the person who listens, by tie; shape (n_ties,)."""
        return np.repeat(np.arange(self.n_people), np.diff(self.ties.start))

    def spans(self) -> NDArray[np.int64]:
        """Return the number of direct reports of each person; shape (n_people,)."""
        manager = self.people["manager"]
        spans: NDArray[np.int64] = np.bincount(manager[manager >= 0], minlength=self.n_people)
        return spans
