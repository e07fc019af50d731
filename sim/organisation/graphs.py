"""Organisations from networkx graphs and arrays, and back to a graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats
from sim.errors import did_you_mean
from sim.organisation.load import assemble
from sim.organisation.organisation import Organisation
from sim.organisation.people import COLUMN_OF_START, people_from_rows
from sim.organisation.settings import FileSettings
from sim.organisation.ties import TIE_COLUMNS, TieDraft, ties_from_rows
from sim.state import TIE_CLOSE, TIE_UPWARD, VALUE_STEPS, VALUES
from sim.tables import Note, PlainRow, Problems

if TYPE_CHECKING:
    import networkx as nx


DERIVED = frozenset({"is_manager", "upward", "close"})

MANAGERS = ("manager_id", "manager")
"""Names of the attribute that says to which node somebody reports."""


def from_graph(
    graph: nx.Graph[Any], *, name: str | None = None, keep_self: bool = False
) -> Organisation:
    """Return an organisation of a networkx graph.

    Raises InputError as for files.

    - ``graph``: an edge from i to j says that i listens to j: whoever has edges of influence, from
      the one heard to the one who hears, gives ``graph.reverse()``. An undirected edge gives ties
      both ways. Node attributes are read as columns of people.csv, the edge attributes ``kind`` and
      ``weight`` as those of ties.csv. ``manager_id``, or ``manager``, is the node to which somebody
      reports. Ids are the nodes as text.
    - ``keep_self``: whether ties to oneself stay.
    """
    problems, notes, settings = Problems(), list[Note](), FileSettings()
    columns = {key: None for _, data in graph.nodes(data=True) for key in data}
    nodes = (
        PlainRow({**_reporting(node, data, problems), "id": str(node)}, f"node {node!r}")
        for node, data in graph.nodes(data=True)
    )
    said = {MANAGERS[0] if key in MANAGERS else key: None for key in columns}
    names = ["id", *(str(key) for key in said if key not in DERIVED and key != "id")]
    people = people_from_rows(nodes, names, settings, problems, notes, "graph")
    ties = ties_from_rows(
        _edges(graph), list(TIE_COLUMNS), people.ids, problems, notes, "graph", keep_self=keep_self
    )
    title = name or str(graph.graph.get("name") or "graph")
    return assemble(title, people, ties, settings, problems, notes, "graph")


def _reporting(node: Any, data: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Return the attributes of a node, with the manager under one name."""
    said = {str(data[key]) for key in MANAGERS if data.get(key) not in (None, "")}
    if len(said) > 1:
        what = f"names two managers, {' and '.join(sorted(said))}"
        problems.add(f"node {node!r}", MANAGERS[0], what, f"one, as {' or '.join(MANAGERS)}")
    rest = {key: value for key, value in data.items() if key not in MANAGERS}
    return rest | dict.fromkeys(MANAGERS[:1] if said else (), next(iter(said), None))


def _edges(graph: nx.Graph[Any]) -> Iterator[PlainRow]:
    for source, target, data in graph.edges(data=True):
        pairs = [(source, target)]
        if not graph.is_directed() and source != target:
            pairs.append((target, source))
        for one, other in pairs:
            cells = {
                "source": one,
                "target": other,
                "kind": data.get("kind"),
                "weight": str(data.get("weight", 1.0)),
            }
            yield PlainRow(cells, f"edge {one!r} → {other!r}")


def from_arrays(
    people: int | Iterable[str], source: ArrayLike = (), target: ArrayLike = (),
    weight: ArrayLike | None = None, *, name: str = "organisation", keep_self: bool = False,
    team: Iterable[str] | None = None, manager: ArrayLike | None = None,
    role: Iterable[str] | None = None, level: ArrayLike | None = None,
    task_potential: ArrayLike | None = None, threshold: ArrayLike | None = None,
    start_values: Mapping[str, ArrayLike] | None = None,
) -> Organisation:  # fmt: skip
    """Return an organisation of arrays.

    Raises InputError where arrays do not fit or values are out of range.

    - ``people``: how many people (their ids are 0, 1, …), or their ids. The rows of the result are
      in canonical order: by team, then by id, numbers by size.
    - ``source``, ``target``, shape (n_ties,): positions in ``people`` of who listens and to whom.
    - ``weight``, shape (n_ties,): 1 each where not given; normalised over a person's ties.
    - ``keep_self``: whether ties to oneself stay.
    - ``manager``, shape (n_people,): position of the manager; -1 where there is none.
    - ``level``, shape (n_people,): 1 is the top; from the reporting lines where not given.
    - ``task_potential``, ``threshold``, shape (n_people,)
    - ``start_values``: arrays of shape (n_people,) by name of a surveyed state variable.

    >>> org = from_arrays(3, source=[0, 1, 1], target=[1, 0, 2])
    >>> org.ties.weight.tolist()
    [1.0, 0.5, 0.5]
    """
    problems, notes, settings = Problems(), list[Note](), FileSettings()
    ids = [str(p) for p in (range(people) if isinstance(people, int) else people)]
    bosses = None if manager is None else np.asarray(manager, np.int64).tolist()
    if bosses is not None and not all(-1 <= boss < len(ids) for boss in bosses):
        problems.add(
            "build", "manager", "has a position outside the people", f"-1 to {len(ids) - 1}"
        )
        bosses = None
    for state in start_values or {}:
        if state not in COLUMN_OF_START:
            right = did_you_mean(state, list(COLUMN_OF_START))
            problems.add("build", state, "is no surveyed state variable", right)
    given: dict[str, Any] = {
        "id": ids,
        "team": team,
        "role": role,
        "level": level,
        "task_potential": task_potential,
        "threshold": threshold,
        "manager_id": None if bosses is None else [ids[b] if b >= 0 else None for b in bosses],
        **{COLUMN_OF_START.get(s, s): array for s, array in (start_values or {}).items()},
    }
    cells = _columns(given, len(ids), problems)
    ties = _tie_arrays(source, target, weight, len(ids), keep_self, problems, notes)
    problems.raise_if_any("build")
    rows = (
        PlainRow({column: cells[column][row] for column in cells}, f"person {ids[row]}")
        for row in range(len(ids))
    )
    draft = people_from_rows(rows, list(cells), settings, problems, notes, "build")
    return assemble(name, draft, ties, settings, problems, notes, "build")


