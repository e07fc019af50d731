"""Points that the user gives: a list in the study file, or a table beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.sweep.specification import POSTERIOR, Factor
from sim.arrays import Floats
from sim.document import Node
from sim.errors import InputError, Problem, did_you_mean
from sim.numbers import fixed
from sim.parameters import PARAMETERS, Prior
from sim.scenario.text import in_order
from sim.tables import MISSING, Problems, between, open_table

MOST_LEVELS = 10_000


class StudyFile:
    """One study file, and what is wrong with it."""

    def __init__(self, root: Node, path: Path) -> None:
        self.root, self.path = root, path
        self.problems: list[Problem] = []
        self.given_sets: Path | None = None
        self._own_sets: Path | None = None

    def own_sets(self, said: str | None = None) -> Path | None:
        """Return the file of the posterior's sets; None for the shipped ones."""
        self._own_sets = self.given_sets or (None if said is None else self.beside(said))
        return self._own_sets

    def beside(self, name: str) -> Path:
        """Return where a file beside the study is."""
        return self.path.parent / name

    def where(self, *steps: str | int) -> str:
        """Return the place of a value, or of the deepest thing on its way."""
        return self.root.deepest(steps)[2]

    def wrong(self, steps: Sequence[str | int], what: str, right: str, path: str = "") -> None:
        """Add a problem at a place of the study file."""
        shown = path or ".".join(map(str, steps))
        self.problems.append(Problem(self.where(*steps), shown, what, right))

    def stop_if_wrong(self) -> None:
        """Raise everything found so far, if anything."""
        if self.problems:
            raise InputError(in_order(self.problems))


def uniform(low: float, high: float) -> Prior:
    """Return the even distribution between two ends."""
    return Prior("uniform", float(low), float(high), float(low), float(high))


def factors_of(reading: StudyFile, file: Any) -> tuple[Factor, ...]:
    """Return everything that a study varies; add what is wrong to the reading."""
    return (*_uncertainties(reading, file.uncertainties), *_levers(reading, file.levers or {}))


def posterior_factor(where: str, own: Path | None = None) -> Factor:
    """Return the factor whose levels are the sets of a file, or of the shipped posterior."""
    from sim.posterior import sets_of

    rows = sets_of(own)
    file, line, column = where.rsplit(":", 2)
    return Factor(
        POSTERIOR, False,
        levels=tuple(Node(file, int(line), int(column), scalar=i + 1) for i in range(len(rows))),
        where=where, sets=rows,
    )  # fmt: skip


def _uncertainties(reading: StudyFile, said: Any) -> list[Factor]:
    if said is None:
        return []
    if said.posterior:
        own = reading.own_sets(said.posterior if isinstance(said.posterior, str) else None)
        return [posterior_factor(reading.where("uncertainties"), own)]
    found = []
    node = reading.root.child("uncertainties")
    order = list((node.entries if node else None) or PARAMETERS)
    for name in sorted(said.model_fields_set - {POSTERIOR}, key=order.index):
        prior = _prior(reading, name, getattr(said, name))
        if prior is not None:
            where = reading.where("uncertainties", name)
            found.append(Factor(name, False, prior, where=where))
    return found


def _prior(reading: StudyFile, name: str, said: Any) -> Prior | None:
    parameter = PARAMETERS[name]
    low, high = parameter.low, parameter.high
    steps = ("uncertainties", name)
    right = f"within {low:g} to {high:g} ({parameter.meaning})"
    if said is not None and said.text is not None:
        try:
            prior = Prior.of(said.text, low, high)
        except ValueError as error:
            what = str(error)
            reading.wrong(steps, f"is {said.text}: {what}", right)
            return None
        if not prior.is_fixed:
            return prior
        reading.wrong(steps, "is fixed, so there is nothing to vary", "a range, or leave it out")
        return None
    if said is None or said.ends is None:
        prior = parameter.prior
        return uniform(low, high) if prior.is_fixed else prior
    first, last = said.ends
    if not first < last:
        reading.wrong(steps, f"is an empty range, {first:g} to {last:g}", "[low, high], low first")
        return None
    if first < low or last > high:
        reading.wrong(steps, f"is {first:g} to {last:g}", right)
        return None
    return uniform(first, last)


def _levers(reading: StudyFile, said: dict[str, Any]) -> list[Factor]:
    found = []
    for name, lever in said.items():
        where = reading.where("levers", name)
        node = reading.root.at(("levers", name))
        if lever.values is not None:
            levels = tuple(node.items or ())
            plain = [repr(level.plain()) for level in levels]
            if len(set(plain)) < len(plain):
                twice = next(one for one in plain if plain.count(one) > 1)
                reading.wrong(("levers", name), f"has {twice} twice", "each value once")
            found.append(Factor(name, True, levels=levels, where=where))
            continue
        if not lever.low < lever.high:
            what = f"is an empty range, {lever.low:g} to {lever.high:g}"
            reading.wrong(("levers", name), what, "from below to")
            continue
        if lever.step is None:
            found.append(Factor(name, True, uniform(lever.low, lever.high), where=where))
            continue
        count = (lever.high - lever.low) / lever.step
        if count >= MOST_LEVELS:
            what = f"has {fixed(count, 0)} steps"
            reading.wrong(("levers", name), what, f"fewer than {MOST_LEVELS}, or no step")
            continue
        values = lever.low + lever.step * np.arange(int(count + 1e-9) + 1)
        whole = all(float(value).is_integer() for value in values)
        levels = tuple(
            Node(node.file, node.line, node.column, scalar=int(v) if whole else float(v))
            for v in values
        )
        found.append(Factor(name, True, levels=levels, where=where))
    return found


Row = dict[str, Node]


