"""The organisation: who there is, who reports to whom, who listens to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.organisation.centrality import Centrality
from sim.tables import Note

if TYPE_CHECKING:
    import networkx as nx

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

    def informal_leaders(
        self,
        share: float | None = None,
        *,
        count: int | None = None,
        by: Centrality = Centrality.IN_STRENGTH,
    ) -> NDArray[np.int64]:
        """Return the rows of the people others actually listen to, the first one first.

        Parameters
        ----------
        share : float, optional
            How many, as a share of all people, in [0, 1]; 0.05 where neither is given.
        count : int, optional
            How many.

        Returns
        -------
        int64 array
            Rows of people without reports, of equals the one that comes first in the
            canonical order. Fewer than asked where nobody listens to more.

        Raises
        ------
        ValueError
            Where both or an impossible number are asked for.
        """
        from sim.organisation.leaders import informal_leaders

        return informal_leaders(self, share, count=count, by=by)

    def graph(self) -> nx.DiGraph[str]:
        """Return the ties as a networkx graph, with all attributes of people and ties.

        Nodes are ids, in canonical order. An edge leads from a person to whom they listen
        to; its ``weight`` is the share of attention, ``kind_…`` the answered weight by kind.
        """
        from sim.organisation.graphs import to_graph

        return to_graph(self)

    @classmethod
    def from_graph(
        cls,
        graph: nx.Graph[Any],
        *,
        name: str | None = None,
        keep_self: bool = False,
    ) -> Organisation:
        """Return an organisation of a networkx graph.

        Parameters
        ----------
        graph : networkx graph
            An edge from i to j says that i listens to j: whoever has edges of influence, from
            the one heard to the one who hears, gives ``graph.reverse()``. An undirected edge
            gives ties both ways. Node attributes are read as columns of people.csv, the edge
            attributes ``kind`` and ``weight`` as those of ties.csv. ``manager_id``, or
            ``manager``, is the node to which somebody reports. Ids are the nodes as text.
        keep_self : bool
            Whether ties to oneself stay.

        Raises
        ------
        InputError
            As for files.
        """
        from sim.organisation.graphs import from_graph

        return from_graph(graph, name=name, keep_self=keep_self)

    @classmethod
    def build(
        cls,
        people: int | Iterable[str],
        source: ArrayLike = (),
        target: ArrayLike = (),
        weight: ArrayLike | None = None,
        *,
        name: str = "organisation",
        keep_self: bool = False,
        team: Iterable[str] | None = None,
        manager: ArrayLike | None = None,
        role: Iterable[str] | None = None,
        level: ArrayLike | None = None,
        task_potential: ArrayLike | None = None,
        threshold: ArrayLike | None = None,
        start_values: Mapping[str, ArrayLike] | None = None,
    ) -> Organisation:
        """Return an organisation of arrays.

        Parameters
        ----------
        people : int or iterable of str
            How many people (their ids are 0, 1, …), or their ids. The rows of the result
            are in canonical order: by team, then by id, numbers by size.
        source, target : int array, shape (n_ties,)
            Positions in ``people`` of who listens and to whom.
        weight : float array, shape (n_ties,), optional
            1 each where not given; normalised over a person's ties.
        keep_self : bool
            Whether ties to oneself stay.
        team, role : iterable of str, optional
        manager : int array, shape (n_people,), optional
            Position of the manager; -1 where there is none.
        level : int array, shape (n_people,), optional
            1 is the top; from the reporting lines where not given.
        task_potential, threshold : float array, shape (n_people,), optional
        start_values : mapping of str to float array, shape (n_people,), optional
            By name of a surveyed state variable.

        Raises
        ------
        InputError
            Where arrays do not fit or values are out of range.

        Examples
        --------
        >>> org = Organisation.build(3, source=[0, 1, 1], target=[1, 0, 2])
        >>> org.ties.weight.tolist()
        [1.0, 0.5, 0.5]
        """
        from sim.organisation.graphs import from_arrays

        return from_arrays(
            people,
            source,
            target,
            weight,
            name=name,
            keep_self=keep_self,
            team=team,
            manager=manager,
            role=role,
            level=level,
            task_potential=task_potential,
            threshold=threshold,
            start_values=start_values,
        )

    def content_hash(self) -> str:
        """Return the SHA-256 of all that a run may depend on, in hexadecimal.

        The name and the notes do not count. Equal on every platform.
        """
        from sim.organisation.write import content_hash

        return content_hash(self)

    def to_csv(self, folder: Path) -> None:
        """Write people.csv, ties.csv and organisation.yaml, which load to the same content.

        Parameters
        ----------
        folder : Path
            Made where it does not exist.

        Raises
        ------
        InputError
            Where one of the three files is there already.
        """
        from sim.organisation.write import to_csv

        to_csv(self, folder)
