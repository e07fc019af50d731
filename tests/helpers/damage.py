"""Files with something wrong in them: cut, overwritten, or whole with other content."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML, YAMLError

from sim.results.key import _digest

__all__ = ["STRANGE", "damaged"]

STRANGE: tuple[Any, ...] = (
    None, [], {}, 0, -1, 10**30, 1e300, True, "x", "", "x\"; COPY (SELECT 7) TO 'injected'; --",
    "../../etc/passwd", "\ud800", [None], {"a": None}, "é\0", float("nan"), float("inf"),
)  # fmt: skip
CELLS = ("", "x", "-1", "nan", "1e999", "9" * 400, "=1+1", '"', "\x1b[31m", "0_1", "1,5", "None")
INSERTED = (b"", b"\0", b"9" * 400, b'"', b"\x1b[31m", b"a,b\n", b"null", b"[" * 5000)

Writer = Callable[[bytes, random.Random], bytes]


def damaged(data: bytes, name: str, rng: random.Random) -> bytes:
    """Return a file with something wrong in it; half the time it is one of its kind all the same.

    Parameters
    ----------
    name : str
        The file's name, by whose end its kind is known.
    """
    write = WRITERS.get(Path(name).suffix)
    if write is not None and rng.random() < 0.5:
        return write(data, rng)
    place, length = rng.randrange(len(data) or 1), rng.randrange(1, 40)
    middle = rng.choice((None, rng.randbytes(length), rng.choice(INSERTED)))
    return data[:place] if middle is None else data[:place] + middle + data[place + length :]


def _document(data: bytes, rng: random.Random) -> bytes:
    """Return JSON, which is YAML too, with a value gone or another in its place."""
    try:
        content = json.loads(data)
    except ValueError:
        try:
            content = YAML(typ="safe").load(data)
        except YAMLError:
            return data[1:]
    places: list[tuple[Any, Any]] = []
    _note_places(content, places)
    holder, key = rng.choice(places)
    if rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = rng.choice(STRANGE)
    return json.dumps(content, default=str).encode()


def _note_places(content: Any, places: list[tuple[Any, Any]]) -> None:
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        places.append((content, key))
        if isinstance(content[key], dict | list):
            _note_places(content[key], places)


def _table(data: bytes, rng: random.Random) -> bytes:
    """Return CSV with a strange cell, a column gone or twice, a row twice, or the header alone."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    row, column = rng.randrange(len(rows)), rng.randrange(len(rows[0]))
    how = rng.randrange(6)
    if how < 2:
        rows[row][column % len(rows[row])] = rng.choice(CELLS)
    elif how == 2:
        rows = [one[:column] + one[column + 1 :] for one in rows]
    elif how == 3:
        rows = [[*one, *one[column : column + 1]] for one in rows]
    elif how == 4:
        rows.insert(row, rows[row])
    else:
        rows = rows[:1]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _parquet(data: bytes, rng: random.Random) -> bytes:
    """Return a table with a column gone, renamed or of other values; or with no or more rows."""
    table = pq.read_table(io.BytesIO(data))
    column, n = rng.randrange(table.num_columns), table.num_rows
    name = table.column_names[column]
    other = (
        pa.array(["x"] * n), pa.nulls(n), pa.array([float("nan")] * n), pa.array([-1] * n),
        pa.array([2**62] * n), pa.array([[1]] * n), pa.array([b"\xff"] * n),
        pa.array([1e300] * n),
    )  # fmt: skip
    how = rng.randrange(6)
    if how < 3:
        table = table.set_column(column, name, rng.choice(other))
    elif how == 3:
        table = table.remove_column(column)
    elif how == 4:
        names = table.column_names
        table = table.rename_columns([*names[:column], 'a"; --', *names[column + 1 :]])
    else:
        table = rng.choice((table.slice(0, 0), pa.concat_tables([table, table]), table.slice(1)))
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def _arrays(data: bytes, rng: random.Random) -> bytes:
    """Return arrays with one gone, or of another shape, type or content, under a fitting digest."""
    with np.load(io.BytesIO(data)) as stored:
        arrays = dict(stored)
    arrays.pop("digest", None)
    name = rng.choice(sorted(arrays))
    one = arrays.pop(name)
    if rng.random() < 0.5 and one.dtype.kind in "fiu" and one.size:
        value = rng.choice((float("nan"), float("inf"), -1.0, 0.0, 2.0, 1e12, 1e300, 2.0**62))
        changed = one.astype(float if one.dtype.kind == "f" or value != value else one.dtype)
        with np.errstate(invalid="ignore"):
            changed.flat[:: rng.choice((1, one.size, 3))] = np.float64(value).astype(changed.dtype)
    else:
        changed = rng.choice(
            (None, np.zeros(0), one[..., None], one.astype("S9"), np.array("x"), one.ravel()[:-1],
             one[:0], one[:1], np.concatenate([one, one]), np.zeros((one.size, 2)))
        )  # fmt: skip
    arrays |= {} if changed is None else {name: changed}
    stream = io.BytesIO()
    np.savez(stream, **arrays, digest=_digest(arrays))
    return stream.getvalue()


WRITERS: dict[str, Writer] = {
    ".json": _document,
    ".yaml": _document,
    ".csv": _table,
    ".parquet": _parquet,
    ".npz": _arrays,
}
"""How a file of a kind is written with other content, by the end of its name."""
