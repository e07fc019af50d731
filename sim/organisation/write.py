"""An organisation at a glance, what its people value, its files, and the hash of its content."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.contrast import estimate
from sim.document import yaml_text
from sim.errors import InputError, Problem, defused, refusal
from sim.files import whole
from sim.organisation.organisation import Centrality, Organisation, in_strength, informal_leaders
from sim.organisation.people import COLUMN_OF_START, PEOPLE_COLUMNS, people_from_rows
from sim.organisation.settings import DEFAULT_RANKS, FileSettings, Template, read_settings
from sim.organisation.ties import DEFAULT_KIND
from sim.sources import kind_seen
from sim.state import VALUE_STEPS, VALUES
from sim.tables import Note, Problems, open_table

CHUNK = 65_536


def organisation_hash(organisation: Organisation) -> str:
    """Return the SHA-256 of all that a run may depend on, in hexadecimal.

    The name and the notes do not count. Equal on every platform.
    """
    digest = hashlib.sha256()

    def texts(label: str, cells: Iterable[str]) -> None:
        digest.update(f"{label}\n".encode())
        for cell in cells:
            data = str(cell).encode()
            digest.update(len(data).to_bytes(8, "little") + data)

    def numbers(label: str, values: NDArray[np.generic]) -> None:
        digest.update(f"{label} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes())

    texts("ids", organisation.ids)
    texts("teams", organisation.teams)
    texts("roles", organisation.roles)
    for name in organisation.people.dtype.names or ():
        numbers(name, organisation.people[name])
    numbers("team_manager", organisation.team_manager)
    numbers("start", organisation.ties.start)
    numbers("target", organisation.ties.target)
    numbers("weight", organisation.ties.weight)
    numbers("flags", organisation.ties.flags)
    for kind in organisation.kinds:
        texts("kind", [kind.name, repr(float(kind.weight)), str(kind.close)])
        numbers("answered", kind.answered)
    for state in sorted(organisation.start_values):
        numbers(f"start {state}", organisation.start_values[state])
    if organisation.thresholds is not None:
        numbers("thresholds", organisation.thresholds)
    for name in sorted(organisation.columns):
        texts(f"column {name}", organisation.columns[name])
    for name in sorted(organisation.tie_columns):
        texts(f"tie column {name}", organisation.tie_columns[name])
    return digest.hexdigest()


def to_csv(organisation: Organisation, folder: Path) -> None:
    """Write people.csv, ties.csv and organisation.yaml, which load to the same content.

    The folder is made where it does not exist. Raises InputError where one of the three files is
    there already.
    """
    files = {name: folder / name for name in ("people.csv", "ties.csv", "organisation.yaml")}
    there = [path for path in files.values() if path.exists()]
    if there:
        raise InputError([Problem(str(p), "", "exists already", "another folder") for p in there])
    folder.mkdir(parents=True, exist_ok=True)
    _write(files["people.csv"], _people(organisation))
    _write(files["ties.csv"], _ties(organisation))
    _settings(organisation, files["organisation.yaml"])


def _write(path: Path, columns: Iterator[dict[str, Sequence[str]]]) -> None:
    """Write chunks of columns; the file gets its name only when it is whole."""
    with whole(path) as stream:
        file = TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(file, lineterminator="\n")
        for index, chunk in enumerate(columns):
            if index == 0:
                writer.writerow(map(defused, chunk))
            writer.writerows(map(defused, row) for row in zip(*chunk.values(), strict=True))
        file.detach()


def _people(organisation: Organisation) -> Iterator[dict[str, Sequence[str]]]:
    ids, people = organisation.ids, organisation.people
    for low in range(0, organisation.n_people, CHUNK):
        rows = slice(low, low + CHUNK)
        some = people[rows]
        columns: dict[str, Sequence[str]] = {
            "id": [str(person) for person in ids[rows]],
            "team": [organisation.teams[team] for team in some["team"].tolist()],
            "manager_id": [str(ids[m]) if m >= 0 else "" for m in some["manager"].tolist()],
            "role": [organisation.roles[role] for role in some["role"].tolist()],
            "level": [str(level) for level in some["level"].tolist()],
            "task_potential": [str(cell) for cell in some["task_potential"]],
        }
        if organisation.thresholds is not None:
            columns["threshold"] = _cells(organisation.thresholds[rows])
        for state in sorted(organisation.start_values):
            columns[COLUMN_OF_START[state]] = _cells(organisation.start_values[state][rows])
        for value in VALUES:
            columns[f"value_{value}"] = [str(x / VALUE_STEPS) for x in some[value].tolist()]
        for name, cells in organisation.columns.items():
            columns[name] = cells[rows]
        yield columns


def _ties(organisation: Organisation) -> Iterator[dict[str, Sequence[str]]]:
    ids, ties = organisation.ids, organisation.ties
    given = [(kind.name, kind.answered) for kind in organisation.kinds]
    empty: dict[str, Sequence[str]] = {
        name: [] for name in ("source", "target", "kind", "weight", *organisation.tie_columns)
    }
    yield empty
    for name, answered in given or [(DEFAULT_KIND, ties.weight)]:
        of_kind = np.flatnonzero(answered > 0)
        for low in range(0, len(of_kind), CHUNK):
            rows = of_kind[low : low + CHUNK]
            columns: dict[str, Sequence[str]] = {
                "source": [str(cell) for cell in ids[organisation.tie_source[rows]]],
                "target": [str(cell) for cell in ids[ties.target[rows].astype(np.int64)]],
                "kind": [name] * len(rows),
                "weight": [repr(cell) for cell in answered[rows].tolist()],
            }
            for column, cells in organisation.tie_columns.items():
                columns[column] = [cells[row] for row in rows.tolist()]
            yield columns


def _cells(values: Floats) -> list[str]:
    return ["" if np.isnan(value) else repr(value) for value in values.tolist()]


def _settings(organisation: Organisation, path: Path) -> None:
    settings: dict[str, object] = {
        "kind": "organisation",
        "name": organisation.name,
        "top_level": int(organisation.people["level"].min()),
    }
    if organisation.kinds:
        settings["tie_kinds"] = {
            kind.name: {"weight": float(kind.weight), "close": bool(kind.close)}
            for kind in organisation.kinds
        }
    if organisation.notes:
        settings["notes"] = [
            note.what + (f" ({note.times:,})" if note.times > 1 else "")
            for note in organisation.notes
        ]
    path.write_text(yaml_text(settings), "utf-8")


@dataclass(frozen=True, slots=True)
class Listened:
    """A person others listen to."""

    id: str
    team: str
    role: str
    reports: int
    """People who report to the person."""
    listeners: int
    """People with a tie to the person."""
    attention: float
    """Sum of the shares of attention they give, in people."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An organisation in figures."""

    name: str
    content_hash: str
    n_people: int
    n_teams: int
    team_sizes: tuple[int, int, int]
    """Smallest, median and largest."""
    levels: dict[int, int]
    """People by level, 1 is the top."""
    roles: dict[str, int]
    n_managers: int
    spans: tuple[int, float, int]
    """Smallest, mean and largest number of reports of a manager; zeros without managers."""
    n_ties: int
    ties_by_kind: dict[str, int]
    density: float
    reciprocity: float
    """``density``, ``reciprocity``: share of possible ties that are there; share of ties that are
    returned."""
    n_components: int
    largest_component: int
    n_isolates: int
    """``n_people``, ``n_teams``, ``n_managers``, ``n_ties``, ``n_components``, ``n_isolates``:
    components are weak; an isolate has no tie in either direction."""
    listened_to: tuple[Listened, ...]
    attention_of_ten: float
    """Share of all attention that the ten get."""
    informal_leaders: tuple[Listened, ...]
    """``listened_to``, ``informal_leaders``: the ten with the most attention, managers among them;
    the informal leaders."""
    by: str
    """The centrality that finds informal leaders."""
    notes: tuple[tuple[str, int, str], ...]
    """What was repaired, missing or odd: in words, how often, first where."""


