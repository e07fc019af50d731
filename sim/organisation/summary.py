"""What there is to know about an organisation at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.organisation.organisation import Centrality, Organisation, in_strength, informal_leaders
from sim.organisation.write import organisation_hash


@dataclass(frozen=True, slots=True)
class Listened:
    """A person others listen to.

    Parameters
    ----------
    reports : int
        People who report to the person.
    listeners : int
        People with a tie to the person.
    attention : float
        Sum of the shares of attention they give, in people.
    """

    id: str
    team: str
    role: str
    reports: int
    listeners: int
    attention: float


@dataclass(frozen=True, slots=True)
class Summary:
    """An organisation in figures.

    Parameters
    ----------
    n_people, n_teams, n_managers, n_ties, n_components, n_isolates : int
        Components are weak; an isolate has no tie in either direction.
    team_sizes : tuple of int
        Smallest, median and largest.
    levels : dict of int to int
        People by level, 1 is the top.
    spans : tuple of float
        Smallest, mean and largest number of reports of a manager; zeros without managers.
    density, reciprocity : float
        Share of possible ties that are there; share of ties that are returned.
    listened_to, informal_leaders : tuple of Listened
        The ten with the most attention, managers among them; the informal leaders.
    attention_of_ten : float
        Share of all attention that the ten get.
    by : str
        The centrality that finds informal leaders.
    notes : tuple of (str, int, str)
        What was repaired, missing or odd: in words, how often, first where.
    """

    name: str
    content_hash: str
    n_people: int
    n_teams: int
    team_sizes: tuple[int, int, int]
    levels: dict[int, int]
    roles: dict[str, int]
    n_managers: int
    spans: tuple[int, float, int]
    n_ties: int
    ties_by_kind: dict[str, int]
    density: float
    reciprocity: float
    n_components: int
    largest_component: int
    n_isolates: int
    listened_to: tuple[Listened, ...]
    attention_of_ten: float
    informal_leaders: tuple[Listened, ...]
    by: str
    notes: tuple[tuple[str, int, str], ...]


def summarise(
    organisation: Organisation, by: Centrality = Centrality.IN_STRENGTH, top: int = 10
) -> Summary:
    """Return an organisation in figures.

    Parameters
    ----------
    by : Centrality
        Finds the informal leaders.
    top : int
        How many of the most listened to, and at most how many informal leaders.
    """
    import networkx as nx

    n, ties = organisation.n_people, organisation.ties
    source, target = organisation.tie_source, ties.target.astype(np.int64)
    others = source != target
    source, target = source[others], target[others]
    attention = in_strength(organisation)
    listeners = np.bincount(target, minlength=n)
    sizes = np.diff(organisation.team_start)
    reports = organisation.spans()
    spans = reports[organisation.is_manager]
    pair, back = source * n + target, target * n + source
    returned = np.isin(back, pair, assume_unique=True) if len(pair) else np.zeros(0)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(zip(source.tolist(), target.tolist(), strict=True))
    components = [len(one) for one in nx.connected_components(graph)]
    alone = (listeners == 0) & (np.bincount(source, minlength=n) == 0)

    def listened(row: int) -> Listened:
        person = organisation.people[row]
        return Listened(
            str(organisation.ids[row]),
            organisation.teams[person["team"]],
            organisation.roles[person["role"]],
            int(reports[row]),
            int(listeners[row]),
            float(attention[row]),
        )

    first = np.argsort(-np.round(attention, 12), kind="stable")[:top]
    first = first[attention[first] > 0]
    leaders = informal_leaders(organisation, by=by)[:top]
    return Summary(
        name=organisation.name,
        content_hash=organisation_hash(organisation),
        n_people=n,
        n_teams=organisation.n_teams,
        team_sizes=(int(sizes.min()), int(np.median(sizes)), int(sizes.max())),
        levels=_counts(organisation.people["level"].tolist()),
        roles={
            organisation.roles[role]: count
            for role, count in _counts(organisation.people["role"].tolist()).items()
        },
        n_managers=len(spans),
        spans=(int(spans.min()), float(spans.mean()), int(spans.max()))
        if len(spans)
        else (0, 0.0, 0),
        n_ties=organisation.n_ties,
        ties_by_kind={kind.name: int((kind.answered > 0).sum()) for kind in organisation.kinds},
        density=len(source) / (n * (n - 1)) if n > 1 else 0.0,
        reciprocity=float(returned.mean()) if len(source) else 0.0,
        n_components=len(components),
        largest_component=max(components),
        n_isolates=int(alone.sum()),
        listened_to=tuple(listened(row) for row in first.tolist()),
        attention_of_ten=float(attention[first].sum() / attention.sum()) if len(first) else 0.0,
        informal_leaders=tuple(listened(row) for row in leaders.tolist()),
        by=by.value,
        notes=tuple((note.what, note.count, note.example) for note in organisation.notes),
    )


def _counts(values: list[Any]) -> dict[Any, int]:
    kinds, counts = np.unique(np.array(values), return_counts=True)
    return dict(zip(kinds.tolist(), counts.tolist(), strict=True))
