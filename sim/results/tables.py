"""Tables of results, typed: columns that each know unit and meaning.

As CSV without a library and as Arrow with one. Both forms have one hash: of the names, the
types and every bit of the values.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import estimate, paired_difference
from sim.errors import did_you_mean, refusal
from sim.extensions import need
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD, Outcome, Variable
from sim.results.measure import SMALLEST_TEAM
from sim.results.series import EVENT, own_outcomes, series

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.results.results import Comparison, Results


_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of text in which few words come often."""

    names: Sequence[str]
    codes: NDArray[np.int32]
    """Of each row, its position in ``names``."""

    def __len__(self) -> int:
        return len(self.codes)


Column = tuple[Variable, Any]
"""What it is, and its values: an array, ``Labels``, or a list of numbers, text and None."""


@dataclass(frozen=True, eq=False)
class ResultTable:
    """A table in memory."""

    columns: Sequence[Column]
    """All of one length."""
    title: str
    """What it holds, in words."""

    @classmethod
    def of_rows(
        cls, variables: Sequence[Variable], rows: Sequence[Sequence[Any]], title: str
    ) -> ResultTable:
        """Return a table of rows, a number that is undefined as None or NaN."""
        columns = zip(*rows, strict=True) if rows else ([] for _ in variables)
        return cls([(v, list(c)) for v, c in zip(variables, columns, strict=True)], title)

    def __len__(self) -> int:
        return len(self.columns[0][1])

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [variable.name for variable, _ in self.columns]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows as numbers, text, and None for what is undefined."""
        for start in range(0, len(self), _BLOCK):
            block = slice(start, start + _BLOCK)
            yield from zip(*(_plain_values(c, block) for _, c in self.columns), strict=True)

    def arrow(self) -> pa.Table:
        """Return it as an Arrow table, with units and meanings in the metadata.

        Raises InputError where pyarrow is not installed.
        """
        need("study", where="tables as Arrow or Parquet", only=("pyarrow",))
        import pyarrow as pa

        def of(values: Any) -> Any:
            if isinstance(values, Labels):
                return pa.DictionaryArray.from_arrays(
                    values.codes, pa.array(values.names, pa.string())
                )
            # An undefined number of a list is a null, not a NaN: databases read it as empty.
            return pa.array(values, from_pandas=isinstance(values, list))

        columns = [(variable, of(values)) for variable, values in self.columns]
        return assemble([], columns, self.title)


def _plain_values(values: Any, block: slice) -> list[Any]:
    if isinstance(values, Labels):
        return [values.names[code] for code in values.codes[block].tolist()]
    part = values[block]
    plain = part.tolist() if isinstance(part, np.ndarray) else part
    return [None if isinstance(one, float) and math.isnan(one) else one for one in plain]


def assemble(keys: list[Column], values: list[Column], title: str) -> pa.Table:
    """Return an Arrow table of columns, each with its unit and meaning in the metadata."""
    import pyarrow as pa

    columns = [*keys, *values]
    arrays = [a if isinstance(a, pa.Array) else pa.array(a) for _, a in columns]
    fields = [
        pa.field(
            v.name, array.type, bool(array.null_count),
            metadata={"unit": v.unit, "description": v.meaning},
        )
        for (v, _), array in zip(columns, arrays, strict=True)
    ]  # fmt: skip
    return pa.table(arrays, schema=pa.schema(fields, metadata={"title": title}))


def content_hash(content: ResultTable | pa.Table) -> str:
    """Return the SHA-256 of the names, types and values of a table, to the bit.

    The same for a table in memory, as Arrow, and read back from its file however encoded.
    """
    digest = hashlib.sha256()
    columns = _own(content) if isinstance(content, ResultTable) else _arrow(content)
    for name, kind, length, parts in columns:
        digest.update(f"{name}:{kind}:{length}\n".encode())
        for part in parts:
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


_Hashed = tuple[str, str, int, Iterable[NDArray[Any]]]
_ARROW_NAMES = {"float32": "float", "float64": "double"}


def _own(content: ResultTable) -> Iterator[_Hashed]:
    for variable, values in content.columns:
        given = _labelled(values) if _is_text(values) else values
        if isinstance(given, Labels):
            yield variable.name, "string", len(given), _in_order(given)
        elif isinstance(given, np.ndarray):
            kind = given.dtype.name
            yield variable.name, _ARROW_NAMES.get(kind, kind), len(given), [given]
        elif all(one is None for one in given):
            yield variable.name, "null", len(given), []
        else:
            whole = all(one is None or isinstance(one, int | np.integer) for one in given)
            holes = any(one is None for one in given)
            numbers = np.array(given, np.int64 if whole and not holes else np.float64)
            yield variable.name, "int64" if whole else "double", len(given), [numbers]


def _is_text(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and isinstance(values[0], str)


def _labelled(values: list[str]) -> Labels:
    codes = {name: code for code, name in enumerate(dict.fromkeys(values))}
    return Labels(list(codes), np.array([codes[one] for one in values], np.int32))


def _in_order(labels: Labels) -> list[NDArray[Any]]:
    """Return codes in order of appearance, and the names that they stand for."""
    used, first, back = np.unique(labels.codes, return_index=True, return_inverse=True)
    order = {labels.names[used[k]]: None for k in np.argsort(first)}
    rank = {name: code for code, name in enumerate(order)}
    codes = np.array([rank[labels.names[code]] for code in used], "<i4")
    return [codes[back], np.frombuffer("\0".join(order).encode(), np.uint8)]


def _arrow(content: pa.Table) -> Iterator[_Hashed]:
    for name, column in zip(content.column_names, content.columns, strict=True):
        yield name, _kind_name(column.type), len(column), _parts(column)


def _kind_name(kind: Any) -> str:
    return str(kind.value_type) if hasattr(kind, "value_type") else str(kind)


def _parts(column: Any) -> Iterable[NDArray[Any]]:
    """Yield a column's values as arrays: labels as codes in order of appearance, and names."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        text = column.cast(pa.string()).combine_chunks().dictionary_encode()
        yield text.indices.fill_null(-1).to_numpy().astype("<i4")
        yield np.frombuffer("\0".join(text.dictionary.to_pylist()).encode(), np.uint8)
    elif _is_number(kind):
        for chunk in column.chunks:
            yield chunk.to_numpy(zero_copy_only=not chunk.null_count)
    elif not pa.types.is_null(kind):  # of somebody else's file: never written here
        yield np.frombuffer(repr(column.to_pylist()).encode("utf-8", "replace"), np.uint8)


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def largest_difference(one: pa.Table, other: pa.Table) -> float | None:
    """Return the largest difference between numbers of two tables; None where shapes differ."""
    if one.column_names != other.column_names or one.num_rows != other.num_rows:
        return None
    largest = 0.0
    for name in one.column_names:
        a, b = one[name], other[name]
        if _kind_name(a.type) != _kind_name(b.type):
            return None
        if not _is_number(a.type):
            if a.to_pylist() != b.to_pylist():
                return None
        elif len(a):
            less = np.abs(a.to_numpy().astype(np.float64) - b.to_numpy().astype(np.float64))
            largest = max(largest, float(np.nanmax(less, initial=0.0)))
    return largest