def summarise(
    organisation: Organisation, by: Centrality = Centrality.IN_STRENGTH, top: int = 10
) -> Summary:
    """Return an organisation in figures.

    With the ``top`` most listened to, and at most as many informal leaders, found by a centrality.
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
            str(organisation.ids[row]), organisation.teams[person["team"]],
            organisation.roles[person["role"]], int(reports[row]), int(listeners[row]),
            float(attention[row]),
        )  # fmt: skip

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
        notes=tuple((note.what, note.times, note.example) for note in organisation.notes),
    )


def _counts(values: list[Any]) -> dict[Any, int]:
    kinds, counts = np.unique(np.array(values), return_counts=True)
    return dict(zip(kinds.tolist(), counts.tolist(), strict=True))


SPEAKS_FOR = {
    "relationships": "relationship conversation",
    "loyalty": "loyalty conversation",
    "trustworthiness": "identity conversation",
    "responsibility": "identity conversation",
    "growth": "capability conversation",
    "ambition": "capability conversation",
    "family": "loyalty conversation",
}
"""Conversation by the value that moderates what it acts on in the model; an ASSUMPTION."""

FEWEST = 5
"""People below which no profile is shown."""


@dataclass(frozen=True)
class ValueProfile:
    """How much one value matters to the people who answered."""

    value: str
    answered: int
    """People."""
    mean: float
    low: float
    high: float
    """``mean``, ``low``, ``high``: importance from 0 to 1, with the 95% interval of the mean."""
    rank: int
    """Among the seven in this organisation, 1 the most important."""
    global_rank: int | None
    """Among 56 values in the surveys that the model's mix of profiles starts from."""
    leads: float
    """Share of people of whose two most important values it is one."""
    speaks_for: str
    """The conversation that addresses it."""