def _columns(given: Mapping[str, Any], n: int, problems: Problems) -> dict[str, list[Any]]:
    cells: dict[str, list[Any]] = {}
    for column, values in given.items():
        if values is not None:
            cells[column] = values.tolist() if isinstance(values, np.ndarray) else list(values)
            if len(cells[column]) != n:
                problems.add("build", column, f"has length {len(cells[column])}", f"length {n}")
    return cells


def _tie_arrays(
    source: ArrayLike, target: ArrayLike, weight: ArrayLike | None, n: int, keep_self: bool,
    problems: Problems, notes: list[Note],
) -> TieDraft:  # fmt: skip
    one, other = (np.asarray(side, np.int64).ravel() for side in (source, target))
    weights = np.ones(len(one)) if weight is None else np.asarray(weight, np.float64).ravel()
    none = np.zeros(0, np.int64)
    if not len(one) == len(other) == len(weights):
        problems.add("build", "ties", "source, target and weight differ in length", "one length")
        return TieDraft(none, none, none, np.zeros(0))
    if any(len(side) and (side.min() < 0 or side.max() >= n) for side in (one, other)):
        problems.add("build", "ties", "have a position outside the people", f"0 to {n - 1}")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        problems.add("build", "weight", "is negative or not finite", "numbers of at least 0")
    keep = np.ones(len(weights), np.bool_) if keep_self else one != other
    if not keep.all():
        notes.append(Note("tie to oneself dropped", int((~keep).sum())))
    kind = np.zeros(int(keep.sum()), np.int64)
    return TieDraft(one[keep], other[keep], kind, weights[keep])


def to_graph(organisation: Organisation) -> nx.DiGraph[str]:
    """Return the ties as a networkx graph, with all attributes of people and ties.

    Nodes are ids, in canonical order. An edge leads from a person to whom they listen
    to; its ``weight`` is the share of attention, ``kind_…`` the answered weight by kind.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(name=organisation.name)
    ids = [str(person) for person in organisation.ids]
    graph.add_nodes_from(zip(ids, _node_attributes(organisation, ids), strict=True))
    edges = _edge_attributes(organisation)
    targets = organisation.ties.target.tolist()
    graph.add_edges_from(
        (ids[source], ids[target], data)
        for source, target, data in zip(
            organisation.tie_source.tolist(), targets, edges, strict=True
        )
    )
    return graph


def _node_attributes(organisation: Organisation, ids: list[str]) -> Iterator[dict[str, Any]]:
    people = organisation.people
    columns: dict[str, list[Any]] = {
        "team": [organisation.teams[team] for team in people["team"].tolist()],
        "manager_id": [ids[m] if m >= 0 else None for m in people["manager"].tolist()],
        "role": [organisation.roles[role] for role in people["role"].tolist()],
        "level": people["level"].tolist(),
        "task_potential": people["task_potential"].tolist(),
        "is_manager": organisation.is_manager.tolist(),
    }
    for value in VALUES:
        columns[f"value_{value}"] = (people[value] / VALUE_STEPS).tolist()
    for state, answers in organisation.start_values.items():
        columns[COLUMN_OF_START[state]] = _without_nan(answers)
    if organisation.thresholds is not None:
        columns["threshold"] = _without_nan(organisation.thresholds)
    for name, cells in organisation.columns.items():
        columns[name if name not in columns else f"column_{name}"] = list(cells)
    for row in range(organisation.n_people):
        yield {name: cells[row] for name, cells in columns.items() if cells[row] is not None}


def _edge_attributes(organisation: Organisation) -> Iterator[dict[str, Any]]:
    ties = organisation.ties
    columns: dict[str, list[Any]] = {
        "weight": ties.weight.tolist(),
        "upward": ((ties.flags & TIE_UPWARD) > 0).tolist(),
        "close": ((ties.flags & TIE_CLOSE) > 0).tolist(),
    }
    for kind in organisation.kinds:
        columns[f"kind_{kind.name}"] = [x if x > 0 else None for x in kind.answered.tolist()]
    for name, cells in organisation.tie_columns.items():
        columns[name if name not in columns else f"column_{name}"] = list(cells)
    for row in range(organisation.n_ties):
        yield {name: cells[row] for name, cells in columns.items() if cells[row] is not None}


def _without_nan(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
