"""Change what a scenario file says, at a path such as ``timeline.licences.start``, unchecked.

A path names an entry of the timeline by its label, by its kind, or by its place:
``timeline.course.dose``, ``timeline.generic training.dose``, ``timeline[2].dose``. Everything
else is named as the file writes it: ``parameters.b_trust``, ``mechanisms.norm``,
``decision``. ``sequence`` stands for the order in which entries follow one another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sim.document import Node
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.fields import UNTIL_THE_END, duration_in_weeks, week_number
from sim.interventions.timeline import CATALOGUE
from sim.scenario.loader import Document
from sim.scenario.schema import scenario_file_model
from sim.scenario.text import kind_and_label

SEQUENCE = "sequence"
"""The lever whose values are orders of entries."""

_STEP = re.compile(r"([^.\[\]]+)((?:\[[0-9]+\])*)")
_FIXED = ("name", "purpose", "extends", "remove", "organisation", "weeks", "timeline")


def varied(document: Document, values: Mapping[str, Node]) -> Document:
    """Return a document in which some paths have other values.

    It is to be checked like any other.

    Parameters
    ----------
    document : Document
        As it was read; it stays as it is.
    values : mapping of str to Node
        New values by path; errors about a value point to where its node stands. The value
        of ``sequence`` is a list of labels or kinds: these entries then follow one another
        in that order, each for its own length, from the earliest start among them.

    Raises
    ------
    InputError
        With every path that leads nowhere.

    Examples
    --------
    >>> from sim.scenario.loader import check, reads
    >>> from sim.document import parse
    >>> base = reads("timeline: [{access: {start: week 1}}]")
    >>> later = varied(base, {"timeline.access.start": parse("week 5", "study.yaml")})
    >>> check(later).timeline[0].intervention.start
    5
    """
    root, problems = document.root, []
    for path, value in values.items():
        try:
            root = _sequenced(root, value) if path == SEQUENCE else _changed(root, path, value)
        except WrongPathError as wrong:
            problems.append(Problem(value.where, path, wrong.what, wrong.right))
    if problems:
        raise InputError(problems)
    return replace(document, root=root)


class WrongPathError(Exception):
    """A path that leads to nothing that can be varied."""

    def __init__(self, what: str, right: str) -> None:
        super().__init__(what)
        self.what, self.right = what, right


def _steps(path: str) -> list[str | int]:
    """Return the steps of a path, an index a number."""
    steps: list[str | int] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            right = "a path such as timeline.licences.start or timeline[2].dose"
            raise WrongPathError("is not a path", right)
        steps.append(match[1].strip())
        steps += [int(index) for index in re.findall(r"[0-9]+", match[2])]
    return steps


def _changed(root: Node, path: str, value: Node) -> Node:
    first, *rest = _steps(path)
    known = [name for name in scenario_file_model().model_fields if name not in _FIXED]
    if first == "timeline" and rest:
        index, kind = _entry(root, rest.pop(0))
        if rest and rest[0] == kind:
            rest.pop(0)
        if not rest:
            raise WrongPathError("names a whole entry", f"one of its levers: {path}.start")
        return _put(root, ["timeline", index, kind, *rest], value)
    if first not in known:
        choices = [*known, "timeline", SEQUENCE]
        raise WrongPathError("is not in a scenario", did_you_mean(str(first), choices))
    return _put(root, [first, *rest], value)


def _entries(root: Node) -> list[Node]:
    timeline = root.child("timeline")
    return list((timeline.items if timeline else None) or ())


def _entry(root: Node, step: str | int) -> tuple[int, str]:
    """Return the place and the kind of the entry that a label, a kind or a number names."""
    entries = _entries(root)
    names = [kind_and_label(entry) for entry in entries]
    if isinstance(step, int):
        if step >= len(entries):
            what = f"the timeline has {len(entries)} entries, and the first is [0]"
            raise WrongPathError(what, f"timeline[0] to timeline[{max(0, len(entries) - 1)}]")
        return step, names[step][0]
    found = [i for i, (_, label) in enumerate(names) if label == step]
    found = found or [i for i, (kind, _) in enumerate(names) if kind == step]
    if len(found) > 1:
        places = ", ".join(f"timeline[{i}]" for i in found)
        what = f"{step} stands {len(found)} times"
        raise WrongPathError(what, f"a label of its own, or {places}")
    if not found:
        there = sorted({word for pair in names for word in pair if word})
        what = f"{step} is not on the timeline"
        right = did_you_mean(step, there) if there else "a scenario with a timeline"
        raise WrongPathError(what, right)
    return found[0], names[found[0]][0]


def _put(node: Node | None, steps: list[str | int], value: Node) -> Node:
    """Return a tree with ``value`` at a path; mappings on the way are made where there are none."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        if node is None or node.items is None or step >= len(node.items):
            raise WrongPathError(f"there is no [{step}]", "a place that the list has")
        items = list(node.items)
        items[step] = _put(items[step], rest, value)
        return replace(node, items=items)
    if node is None or node.entries is None:  # nothing yet, or a word in place of a mapping
        node = Node(value.file, value.line, value.column, entries={})
    assert node.entries is not None
    entries = {**node.entries, step: _put(node.entries.get(step), rest, value)}
    return replace(node, entries=entries, keys={step: value.where, **node.keys})


def _sequenced(root: Node, order: Node) -> Node:
    """Let the entries that ``order`` names follow one another."""
    names = [item.scalar for item in order.items or ()]
    if len(names) < 2 or not all(isinstance(name, str) for name in names):
        raise WrongPathError("is no order", "a list of two or more labels or kinds of the timeline")
    if len(set(names)) < len(names):
        raise WrongPathError("names an entry twice", "each entry once")
    places = [_entry(root, str(name)) for name in names]
    spans = [_span(root, index, kind) for index, kind in places]
    week = min(start for start, _ in spans)
    for (index, kind), (_, length) in zip(places, spans, strict=True):
        start = Node(order.file, order.line, order.column, scalar=week)
        root = _put(root, ["timeline", index, kind, "start"], start)
        week += length
    return root


def _span(root: Node, index: int, kind: str) -> tuple[int, int]:
    """Return the first week and the length of an entry."""
    body = root.at(("timeline", index, kind))
    start, lasts = body.child("start"), body.child("lasts")
    try:
        first = week_number(start.plain() if start else 1)
        length = duration_in_weeks(lasts.plain()) if lasts else _default_length(kind)
    except ValueError as error:
        raise WrongPathError(f"{kind} has no start and length to go by", str(error)) from None
    if length >= UNTIL_THE_END:
        right = "only entries that end can be put in an order"
        raise WrongPathError(f"{kind} lasts until the end", right)
    return first, length


def _default_length(kind: str) -> int:
    field = CATALOGUE[kind].model_fields.get("lasts")
    return int(field.default) if field is not None and isinstance(field.default, int) else 1
