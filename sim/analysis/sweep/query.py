"""SQL over the parts of a study, by DuckDB: nothing is loaded that is not asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.analysis.sweep.factors import LEVERS_OF_A_CELL
from sim.analysis.sweep.plan import PLAN_FILE, POINTS_FILE
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.sweep.study import Study

__all__ = ["answer", "connected"]

MEMORY = "700MB"
"""What DuckDB may hold before it spills to disk."""


def quoted(name: str | Path) -> str:
    """Return a name or a path as SQL text."""
    text = str(name).replace("'", "''")
    return f"'{text}'"


def connected(study: Study) -> Any:
    """Return a connection with the study's tables as views."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = {quoted(MEMORY)}")
    folder = study.folder
    for name, file in (("plan", PLAN_FILE), ("points", POINTS_FILE)):
        path = quoted(folder / file)
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({path})")
    if not study.stored.files:
        return connection
    record = study.manifest["record"]
    varied = [f'points."{name}"' for name in study.factors if name not in LEVERS_OF_A_CELL]
    head = ["plan.* EXCLUDE (key)", *varied]
    once = _once(study)
    for table in study.manifest["tables"]:
        parts = [folder / table / path.name for path in study.stored.files]
        files = quoted(folder / table / f"{record}-*.parquet")
        if len(list((folder / table).glob(f"{record}-*.parquet"))) != len(parts):
            files = "[" + ", ".join(map(quoted, parts)) + "]"
        rows = f"SELECT * FROM read_parquet({files})"
        if study.stored.duplicates:
            rows = f"SELECT DISTINCT ON (key{once[table]}) * FROM read_parquet({files})"
            rows += " ORDER BY key, error IS NOT NULL" if table == "runs" else ""
        picked = head if table == "runs" else ["plan.run"]
        connection.execute(
            f"CREATE VIEW {table} AS SELECT {', '.join(picked)}, part.* EXCLUDE (key) "
            f"FROM ({rows}) AS part JOIN plan USING (key) JOIN points USING (point)"
        )
    return connection


def _once(study: Study) -> dict[str, str]:
    return {"runs": "", "weeks": ", week", "people": ", week, person"}


def answer(study: Study, query: str) -> pd.DataFrame:
    """Return the rows of a query.

    Raises
    ------
    InputError
        With what DuckDB says is wrong.
    """
    import duckdb

    try:
        connection = connected(study)
        result = connection.execute(query)
        found: pd.DataFrame = result.df()
    except duckdb.Error as error:
        what = " ".join(str(error).split())[:400]
        right = f"SQL over {', '.join(study.manifest['tables'])}, points and plan"
        raise InputError([Problem("--sql", "", what, right)]) from None
    return found
