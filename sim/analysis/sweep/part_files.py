"""A key for every run: a hash of all that its numbers depend on.

Two runs have one key exactly when they have the same model, organisation, scenario,
parameters, weeks, seed and columns; so a stored row with the key of a planned run is that run.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import files
from sim.arrays import Bools, Ints
from sim.errors import InputError, Problem
from sim.results.store import check_columns, read_table, write_parquet
from sim.scenario.loader import Document
from sim.sources import inside

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.analysis.sweep.specification import Specification


FORM = 2
"""Version of the form in which runs are stored."""

KEY = np.dtype("S32")
"""A key: 32 hexadecimal digits."""


def number_of(keys: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """Return the first half of each key as a number, by which it is sorted and found.

    The plan refuses a study in which two keys share it.

    Examples
    --------
    >>> number_of(np.array([b"00000000000000ff" + b"0" * 16], KEY)).tolist()
    [255]
    """
    digits = np.frombuffer(np.ascontiguousarray(keys).tobytes(), np.uint8)
    digits = digits.reshape(-1, KEY.itemsize)[:, : KEY.itemsize // 2]
    halves = (digits & 15) + 9 * (digits >> 6)
    data = np.ascontiguousarray((halves[:, 0::2] << 4) | halves[:, 1::2])
    return data.view(">u8").ravel().astype(np.uint64)


def said(document: Document) -> str:
    """Return what a scenario says, whatever its name, layout and comments."""
    content = {
        key: node.plain()
        for key, node in (document.root.entries or {}).items()
        if key not in ("name", "purpose", "extends", "remove", "organisation", "weeks")
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=True)


def record_hash(study: Specification) -> str:
    """Return the hash of what is kept of a run: rows with other columns are other rows."""
    kept = [outcome.name for outcome in study.outcomes]
    text = json.dumps([kept, study.record_weeks, study.record_people])
    return blake2b(text.encode(), digest_size=4).hexdigest()


def run_keys(prefix: bytes, seeds: NDArray[np.uint64]) -> list[str]:
    """Return the keys of one cell's runs.

    - ``prefix``: all that the runs of the cell share.
    - ``seeds``, shape (S,)
    """
    shared = blake2b(prefix, digest_size=16)
    data = seeds.astype("<u8").tobytes()
    keys = []
    for i in range(len(seeds)):
        own = shared.copy()
        own.update(data[8 * i : 8 * i + 8])
        keys.append(own.hexdigest())
    return keys


TABLES = ("people", "weeks", "runs")
"""Folders of parts; the part of runs is written last, and those of its name count with it."""


def part_name(record: str, keys: NDArray[np.bytes_]) -> str:
    """Return the name of a part: what is kept, and a hash of the runs in it."""
    digest = blake2b(np.ascontiguousarray(keys).tobytes(), digest_size=8).hexdigest()
    return f"{record}-{digest}.parquet"


def encoded(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    stream = io.BytesIO()
    write_parquet(table, stream)
    return stream.getvalue()


@contextmanager
def seen_by_workers(folder: Path) -> Iterator[str]:
    """Give the name of a file by which a worker knows that it sees this very folder."""
    token = folder / files.unfinished_name("sweep")
    token.touch()
    try:
        yield token.name
    finally:
        token.unlink(missing_ok=True)


def put(data: bytes, path: Path) -> None:
    """Write a file that is whole or not there, in a folder made where it is not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, data)


def write_whole(table: pa.Table, path: Path) -> None:
    """Write a table that is whole or not there."""
    put(encoded(table), path)


