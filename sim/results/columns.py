"""A table: columns that each know unit and meaning, as CSV without a library and as Arrow with one.

Both forms have one hash: of the names, the types and every bit of the values.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.extras import need
from sim.outcomes import Variable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "Labels", "ResultTable", "assemble", "content_hash", "largest_difference"]

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of text in which few words come often.

    Parameters
    ----------
    names : sequence of str
    codes : int32 array
        Of each row, its position in ``names``.
    """

    names: Sequence[str]
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)


Column = tuple[Variable, Any]
"""What it is, and its values: an array, ``Labels``, or a list of numbers, text and None."""


@dataclass(frozen=True, eq=False)
class ResultTable:
    """A table in memory.

    Parameters
    ----------
    columns : sequence of Column
        All of one length.
    title : str
        What it holds, in words.
    """

    columns: Sequence[Column]
    title: str

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

        Raises
        ------
        InputError
            Where pyarrow is not installed.
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
        pa.field(v.name, array.type, nullable=bool(array.null_count), metadata=_described(v))
        for (v, _), array in zip(columns, arrays, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(fields, metadata={"title": title}))


def _described(variable: Variable) -> dict[str, str]:
    return {"unit": variable.unit, "description": variable.meaning}


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
