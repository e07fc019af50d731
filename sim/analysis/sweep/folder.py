"""The folder of a study: its runs in parts, found by their keys, and its manifest."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import extensions, files
from sim.arrays import Bools, Ints
from sim.document import from_json, to_json
from sim.errors import InputError, Problem, refusal
from sim.extensions import uptake_version
from sim.files import entries, sweep_away
from sim.results import manifest
from sim.results.key import Key
from sim.results.store import check_columns, read_table, write_parquet
from sim.scenario.schema import Document
from sim.sources import inside, is_regular

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
        return self.place(keys) >= 0

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
        raise refusal(str(path), first.path, first.what, right) from None


def check_keys(content: pa.Table, path: Path) -> None:
    """Refuse a table with keys that are none. Raises InputError where one has another length."""
    import pyarrow.compute as pc

    lengths = pc.unique(pc.binary_length(content["key"])).to_pylist()
    if lengths not in ([], [KEY.itemsize]):
        raise refusal(str(path), "key", "holds what is no key", "as written")


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


FORMAT = 1
"""Version of the layout of a study's folder."""

PLAN_FILE, POINTS_FILE, DESIGN_FILE = "plan.parquet", "points.parquet", "design.parquet"

OWN_SETS = "posterior-sets.csv"
"""The parameter sets of a posterior of one's own, kept with the study."""
STUDY_FILE = "study.yaml"
"""The study as it was given; the first file in the folder."""
_OWN = (manifest.FILE_NAME, STUDY_FILE, PLAN_FILE, POINTS_FILE, DESIGN_FILE, *TABLES, "sensitivity")
"""What a study's folder holds; no link among it leads elsewhere."""


def begun(study: Specification, folder: Path) -> None:
    """Make the folder of a study, or make sure that it is one.

    Raises InputError where there is something else.
    """
    where = f"--out {folder}"
    if folder.exists() and not folder.is_dir():
        raise refusal(where, "", "is a file", "a folder, or a name not yet used")
    folder.mkdir(parents=True, exist_ok=True)
    names = entries(folder)
    if names and STUDY_FILE not in names:
        right = "another name, or the folder of a study to go on with"
        raise refusal(where, "", "exists and holds no study", right)
    inside(folder, *_OWN)
    sweep_away(folder)
    put(study.text.encode(), folder / STUDY_FILE)
    if study.table is not None and study.table.parent.resolve() != folder.resolve():
        put(study.table.read_bytes(), folder / study.table.name)
    if study.own_sets is not None and study.own_sets.parent.resolve() != folder.resolve():
        put(study.own_sets.read_bytes(), folder / OWN_SETS)


def changed(folder: Path, key: Key) -> str:
    """Return in words what differs from the study that a folder was last used for."""
    file = folder / manifest.FILE_NAME
    try:
        last = from_json(file.read_bytes())["key"] if is_regular(file) else None
    except (OSError, ValueError, KeyError, TypeError):
        last = None
    return key.unlike(json.dumps(last))


def put_together(folder: Path, others: Sequence[Path], record: str) -> None:
    """Take over the parts of other folders of the same study.

    Raises InputError where one of them holds no runs with these columns.
    """
    problems = []
    for other in others:
        files = sorted((other / "runs").glob(f"{record}-*.parquet"))
        if not files:
            right = "the --out of the same study, run as a shard"
            problems.append(Problem(f"--merge {other}", "", "holds no runs of this study", right))
    if problems:
        raise InputError(problems)
    for other in others:
        if other.resolve() == folder.resolve():
            continue
        there = stored(folder, record)
        for path in stored(other, record).files:
            if (folder / "runs" / path.name) in there.files:
                continue
            for table in TABLES:
                part = other / table / path.name
                if is_regular(part):
                    put(part.read_bytes(), folder / table / path.name)


