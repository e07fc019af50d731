"""Scenario discovery: which combinations of assumptions and levers lead to what is asked about.

The patient rule induction method (PRIM) of Friedman and Fisher, as the EMA workbench has
it: it peels the space of points, a little at a time, to a box in which the answer is mostly
yes. A box is described, not proven: the quasi-p says how likely a restriction would come
about by chance alone.

It is asked in SQL, by DuckDB, as any question about a study: nothing is loaded that is not asked
for. The parts are given to DuckDB as Arrow datasets, file by file: it opens no path itself, and is
locked before it sees a query. Whatever the query or the folder says, it reads this study only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.sweep.folder import PLAN_FILE, POINTS_FILE
from sim.analysis.sweep.specification import LEVERS_OF_A_CELL
from sim.arrays import Bools
from sim.errors import InputError, Problem
from sim.extensions import need
from sim.files import scratch
from sim.sources import inside

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.sweep.study import Study


FEWEST_POINTS = 20
MOST_BOXES = 3
SMALLEST_MASS = 0.05
DENSER = 1.5
"""A box must hold cases this many times as densely as all points do."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction of a box."""

    factor: str
    said: str
    """The values inside."""
    quasi_p: float
    """Chance of so many cases without this restriction; NaN where it has no meaning."""
    low: float = float("nan")
    high: float = float("nan")
    """``low``, ``high``: the range inside; NaN for words."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the space of points."""

    limits: tuple[Restriction, ...]
    """The most important first."""
    coverage: float
    """Share of all cases that are inside."""
    density: float
    """Share of the points inside that are cases."""
    mass: float
    """Share of all points that are inside."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What leads to what is asked about."""

    where: str
    points: int
    cases: int
    boxes: tuple[Box, ...]
    """Each found among the points that those before it leave."""


def points_with(study: Study, where: str) -> pd.DataFrame:
    """Return a row a point (scenario, organisation), with means over replicates and ``case``.

    - ``where``: SQL over the outcomes' means over replicates and over what is varied. Where there
      are several scenarios, ``training_first.habitual_w52`` is the outcome under one of them at the
      same point, and ``habitual_w52: training-first less licences-only`` a difference; a condition
      that uses such a form has one row a point.

    Raises InputError with what DuckDB says is wrong, and where no run is stored.
    """
    if not len(study.stored.key):
        raise InputError([Problem(str(study.folder), "", "has no runs yet", "uptake sweep first")])
    names = [one["name"] for one in study.manifest["scenarios"]]
    slugs = {re.sub(r"\W+", "_", name): name for name in names}
    outcomes = [as_name(outcome) for outcome in study.outcomes]
    means = ", ".join(f"avg({outcome}) AS {outcome}" for outcome in outcomes)
    struct = ", ".join(f"{outcome} := {outcome}" for outcome in outcomes)
    keys = "point, scenario, organisation"
    asked, where = where, _spelled_out(study, where, slugs)
    across = [slug for slug in slugs if re.search(rf"\b{re.escape(slug)}\s*\.", where)]
    joins, picked = "", ""
    for slug in across:
        joins += (
            f' LEFT JOIN (SELECT point, organisation, struct_pack({struct}) AS "{slug}" '
            f"FROM means WHERE scenario = {as_text(slugs[slug])}) USING (point, organisation)"
        )
        picked += f', "{slug}"'
    first = f"WHERE scenario = {as_text(slugs[across[0]])}" if across else ""
    varied = [f"points.{as_name(n)}" for n in study.factors if n not in LEVERS_OF_A_CELL]
    head = ", ".join([*varied, "means.*"])
    query = (
        f"WITH means AS (SELECT {keys}, {means} FROM runs GROUP BY {keys}), "
        f"wide AS (SELECT {head}{picked} FROM means JOIN points USING (point){joins} {first}) "
        f'SELECT *, coalesce(({where}), false) AS "case" FROM wide ORDER BY {keys}'
    )
    try:
        return study.sql(query).drop(columns=across)
    except InputError as error:
        what = re.sub(r"\s*LINE \d+:.*", "", error.problems[0].what)
        right = "a condition such as habitual_w52 < 0.3"
        raise InputError([Problem(f"--where {asked}", "", what, right)]) from None


def _spelled_out(study: Study, where: str, slugs: Mapping[str, str]) -> str:
    """Return a condition with its differences, as ``habitual_w52: a less b``, as SQL has them."""

    def either(names: Iterable[str]) -> str:
        return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    slug = {name: slug for slug, name in slugs.items()}
    difference = rf"({either(study.outcomes)}): ({either(slug)}) less ({either(slug)})(?![\w-])"
    return re.sub(
        difference,
        lambda found: "({1}.{0} - {2}.{0})".format(
            as_name(found[1]), slug[found[2]], slug[found[3]]
        ),
        where,
    )