def given_points(
    reading: StudyFile, kind: str, said: Any
) -> tuple[tuple[Factor, ...], dict[str, Floats] | None]:
    """Return the factors that given points vary, and their values.

    A column is a parameter by its name, or a lever by its path. Add what is wrong to the
    reading.
    """
    if kind == "list":
        items = reading.root.at(("design", "list")).items or ()
        rows = [dict(item.entries or {}) for item in items]
    else:
        rows = _table(reading, str(said))
    if not rows:
        return (), None
    names = list(rows[0])
    for row, where in zip(rows, _wheres(rows, reading), strict=True):
        if missing := [name for name in names if name not in row]:
            reading.wrong(where, f"does not say {missing[0]}", "the same names at every point")
        if more := [name for name in row if name not in names]:
            what = f"says {more[0]}, which the first point does not"
            reading.wrong(where, what, "the same names at every point")
    reading.stop_if_wrong()
    factors, values = [], {}
    for name in names:
        column = [row[name] for row in rows]
        made = _uncertain(reading, name, column) if _is_parameter(name) else _lever(name, column)
        if made is not None:
            factors.append(made[0])
            values[name] = made[1]
    return tuple(factors), values or None


def _wheres(rows: Sequence[Row], reading: StudyFile) -> list[tuple[str | int, ...]]:
    inside = reading.root.child("design")
    if inside is not None and inside.child("list") is not None:
        return [("design", "list", i) for i in range(len(rows))]
    return [("design", "table")] * len(rows)


def _is_parameter(name: str) -> bool:
    return name in PARAMETERS or name == POSTERIOR or ("." not in name and "_" in name)


def _uncertain(reading: StudyFile, name: str, column: list[Node]) -> tuple[Factor, Floats] | None:
    if name == POSTERIOR:
        factor = posterior_factor(column[0].where, reading.own_sets())
        low, high = 1.0, float(factor.n_levels)
    elif name in PARAMETERS:
        parameter = PARAMETERS[name]
        low, high = parameter.low, parameter.high
        factor = Factor(name, False, uniform(low, high), where=column[0].where)
    else:
        right = did_you_mean(name, [*PARAMETERS])
        _say(reading, column[0], name, "is not a parameter", right)
        return None
    values = np.zeros(len(column))
    for i, node in enumerate(column):
        value = node.scalar
        if isinstance(value, bool) or not isinstance(value, int | float):
            _say(reading, node, name, f"is {node.plain()!r}", f"a number from {low:g} to {high:g}")
        elif not low <= value <= high:
            _say(reading, node, name, f"is {value:g}", f"from {low:g} to {high:g}")
        else:
            values[i] = value
    return factor, values - 1 if name == POSTERIOR else values


def _say(reading: StudyFile, node: Node, name: str, what: str, right: str) -> None:
    reading.problems.append(Problem(node.where, name, what, right))


def _lever(name: str, column: list[Node]) -> tuple[Factor, Floats]:
    levels: dict[str, Node] = {}
    for node in column:
        levels.setdefault(repr(node.plain()), node)
    position = {key: float(i) for i, key in enumerate(levels)}
    values = np.array([position[repr(node.plain())] for node in column])
    return Factor(name, True, levels=tuple(levels.values()), where=column[0].where), values


def _table(reading: StudyFile, name: str) -> list[Row]:
    path = reading.beside(name)
    if path.suffix.lower() not in (".csv", ".parquet"):
        reading.wrong(("design", "table"), f"is {name}", "a .csv or .parquet file")
        return []
    try:
        rows = _csv(path) if path.suffix.lower() == ".csv" else _parquet(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        reading.wrong(("design", "table"), f"{name} cannot be read: {reason}", "a table of points")
        return []
    except InputError as error:
        reading.problems += error.problems
        return []
    if not rows:
        reading.wrong(("design", "table"), f"{name} has no rows", "a row a point under a header")
    return rows


def _csv(path: Path) -> list[Row]:
    """Return the rows of a CSV file; a column of which every cell is a number is numbers."""
    problems, label = Problems(), str(path)
    table = open_table(path, problems, [], known=(*PARAMETERS, POSTERIOR), label=label)
    lines = list(table.rows(problems)) if table else []
    columns: dict[str, list[object]] = {}
    for name in table.columns if table and lines else ():
        numbers = table.numbers(name, between(-math.inf, math.inf), "a number") if table else None
        assert numbers is not None
        for line in lines:
            numbers.add(line)
        cells = [line.cell(name) for line in lines]
        if numbers.bad:
            columns[name] = [_value(cell) for cell in cells]
            continue
        values = numbers.conclude(problems).tolist()
        columns[name] = [_whole(cell, value) for cell, value in zip(cells, values, strict=True)]
    problems.raise_if_any(label)
    return [
        {
            name: Node(label, line.line, line.column(name), scalar=cells[k])
            for name, cells in columns.items()
        }
        for k, line in enumerate(lines)
    ]


def _whole(cell: str, value: float) -> object:
    """Return a number as it is written: whole where it has no decimal mark."""
    if cell in MISSING:
        return cell
    return int(value) if cell.lstrip("+-").isdecimal() else value


def _value(cell: str) -> object:
    """Return what a cell means in a column that holds more than numbers."""
    for kind in (int, float):
        try:
            value = kind(cell)
        except ValueError:
            continue
        return cell if "_" in cell or not math.isfinite(value) else value
    return {"true": True, "false": False}.get(cell.casefold(), cell)


def _parquet(path: Path) -> list[Row]:
    from sim.results.store import read_table

    return [
        {
            name: Node(str(path), i + 1, column + 1, scalar=value)
            for column, (name, value) in enumerate(row.items())
        }
        for i, row in enumerate(read_table(path).to_pylist())
    ]
