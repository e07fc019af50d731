"""Networks in the formats of other tools, as a sheet of nodes and a sheet of edges."""

from __future__ import annotations

import io
import re
from typing import Any

from sim.errors import InputError, Problem
from sim.importing.sheet import Sheet, from_records
from sim.tables import Readable, text_of, whole
from sim.tables.source import bytes_of

__all__ = ["graph_sheets", "kumu_sheets", "matrix_sheets"]

MOST_NODES = 5000


def graph_sheets(path: Readable, opening: str) -> list[Sheet]:
    """Return nodes and edges where a file begins as a network; nothing otherwise."""
    low = opening[:4000].casefold()
    kind = ""
    if low.startswith("<"):
        kind = next((tag for tag in ("graphml", "gexf") if f"<{tag}" in low), "")
        if not kind or "<!doctype" in low or "<!entity" in low:
            what = "is a web page or XML that is no GraphML or GEXF"
            raise InputError([Problem(path.name, "", what, "CSV, Excel, GraphML or GEXF")])
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


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    dropped = {"id", "source", "target", "directed", "viz"}
    return {str(key): value for key, value in data.items() if str(key) not in dropped}


def _both(name: str, nodes: list[Any], edges: list[Any]) -> list[Sheet]:
    if not nodes:
        raise InputError([Problem(name, "", "is a network of nobody", "one with nodes")])
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
            nodes.append({"id": said, **_plain(_without(attributes))})
    edges = []
    for one in connections:
        both = _with_attributes(one)
        ends = [label.get(str(both.get(end, "")), str(both.get(end, ""))) for end in ("from", "to")]
        said = str(both.get("direction", "")).casefold()
        edges.append(
            {"source": ends[0], "target": ends[1], "directed": said not in {"mutual", "undirected"},
             **_plain(_without(both))}
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


def _without(data: dict[str, Any]) -> dict[str, Any]:
    dropped = {"attributes", "label", "_id", "from", "to", "direction"}
    return {key: value for key, value in data.items() if key not in dropped}


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
            raise InputError([Problem(path.name, "", what, f"{n * n} numbers, {n} labels")])
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