def write_manifest(
    study: Specification, keys: NDArray[np.bytes_], folder: Path, there: StoredRuns, key: Key
) -> dict[str, Any]:
    """Write what the study is, and how what is stored compares with the keys planned."""
    content = {
        "uptake": {"study": FORMAT, "version": uptake_version(), "model": key.model},
        "key": asdict(key),
        "name": study.name,
        "question": study.question,
        "file": PurePath(study.file).name,
        "design": study.design,
        "size": study.size.model_dump() if study.size is not None else None,
        "seed": study.seed,
        "weeks": study.weeks,
        "points": study.n_points,
        "record": record_hash(study),
        "tables": [
            "runs",
            *(["weeks"] * study.record_weeks),
            *(["people"] * bool(study.record_people)),
        ],
        "outcomes": {
            one.name: {"unit": one.unit, "meaning": one.meaning} for one in study.outcomes
        },
        "differences": [str(less) for less in study.differences],
        "factors": [
            {
                "name": factor.name,
                "kind": "lever" if factor.is_lever else "uncertainty",
                "range": str(factor.prior) if factor.prior is not None else None,
                "levels": list(factor.labels),
            }
            for factor in study.factors
        ],
        "runs": run_counts(keys, there),
        "scenarios": [
            {
                "name": name,
                "file": PurePath(scenario.file).name,
                "text": scenario.text,
                "sources": dict(scenario.sources),
            }
            for name, scenario in zip(study.scenario_names, study.scenarios, strict=True)
        ],
        "organisations": [
            {**manifest.organisation_entry(people, origin, folder.absolute()), "name": name}
            for name, people, origin in zip(
                study.organisation_names, study.organisations, study.origins, strict=True
            )
        ],
        "plugins": extensions.entry(),
        "platform": manifest.platform_entry((*manifest.LIBRARIES, "SALib", "scipy")),
    }
    put(to_json(content).encode(), folder / manifest.FILE_NAME)
    return content


def run_counts(keys: NDArray[np.bytes_], there: StoredRuns) -> dict[str, int]:
    """Return how many of the planned runs are expected, stored, failed and missing."""
    place = there.place(keys)
    return {
        "expected": len(keys),
        "stored": int((place >= 0).sum()),
        "failed": int(there.failed[place[place >= 0]].sum()),
        "missing": int((place < 0).sum()),
    }


def read_study_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a study's folder.

    Raises InputError where there is none, or it is not one that this version reads.
    """
    path = folder / manifest.FILE_NAME
    right = "the folder of a study, made by uptake sweep STUDY --out DIR"
    if not path.is_symlink() and not path.exists():
        what = f"has no {manifest.FILE_NAME}" if folder.is_dir() else "is no folder"
        raise refusal(str(folder), "", what, right)
    inside(folder, *_OWN)
    content = manifest.read_json(
        path, manifest.StudyManifest, right,
        layout=lambda said: manifest.check_layout(said, path, right, "study", FORMAT),
    ).model_dump()  # fmt: skip
    _check_design(content, path, right)
    if not is_regular(folder / PLAN_FILE):
        raise refusal(str(path), "", f"stands without {PLAN_FILE}", right)
    return content


def _check_design(content: dict[str, Any], path: Path, right: str) -> None:
    """Refuse a size that is not of the design, or of another number of points."""
    from sim.analysis.sweep.schema import DESIGNS
    from sim.analysis.sweep.specification import n_points

    kind, size = content["design"], content["size"] or {}
    if kind not in DESIGNS:
        return
    factors: Any = [SimpleNamespace(n_levels=len(one["levels"])) for one in content["factors"]]
    try:
        said = {name.replace("_", " "): value for name, value in size.items()}
        made = DESIGNS[kind].model_validate(said)
        if n_points(kind, made, factors) != content["points"]:
            raise ValueError
    except ValueError:
        what = f"is not that of {content['points']:,} points of a {kind} design"
        raise refusal(str(path), "size", what, right) from None
