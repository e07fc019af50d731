"""A scenario as text: the place of each fault, what it says changed at a path, and written again.

A path such as ``timeline.licences.start`` names an entry of the timeline by its label, by its
kind, or by its place: ``timeline.course.dose``, ``timeline.generic training.dose``,
``timeline[2].dose``. Everything else is named as the file writes it: ``parameters.b_trust``,
``mechanisms.norm``, ``decision``. ``sequence`` is the order in which entries follow one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import annotated_types
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.document import MAX_PROBLEMS, Node, yaml_text
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.fields import UNTIL_THE_END, duration_in_weeks, shown, spelled, week_number
from sim.interventions.timeline import CATALOGUE, Placed
from sim.numbers import typed
from sim.scenario.schema import DEFAULT_WEEKS, Document, Scenario, keys_of, scenario_file_model
from sim.sources import is_regular, kind_seen, shipped_folder

if TYPE_CHECKING:
    from sim.interventions.base import Intervention


KeyPath = tuple[str | int, ...]

_NOUNS = {
    "float_type": "a number", "finite_number": "a number that is finite",
    "int_type": "a whole number", "int_from_float": "a whole number", "bool_type": "true or false",
    "string_type": "text", "string_too_short": "text that is not empty", "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "too_short": "at least one", "model_type": "a mapping (key: value)", "greater_than": "a number",
    "greater_than_equal": "a number", "less_than": "a number", "less_than_equal": "a number",
}  # fmt: skip


def problems_from(error: ValidationError, model: type[BaseModel], root: Node) -> list[Problem]:
    """Return a problem for each error, at its place in the file.

    Of the tree ``root``, which was validated against ``model``.
    """
    found = error.errors(include_url=False)
    problems = [_problem(details, model, root) for details in found[:MAX_PROBLEMS]]
    if rest := len(found) - len(problems):
        what, right = f"{rest:,} more problems are not shown", "these mended first"
        problems.append(Problem(root.file, "", what, right))
    return problems


def _problem(details: Any, model: type[BaseModel], root: Node) -> Problem:
    loc: KeyPath = details["loc"]
    known, _, where = root.deepest(loc)
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    inner, field = _locate(model, loc)
    if kind == "uptake":
        return Problem(where, spelled(known), context["what"], context["right"])
    if kind == "missing":
        right = field.description if field and field.description else "a value"
        return Problem(where, spelled((*known, loc[-1])), "is missing", right)
    if kind == "extra_forbidden":
        owner, _ = _locate(model, loc[:-1])
        keys = list(keys_of(owner)) if owner else []
        right = did_you_mean(str(loc[-1]), keys) if keys else "no key at all"
        if value is None and str(loc[-1]).isdecimal():
            right = "a point where a comma cuts a number in two, as in 0.5"
        path, holder, _ = root.deepest(loc[:-1])
        where = holder.keys.get(str(loc[-1]), where)
        return Problem(where, spelled((*path, loc[-1])), "is not a key here", right)
    what = "is empty" if value is None else f"is {shown(value)}"
    return Problem(where, spelled(known), what, _right(kind, context, value, inner, field))


def _right(
    kind: str, context: dict[str, Any], value: object, model: Any, field: FieldInfo | None
) -> str:
    """Return what would be right for one of pydantic's own errors."""
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return did_you_mean(str(value), choices) if choices else str(context.get("expected"))
    if kind == "model_type" and model is not None:
        needed = [(key, f) for key, f in keys_of(model).items() if f.is_required()]
        if not needed:
            return "a mapping"
        key, first = needed[0]
        said, bounds = "[…]" if "list[" in str(first.annotation) else "week 1", _range(first)
        if bounds and all(isinstance(one, annotated_types.BaseMetadata) for one in first.metadata):
            said = f"{min(max(8, bounds.get('ge', 0)), bounds.get('le', 8)):g}"
        return f"a mapping such as {{{key}: {said}}}"
    if kind == "too_long" and "max_length" in context:
        return f"{context['max_length']} at most"
    if kind == "string_too_long":
        return f"shorter text ({context['max_length']} characters at most)"
    noun = _NOUNS.get(kind, "something else")
    bounds = _range(field) if field is not None else {}
    return noun + _spelled_range(bounds) if bounds and "number" in noun else noun


def _spelled_range(bounds: dict[str, Any]) -> str:
    """Return bounds in words; every number of a scenario file has a lower one."""
    high = bounds.get("le")
    if "gt" in bounds:
        most = "" if high is None else f" and at most {typed(high)}"
        return f" above {typed(bounds['gt'])}{most}"
    return (
        f" {typed(bounds['ge'])} or more"
        if high is None
        else f" from {typed(bounds['ge'])} to {typed(high)}"
    )


def _range(field: FieldInfo) -> dict[str, Any]:
    """Return the bounds declared on a field, wherever in its annotation."""
    found: dict[str, Any] = {}
    for item in (*field.metadata, *_metadata(field.annotation)):
        for name in ("gt", "ge", "lt", "le"):
            if isinstance(item, annotated_types.BaseMetadata) and hasattr(item, name):
                found[name] = getattr(item, name)
    return found