RUN_TABLES = ("weekly", "teams", "drivers", "people")
"""Tables with a row a replicate and week (and team or person)."""

SHARED = (
    Variable("scenario", "", "scenario"),
    Variable("sample", "", "parameter sample, from 1"),
    Variable("replicate", "", "replicate, from 1"),
    Variable(
        "seed", "", "seed of the replicate: scenarios with one seed share their random numbers"
    ),
    Variable("week", "week", "week of the run, from 1"),
)
"""Columns that say which run and week a row is of."""


def table(results: Results, name: str, weeks: Sequence[int] | None = None) -> ResultTable:
    """Return one table of ``results`` by name; that of teams of these weeks, or of all."""
    makers: dict[str, Callable[[Any], ResultTable]] = {
        "weekly": _weekly, "teams": partial(_teams, weeks=weeks), "drivers": _drivers,
        "people": _people, "summary": _summary, "differences": _differences,
        "structure": _structure,
    }  # fmt: skip
    if name not in makers:
        raise refusal("table", name, "is not there", did_you_mean(name, [*makers]))
    return makers[name](results)


def run_tables(results: Results) -> tuple[str, ...]:
    """Return the names of the run tables that were recorded."""
    recorded = {"teams": results.records.teams, "people": results.records.people}
    return tuple(n for n in RUN_TABLES if recorded.get(n, results.records.weekly) is not None)


