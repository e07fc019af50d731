"""Write an organisation as files that load to the same content, and hash that content."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.files import whole
from sim.organisation.people import COLUMN_OF_START
from sim.organisation.ties import DEFAULT_KIND
from sim.shown import defused
from sim.state import VALUE_STEPS, VALUES

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation


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

    Parameters
    ----------
    folder : Path
        Made where it does not exist.

    Raises
    ------
    InputError
        Where one of the three files is there already.
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


def _cells(values: NDArray[np.float64]) -> list[str]:
    return ["" if np.isnan(value) else repr(value) for value in values.tolist()]


def _settings(organisation: Organisation, path: Path) -> None:
    from ruamel.yaml import YAML

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
            note.what + (f" ({note.count:,})" if note.count > 1 else "")
            for note in organisation.notes
        ]
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(settings, file)
