"""Reads scenario files: YAML, what they extend, and every problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, Problem, did_you_mean
from sim.interventions import words
from sim.interventions.catalogue import CATALOGUE
from sim.interventions.timeline import Placed
from sim.scenario.document import MAX_BYTES, Node, decode, parse
from sim.scenario.problems import problems_from
from sim.scenario.scenario import Scenario
from sim.scenario.schema import DEFAULT_WEEKS, scenario_file_model

__all__ = ["load", "loads"]

MAX_CHAIN = 10
"""Most files that one extends after another."""

_OWN = ("name", "purpose", "extends", "remove")
"""Keys that a file does not pass on to those which extend it."""

Reader = Callable[[str], str]


def load(path: str | Path) -> Scenario:
    """Read a scenario file and what it extends.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        With every problem found: ``file:line:column path: what is wrong — what would be
        right``. Also where the file cannot be read.
    """
    path = Path(path)
    folder = path.parent
    text = _read(path, str(path))

    def reader(name: str) -> str:
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise InputError([Problem(str(file), "", "lies outside the folder", "a file inside")])
        return _read(file, str(file))

    return _load(text, str(path), folder, reader)


def loads(
    text: str,
    name: str = "<text>",
    *,
    sources: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Scenario:
    """Read a scenario from its text.

    Parameters
    ----------
    text : str
    name : str
        Name of the file, for errors and where the text gives no name.
    sources : mapping of str to str
        Texts of the files that may be extended, as ``Scenario.sources`` holds them.
    folder : Path
        Where the organisation it names is looked for; as written without it.

    Raises
    ------
    InputError
        As ``load``.
    """
    texts = sources or {}

    def reader(source: str) -> str:
        if source not in texts:
            right = did_you_mean(source, sorted(texts)) if texts else "load it from its folder"
            raise InputError([Problem(source, "", "its text is not given", right)])
        return texts[source]

    return _load(text, name, folder, reader)


def _read(path: Path, name: str) -> str:
    """Return the text of a regular file of bearable size."""
    try:
        if path.is_dir():
            raise InputError([Problem(name, "", "is a folder", "a scenario file (YAML)")])
        if not path.exists():
            raise InputError([Problem(name, "", "does not exist", _beside(path))])
        if not path.is_file():
            raise InputError([Problem(name, "", "is not a regular file", "a YAML file")])
        with path.open("rb") as file:
            return decode(file.read(MAX_BYTES + 1), name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(name, "", f"cannot be read ({reason})", "a file you may read")
        raise InputError([problem]) from None


def _beside(path: Path) -> str:
    try:
        names = sorted(file.name for file in path.parent.iterdir() if file.suffix == ".yaml")
    except OSError:
        names = []
    if not names:
        return "the path of a scenario file"
    right = did_you_mean(path.name, names)
    return right if len(right) < 200 else "the path of a scenario file"


def _load(text: str, name: str, folder: Path | None, reader: Reader) -> Scenario:
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    root = _with_extended(parse(text, name), reader, folder, sources, problems)
    data = root.plain()
    model = scenario_file_model()
    weeks = _weeks(root)
    organisation = _organisation(root, folder, problems)
    try:
        checked: Any = model.model_validate(data, context={"weeks": weeks})
    except ValidationError as error:
        raise InputError(_in_order([*problems, *problems_from(error, model, root)])) from None
    if problems:
        raise InputError(_in_order(problems))
    stem = PurePosixPath(name.replace("\\", "/")).stem.replace("-", " ").strip("<>")
    return Scenario(
        name=checked.name or stem or "scenario",
        purpose=checked.purpose or "",
        organisation=organisation,
        weeks=checked.weeks,
        parameters=checked.parameters.model_dump(exclude_unset=True) if checked.parameters else {},
        mechanisms=checked.mechanisms.model_dump(exclude_unset=True) if checked.mechanisms else {},
        decision=checked.decision,
        timeline=tuple(_placed(i, one, root) for i, one in enumerate(checked.timeline or ())),
        text=text,
        sources=sources,
        file=name,
        where=dict(root.places()),
    )


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Return problems by file and line, each once."""

    def key(problem: Problem) -> tuple[str, int, int]:
        file, _, rest = problem.where.partition(":")
        numbers = [int(part) for part in problem.where.rsplit(":", 2)[1:] if part.isdigit()]
        line, column = numbers if len(numbers) == 2 else (0, 0)
        return (problem.where.removesuffix(rest) if numbers else file, line, column)

    return sorted(dict.fromkeys(problems), key=key)


