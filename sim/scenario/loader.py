"""Reads scenario files: YAML, what they extend, and every problem with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from sim.document import Node, parse, read_text
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.files import real
from sim.interventions.timeline import CATALOGUE
from sim.scenario.schema import Document, Scenario, scenario_file_model
from sim.scenario.text import (
    in_order,
    kind_and_label,
    length_of,
    organisation_of,
    placed_at,
    problems_from,
    unsafe,
)
from sim.sources import scenario_file

MAX_CHAIN = 10
"""Most files that one extends after another."""
_OWN = ("name", "purpose", "extends", "remove")
"""Keys that a file does not pass on to those which extend it."""

Reader = Callable[[str], str]


def load(path: str | Path) -> Scenario:
    """Read a scenario file and what it extends.

    Raises InputError with every problem found: ``file:line:column path: what is wrong — what would
    be right``. Also where the file cannot be read.
    """
    return check(read(path))


def given(source: Scenario | Mapping[str, Any] | str | Path) -> Scenario:
    """Return a scenario that was given in Python: itself, its content, a path or a name.

    A mapping holds what a scenario file says, as dicts, lists, texts and numbers. Raises InputError
    where there is no such file, with everything wrong in it, or for anything else.
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, str | Path):
        return load(scenario_file(source))
    right = "a Scenario, a path, a shipped name, or a mapping of what a scenario file says"
    if not isinstance(source, Mapping):
        raise refusal("scenario", "", f"is of type {type(source).__name__}", right)
    try:  # JSON is YAML
        text = json.dumps(dict(source), ensure_ascii=False, indent=1, default=_plain)
    except (TypeError, ValueError) as error:
        raise refusal("scenario", "", f"cannot be written: {error}", right) from None
    return loads(text, "scenario")


def numbers_given(parameters: Mapping[str, float]) -> dict[str, float]:
    """Return parameters as numbers; refuse what is none, such as a list."""
    values: dict[str, float] = {}
    problems = []
    for name, value in parameters.items():
        try:
            values[str(name)] = float(value)
        except (TypeError, ValueError):
            right = "one number; sim.sweep tries several"
            problems.append(Problem("parameters", str(name), f"is {value!r}", right))
    if problems:
        raise InputError(problems)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # of NumPy
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no place in a scenario file")


def read(path: str | Path) -> Document:
    """Read a scenario file and what it extends, without checking what they say.

    Raises InputError where the file cannot be read or is not YAML.
    """
    path = Path(path)
    folder = path.parent
    text = read_text(path, str(path))

    def reader(name: str) -> str:
        file = folder / name
        if not real(file).is_relative_to(real(folder)):
            raise refusal(str(file), "", "lies outside the folder", "a file inside")
        return read_text(file, str(file))

    return _document(parse(text, str(path)), text, folder, reader)