def value_profile(folder: Path) -> tuple[list[ValueProfile], int]:
    """Return the profile of a firm by its answers, most important first, and how many people.

    Only what people answered counts; nothing that is drawn where an answer is missing. Raises
    InputError where the folder cannot be read, or fewer than five people answered.
    """
    settings = _settings_of(folder)
    problems, notes = Problems(), list[Note]()
    renames = {theirs: ours for ours, theirs in settings.columns.items() if ours in PEOPLE_COLUMNS}
    table = open_table(
        folder / settings.people, problems, notes, known=PEOPLE_COLUMNS, required=("id",),
        renames=renames, max_rows=settings.max_rows,
    )  # fmt: skip
    problems.raise_if_any(str(folder))
    assert table is not None
    draft = people_from_rows(
        table.rows(problems), list(table.columns), settings, problems, notes, comma=table.comma
    )
    problems.raise_if_any(str(folder))
    answered = ~np.isnan(draft.values)
    if answered.sum(axis=0).max(initial=0) < FEWEST:
        what = f"holds values of fewer than {FEWEST} people"
        right = "columns value_family, value_growth and so on, answered by more"
        raise refusal(str(folder / settings.people), "", what, right)
    return _ranked(draft.values, answered), len(draft.ids)


def _settings_of(folder: Path) -> FileSettings:
    file = folder / "organisation.yaml"
    settings = FileSettings() if kind_seen(file) == "nothing" else read_settings(file)
    if isinstance(settings, Template):
        what = "is a template: its values are drawn, nobody was asked"
        raise refusal(str(folder), "", what, "a folder with people.csv")
    return settings


def _ranked(values: np.ndarray, answered: np.ndarray) -> list[ValueProfile]:
    whole = answered.all(axis=1)
    top = np.argsort(-values[whole], axis=1, kind="stable")[:, :2]
    known = [k for k in range(len(VALUES)) if answered[:, k].sum() >= FEWEST]
    means = {k: float(values[answered[:, k], k].mean()) for k in known}
    order = sorted(known, key=lambda k: -means[k])
    result = []
    for rank, k in enumerate(order, 1):
        some = values[answered[:, k], k]
        found = estimate(some[None])
        result.append(
            ValueProfile(
                VALUES[k], len(some), found.mean, max(0.0, found.low), min(1.0, found.high),
                rank, DEFAULT_RANKS.get(VALUES[k]),
                float((top == k).any(axis=1).mean()) if whole.any() else float("nan"),
                SPEAKS_FOR[VALUES[k]],
            )
        )  # fmt: skip
    return result


def differs(profile: Sequence[ValueProfile]) -> bool:
    """Return whether the first value stands clear of the second by its interval."""
    return len(profile) > 1 and profile[0].low > profile[1].high