def _placed(index: int, entry: Any, root: Node) -> Placed:
    """Return an entry of the timeline with where the file says it."""
    (intervention,) = (getattr(entry, name) for name in entry.model_fields_set)
    kind = intervention.kind
    holder = root.at(("timeline", index))
    where = dict(holder.at((kind,)).places()) | {(): holder.keys[kind]}
    return Placed(intervention, f"timeline[{index}].{kind}", where)


def _weeks(root: Node) -> int | None:
    """Return the length of the run, or None where it is wrong, which is said elsewhere."""
    node = root.child("weeks")
    if node is None:
        return DEFAULT_WEEKS
    try:
        return words.duration_in_weeks(node.plain(), endless=False)
    except ValueError:
        return None


def _unsafe(reference: str) -> str:
    """Return what is wrong with a path that leaves its folder, or nothing."""
    parts = reference.replace("\\", "/").split("/")
    if ".." in parts:
        return "leads out of the folder (..)"
    if reference.startswith(("/", "\\", "~")) or (len(reference) > 1 and reference[1] == ":"):
        return "is an absolute path"
    if not reference.strip() or "\0" in reference:
        return "is not a path"
    return ""


def _organisation(root: Node, folder: Path | None, problems: list[Problem]) -> Path | None:
    node = root.child("organisation")
    if node is None or not isinstance(node.scalar, str):
        return None
    reference = node.scalar
    if what := _unsafe(reference):
        right = "a path inside the scenario's folder; another one by --organisation"
        problems.append(Problem(node.where, "organisation", what, right))
        return None
    return Path(reference) if folder is None else folder / reference


def _with_extended(
    child: Node,
    reader: Reader,
    folder: Path | None,
    sources: dict[str, str],
    problems: list[Problem],
) -> Node:
    """Return the tree with everything it extends merged in."""
    chain = [child]
    names = [PurePosixPath(child.file.replace("\\", "/")).name]
    while (node := chain[-1].child("extends")) is not None and isinstance(node.scalar, str):
        right = "another scenario file in the same folder, or in one below"
        if what := _unsafe(node.scalar):
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
        _check_labels(file, problems)
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


def _kind_and_label(entry: Node) -> tuple[str, str | None]:
    """Return the name and the label of an entry of a timeline, as far as it has them."""
    for kind, body in (entry.entries or {}).items():
        label = body.child("label")
        return kind, label.scalar if label and isinstance(label.scalar, str) else None
    return "", None


def _check_labels(root: Node, problems: list[Problem]) -> None:
    """Find labels that stand twice in a file, or are the name of an intervention."""
    timeline = root.child("timeline")
    seen: set[str] = set()
    for i, entry in enumerate((timeline.items if timeline else None) or ()):
        kind, label = _kind_and_label(entry)
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
        left = [entry for entry in kept if name.scalar not in _kind_and_label(entry)]
        if len(left) == len(kept) and isinstance(name.scalar, str):
            there = [word for entry in kept for word in _kind_and_label(entry) if word]
            right = did_you_mean(name.scalar, sorted(set(there))) if there else "nothing is left"
            what = f"{name.scalar} is not among the inherited entries"
            problems.append(Problem(name.where, "remove", what, right))
        kept = left
    position = {label: i for i, entry in enumerate(kept) if (label := _kind_and_label(entry)[1])}
    for entry in (child.items if child else None) or ():
        label = _kind_and_label(entry)[1]
        if label in position:
            kept[position[label]] = entry
        else:
            kept.append(entry)
    top = child or parent
    return Node(top.file, top.line, top.column, items=kept)
