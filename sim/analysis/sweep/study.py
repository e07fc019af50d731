"""Read a study's folder: tables as pandas, xarray or SQL, whoever made the rows and when.

SQL is asked of DuckDB: nothing is loaded that is not asked for. The parts are given to it as Arrow
datasets, file by file: it opens no path itself, and is locked before it sees a query. Whatever the
query or the folder says, it reads this study only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.folder import (
    DESIGN_FILE,
    PLAN_FILE,
    POINTS_FILE,
    StoredRuns,
    check_keys,
    keys_of,
    number_of,
    read_study_manifest,
    run_counts,
    stored,
)
from sim.analysis.sweep.specification import LEVERS_OF_A_CELL
from sim.arrays import Bools, Floats, Ints
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.extensions import need
from sim.files import scratch
from sim.results.measure import Less, parse_measure
from sim.results.store import check_columns, read_table
from sim.sources import inside

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import xarray as xr


_PLAN = {
    "run": "whole", "key": "text", "point": "whole", "scenario": "text", "organisation": "text",
    "replicate": "whole", "seed": "whole",
}  # fmt: skip

TABLE_NAMES = ("runs", "weeks", "people", "points")


class Study:
    """The results of a study, as far as they are there.

    Of a ``folder``, the ``out`` of ``sim.sweep``; ``manifest`` says what the study is and where it
    comes from. Raises InputError where the folder holds no study.

    Examples
    --------
    ``Study("results").frame()`` is a table with a row a run: ``run``, ``point``, ``scenario``,
    ``organisation``, ``replicate``, ``seed``, what was varied, the outcomes, and ``error``.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest: dict[str, Any] = read_study_manifest(self.folder)

    def __repr__(self) -> str:
        runs = self.runs
        return f"<Study {self.name!r}: {runs['stored']} of {runs['expected']} runs>"

    @property
    def name(self) -> str:
        """The study's name."""
        return str(self.manifest["name"])

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes kept of each run."""
        return tuple(self.manifest["outcomes"])

    @property
    def differences(self) -> tuple[str, ...]:
        """Differences of two scenarios that are asked for, such as ``habitual_w52: a less b``."""
        return tuple(self.manifest.get("differences", ()))

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of what was varied."""
        return tuple(factor["name"] for factor in self.manifest["factors"])

    @cached_property
    def runs(self) -> dict[str, int]:
        """Numbers of runs expected, stored, failed and missing, as the folder's parts have them.

        A manifest that tells of missing runs may have been written before a sweep was killed.
        """
        noted: dict[str, int] = self.manifest["runs"]
        return run_counts(keys_of(self.plan), self.stored) if noted["missing"] else noted

    @property
    def missing(self) -> int:
        """Number of runs that are planned and not stored."""
        return self.runs["missing"]

    @property
    def complete(self) -> bool:
        """Whether every planned run is stored."""
        return self.missing == 0

    @cached_property
    def plan(self) -> pa.Table:
        """Every planned run in Arrow: key, point, scenario, organisation, replicate, seed."""
        path = self.folder / PLAN_FILE
        plan = check_columns(read_table(path), path, _PLAN)
        check_keys(plan, path)
        point = plan["point"].to_numpy()
        same = np.array_equal(plan["run"].to_numpy(), np.arange(1, plan.num_rows + 1))
        if not same or plan.num_rows != self.manifest["runs"]["expected"]:
            raise _other(path, f"does not have the runs 1 to {self.manifest['runs']['expected']:,}")
        if len(point) and not 1 <= point.min() <= point.max() <= self.manifest["points"]:
            raise _other(path, f"names other points than 1 to {self.manifest['points']:,}")
        replicate = plan["replicate"].to_numpy()
        if len(replicate) and not 1 <= replicate.min() <= replicate.max() <= plan.num_rows:
            raise _other(path, f"names other replicates than 1 to {plan.num_rows:,} at most")
        for name in ("scenario", "organisation"):
            known = {one["name"] for one in self.manifest[f"{name}s"]}
            if strange := set(plan[name].unique().to_pylist()) - known:
                raise _other(path, f"names the {name} {min(strange)!r:.60}")
        return plan

    @cached_property
    def points(self) -> pa.Table:
        """What was varied, a row a point, in Arrow; ``frame("points")`` is the same in pandas."""
        path = self.folder / POINTS_FILE
        return self._every_point(read_table(path), path, "any")

    @cached_property
    def unit(self) -> Floats | None:
        """Coordinates of the points in the design, or None where the user gave the points."""
        path = self.folder / DESIGN_FILE
        if self.manifest["design"] in ("list", "table") or not path.is_file():
            return None
        table = self._every_point(read_table(path), path, "number")
        columns = [table[name].to_numpy() for name in self.factors]
        return np.stack(columns, 1) if columns else np.zeros((table.num_rows, 0))

    def _every_point(self, table: pa.Table, path: Path, kind: str) -> pa.Table:
        check_columns(table, path, {"point": "whole", **dict.fromkeys(self.factors, kind)})
        number = np.arange(1, self.manifest["points"] + 1)
        if not np.array_equal(table["point"].to_numpy(), number):
            raise _other(path, f"does not have the points 1 to {len(number):,}")
        return table

    @cached_property
    def stored(self) -> StoredRuns:
        """Which runs are stored."""
        return stored(self.folder, self.manifest["record"])

    @property
    def there(self) -> Bools:
        """Which planned runs are stored; shape (n_planned,)."""
        return self.stored.holds(keys_of(self.plan))

    @cached_property
    def _order(self) -> tuple[NDArray[np.uint64], Ints]:
        """Sorted keys of the plan as numbers, and the row of the plan that each has."""
        keys = number_of(keys_of(self.plan))
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def columns(self, *names: str) -> dict[str, Floats]:
        """Return outcomes of every stored run, in the order of the plan, without the others.

        Those named, all by default; NaN where a run is missing or failed. Shape (n_planned,).
        """
        wanted = names or self.outcomes
        for name in wanted:
            if name not in self.outcomes:
                right = did_you_mean(name, self.outcomes)
                raise refusal(str(self.folder), name, "was not kept", right)
        values = {name: np.full(self.plan.num_rows, np.nan) for name in wanted}
        for counts, content in self.stored.parts("runs", wanted):
            rows, twins = self._places(keys_of(content), counts)
            for name in wanted:
                values[name][rows] = content[name].to_numpy()[twins]
        return values

    def less_of(self, text: str) -> Less | None:
        """Return the difference that a text such as ``habitual_w52: a less b`` names.

        None where it names an outcome of one scenario. Raises InputError where it names no scenario
        of the study, or nothing that is kept of its runs.
        """
        if text in self.outcomes:
            return None
        wrong: tuple[str, ...] = ("was not kept", did_you_mean(text, self.outcomes))
        names = [one["name"] for one in self.manifest["scenarios"]]
        try:
            found = parse_measure(text, self.manifest["weeks"], names)
            if isinstance(found, Less) and found.measure.name in self.outcomes:
                return found
        except LookupError as error:
            wrong = error.args if " less " in text else wrong
        raise InputError([Problem(text, "", *wrong)])

    def unit_of(self, text: str) -> str:
        """Return the unit of an outcome; of a difference, such as ``less share``."""
        less = self.less_of(text)
        unit = self.manifest["outcomes"][less.measure.name if less else text]["unit"]
        return f"less {unit}" if less else str(unit)

    def _places(self, keys: NDArray[np.bytes_], counts: Bools) -> tuple[Ints, Ints]:
        """Return rows of the plan and the rows of a part that they come from.

        Runs of equal content have one key, and one stored row stands for all of them.
        """
        part = np.flatnonzero(counts)
        ordered, order = self._order
        numbers = number_of(keys[part])
        first = np.searchsorted(ordered, numbers, side="left")
        last = np.searchsorted(ordered, numbers, side="right")
        many = last - first
        starts = np.repeat(first - np.concatenate(([0], np.cumsum(many)[:-1])), many)
        return order[starts + np.arange(int(many.sum()))], np.repeat(part, many)

    def errors(self) -> NDArray[np.object_]:
        """Return why each planned run failed; None where it did not."""
        said = np.full(self.plan.num_rows, None, object)
        if self.stored.failed.any():
            for counts, content in self.stored.parts("runs", ["error"]):
                rows, twins = self._places(keys_of(content), counts)
                said[rows] = np.array(content["error"].to_pylist(), object)[twins]
        return said

    def frame(self, table: str = "runs") -> pd.DataFrame:
        """Return a table of the study.

        Stored runs in the order of the plan, the same however the study was split: ``runs`` or
        ``points``; ``weeks`` and ``people`` where the study records them.
        """
        if table not in TABLE_NAMES:
            right = did_you_mean(table, TABLE_NAMES)
            raise refusal(str(self.folder), table, "is not a table", right)
        if table == "points":
            return self.points.to_pandas()
        if table != "runs":
            return self._long(table)
        import pandas as pd

        values = self.columns()
        head = self._head()
        head.update(values)
        head["error"] = self.errors()
        there = self.there
        frame = pd.DataFrame(head, copy=False)
        return frame if there.all() else frame[there].reset_index(drop=True)

    def _head(self) -> dict[str, Any]:
        """Return the columns that say which run a row is, and what was varied in it."""
        import pandas as pd

        head: dict[str, Any] = {}
        for name in self.plan.column_names:
            if name != "key":
                head[name] = self.plan[name].to_pandas()
        point = self.plan["point"].to_numpy() - 1
        for name in self.factors:
            if name in head:  # a lever that chose the scenario or the organisation
                continue
            column = self.points[name]
            values = column.to_numpy() if column.type != "string" else column.to_pylist()
            if column.type == "string":
                head[name] = pd.Categorical(np.array(values, object)[point])
            else:
                head[name] = np.asarray(values)[point]
        return head

    def _long(self, table: str) -> pd.DataFrame:
        import pandas as pd

        if table not in self.manifest["tables"]:
            wanted = "weeks: true" if table == "weeks" else "people: [52]"
            right = f"record: {{{wanted}}} in the study"
            raise refusal(str(self.folder), table, "were not recorded", right)
        found = []
        for counts, content in self.stored.parts(table, self._columns_of(table)):
            rows, twins = self._places(keys_of(content), counts)
            part = content.drop_columns("key").take(twins).to_pandas()
            part.insert(0, "run", rows + 1)
            found.append(part)
        whole = pd.concat(found, ignore_index=True)
        order = ["run", "week"] + (["person"] if table == "people" else [])
        if table == "people":
            whole["person"] = whole["person"].astype(str)
        return whole.sort_values(order, kind="stable", ignore_index=True)

    def _columns_of(self, table: str) -> list[str]:
        from sim.outcomes import PERSON_RECORD
        from sim.results.series import variables

        if table == "weeks":
            return ["week", *variables()]
        return ["week", "person", *(variable.name for variable in PERSON_RECORD)]

    def xarray(self, table: str = "runs") -> xr.Dataset:
        """Return outcomes with a dimension for each thing varied, and one for the replicate.

        NaN where a run is missing. Scenario and organisation are dimensions where there is more
        than one; the table ``weeks`` adds a dimension. Raises InputError where the points do not
        fill a grid, or xarray is not installed.
        """
        return _dataset(self, table)

    def sql(self, query: str) -> pd.DataFrame:
        """Return what a query says of ``runs``, ``points``, ``plan``, ``weeks`` and ``people``.

        In DuckDB's SQL; the tables can be read only. Raises InputError with what DuckDB says is
        wrong.
        """
        return _answer(self, query)

    def content_hash(self) -> str:
        """Return the SHA-256 of the table of runs in the order of the plan, to the bit."""
        import hashlib

        digest = hashlib.sha256()
        digest.update(np.ascontiguousarray(keys_of(self.plan)).tobytes())
        for name, values in self.columns().items():
            digest.update(name.encode())
            digest.update(values.tobytes())
        digest.update("\0".join(str(error) for error in self.errors()).encode())
        return digest.hexdigest()