def _weekly(results: Results) -> ResultTable:
    values = results.records.weekly
    keys = _keys(results, values.shape[:-1], range(1, results.weeks + 1))
    columns = _columns(values, OUTCOMES)
    columns += [
        (one.variable, series(values, name).ravel()) for name, one in own_outcomes().items()
    ]
    return ResultTable([*keys, *columns], "Outcomes of the organisation")


def _teams(results: Results, weeks: Sequence[int] | None) -> ResultTable:
    weeks = weeks or range(1, results.weeks + 1)
    values = _recorded(results.records.teams, "teams")[:, :, :, np.array(weeks) - 1]
    values = values[..., results.shown_teams, :]
    keys = _keys(results, values.shape[:-1], weeks)
    keys.append(_team(results, values.shape[:-1]))
    names = results.records.team_outcomes
    columns = [OUTCOMES[Outcome[name]] for name in names]
    return ResultTable([*keys, *_columns(values, columns)], f"Outcomes of teams{_FROM_FIVE}")


def _drivers(results: Results) -> ResultTable:
    values = results.records.drivers[..., results.shown_teams, :]
    keys = _keys(results, values.shape[:-1], results.records.checkpoint_weeks)
    keys.append(_team(results, values.shape[:-1]))
    title = f"What holds use back in teams{_FROM_FIVE}: gain in use if lifted alone"
    return ResultTable([*keys, *_columns(values, DRIVERS)], title)


def _people(results: Results) -> ResultTable:
    values = _recorded(results.records.people, "people")
    shape = values.shape[:-1]
    keys = _keys(results, shape, range(1, results.weeks + 1))
    ids = [str(name) for name in results.organisation.ids]
    keys.append((Variable("person", "", "id"), Labels(ids, _axis(shape, 4))))
    return ResultTable([*keys, *_columns(values, PERSON_RECORD)], "Each person's weeks")


_FROM_FIVE = f" of {SMALLEST_TEAM} people or more"


def _recorded(values: NDArray[Any] | None, name: str) -> NDArray[Any]:
    if values is None:
        right = f"record_{name}=True (uptake … --record {name})"
        raise refusal("results", name, "were not recorded", right)
    return values


def _axis(shape: Sequence[int], axis: int) -> NDArray[np.int32]:
    """Return the position along ``axis`` of each element of an array of ``shape``, flat."""
    inner = int(np.prod(shape[axis + 1 :]))
    outer = int(np.prod(shape[:axis]))
    return np.tile(np.repeat(np.arange(shape[axis], dtype=np.int32), inner), outer)


def _keys(results: Results, shape: Sequence[int], weeks: Iterable[int]) -> list[Column]:
    week = np.array(list(weeks), np.int16)
    sample, replicate = _axis(shape, 1), _axis(shape, 2)
    columns = (
        Labels(results.names, _axis(shape, 0)), sample + 1, replicate + 1,
        results.seeds[sample, replicate], week[_axis(shape, 3)],
    )  # fmt: skip
    return list(zip(SHARED, columns, strict=True))


def _team(results: Results, shape: Sequence[int]) -> Column:
    names = [results.organisation.teams[row] for row in results.shown_teams]
    return Variable("team", "", "team"), Labels(names, _axis(shape, 4))


def _columns(values: NDArray[Any], variables: Sequence[Variable]) -> list[Column]:
    """Return the last axis of ``values`` as columns, copied block by block (cache-friendly)."""
    flat = values.reshape(-1, values.shape[-1])
    columns = np.empty((flat.shape[1], flat.shape[0]), flat.dtype)
    for start in range(0, len(flat), _BLOCK):
        columns[:, start : start + _BLOCK] = flat[start : start + _BLOCK].T
    return list(zip(variables, columns, strict=True))