def loads(
    text: str, name: str = "<text>", *, sources: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Scenario:  # fmt: skip
    """Read a scenario from its text.

    ``name`` is that of the file, for errors and where the text gives none; ``sources`` are texts of
    the files that may be extended, as ``Scenario.sources`` holds them. The organisation it names is
    looked for in ``folder``; as written without it. Raises InputError as ``load``.
    """
    return check(reads(text, name, sources=sources, folder=folder))


def reads(
    text: str, name: str = "<text>", *, sources: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Document:  # fmt: skip
    """Read a scenario from its text, without checking what it says; see ``loads``."""
    texts = sources or {}

    def reader(source: str) -> str:
        if source not in texts:
            right = did_you_mean(source, sorted(texts)) if texts else "load it from its folder"
            raise refusal(source, "", "its text is not given", right)
        return texts[source]

    return _document(parse(text, name), text, folder, reader)


def _document(root: Node, text: str, folder: Path | None, reader: Reader) -> Document:
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    whole = _with_extended(root, reader, folder, sources, problems)
    return Document(whole, text, root.file, folder, sources, tuple(problems))


def check(document: Document, weeks: int | None = None) -> Scenario:
    """Return the scenario that a document describes.

    ``weeks`` are those of the runs it is for, where they are not as long as it says. Raises
    InputError with every problem found.
    """
    root, name, problems = document.root, document.name, list(document.problems)
    data = root.plain()
    model = scenario_file_model()
    weeks = length_of(root) if weeks is None else weeks
    organisation = organisation_of(root, document.folder, problems)
    try:
        checked: Any = model.model_validate(data, context={"weeks": weeks})
    except ValidationError as error:
        raise InputError(in_order([*problems, *problems_from(error, model, root)])) from None
    if problems:
        raise InputError(in_order(problems))
    stem = PurePosixPath(name.replace("\\", "/")).stem.replace("-", " ").strip("<>")
    return Scenario(
        name=checked.name or stem or "scenario", purpose=checked.purpose or "",
        organisation=organisation, weeks=checked.weeks,
        parameters=checked.parameters.model_dump(exclude_unset=True) if checked.parameters else {},
        mechanisms=checked.mechanisms.model_dump(exclude_unset=True) if checked.mechanisms else {},
        decision=checked.decision,
        timeline=tuple(placed_at(i, one, root) for i, one in enumerate(checked.timeline or ())),
        text=document.text, sources=document.sources, file=name, where=dict(root.places()),
    )  # fmt: skip


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


def _with_extended(
    child: Node, reader: Reader, folder: Path | None, sources: dict[str, str],
    problems: list[Problem],
) -> Node:  # fmt: skip
    """Return the tree with everything it extends merged in."""
    chain = [child]
    names = [PurePosixPath(child.file.replace("\\", "/")).name]
    while (node := chain[-1].child("extends")) is not None and isinstance(node.scalar, str):
        right = "another scenario file in the same folder, or in one below"
        if what := unsafe(node.scalar):
            problems.append(Problem(node.where, "extends", what, right))
            break
        base = PurePosixPath(names[-1]).parent if len(chain) > 1 else PurePosixPath()
        name = str(base / node.scalar.replace("\\", "/"))
        if name in names:
            circle = " → ".join([*names[names.index(name) :], name])
            problems.append(
                Problem(
                    node.where, "extends", f"goes in a circle ({circle})", "a file that ends it"
                )
            )
            break
        if len(chain) > MAX_CHAIN:
            what = f"is the {MAX_CHAIN}th file in a row"
            problems.append(Problem(node.where, "extends", what, f"at most {MAX_CHAIN} files"))
            break
        try:
            text = reader(name)
        except InputError as error:
            first = error.problems[0]
            problems.append(
                Problem(node.where, "extends", f"{node.scalar} {first.what}", first.right)
            )
            break
        names.append(name)
        sources[name] = text
        chain.append(parse(text, name if folder is None else str(folder / name)))
    for file in chain:
        check_labels(file, problems)
    if chain[-1] is chain[0] and "extends" not in (child.entries or {}):
        if (remove := child.child("remove")) is not None:
            what = "stands without extends"
            problems.append(Problem(remove.where, "remove", what, "extends: another file"))
        return child
    merged = chain.pop()
    while chain:
        merged = _merged(merged, chain.pop(), problems)
    return merged


def _merged(parent: Node, child: Node, problems: list[Problem]) -> Node:
    """Return the child with what it does not say itself taken from the parent."""
    if parent.entries is None:
        problems.append(Problem(parent.where, "", "is not a mapping", "key: value"))
        return child
    entries = {key: node for key, node in parent.entries.items() if key not in _OWN}
    for key, node in (child.entries or {}).items():
        inherited = entries.get(key)
        if key in ("parameters", "mechanisms") and inherited is not None:
            entries[key] = _joined(inherited, node)
        elif key != "timeline" or inherited is None:
            entries[key] = node
    remove = child.child("remove")
    if (inherited := parent.child("timeline")) is not None or remove is not None:
        start = inherited or Node(parent.file, parent.line, parent.column, items=[])
        entries["timeline"] = _timeline(start, child.child("timeline"), remove, problems)
    keys = {**parent.keys, **child.keys}
    return Node(child.file, child.line, child.column, entries=entries, keys=keys)


def _joined(parent: Node, child: Node) -> Node:
    if parent.entries is None or child.entries is None:
        return child
    entries, keys = {**parent.entries, **child.entries}, {**parent.keys, **child.keys}
    return Node(child.file, child.line, child.column, entries=entries, keys=keys)


def _timeline(
    parent: Node, child: Node | None, remove: Node | None, problems: list[Problem]
) -> Node:
    """Return the parent's entries, less what is removed, replaced by label, and the child's."""
    if parent.items is None or (child is not None and child.items is None):
        return child or parent
    kept = list(parent.items)
    names = [remove] if remove is not None and remove.items is None else []
    names += remove.items or [] if remove is not None else []
    for name in names:
        left = [entry for entry in kept if name.scalar not in kind_and_label(entry)]
        if len(left) == len(kept) and isinstance(name.scalar, str):
            there = [word for entry in kept for word in kind_and_label(entry) if word]
            right = did_you_mean(name.scalar, sorted(set(there))) if there else "nothing is left"
            what = f"{name.scalar} is not among the inherited entries"
            problems.append(Problem(name.where, "remove", what, right))
        kept = left
    position = {label: i for i, entry in enumerate(kept) if (label := kind_and_label(entry)[1])}
    for entry in (child.items if child else None) or ():
        label = kind_and_label(entry)[1]
        if label in position:
            kept[position[label]] = entry
        else:
            kept.append(entry)
    top = child or parent
    return Node(top.file, top.line, top.column, items=kept)
