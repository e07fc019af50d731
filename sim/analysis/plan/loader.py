"""Reads plan files: YAML, checked against the model, then what its parts say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from sim.analysis.plan.objective import Objective, Risk
from sim.analysis.plan.problem import (
    Before,
    Blackout,
    Item,
    Occupation,
    PlanProblem,
    Sequence,
    Waves,
)
from sim.analysis.plan.schema import OCCUPIES, plan_file_model
from sim.document import Node, parse
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions import words
from sim.interventions.base import Activity
from sim.interventions.catalogue import CATALOGUE
from sim.interventions.fields import spelled
from sim.scenario import Scenario
from sim.scenario.problems import problems_from
from sim.scenario.reading import (
    check_labels,
    in_order,
    length_of,
    organisation_of,
    placed_at,
    read_text,
)

__all__ = ["EVERYTHING", "load_problem", "loads_problem"]

EVERYTHING = "everything"
"""Stands in a precedence for all other interventions."""

_BEFORE = re.compile(r"(?P<first>.+?)(?: at least (?P<lag>.+?))? before (?P<second>.+)")
_PRECEDENCE = "such as: loyalty before access, or loyalty at least 2 weeks before everything"


def load_problem(path: str | Path) -> PlanProblem:
    """Read a plan file.

    Raises
    ------
    InputError
        With every problem found: ``file:line:column path: what is wrong — what would be
        right``.
    """
    path = Path(path)
    return loads_problem(read_text(path, str(path)), str(path), folder=path.parent)


def loads_problem(text: str, name: str = "<text>", *, folder: Path | None = None) -> PlanProblem:
    """Read a plan file from its text.

    Parameters
    ----------
    text : str
    name : str
        Name of the file, for errors and where the text gives no name.
    folder : Path, optional
        Where the organisation it names is looked for.

    Raises
    ------
    InputError
        As ``load_problem``.

    Examples
    --------
    >>> problem = loads_problem("interventions: [access: {latest: week 9, doses: [0, 1]}]")
    >>> problem.labels, problem.items[0].latest
    (('access',), 9)
    """
    problems: list[Problem] = []
    root = parse(text, name)
    organisation = organisation_of(root, folder, problems)
    model = plan_file_model()
    check_labels(root, problems)
    try:
        checked: Any = model.model_validate(root.plain(), context={"weeks": length_of(root)})
    except ValidationError as error:
        raise InputError(in_order([*problems, *problems_from(error, model, root)])) from None
    reading = _Reading(root, checked, problems)
    items = reading.items()
    labels = [item.label for item in items]
    sequences = reading.sequences(labels)
    precedence = reading.precedence(labels)
    waves = reading.waves()
    reading.check_capacity(items)
    objectives = tuple(checked.objective)
    reading.check_objectives(objectives)
    if problems:
        raise InputError(in_order(problems))
    stem = PurePosixPath(name.replace("\\", "/")).stem.replace("-", " ").strip("<>")
    given = {name: getattr(checked, name) for name in ("parameters", "mechanisms")}
    title = checked.name or stem or "plan"
    return PlanProblem(
        name=title,
        purpose=checked.purpose or "",
        organisation=organisation,
        weeks=checked.weeks,
        scenario=Scenario(
            name=title,
            weeks=checked.weeks,
            timeline=tuple(placed_at(i, one, root) for i, one in enumerate(checked.timeline or ())),
            text=text,
            file=name,
            **{key: one.model_dump(exclude_unset=True) for key, one in given.items() if one},
        ),
        items=items,
        sequences=sequences,
        waves=waves,
        precedence=precedence,
        blackouts=tuple(Blackout(b.start, b.start + b.lasts - 1) for b in checked.blackouts),
        budget={k: v for k, v in checked.budget.model_dump().items() if v is not None},
        capacity=dict(checked.capacity),
        objectives=objectives,
        risk=Risk(checked.risk),
        worth=checked.worth or objectives[0].worth,
        step=checked.step,
        text=text,
        file=name,
        where=dict(root.places()),
    )


class _Reading:
    """What the parts of a file say of each other, and every problem with it."""

    def __init__(self, root: Node, checked: Any, problems: list[Problem]) -> None:
        self.root, self.checked, self.problems = root, checked, problems

    def wrong(self, path: tuple[str | int, ...], what: str, right: str) -> None:
        """Note a problem at the deepest place of ``path`` that the file has."""
        node, where = self.root, self.root.where
        for step in path:
            inner = node.child(step)
            if inner is None:
                break
            says = inner.scalar is not None
            node, where = inner, (inner.where if says else node.keys.get(str(step), inner.where))
        self.problems.append(Problem(where, spelled(path), what, right))

    def items(self) -> tuple[Item, ...]:
        """Return the interventions to place."""
        weeks, items = self.checked.weeks, list[Item]()
        for i, entry in enumerate(self.checked.interventions):
            placed = placed_at(i, entry, self.root, "interventions")
            planned: Any = placed.intervention
            kind_class = CATALOGUE[planned.kind]
            assert issubclass(kind_class, Activity)
            levers = {name: getattr(planned, name) for name in kind_class.model_fields}
            base = kind_class.model_construct(**(levers | {"start": 1, "dose": 1.0, "times": None}))
            label = planned.label or planned.kind
            if label in [item.label for item in items]:
                at = ("interventions", i, planned.kind)
                self.wrong(at, f"{label} stands a second time", "a label of its own for each")
            if label == EVERYTHING or " before " in label:
                self.wrong(
                    ("interventions", i, planned.kind, "label"),
                    f"is {label!r}, which a precedence would take for something else",
                    "another label",
                )
            items.append(
                Item(
                    label=label,
                    base=base,
                    earliest=planned.earliest,
                    latest=planned.latest or weeks,
                    doses=tuple(sorted(planned.doses)),
                    rounds=tuple(sorted(planned.how_often or [0 if planned.every else 1])),
                    waves=planned.waves,
                    occupies={k: _occupation(v) for k, v in planned.occupies.items()},
                    placed=placed,
                )
            )
        return tuple(items)

    def position(self, label: str, labels: list[str], path: tuple[str | int, ...]) -> int | None:
        """Return where a label stands, or note that it does not."""
        if label in labels:
            return labels.index(label)
        self.wrong(path, f"{label} is not among the interventions", did_you_mean(label, labels))
        return None

    def sequences(self, labels: list[str]) -> tuple[Sequence, ...]:
        """Return the orders to be found."""
        found: list[Sequence] = []
        taken: set[int] = set()
        for i, rule in enumerate(self.checked.sequences):
            path = ("sequences", i, "of")
            rows = [self.position(name, labels, (*path, j)) for j, name in enumerate(rule.of)]
            members = tuple(row for row in rows if row is not None)
            for row in taken & set(members):
                self.wrong(path, f"{labels[row]} is in two sequences", "each in one at most")
            taken |= set(members)
            found.append(Sequence(members, tuple(sorted(set(rule.gaps)))))
        return tuple(found)

    def precedence(self, labels: list[str]) -> tuple[Before, ...]:
        """Return what must come before what."""
        found: list[Before] = []
        for i, text in enumerate(self.checked.precedence):
            path = ("precedence", i)
            match = _BEFORE.fullmatch(text)
            if match is None:
                self.wrong(path, f"is {text!r}", _PRECEDENCE)
                continue
            lag = 0
            if match["lag"]:
                try:
                    lag = words.duration_in_weeks(match["lag"], endless=False)
                except ValueError as error:
                    self.wrong(path, f"{match['lag']} is no length", str(error))
            first = self.position(match["first"], labels, path)
            if match["second"] == EVERYTHING:
                seconds = [row for row in range(len(labels)) if row != first]
            else:
                second = self.position(match["second"], labels, path)
                seconds = [] if second is None else [second]
            if first is not None:
                found += [Before(first, second, lag, text) for second in seconds]
        if circle := _circle(found):
            names = " → ".join(labels[row] for row in circle)
            said = ", ".join(sorted({one.text for one in found if one.first in circle}))
            what = f"goes in a circle: {names} ({said})"
            self.wrong(("precedence",), what, "leave one of them out")
        return tuple(found)

    def waves(self) -> Waves | None:
        """Return how teams are taken in."""
        rule = self.checked.waves
        if rule is None:
            return None
        groups: dict[str, list[str]] = rule.groups or {}
        seen: dict[str, str] = {}
        for name, teams in groups.items():
            for team in teams:
                if team in seen:
                    what = f"team {team} is in {seen[team]} and in {name}"
                    self.wrong(("waves", "groups", name), what, "each team in one group")
                seen[team] = name
        if groups and max(rule.numbers) > len(groups):
            what = f"holds {max(rule.numbers)}, with {len(groups)} groups"
            self.wrong(("waves", "numbers"), what, "at most as many waves as groups")
        units = tuple(tuple(teams) for teams in groups.values())
        return Waves(tuple(sorted(rule.numbers)), tuple(sorted(rule.gaps)), units, tuple(groups))

    def check_capacity(self, items: tuple[Item, ...]) -> None:
        """Find what is occupied of a capacity that nothing is said of."""
        capacity = self.checked.capacity
        for i, item in enumerate(items):
            for name in item.occupies:
                if name not in capacity:
                    path = ("interventions", i, item.base.kind, "occupies", name)
                    known = [one for one in capacity if one != "hours"]
                    right = did_you_mean(name, known) if known else f"capacity: {{{name}: 1}}"
                    self.wrong(path, f"{name} is not among the capacities", right)

    def check_objectives(self, objectives: tuple[Objective, ...]) -> None:
        """Find an objective that stands twice, and a front under another attitude than the mean."""
        if len(objectives) == 2 and objectives[0] == objectives[1]:
            self.wrong(("objective",), "holds the same twice", "one objective, or two that differ")
        if len(objectives) == 2 and self.checked.risk == Risk.REGRET:
            self.wrong(("risk",), "is regret, with two objectives", "mean or 10th percentile")


def _occupation(text: str) -> Occupation:
    if match := OCCUPIES.fullmatch(text):
        return Occupation(float(match[1]), int(match[2]))
    return Occupation(float(text))


def _circle(found: list[Before]) -> list[int]:
    """Return a circle of precedences, its first row again at the end, or nothing."""
    after: dict[int, list[int]] = {}
    for one in found:
        after.setdefault(one.first, []).append(one.second)

    def walk(row: int, path: list[int]) -> Iterator[list[int]]:
        if row in path:
            yield [*path[path.index(row) :], row]
            return
        for other in after.get(row, ()):
            yield from walk(other, [*path, row])

    return next((circle for row in after for circle in walk(row, [])), [])