def discover(study: Study, where: str) -> Discovery:
    """Return the boxes of points in which ``where`` (see ``points_with``) mostly holds.

    Raises InputError where the EMA workbench is not installed, the condition is wrong, or it holds
    at no point or at all of them.
    """
    table = points_with(study, where)
    cases = table["case"].to_numpy(bool)
    if len(table) < FEWEST_POINTS:
        right = f"{FEWEST_POINTS} or more"
        raise InputError([Problem(str(study.folder), "", f"has {len(table)} points", right)])
    if cases.all() or not cases.any():
        what = f"holds at {'every point' if cases.all() else 'none'} of {len(table)}"
        right = "a condition that holds at some points and not at others"
        raise InputError([Problem(f"--where {where}", "", what, right)])
    varied = dict.fromkeys((*study.factors, *LEVERS_OF_A_CELL))
    names = [name for name in varied if table[name].nunique() > 1]
    if not names:
        right = "uncertainties or levers"
        raise InputError([Problem(str(study.folder), "", "varies nothing", right)])
    boxes = boxes_of(table[names], cases)
    return Discovery(where, len(table), int(cases.sum()), boxes)


def boxes_of(x: pd.DataFrame, cases: Bools, most: int = MOST_BOXES) -> tuple[Box, ...]:
    """Return boxes of points in which cases are dense.

    - ``x``: what varies, a row a point; words are categories.
    - ``cases``, shape (n_points,)
    - ``most``: number of boxes at most.

    Raises InputError where the EMA workbench is not installed.
    """
    import logging
    import warnings

    need("discovery", where="uptake discover")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis import prim
    logging.getLogger("EMA").setLevel(logging.ERROR)
    names = {f"x{i}": name for i, name in enumerate(x.columns)}  # some names mean more to it
    x = x.set_axis(list(names), axis=1)
    for name in x.columns:
        if not np.issubdtype(x[name].to_numpy().dtype, np.number):
            x[name] = x[name].astype(str).astype("category")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enough = min(0.8, DENSER * float(cases.mean()))
        found = prim.Prim(x, cases, threshold=enough, mass_min=SMALLEST_MASS)
        boxes = []
        for _ in range(most):
            box = found.find_box()
            if box is None or not box.res_dim:
                break
            boxes.append(_box(box, x, names))
            if boxes[-1].density < cases.mean() or boxes[-1].coverage < SMALLEST_MASS:
                boxes.pop()
                break
    return tuple(boxes)


def _box(box: Any, x: pd.DataFrame, names: dict[str, str]) -> Box:
    """Return the step of a peeling at which coverage and density are best together."""
    steps = box.peeling_trajectory
    f1 = 2 * steps["coverage"] * steps["density"] / (steps["coverage"] + steps["density"])
    chosen = int(f1.to_numpy().argmax())
    limits = box.box_lims[chosen]
    qp = box.qp[chosen] if hasattr(box, "qp") else {}
    whole = {
        name: (x[name].min(), x[name].max()) if x[name].dtype != "category" else set(x[name])
        for name in x.columns
    }
    nan = float("nan")
    said: list[tuple[str, str, float, float]] = []
    for name in x.columns:
        inside = limits[name]
        if x[name].dtype == "category":
            left = set(inside.iloc[0])
            if left != whole[name]:
                said.append((name, " or ".join(sorted(map(str, left))), nan, nan))
            continue
        low, high = float(inside.iloc[0]), float(inside.iloc[1])
        first, last = whole[name]
        if low > first and high < last:
            said.append((name, f"{low:.3g} to {high:.3g}", low, high))
        elif low > first:
            said.append((name, f"above {low:.3g}", low, float("inf")))
        elif high < last:
            said.append((name, f"below {high:.3g}", -float("inf"), high))
    found = [
        Restriction(names[name], text, _quasi(qp.get(name, ())), low, high)
        for name, text, low, high in said
    ]
    found.sort(key=lambda limit: limit.quasi_p if np.isfinite(limit.quasi_p) else 1.0)
    row = steps.iloc[chosen]
    return Box(tuple(found), float(row["coverage"]), float(row["density"]), float(row["mass"]))


def _quasi(values: Any) -> float:
    return min((float(value) for value in values if value >= 0), default=float("nan"))


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
    """Return the rows of a query; see ``Study.sql``."""
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