def _other(path: Path, what: str) -> InputError:
    return InputError([Problem(str(path), "", what, "the file as Uptake wrote it")])


def _dataset(study: Study, table: str) -> xr.Dataset:
    need("xarray", where="a study as xarray")
    import xarray as xr

    frame = study.frame("runs")
    chosen = [name for name in LEVERS_OF_A_CELL if frame[name].nunique() > 1]
    names = [name for name in study.factors if name not in LEVERS_OF_A_CELL]
    keys = [*names, *chosen, "replicate"]
    axes, codes = [], []
    for name in keys:
        values, inverse = np.unique(frame[name].to_numpy(), return_inverse=True)
        axes.append(values)
        codes.append(inverse)
    shape = tuple(len(axis) for axis in axes)
    cells = int(np.prod(shape[:-1]))
    there = len(frame[keys[:-1]].drop_duplicates()) if keys[:-1] else 1
    planned = study.plan.num_rows
    if there != cells or planned > int(np.prod(shape)):
        what = f"has {there} combinations of what varies, and a grid of them would have {cells}"
        raise refusal(str(study.folder), "design", what, "a full factorial design, or .frame()")
    flat = np.ravel_multi_index(tuple(codes), shape)
    meta = study.manifest["outcomes"]
    data: dict[str, Any] = {}
    coords: dict[str, Any] = dict(zip(keys, axes, strict=True))
    if table == "weeks":
        weeks = study.frame("weeks")
        n = study.manifest["weeks"]
        position = np.zeros(planned + 1, np.int64)
        position[frame["run"].to_numpy()] = flat
        row = position[weeks["run"].to_numpy()] * n + weeks["week"].to_numpy() - 1
        coords["week"] = np.arange(1, n + 1)
        for name in weeks.columns[2:]:
            values = np.full(int(np.prod(shape)) * n, np.nan)
            values[row] = weeks[name].to_numpy()
            data[name] = ([*keys, "week"], values.reshape(*shape, n))
        return xr.Dataset(data, coords=coords)
    for name in study.outcomes:
        values = np.full(int(np.prod(shape)), np.nan)
        values[flat] = frame[name].to_numpy()
        data[name] = (keys, values.reshape(shape), meta[name])
    return xr.Dataset(data, coords=coords, attrs={"study": study.name})


MEMORY = "700MB"
"""What DuckDB may hold before it spills to disk."""

_LOCKED = (
    "SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false", "SET enable_external_access = false",
    "SET lock_configuration = true",
)  # fmt: skip
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
            connection.register(name, _arrow_dataset([study.folder / file]))
        if study.stored.files:
            for table in study.manifest["tables"]:
                _add(connection, study, table)
        yield connection


def _add(connection: Any, study: Study, table: str) -> None:
    """Add a table that the study records, with the columns of the plan."""
    files = [study.folder / table / path.name for path in study.stored.files]
    inside(study.folder, *(f"{table}/{file.name}" for file in files))
    connection.register(f"stored_{table}", _arrow_dataset(files))
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


def _arrow_dataset(files: Sequence[Path]) -> Any:
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
        raise refusal(str(files[0]), "", what, "as Uptake wrote it") from None


def _answer(study: Study, query: str) -> pd.DataFrame:
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
        raise refusal("--sql", "", what, right) from None
    if found is None:
        raise refusal("--sql", "", "asks nothing", right)
    return found
