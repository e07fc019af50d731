"""SQL over the parts of a study, by DuckDB: nothing is loaded that is not asked for.

The parts are given to DuckDB as Arrow datasets, file by file: it opens no path itself, and is
locked before it sees a query. Whatever the query or the folder says, it reads this study only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.analysis.sweep.run_list import PLAN_FILE, POINTS_FILE
from sim.analysis.sweep.specification import LEVERS_OF_A_CELL
from sim.errors import InputError, Problem
from sim.files import scratch
from sim.sources import inside

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.sweep.study import Study


MEMORY = "700MB"
"""What DuckDB may hold before it spills to disk."""

_LOCKED = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""No file, no network, no extension, no Python variable, and no way back."""

_ONCE = {"runs": "", "weeks": ", week", "people": ", week, person"}
"""Columns that tell a row from the others of its run, by table."""


def as_text(value: str | Path) -> str:
    """Return a text as SQL has it.

    Examples
    --------
    >>> as_text("it's")
    "'it''s'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def as_name(name: str) -> str:
    """Return the name of a column or a table as SQL has it.

    Examples
    --------
    >>> as_name('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def connected(study: Study) -> Iterator[Any]:
    """Give a locked connection with the study's tables as views."""
    import duckdb

    with scratch() as spilled, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = {as_text(MEMORY)}")
        connection.execute(f"SET temp_directory = {as_text(spilled)}")
        for setting in _LOCKED:
            connection.execute(setting)
        for name, file in (("plan", PLAN_FILE), ("points", POINTS_FILE)):
            connection.register(name, _dataset([study.folder / file]))
        if study.stored.files:
            for table in study.manifest["tables"]:
                _add(connection, study, table)
        yield connection


def _add(connection: Any, study: Study, table: str) -> None:
    """Add a table that the study records, with the columns of the plan."""
    files = [study.folder / table / path.name for path in study.stored.files]
    inside(study.folder, *(f"{table}/{file.name}" for file in files))
    connection.register(f"stored_{table}", _dataset(files))
    rows = f"SELECT * FROM stored_{table}"
    if study.stored.duplicates:
        rows = f"SELECT DISTINCT ON (key{_ONCE[table]}) * FROM stored_{table}"
        rows += " ORDER BY key, error IS NOT NULL" if table == "runs" else ""
    picked = ["plan.run"]
    if table == "runs":
        varied = [name for name in study.factors if name not in LEVERS_OF_A_CELL]
        picked = ["plan.* EXCLUDE (key)", *(f"points.{as_name(name)}" for name in varied)]
    connection.execute(
        f"CREATE VIEW {table} AS SELECT {', '.join(picked)}, part.* EXCLUDE (key) "
        f"FROM ({rows}) AS part JOIN plan USING (key) JOIN points USING (point)"
    )


def _dataset(files: Sequence[Path]) -> Any:
    """Return Parquet files as one table that is read as far as it is asked for; words as text."""
    import pyarrow as pa
    from pyarrow import dataset, parquet

    try:
        schema = parquet.read_schema(files[0])
        fields = [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in schema
        ]
        names = [str(file) for file in files]
        return dataset.dataset(names, schema=pa.schema(fields), format="parquet")
    except (OSError, pa.ArrowException) as error:
        what = f"cannot be read: {str(error).splitlines()[0]}"
        raise InputError([Problem(str(files[0]), "", what, "as Uptake wrote it")]) from None


def answer(study: Study, query: str) -> pd.DataFrame:
    """Return the rows of a query.

    Raises InputError with what DuckDB says is wrong, or where nothing is asked.
    """
    import duckdb

    tables = ", ".join(study.manifest["tables"]) if study.stored.files else "no runs yet"
    right = f"SQL over {tables}, points and plan; it reads this study only"
    _ = study.plan, study.points  # checked before they are asked about
    try:
        with connected(study) as connection:
            result = connection.execute(query)
            found: pd.DataFrame | None = result.df() if result and result.description else None
    except (duckdb.Error, OSError, ValueError, OverflowError) as error:
        what = " ".join(str(error).split())[:400]
        raise InputError([Problem("--sql", "", what, right)]) from None
    if found is None:
        raise InputError([Problem("--sql", "", "asks nothing", right)])
    return found
