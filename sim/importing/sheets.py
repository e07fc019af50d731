"""What a file holds, whatever wrote it: sheets of cells, found by content and not by ending."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.extras import need
from sim.importing.graphs import graph_sheets, kumu_sheets, matrix_sheets
from sim.importing.own import OPENING, own_sheets
from sim.importing.sheet import Sheet, cell_text, from_cells, from_records
from sim.sources import kind_of_path
from sim.tables import Note, Problems, Readable, open_table, text_of
from sim.tables.source import bytes_of

__all__ = ["read_sheets"]

MAX_ROWS = 50_000_000


def read_sheets(path: Readable) -> list[Sheet]:
    """Return the sheets of a file.

    CSV in any form, Excel and ODS workbooks, JSON and NDJSON, GraphML, GEXF, GML, Pajek,
    UCINET DL, Kumu, and adjacency matrices; before them, what an installed package recognises.

    Raises
    ------
    InputError
        In one message, where it is none of these.
    """
    kind = kind_of_path(path) if isinstance(path, Path) else "file"
    if kind != "file":
        what = "there is no such file" if kind == "nothing" else f"is {kind}"
        raise InputError([Problem(str(path), "", what, "a file with data of the organisation")])
    with path.open("rb") as stream:
        start = stream.read(OPENING)
    if sheets := own_sheets(path, start):
        return sheets
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(path)
    opening = text_of(start).lstrip("\ufeff \t\r\n")
    if opening.startswith(("{", "[")):
        return _json(path)
    graph = graph_sheets(path, opening)
    return graph or _csv(path)


def _csv(path: Readable) -> list[Sheet]:
    problems, notes = Problems(), list[Note]()
    table = open_table(path, problems, notes, max_rows=MAX_ROWS)
    problems.raise_if_any(path.name)
    assert table is not None
    columns = tuple(table.columns)

    def read() -> Iterator[list[str]]:
        found = Problems()
        for row in table.rows(found):
            yield row.cells
        found.raise_if_any(path.name)

    sheet = Sheet(path.name, columns, read, "", notes)
    return matrix_sheets(sheet) or [sheet]


def _workbook(path: Readable) -> list[Sheet]:
    """Return the filled sheets of an Excel or ODS workbook; the header is the first full row."""
    need("import", where=path.name)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(bytes_of(path)))
        names = list(book.sheet_names)
        found = [(name, book.get_sheet_by_name(name).to_python()) for name in names]
    except (CalamineError, OSError, ValueError) as error:
        problem = Problem(path.name, "", f"cannot be read as a workbook ({error})", "a whole one")
        raise InputError([problem]) from None
    sheets = []
    for name, rows in found:
        cells = [[cell_text(cell) for cell in row] for row in rows]
        filled = [sum(map(bool, row)) for row in cells[:20]]
        if len(cells) < 2 or not any(filled):
            continue
        head = next(k for k, count in enumerate(filled) if 2 * count > max(filled))
        keep = [k for k, cell in enumerate(cells[head]) if cell]
        columns = [cells[head][k] for k in keep]
        if twice := sorted({column for column in columns if columns.count(column) > 1}):
            problem = Problem(path.name, twice[0], f"stands twice in sheet {name}", "once")
            raise InputError([problem])
        body = [[row[k] for k in keep] for row in cells[head + 1 :] if any(row)]
        label = path.name if len(found) == 1 else f"{path.name}[{name}]"
        sheet = from_cells(label, columns, body)
        sheets += matrix_sheets(sheet) or [sheet]
    if not sheets:
        raise InputError([Problem(path.name, "", "holds no filled sheet", "a header and rows")])
    return sheets


def _json(path: Readable) -> list[Sheet]:
    text = text_of(bytes_of(path)).lstrip("\ufeff")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = _lines(path.name, text)
    if isinstance(data, dict):
        if sheets := kumu_sheets(path.name, data):
            return sheets
        lists = [value for value in data.values() if isinstance(value, list)]
        more = {k: v for k, v in data.items() if not isinstance(v, list | dict)}
        records = [{**more, **one} for one in (lists or [[data]])[0] if isinstance(one, dict)]
    else:
        records = [one for one in data if isinstance(one, dict)]
    nested = [one["day_totals"] for one in records if isinstance(one.get("day_totals"), list)]
    if nested:
        records = [one for some in nested for one in some if isinstance(one, dict)]
    if not records:
        raise InputError([Problem(path.name, "", "is JSON without records", "a list of objects")])
    return [from_records(path.name, records)]


def _lines(name: str, text: str) -> list[Any]:
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError):
                problem = Problem(f"{name}:{number}", "", "is not JSON", "an object a line")
                raise InputError([problem]) from None
    return records