_FIGURE = (
    Variable("figure", "", "what is reported"),
    Variable("week", "week", "its week; the last week for figures of a whole run"),
    Variable("unit", "", "unit"),
)
_ESTIMATE = (
    Variable("mean", "unit", "mean over replicates"),
    Variable("mean_low", "unit", "95% interval of the mean, low end"),
    Variable("mean_high", "unit", "95% interval of the mean, high end"),
    Variable("band_low", "unit", "10th percentile of replicates: chance in the model"),
    Variable("median", "unit", "median replicate"),
    Variable("band_high", "unit", "90th percentile of replicates: chance in the model"),
    Variable("worlds", "", "replicates run"),
)
_DIFFERENCE = (
    Variable("mean", "unit", "mean difference: scenario less reference in the same replicates"),
    Variable("mean_low", "unit", "95% interval of the mean difference (paired t), low end"),
    Variable("mean_high", "unit", "95% interval of the mean difference (paired t), high end"),
    Variable("higher", "share", "share of replicates in which the scenario is higher"),
    Variable("equal", "share", "share of replicates in which both are exactly equal"),
    Variable("lower", "share", "share of replicates in which the scenario is lower"),
    Variable("worlds", "", "replicates run"),
)
_MEANING = Variable("meaning", "", "meaning of the figure")


def _summary(results: Results) -> ResultTable:
    rows = []
    for column, name in enumerate(results.names):
        for q in results.quantities:
            e = estimate(q.values[column], event=q.unit == EVENT)
            numbers = (e.mean, e.low, e.high, e.band_low, e.median, e.band_high, e.replicates)
            rows.append((name, q.name, q.week, q.unit, *numbers, q.meaning))
    variables = (SHARED[0], *_FIGURE, *_ESTIMATE, _MEANING)
    return ResultTable.of_rows(variables, rows, "Every figure under every scenario")


def _differences(results: Comparison) -> ResultTable:
    rows = []
    for reference, scenario in combinations(range(len(results.names)), 2):
        pair = (results.names[scenario], results.names[reference])
        for q in results.quantities:
            one, other = q.values[scenario], q.values[reference]
            d = paired_difference(one, other, event=q.unit == EVENT)
            numbers = (d.mean, d.low, d.high, d.ahead, d.level, d.behind, d.replicates)
            rows.append((*pair, q.name, q.week, q.unit, *numbers, q.meaning))
    variables = (
        SHARED[0], Variable("reference", "", "scenario it is compared with"), *_FIGURE,
        *_DIFFERENCE, _MEANING,
    )  # fmt: skip
    return ResultTable.of_rows(variables, rows, "Differences in the same replicates")


def _structure(results: Comparison) -> ResultTable:
    from sim.results.verdict import without_each

    if results.structure is None:
        right = "structure=True (uptake compare --uncertainty parameters)"
        raise refusal("structure", "", "was not run", right)
    rows = []
    for reference, scenario in combinations(range(len(results.names)), 2):
        pair = (results.names[scenario], results.names[reference])
        with_all, found = without_each(results.structure, scenario, reference)
        for name, d, c in (
            ("(none)", with_all, None),
            *((each.mechanism, each.difference, each.change) for each in found),
        ):
            change = (c.mean, c.low, c.high) if c is not None else (None, None, None)
            rows.append((*pair, name, d.mean, d.low, d.high, *change, d.replicates))
    variables = (
        SHARED[0], Variable("reference", "", "scenario it is compared with"),
        Variable("without", "", "mechanism that is switched off"), *_DIFFERENCE[:3],
        Variable("change", "share", "mean difference less that with all mechanisms on"),
        Variable("change_low", "share", "95% interval of the change, low end"),
        Variable("change_high", "share", "95% interval of the change, high end"),
        _DIFFERENCE[-1],
    )  # fmt: skip
    return ResultTable.of_rows(
        variables, rows, "Habitual users in the last week, one mechanism off"
    )
