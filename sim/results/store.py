"""Results on disk: a folder that is either whole or not there."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sim.errors import InputError, Problem, defused, refusal
from sim.extensions import missing_of, need
from sim.files import entries, real, replaced, sweep_away
from sim.outcomes import checkpoint_weeks
from sim.results.manifest import FILE_NAME, KNOWN_TABLES, check_results
from sim.results.results import Comparison, Results
from sim.results.tables import ResultTable, content_hash, run_tables, table
from sim.sources import is_regular

if TYPE_CHECKING:
    import pyarrow as pa


KNOWN_FILES = frozenset(
    {FILE_NAME, "verdict.txt", "summary.csv", "differences.csv", "structure.csv"}
    | set(KNOWN_TABLES)
    | {f"{name}.{kind}" for name in ("curves", "teams", "drivers") for kind in ("png", "svg")}
)
"""Every file that Uptake writes into a results folder; ``--force`` replaces no other."""


@contextmanager
def output_folder(path: Path, *, force: bool | None = None) -> Iterator[Path]:
    """Give a temporary folder to write into; its files come to stand in ``path``, all or none.

    Where the work inside fails or is interrupted, nothing is left and ``path`` is as it was; see
    ``sim.files.replaced``.

    It must not exist, or be empty, or hold earlier results and ``force`` be set: whichever version
    wrote them; None where nobody can ask for it. Raises InputError where ``path`` exists and may
    not be replaced.
    """
    path = real(path)
    _check_replaceable(path, force)
    with replaced(path, KNOWN_FILES.__contains__, FILE_NAME) as work:
        yield work


def _check_replaceable(path: Path, force: bool | None) -> None:
    if not path.exists() and not path.is_symlink():
        return
    where = f"--out {path}"
    if not path.is_dir():
        raise refusal(where, "", "is a file", "a folder, or a name not yet used")
    sweep_away(path)
    names = entries(path)
    if not names:
        return
    if not force:
        right = "another name"
        if force is not None:
            right += ", or --force to replace earlier results"
        raise refusal(where, "", "exists and is not empty", right)
    check_results(path)
    if strange := sorted(names - KNOWN_FILES):
        what = f"holds files that Uptake did not write, such as {strange[0]}"
        raise refusal(where, "", what, "another name; --force replaces results only")


def write_tables(
    results: Results, folder: Path, *, every_week: bool = False
) -> dict[str, dict[str, Any]]:
    """Write all tables; return rows, content hash and, of teams, the weeks of each by file name.

    Those with a row a replicate are Parquet; CSV where pyarrow is not installed. Teams are written
    at the weeks that their drivers are known of, or of ``every_week``: nine tenths of a folder.
    """
    about: dict[str, dict[str, Any]] = {}
    parquet = "pyarrow" not in missing_of("study")
    for name in run_tables(results):
        weeks = None if every_week or name != "teams" else checkpoint_weeks(results.weeks)
        content = table(results, name, weeks)
        file = folder / f"{name}.{'parquet' if parquet else 'csv'}"
        if parquet:
            with file.open("wb") as stream:  # pyarrow takes a name for an address where it can
                write_parquet(content.arrow(), stream)
        else:
            _write_csv(content, file)
        about[file.name] = _about(content) | ({"weeks": list(weeks)} if weeks else {})
    wanted = {
        "summary": True,
        "differences": isinstance(results, Comparison),
        "structure": results.structure is not None,
    }
    for name in (name for name, is_wanted in wanted.items() if is_wanted):
        content = table(results, name)
        _write_csv(content, folder / f"{name}.csv")
        about[f"{name}.csv"] = _about(content)
    return about


def _about(content: ResultTable) -> dict[str, Any]:
    return {"rows": len(content), "sha256": content_hash(content)}


_FEW_VALUES = frozenset({b"share", b"days/person", b"days", b"bits"})


def write_parquet(content: pa.Table, stream: BinaryIO) -> None:
    """Write a table as Parquet, as small as its columns allow without loss."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Shares and days repeat (a dictionary is small); means do not (split into byte planes).
    split = [
        field.name
        for field in content.schema
        if pa.types.is_floating(field.type)
        and (field.metadata or {}).get(b"unit") not in _FEW_VALUES
    ]
    pq.write_table(
        content, stream, compression="zstd", compression_level=1,
        use_dictionary=[name for name in content.column_names if name not in split],
        column_encoding=dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
    )  # fmt: skip


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet table of a results folder, or some columns of it.

    Raises InputError where the file is missing, broken, or lacks one of the columns; where pyarrow
    is missing.
    """
    need("study", where=path.name, only=("pyarrow",))
    import pyarrow as pa
    import pyarrow.parquet as pq

    right = "the file as Uptake wrote it"
    if not is_regular(path):
        what = "is no file" if path.exists() else "is not there"
        raise refusal(str(path), "", what, right)
    try:
        content = pq.read_table(path, columns=columns, partitioning=None)
        content.validate(full=True)
    except (OSError, MemoryError, pa.ArrowException) as error:
        what = f"cannot be read: {(str(error).splitlines() or [''])[0]}"
        raise refusal(str(path), "", what, right) from None
    if missing := [name for name in columns or () if name not in content.column_names]:
        raise refusal(str(path), missing[0], "is no column of it", right)
    return content


def _write_csv(content: ResultTable, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(map(defused, content.names))
        writer.writerows(map(defused, row) for row in content.rows())


def check_columns(content: pa.Table, path: Path, kinds: Mapping[str, str]) -> pa.Table:
    """Return a table once its columns are there, of their kind, and without a gap.

    Raises InputError with every column that is none of these.

    - ``path``: where it comes from, for errors.
    - ``kinds``: by column ``whole`` (whole numbers), ``number``, ``text`` or ``any`` of the last
      two; with a question mark where gaps are allowed.
    """
    problems = []
    for name, kind in kinds.items():
        if name not in content.column_names:
            what = "is no column of it"
        elif content.column_names.count(name) > 1:
            what = "stands there twice"
        elif content[name].null_count and not kind.endswith("?"):
            what = "has gaps"
        elif not _is_of(content[name].type, wanted := kind.removesuffix("?")):
            what = f"holds {content[name].type}, where a column of {wanted} is"
        else:
            continue
        problems.append(Problem(str(path), name[:80], what, "the file as Uptake wrote it"))
    if problems:
        raise InputError(problems[:5])
    return content


def _is_of(kind: pa.DataType, wanted: str) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    holds = {
        "whole": pa.types.is_integer(kind),
        "number": number,
        "text": pa.types.is_string(kind) or pa.types.is_null(kind),  # of gaps alone
        "any": number or pa.types.is_string(kind),
    }
    return bool(holds[wanted])
