"""What every file with a timeline has: how it is read, and what its parts mean in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.document import MAX_BYTES, Node, decode
from sim.errors import Problem
from sim.interventions import phrases
from sim.interventions.catalogue import CATALOGUE
from sim.interventions.timeline import Placed
from sim.scenario.schema import DEFAULT_WEEKS
from sim.shipped import shipped_folder
from sim.sources import read_regular

__all__ = [
    "check_labels",
    "in_order",
    "kind_and_label",
    "length_of",
    "organisation_of",
    "placed_at",
    "read_text",
    "unsafe",
]


def read_text(path: Path, name: str, what: str = "a scenario file") -> str:
    """Return the text of a regular file of bearable size; ``what`` it is, for errors."""
    data = read_regular(path, MAX_BYTES, f"the path of {what}", name=name, what=what)
    return decode(data, name)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return problems by file and line, each once."""

    def key(problem: Problem) -> tuple[str, int, int]:
        file, _, rest = problem.where.partition(":")
        numbers = [int(part) for part in problem.where.rsplit(":", 2)[1:] if part.isdecimal()]
        line, column = numbers if len(numbers) == 2 else (0, 0)
        return (problem.where.removesuffix(rest) if numbers else file, line, column)

    return sorted(dict.fromkeys(problems), key=key)


def placed_at(index: int, entry: Any, root: Node, key: str = "timeline") -> Placed:
    """Return an entry of a list of interventions with where the file says it."""
    (intervention,) = (getattr(entry, name) for name in entry.model_fields_set)
    kind = intervention.kind
    holder = root.at((key, index))
    where = dict(holder.at((kind,)).places()) | {(): holder.keys[kind]}
    return Placed(intervention, f"{key}[{index}].{kind}", where)


def length_of(root: Node) -> int | None:
    """Return the length of the run, or None where it is wrong, which is said elsewhere."""
    node = root.child("weeks")
    if node is None:
        return DEFAULT_WEEKS
    try:
        return phrases.duration_in_weeks(node.plain(), endless=False)
    except ValueError:
        return None


def unsafe(reference: str) -> str:
    """Return what is wrong with a path that leaves its folder, or nothing."""
    parts = reference.replace("\\", "/").split("/")
    if ".." in parts:
        return "leads out of the folder (..)"
    if reference.startswith(("/", "\\", "~")) or (len(reference) > 1 and reference[1] == ":"):
        return "is an absolute path"
    if not reference.strip() or "\0" in reference:
        return "is not a path"
    return ""


def organisation_of(root: Node, folder: Path | None, problems: list[Problem]) -> Path | None:
    """Return the organisation a file names: one inside its folder, or a shipped one by name.

    What is wrong with it is added to ``problems``.
    """
    node = root.child("organisation")
    if node is None or not isinstance(node.scalar, str):
        return None
    reference = node.scalar
    if what := unsafe(reference):
        right = "a path inside the scenario's folder; another one by --organisation"
        problems.append(Problem(node.where, "organisation", what, right))
        return None
    beside = Path(reference) if folder is None else folder / reference
    is_shipped = (shipped_folder() / "organisations" / f"{reference}.yaml").is_file()
    return Path(reference) if is_shipped and not beside.exists() else beside


def kind_and_label(entry: Node) -> tuple[str, str | None]:
    """Return the name and the label of an entry of a timeline, as far as it has them."""
    for kind, body in (entry.entries or {}).items():
        label = body.child("label")
        return kind, label.scalar if label and isinstance(label.scalar, str) else None
    return "", None


def check_labels(root: Node, problems: list[Problem]) -> None:
    """Find labels that stand twice in a file, or are the name of an intervention."""
    timeline = root.child("timeline")
    seen: set[str] = set()
    for i, entry in enumerate((timeline.items if timeline else None) or ()):
        kind, label = kind_and_label(entry)
        if label is None:
            continue
        path = f"timeline[{i}].{kind}.label"
        body = entry.child(kind)
        node = body.child("label") if body else None
        where = node.where if node else entry.where
        if label in seen:
            what = f"{label} stands a second time"
            problems.append(Problem(where, path, what, "each label once in a file"))
        if label in CATALOGUE:
            what = f"{label} is the name of an intervention"
            problems.append(Problem(where, path, what, "a label of your own"))
        seen.add(label)
