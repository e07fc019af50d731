"""No module imports itself by way of others: at the top, inside a function, or for types only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[2]


def sources() -> dict[str, str]:
    """Return the text of each module of ``sim`` by its name; that of a package by the package's."""
    files = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in ROOT.glob("sim/**/*.py")
    }
    return {name: file.read_text("utf-8") for name, file in files.items()}


def imports(
    node: ast.AST, known: Mapping[str, str], inside: bool = False, *, types: bool = False
) -> Iterator[tuple]:
    """Yield the modules imported, and whether inside a function; what is for types if asked."""
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING"
        if for_types and not types:
            continue
        if isinstance(child, ast.Import):
            yield from ((name.name, inside) for name in child.names if name.name in known)
        elif isinstance(child, ast.ImportFrom) and child.module:
            wholes = {f"{child.module}.{name.name}" for name in child.names} & known.keys()
            yield from ((name, inside) for name in wholes or {child.module} & known.keys())
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from imports(child, known, inside or function, types=types)


def above(name: str) -> set[str]:
    """Return the packages that a module is in: they are loaded before it."""
    parts = name.split(".")
    return {".".join(parts[:n]) for n in range(2, len(parts))}


def circles(known: Mapping[str, str]) -> list[str]:
    """Return the imports inside functions that could not stand at the top of their module.

    Such an import is one of a module that, by what stands at the top of it and of all that it
    loads, loads the module in which the function is. Whatever is imported late for any other
    reason (a library that takes long, a part of one command) could stand at the top.
    """
    found = {name: set(imports(ast.parse(text), known)) for name, text in known.items()}
    top = {name: {one for one, inside in each if not inside} for name, each in found.items()}

    def loads(start: str, wanted: str) -> bool:
        seen, todo = set[str](), [start]
        while todo and wanted not in seen:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += top[one] | ((above(one) - above(wanted) - {wanted}) & known.keys())
        return wanted in seen

    return [
        f"{name} imports {one} inside a function"
        for name, each in sorted(found.items())
        for one, inside in sorted(each)
        if inside and loads(one, name)
    ]


PUBLIC = {"sim.results.results", "sim.results.tables", "sim.results.verdict"}
"""``Results`` has the methods ``table`` and ``verdict``, which are of results."""


def hidden_circles(known: Mapping[str, str]) -> list[set[str]]:
    """Return modules that import each other, what is imported late or for types only included."""
    graph = nx.DiGraph(
        (name, one)
        for name, text in known.items()
        for one, _ in imports(ast.parse(text), known, types=True)
    )
    return [set(one) for one in nx.strongly_connected_components(graph) if len(one) > 1]


def test_only_the_face_of_results_goes_in_a_circle() -> None:
    assert hidden_circles(sources()) == [PUBLIC]


def test_no_import_is_inside_a_function_for_the_sake_of_a_circle() -> None:
    assert circles(sources()) == []


def test_a_circle_is_found_and_a_late_import_is_none() -> None:
    known = {
        "sim.whole": "def part():\n    from sim.part import part\n    import numpy\n",
        "sim.part": "from sim.middle import a\n",
        "sim.middle": "from sim.whole import b\ndef c():\n    from sim.heavy import d\n",
        "sim.heavy": "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from sim.middle import a\n",
    }
    assert circles(known) == ["sim.whole imports sim.part inside a function"]
    assert hidden_circles(known) == [{"sim.whole", "sim.part", "sim.middle", "sim.heavy"}]
    assert not hidden_circles({"sim.a": "from sim import b", "sim.b": "from typing import Any"})
