"""What a file holds, whatever wrote it: sheets of cells, found by content and not by ending."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.extensions import Extension, extensions, need, take_each
from sim.importing.columns import FIELDS, KINDS, turned
from sim.importing.sheet import Sheet, cell_text, from_cells, from_records
from sim.importing.workbook import read_workbook
from sim.sources import kind_of_path
from sim.tables import MemoryFile, Note, Problems, Readable, open_table, text_of, whole
from sim.tables.source import bytes_of

MAX_ROWS = 50_000_000


def read_sheets(path: Readable) -> list[Sheet]:
    """Return the sheets of a file.

    CSV in any form, Excel and ODS workbooks, JSON and NDJSON, GraphML, GEXF, GML, Pajek, UCINET DL,
    Kumu, and adjacency matrices; before them, what an installed package recognises. Raises
    InputError in one message, where it is none of these.
    """
    kind = kind_of_path(path) if isinstance(path, Path) else "file"
    if kind != "file":
        what = "there is no such file" if kind == "nothing" else f"is {kind}"
        right = "a file with data of the organisation"
        if kind == "folder":
            what, right = "is a folder", f"the files in it: {path}/*"
        raise refusal(str(path), "", what, right)
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
    return matrix_sheets(sheet) or [turned(sheet) or sheet]


def _workbook(path: Readable) -> list[Sheet]:
    """Return the filled sheets of an Excel or ODS workbook; the header is the first full row."""
    need("import", where=path.name)
    data, until = bytes_of(path), path.until if isinstance(path, MemoryFile) else inf
    try:
        found = read_workbook(data, until - monotonic())
    except OSError as error:
        right = "a whole one, without cells far from all others"
        problem = Problem(path.name, "", f"cannot be read as a workbook ({error})", right)
        raise InputError([problem]) from None
    sheets = []
    hidden = [name for name, cells in found if cells is None]
    for name, cells in found:
        if cells is None:
            continue
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
        sheets += matrix_sheets(sheet) or [turned(sheet) or sheet]
    if not sheets:
        raise refusal(path.name, "", "holds no filled sheet", "a header and rows")
    if hidden:
        what = f"hidden sheet of {path.name} not read"
        sheets[0].notes.append(Note(what, len(hidden), repr(hidden[0])))
    return sheets


def _json(path: Readable) -> list[Sheet]:
    text, notes = text_of(bytes_of(path)).lstrip("\ufeff"), list[Note]()
    try:
        data = _loaded(text)
    except (ValueError, RecursionError):
        data = _lines(path.name, text)
    if isinstance(data, dict):
        if sheets := kumu_sheets(path.name, data):
            return sheets
        lists = {key: value for key, value in data.items() if isinstance(value, list)}
        more = {k: v for k, v in data.items() if not isinstance(v, list | dict)}
        items, *_ = *lists.values(), [data]
        notes += [
            Note(f"list of {path.name} not read", len(value), repr(key))
            for key, value in list(lists.items())[1:]
            if any(isinstance(one, dict) for one in value)
        ]
    else:
        items, more = data, {}
    records = [{**more, **one} for one in items if isinstance(one, dict)]
    if odd := [one for one in items if not isinstance(one, dict)]:
        what = f"entry of {path.name} that is no object left out"
        notes.append(Note(what, len(odd), repr(odd[0])[:40]))
    nested = [one["day_totals"] for one in records if isinstance(one.get("day_totals"), list)]
    if nested:
        records = [one for some in nested for one in some if isinstance(one, dict)]
    if not records:
        raise refusal(path.name, "", "is JSON without records", "a list of objects")
    sheet = from_records(path.name, records)
    sheet.notes.extend(notes)
    return [sheet]


def _lines(name: str, text: str) -> list[Any]:
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                records.append(_loaded(line))
            except (ValueError, RecursionError):
                problem = Problem(f"{name}:{number}", "", "is not JSON", "an object a line")
                raise InputError([problem]) from None
    return records


def _loaded(text: str) -> Any:
    return json.loads(text, parse_constant=lambda name: None if name == "NaN" else name)


MOST_NODES = 5000


def graph_sheets(path: Readable, opening: str) -> list[Sheet]:
    """Return nodes and edges where a file begins as a network; nothing otherwise."""
    low = opening[:4000].casefold()
    kind = ""
    if low.startswith("<"):
        kind = next((tag for tag in ("graphml", "gexf") if f"<{tag}" in low), "")
        if not kind or "<!doctype" in low or "<!entity" in low:
            what = "is a web page or XML that is no GraphML or GEXF"
            raise refusal(path.name, "", what, "CSV, Excel, GraphML or GEXF")
    elif re.match(r"(\s*(creator|version|comment)\b[^\n]*\n)*\s*graph\s*\[", low):
        kind = "gml"
    elif re.match(r"(%[^\n]*\n|\*network[^\n]*\n|\s)*\*vertices", low):
        kind = "pajek"
    elif re.match(r"dl\b", low):
        return _dl(path)
    return _networkx(path, kind) if kind else []


def _networkx(path: Readable, kind: str) -> list[Sheet]:
    import networkx as nx

    text = text_of(bytes_of(path)).lstrip("\ufeff")
    try:
        if kind == "graphml":
            graph = nx.read_graphml(io.BytesIO(text.encode()))
        elif kind == "gexf":
            graph = nx.read_gexf(io.BytesIO(text.encode()))
        elif kind == "gml":
            graph = nx.parse_gml(text, label="id")
        else:
            graph = nx.parse_pajek(text)
    except Exception as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        problem = Problem(path.name, "", f"cannot be read as {kind} ({said})", "a whole file")
        raise InputError([problem]) from None
    directed = graph.is_directed()
    nodes = [{"id": str(node), **_plain(data)} for node, data in graph.nodes(data=True)]
    edges = [
        {"source": str(one), "target": str(other), "directed": directed, **_plain(data)}
        for one, other, data in graph.edges(data=True)
    ]
    return _both(path.name, nodes, edges)


_OF_ENDS = frozenset(("id", "source", "target", "directed", "viz"))
_OF_KUMU = _OF_ENDS | {"attributes", "label", "_id", "from", "to", "direction"}


def _plain(data: dict[str, Any], dropped: frozenset[str] = _OF_ENDS) -> dict[str, Any]:
    return {str(key): value for key, value in data.items() if str(key) not in dropped}


def _both(name: str, nodes: list[Any], edges: list[Any]) -> list[Sheet]:
    if not nodes:
        raise refusal(name, "", "is a network of nobody", "one with nodes")
    found = [from_records(f"{name}[nodes]", nodes, "nodes")]
    if edges:
        found.append(from_records(f"{name}[edges]", edges, "edges"))
    return found


def kumu_sheets(name: str, data: dict[str, Any]) -> list[Sheet]:
    """Return elements and connections of a Kumu project; nothing where it is none."""
    elements, connections = data.get("elements"), data.get("connections")
    if not isinstance(elements, list) or not isinstance(connections, list):
        return []
    label: dict[str, str] = {}
    nodes = []
    for one in elements:
        attributes = _with_attributes(one)
        said = str(attributes.get("label") or attributes.get("_id") or "").strip()
        label[str(attributes.get("_id", said))] = said
        label[said] = said
        if said:
            nodes.append({"id": said, **_plain(attributes, _OF_KUMU)})
    edges = []
    for one in connections:
        both = _with_attributes(one)
        ends = [label.get(str(both.get(end, "")), str(both.get(end, ""))) for end in ("from", "to")]
        said = str(both.get("direction", "")).casefold()
        edges.append(
            {"source": ends[0], "target": ends[1], "directed": said not in {"mutual", "undirected"},
             **_plain(both, _OF_KUMU)}
        )  # fmt: skip
    return _both(name, nodes, edges)


def _with_attributes(one: Any) -> dict[str, Any]:
    """Return an element of a Kumu project, with its attributes beside its own fields."""
    if not isinstance(one, dict):
        return {}
    more = one.get("attributes")
    return {**more, **one} if isinstance(more, dict) else one


def matrix_sheets(sheet: Sheet) -> list[Sheet]:
    """Return the nodes and edges of an adjacency matrix; nothing where a sheet is none."""
    names = list(sheet.columns[1:])
    if not 2 <= len(names) <= MOST_NODES or len(set(names)) < len(names):
        return []
    edges: list[dict[str, Any]] = []
    seen: list[str] = []
    for cells in sheet.rows(*sheet.columns):
        if cells[0] not in names or len(seen) > len(names):
            return []
        seen.append(cells[0])
        for name, cell in zip(names, cells[1:], strict=True):
            if not re.fullmatch(r"\d*([.,]\d+)?", cell):
                return []
            if cell.strip("0.,"):
                edges.append({"source": cells[0], "target": name, "weight": cell})
    if sorted(seen) != sorted(names):
        return []
    return _both(sheet.name, [{"id": name} for name in names], edges)


def _dl(path: Readable) -> list[Sheet]:
    """Read UCINET's DL: a full matrix or a list of edges, with labels or without."""
    text = text_of(bytes_of(path)).lstrip("\ufeff")
    head, *after = re.split(r"(?i)\bdata\s*:", text, maxsplit=1)
    data = after[0] if after else ""
    size = re.search(r"(?i)\bn\s*=\s*(\d+)", head)
    form = re.search(r"(?i)\bformat\s*=\s*(\w+)", head)
    n = whole(size[1]) if size else None
    if n is None or not data:
        problem = Problem(path.name, "", "is DL without n= or data:", "as UCINET writes it")
        raise InputError([problem])
    labels_ = re.search(r"(?is)\blabels\s*:?(.*)", head)
    labels = re.findall(r'"[^"]*"|[^\s,"]+', labels_[1]) if labels_ else []
    names = [name.strip('"') for name in labels if name.casefold() != "embedded"]
    kind = form[1].casefold() if form else "fullmatrix"
    edges: list[dict[str, Any]] = []
    if kind.startswith("edgelist"):
        for line in data.splitlines():
            cells = re.findall(r'"[^"]*"|[^\s,"]+', line)
            if len(cells) >= 2:
                ends = [_dl_name(cell.strip('"'), names) for cell in cells[:2]]
                weight = cells[2] if len(cells) > 2 else "1"
                edges.append({"source": ends[0], "target": ends[1], "weight": weight})
        names = names or list(dict.fromkeys(one[k] for one in edges for k in ("source", "target")))
    else:
        numbers = data.split()
        if len(numbers) != n * n or len(names) not in (0, n):
            what = f"holds {len(numbers)} numbers and {len(names)} labels for n={n}"
            raise refusal(path.name, "", what, f"{n * n} numbers, {n} labels")
        names = names or [str(k + 1) for k in range(n)]
        edges = [
            {"source": names[k // n], "target": names[k % n], "weight": number}
            for k, number in enumerate(numbers)
            if number not in {"0", "0.0"}
        ]
    return _both(path.name, [{"id": name} for name in names], edges)


def _dl_name(cell: str, names: list[str]) -> str:
    position = whole(cell) or 0
    return names[position - 1] if names and 1 <= position <= len(names) else cell


GROUP = "uptake.importers"

OPENING = 1 << 16
"""Bytes from the beginning of a file by which it is recognised."""

Importer = tuple[Extension, Any]


def own_sheets(path: Readable, opening: bytes) -> list[Sheet]:
    """Return the sheets of a file by the first package that recognises it; none where none does.

    Raises InputError where a package is broken, fails on the file, or gives something else than
    tables.
    """
    for extension, importer in _recognising(path.name, opening):
        data = bytes_of(path)
        try:
            tables = importer.read(path.name, data)
        except InputError:
            raise
        except Exception as error:  # whatever a stranger's function raises
            said = f"fails on {path.name}: {type(error).__name__}: {str(error)[:200]}"
            raise InputError([extension.problem(said)]) from error
        if what := _wrong_with_tables(tables):
            raise InputError([extension.problem(f"of {path.name} {what}")])
        several = len(tables) > 1
        return [
            _sheet(f"{path.name}[{kind}]" if several else path.name, kind, rows)
            for kind, rows in tables.items()
        ]
    return []


def is_recognised(path: Path) -> bool:
    """Return whether a package knows what to do with a file."""
    if not importers():
        return False
    with path.open("rb") as stream:
        return any(_recognising(path.name, stream.read(OPENING)))


def importers() -> tuple[Importer, ...]:
    """Return the readers of installed packages. Raises InputError with everything wrong in them."""
    return _all(extensions(GROUP))


@cache
def _all(offered: tuple[Extension, ...]) -> tuple[Importer, ...]:
    found: list[Importer] = []

    def take(one: Extension, own: Any) -> str:
        found.append((one, own))
        return wrong_with_importer(own)

    take_each(offered, take)
    return tuple(found)


def wrong_with_importer(own: object) -> str:
    """Return why something is no reader of files; empty if it is one.

    A reader is a module, or whatever has the functions ``recognise(name, opening)``, which says
    whether a file is one of its kind, and ``read(name, data)``, which gives its tables.
    """
    missing = [name for name in ("recognise", "read") if not callable(getattr(own, name, None))]
    return f"has no function {' and no function '.join(missing)}" if missing else ""


def _recognising(name: str, opening: bytes) -> Iterator[Importer]:
    for extension, importer in importers():
        try:
            known = importer.recognise(name, opening)
        except Exception as error:  # whatever a stranger's function raises
            said = f"fails to recognise {name}: {type(error).__name__}: {str(error)[:200]}"
            raise InputError([extension.problem(said)]) from error
        if known:
            yield extension, importer


def _wrong_with_tables(tables: object) -> str:
    if not isinstance(tables, Mapping) or not tables:
        return f"gives no tables by kind, one of {', '.join(KINDS)}"
    for kind, rows in tables.items():
        if kind not in KINDS:
            return f"gives a table {kind!r}: {did_you_mean(str(kind), list(KINDS))}"
        if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
            return f"gives {kind} that are no list of rows, each a mapping"
        if not rows:
            return f"gives no row of {kind}"
        known = FIELDS[kind]
        for name in (name for row in rows for name in row):
            if known and name not in known:
                return f"gives {kind} a column {name!r}: {did_you_mean(str(name), known)}"
    return ""


def _sheet(name: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    cells = [[cell_text(row.get(column)) for column in columns] for row in rows]
    return from_cells(name, columns, cells, kind=kind)