def _metadata(annotation: Any) -> Iterator[Any]:
    for item in getattr(annotation, "__metadata__", ()):
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)
    for argument in get_args(annotation):
        yield from _metadata(argument)


def _locate(
    model: type[BaseModel], loc: KeyPath
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Return the model at the end of a path, and the last field passed."""
    inner: type[BaseModel] | None = model
    field: FieldInfo | None = None
    free = False
    for step in loc:
        if isinstance(step, int) or free:  # a place in a list, or a key of the user's own
            free = False
            continue
        field = keys_of(inner).get(step) if inner is not None else None
        inner = _model_in(field.annotation) if field is not None else None
        free = field is not None and _is_mapping(field.annotation)
    return inner, field


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_is_mapping, get_args(annotation)))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return problems by file and line, each once: a value of no form it may have is one."""
    rights: dict[tuple[str, str, str], dict[str, None]] = {}
    for where, path, what, right in problems:
        rights.setdefault((where, path, what), {})[right] = None

    def key(problem: Problem) -> tuple[str, int, int]:
        file, _, rest = problem.where.partition(":")
        numbers = [int(part) for part in problem.where.rsplit(":", 2)[1:] if part.isdecimal()]
        line, column = numbers if len(numbers) == 2 else (0, 0)
        return (problem.where.removesuffix(rest) if numbers else file, line, column)

    return sorted((Problem(*one, " or ".join(right)) for one, right in rights.items()), key=key)


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
        return duration_in_weeks(node.plain(), endless=False)
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
    is_shipped = is_regular(shipped_folder() / "organisations" / f"{reference}.yaml")
    return Path(reference) if is_shipped and kind_seen(beside) == "nothing" else beside


def kind_and_label(entry: Node) -> tuple[str, str | None]:
    """Return the name and the label of an entry of a timeline, as far as it has them."""
    for kind, body in (entry.entries or {}).items():
        label = body.child("label")
        return kind, label.scalar if label and isinstance(label.scalar, str) else None
    return "", None


def entry_of(intervention: Intervention) -> dict[str, Any]:
    """Return the levers of an intervention that were given, as a scenario file says them.

    >>> from sim.scenario import loads
    >>> scenario = loads("timeline: [{mandate: {start: month 2, audience: managers}}]")
    >>> entry_of(scenario.timeline[0].intervention)
    {'start': 5, 'audience': 'managers'}
    """
    entry = _given(intervention)
    for key in ("lasts", "every"):
        if entry.get(key) == UNTIL_THE_END:
            entry[key] = "until the end"
    return entry


def to_yaml(scenario: Scenario, organisation: str | None = None) -> str:
    r"""Return a scenario file that stands alone and loads to the same scenario.

    Its organisation is left out: files and folders are where they are, not in a text; unless
    it is said where it will lie, as seen from the file.
    """
    data: dict[str, Any] = {"name": scenario.name}
    if scenario.purpose:
        data["purpose"] = scenario.purpose
    if organisation is not None:
        data["organisation"] = organisation
    data["weeks"] = scenario.weeks
    if scenario.parameters:
        data["parameters"] = dict(scenario.parameters)
    if scenario.mechanisms:
        data["mechanisms"] = dict(scenario.mechanisms)
    if decision := _given(scenario.decision):
        data["decision"] = decision
    data["timeline"] = [
        {placed.kind: entry_of(placed.intervention)} for placed in scenario.timeline
    ]
    return yaml_text(data)


def _given(model: BaseModel) -> dict[str, Any]:
    """Return the fields of a model that are not left to their default, by their key in a file."""
    result: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in model.model_fields_set or value is None:
            continue
        alias = field.validation_alias
        key = str(alias.choices[0] if isinstance(alias, AliasChoices) else alias or name)
        result[key] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if not isinstance(value, BaseModel):
        return value
    given = _given(value)
    if list(given.values()) == [True]:
        (word,) = given
        if word in getattr(type(value), "words", ()):
            return word
    words: dict[Any, Any] = getattr(type(value), "words", {})
    return next((word for word, meaning in words.items() if meaning == given), given)


SEQUENCE = "sequence"
"""The lever whose values are orders of entries."""

_STEP = re.compile(r"([^.\[\]]+)((?:\[[0-9]+\])*)")
_FIXED = ("name", "purpose", "extends", "remove", "organisation", "weeks", "timeline")


def varied(document: Document, values: Mapping[str, Node]) -> Document:
    """Return a document in which some paths have other values.

    It is to be checked like any other. Raises InputError with every path that leads nowhere.

    - ``document``: as it was read; it stays as it is.
    - ``values``: new values by path; errors about a value point to where its node stands. The value
      of ``sequence`` is a list of labels or kinds: these entries then follow one another in that
      order, each for its own length, from the earliest start among them.

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


def _entry(root: Node, step: str | int) -> tuple[int, str]:
    """Return the place and the kind of the entry that a label, a kind or a number names."""
    timeline = root.child("timeline")
    entries = (timeline.items if timeline else None) or []
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