@dataclass(frozen=True, eq=False)
class StoredRuns:
    """Which runs are on disk, each once."""

    files: tuple[Path, ...]
    """Parts of the table of runs, in the order of their names."""
    key: NDArray[np.uint64]
    """Keys as numbers, sorted; each once, a run that ended before one that failed. Shape (n,)."""
    file: NDArray[np.int32]
    """Which part holds it, shape (n,)."""
    failed: Bools
    """Shape (n,)."""
    duplicates: int
    """Rows that stand in more than one part; all but the first are passed over."""

    def holds(self, keys: NDArray[np.bytes_]) -> Bools:
        """Return which keys are there."""
        place = self.place(keys)
        return place >= 0

    def place(self, keys: NDArray[np.bytes_]) -> Ints:
        """Return the position of keys in ``key``; -1 where they are not there."""
        if not len(self.key):
            return np.full(len(keys), -1)
        numbers = number_of(keys)
        place = np.searchsorted(self.key, numbers)
        place[place == len(self.key)] = 0
        place[self.key[place] != numbers] = -1
        return place

    def beside(self, keys: NDArray[np.bytes_]) -> int:
        """Return how many runs are there that are not among ``keys``."""
        place = self.place(keys)
        return len(self.key) - len(np.unique(place[place >= 0]))

    def parts(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Bools, pa.Table]]:
        """Yield each part of a table, and which of its rows count."""
        for number, path in enumerate(self.files):
            part = path.parent.parent / table / path.name
            content = read_part(part, ["key", *columns])
            place = self.place(keys_of(content))
            yield (place >= 0) & (self.file[place] == number), content


def stored(folder: Path, record: str) -> StoredRuns:
    """Return which runs a folder holds, of those with the columns of ``record``.

    Raises InputError where a part cannot be read; names it.
    """
    files = tuple(sorted((folder / "runs").glob(f"{record}-*.parquet")))
    keys, owners, failed = [], [], []
    for number, path in enumerate(files):
        content = read_part(path, ["key", "error"])
        keys.append(number_of(keys_of(content)))
        owners.append(np.full(content.num_rows, number, np.int32))
        failed.append(content["error"].is_valid().to_numpy())
    if not files:
        return StoredRuns(
            (), np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.bool_), 0
        )
    key, owner, bad = map(np.concatenate, (keys, owners, failed))
    order = np.lexsort((owner, bad, key))
    key, owner, bad = key[order], owner[order], bad[order]
    first = np.ones(len(key), np.bool_)
    first[1:] = key[1:] != key[:-1]
    return StoredRuns(files, key[first], owner[first], bad[first], int((~first).sum()))


def read_part(path: Path, columns: Sequence[str]) -> pa.Table:
    """Return some columns of a part."""
    inside(path.parents[1], f"{path.parent.name}/{path.name}")
    kinds = dict.fromkeys(columns, "number?")
    kinds |= {name: "text" for name in ("key", "person") if name in kinds}
    kinds |= {"error": "text?"} if "error" in kinds else {}
    try:
        content = check_columns(read_table(path, columns), path, kinds)
        if "key" in kinds:
            check_keys(content, path)
        return content
    except InputError as error:
        first = error.problems[0]
        right = "the part as Uptake wrote it; or remove it, and its runs are made again"
        raise InputError([Problem(str(path), first.path, first.what, right)]) from None


def check_keys(content: pa.Table, path: Path) -> None:
    """Refuse a table with keys that are none.

    Raises InputError where one has another length.
    """
    import pyarrow.compute as pc

    lengths = pc.unique(pc.binary_length(content["key"])).to_pylist()
    if lengths not in ([], [KEY.itemsize]):
        raise InputError([Problem(str(path), "key", "holds what is no key", "as written")])


def keys_of(content: pa.Table) -> NDArray[np.bytes_]:
    """Return the keys of a part."""
    column = content["key"].combine_chunks()
    if column.offset or not len(column):
        return np.array(column.to_pylist(), KEY)
    data = column.buffers()[2]
    return np.frombuffer(data, KEY, len(column))


def key_column(keys: NDArray[np.bytes_]) -> pa.Array:
    """Return keys as a column of text."""
    import pyarrow as pa

    flat = np.ascontiguousarray(keys).ravel()
    offsets = (np.arange(len(flat) + 1) * KEY.itemsize).astype(np.int32)
    data = pa.py_buffer(flat.tobytes())
    return pa.StringArray.from_buffers(len(flat), pa.py_buffer(offsets), data)
