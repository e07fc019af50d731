"""Reads plan files, and plans of the planner's own: checked against the model and each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from pydantic import ValidationError

from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.objective import NOTHING, Objective, Risk
from sim.analysis.plan.problem import (
    HOURS,
    MONEY,
    Before,
    Blackout,
    Item,
    Occupation,
    Pilot,
    PlanProblem,
    Rates,
    Sequence,
    Waves,
)
from sim.analysis.plan.schema import OCCUPIES, limits_of, plan_file_model
from sim.arrays import Bools
from sim.document import Node, parse, read_text
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.interventions.base import Activity
from sim.interventions.fields import duration_in_weeks, spelled
from sim.interventions.timeline import CATALOGUE, Placed
from sim.scenario import Scenario, load
from sim.scenario import load as load_scenario
from sim.scenario.loader import check_labels
from sim.scenario.text import (
    in_order,
    length_of,
    organisation_of,
    placed_at,
    problems_from,
    unsafe,
)
from sim.sources import is_regular, scenario_file

EVERYTHING = "everything"
"""Stands in a precedence for all other interventions."""

_BEFORE = re.compile(
    r"(?P<first>.+?)(?: at least (?P<lag>.+?))?(?:(?: and)? (?:at most|within) (?P<most>.+?))?"
    r" before (?P<second>.+)"
)
_PRECEDENCE = (
    "such as: loyalty before access, loyalty at least 2 weeks before everything, or access within "
    "3 weeks before practice"
)


def load_problem(path: str | Path) -> PlanProblem:
    """Read a plan file.

    Raises InputError with every problem found: ``file:line:column path: what is wrong — what would
    be right``.
    """
    path = Path(path)
    return loads_problem(read_text(path, str(path), "a plan file"), str(path), folder=path.parent)


def loads_problem(text: str, name: str = "<text>", *, folder: Path | None = None) -> PlanProblem:
    """Read a plan file from its text.

    - ``name``: name of the file, for errors and where the text gives no name
    - ``folder``: where the organisation it names is looked for

    Raises InputError as ``load_problem``.
    """
    problems: list[Problem] = []
    root = parse(text, name, right="a mapping such as {interventions: […]}")
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
    reading.check_limits(items)
    first = next((one for one in checked.objective if not one.is_planned), None)
    objectives = tuple(sorted(checked.objective, key=lambda one: one is not first))
    reading.check_objectives(objectives)
    start_from = reading.start_from(folder)
    references = reading.references(folder)
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
            name=title, weeks=checked.weeks,
            timeline=tuple(placed_at(i, one, root) for i, one in enumerate(checked.timeline or ())),
            text=text, file=name,
            **{key: one.model_dump(exclude_unset=True) for key, one in given.items() if one},
        ),
        items=items,
        sequences=sequences,
        waves=waves,
        precedence=precedence,
        blackouts=tuple(Blackout(b.start, b.start + b.lasts - 1) for b in checked.blackouts),
        limits=tuple(
            replace(one, currency=checked.currency if one.name == MONEY else "")
            for one in (*limits_of(checked.capacity, False), *limits_of(checked.budget, True))
        ),
        currency=checked.currency,
        rates=Rates(checked.rates.everyone, dict(checked.rates.levels), dict(checked.rates.roles)),
        objectives=objectives,
        goals=tuple(checked.goals),
        risk=Risk(checked.risk),
        worth=checked.worth or objectives[0].worth,
        step=checked.step,
        begins=checked.starts,
        start_from=start_from,
        references=references,
        text=text,
        file=name,
        where=dict(root.places()),
    )  # fmt: skip


class _Reading:
    """What the parts of a file say of each other, and every problem with it."""

    def __init__(self, root: Node, checked: Any, problems: list[Problem]) -> None:
        self.root, self.checked, self.problems = root, checked, problems

    def wrong(self, path: tuple[str | int, ...], what: str, right: str) -> None:
        """Note a problem at the deepest place of ``path`` that the file has."""
        self.problems.append(Problem(self.root.deepest(path)[2], spelled(path), what, right))

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
                    label=label, base=base, earliest=planned.earliest,
                    latest=planned.latest or weeks, doses=tuple(sorted(planned.doses)),
                    rounds=tuple(sorted(planned.how_often or [0 if planned.every else 1])),
                    waves=planned.waves,
                    occupies={k: _occupation(v) for k, v in planned.occupies.items()},
                    takes={k: _occupation(v) for k, v in planned.takes.items()},
                    gaps=tuple(sorted(planned.gaps or ())), pinned=dict(planned.fixed),
                    over_by=planned.started_by, placed=placed,
                )
            )  # fmt: skip
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
            lag, most = self.length(match["lag"], path) or 0, self.length(match["most"], path)
            if most is not None and most < lag:
                self.wrong(path, f"is {text!r}", "at least no more than at most")
            first = self.position(match["first"], labels, path)
            if match["second"] == EVERYTHING:
                seconds = [row for row in range(len(labels)) if row != first]
            else:
                second = self.position(match["second"], labels, path)
                seconds = [] if second is None else [second]
            if first is not None:
                found += [Before(first, second, lag, text, most) for second in seconds]
        if circle := _circle(found):
            names = " → ".join(labels[row] for row in circle)
            said = ", ".join(sorted({one.text for one in found if one.first in circle}))
            what = f"goes in a circle: {names} ({said})"
            self.wrong(("precedence",), what, "leave one of them out")
        return tuple(found)

    def length(self, text: str | None, path: tuple[str | int, ...]) -> int | None:
        """Return a length in words as weeks."""
        if text is None:
            return None
        try:
            return duration_in_weeks(text, endless=False)
        except ValueError as error:
            self.wrong(path, f"{text} is no length", str(error))
            return None

    def start_from(self, folder: Path | None) -> Path | None:
        """Return where a plan of the planner's own is."""
        named = self.checked.start_from
        if named is None:
            return None
        if right := unsafe(named):
            self.wrong(("start_from",), f"is {named!r}", right)
            return None
        return Path(folder or Path(), str(named))

    def references(self, folder: Path | None) -> dict[str, Scenario]:
        """Return the scenarios that plans are judged against: files beside, or shipped ones."""
        found: dict[str, Scenario] = {}
        for key in ("objective", "goals"):
            for i, one in enumerate(getattr(self.checked, key)):
                if one.less in (None, NOTHING, *found):
                    continue
                if right := unsafe(one.less):
                    self.wrong((key, i, "less"), f"is {one.less!r}", right)
                    continue
                file = Path(folder or Path(), one.less)
                try:
                    file = file if is_regular(file) else scenario_file(one.less)
                    found[one.less] = load(file)
                except InputError as error:
                    self.problems += error.problems
        return found

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
        pilot = None
        if rule.pilot is not None:
            pilot = Pilot(rule.pilot.groups, rule.pilot.people, rule.pilot.weeks)
            if max(rule.numbers) < 2:
                self.wrong(("waves", "pilot"), "needs a second wave", "numbers of two or more")
        return Waves(
            tuple(sorted(rule.numbers)), tuple(sorted(rule.gaps)), units, tuple(groups),
            even=rule.even, pilot=pilot, together=tuple(tuple(one) for one in rule.together),
            apart=tuple(tuple(one) for one in rule.apart),
            before=tuple((a, b) for a, b in (one.split(" before ") for one in rule.before)),
        )  # fmt: skip

    def check_limits(self, items: tuple[Item, ...]) -> None:
        """Find what is occupied or taken that nothing is said of, and what nothing takes."""
        capacity, budget = self.checked.capacity, self.checked.budget
        self._check_takers(items, {*capacity, *budget})
        used = {name for item in items for name in (*item.occupies, *item.takes)}
        for key, said in (("capacity", capacity), ("budget", budget)):
            for name in said:
                if name not in used and name not in (HOURS, MONEY):
                    what = f"nothing occupies or takes {name}"
                    right = f"occupies: {{{name}: 1 per 15 people}} in an intervention"
                    right = did_you_mean(name, sorted(used)) if used else right
                    self.wrong((key, name), what, right)
        amounts = [one for many in (*capacity.values(), *budget.values()) for one in many]
        if self.checked.waves is None and any(one.group for one in amounts):
            self.wrong(("capacity",), "is by groups of teams", "groups, under waves")

    def _check_takers(self, items: tuple[Item, ...], limited: set[str]) -> None:
        for i, item in enumerate(items):
            for key, names in (("occupies", item.occupies), ("takes", item.takes)):
                for name in names:
                    path = ("interventions", i, item.base.kind, key, name)
                    known = [one for one in limited if one not in (HOURS, MONEY)]
                    if name in (HOURS, MONEY):
                        self.wrong(path, f"names {name}", f"{name}: of the intervention itself")
                    elif name in item.occupies and name in item.takes:
                        self.wrong(path, f"{name} is occupied and taken", "one of the two")
                    elif name not in limited:
                        where = "capacity" if key == "occupies" else "budget"
                        right = did_you_mean(name, known) if known else f"{where}: {{{name}: 1}}"
                        self.wrong(path, f"{name} is not among the capacities and budgets", right)

    def check_objectives(self, objectives: tuple[Objective, ...]) -> None:
        """Find an objective that stands twice, and a front under another attitude than the mean."""
        if any(one in objectives[:k] for k, one in enumerate(objectives)):
            self.wrong(("objective",), "holds the same twice", "objectives that differ")
        if len(objectives) > 1 and self.checked.risk == Risk.REGRET:
            self.wrong(("risk",), "is regret, with several objectives", "mean or 10th percentile")


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


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of a scenario file that carries out an item of the problem."""

    row: int
    placed: Placed
    start: int
    dose: float
    rounds: int
    who: Bools
    """Shape (n_people,)."""


def entries_of(layout: Layout, scenario: Scenario) -> tuple[list[Entry], list[Placed]]:
    """Return what a scenario carries out of a problem, and what it holds besides.

    An entry belongs to the item whose label it has, or begins with (``access, wave 2``); else to
    the only item of its kind.
    """
    problem = layout.problem
    fixed = {(one.kind, one.intervention.label) for one in problem.scenario.timeline}
    found, others = list[Entry](), list[Placed]()
    for one in scenario.timeline:
        row = _row_of(layout, one)
        if row is None:
            if (one.kind, one.intervention.label) not in fixed:
                others.append(one)
            continue
        activity = one.intervention
        who = getattr(activity, "audience", None)
        inside = layout.invited[row] if who is None else who.members(layout.organisation)
        times = activity.times or (0 if activity.every else 1)
        found.append(
            Entry(row, one, activity.start, activity.dose, times, inside & layout.invited[row])
        )
    return found, others


def _row_of(layout: Layout, one: Placed) -> int | None:
    """Return the item that an entry carries out."""
    items, label = layout.problem.items, one.intervention.label or one.kind
    for row, item in enumerate(items):
        if item.base.kind == one.kind and label.partition(", wave ")[0] == item.label:
            return row
    same = [row for row, item in enumerate(items) if item.base.kind == one.kind]
    return same[0] if len(same) == 1 else None


def own_plan(layout: Layout, file: Path) -> Plan:
    """Return a planner's own plan as a plan of the problem.

    Raises InputError where it cannot be read, or does what the problem cannot say.
    """
    found, others = entries_of(layout, load_scenario(file))
    labels, problems = layout.problem.labels, list[Problem]()
    for one in others:
        right = did_you_mean(one.intervention.label or one.kind, labels)
        what = f"places {one.intervention.label or one.kind}, which the problem does not"
        problems.append(one.problem((), what, right))
    if problems:
        raise InputError(problems)
    by = {row: sorted((e for e in found if e.row == row), key=lambda e: e.start)
          for row in range(len(labels))}  # fmt: skip
    count = max((len(mine) for mine in by.values()), default=1) or 1
    waves = ((),) if count == 1 else _waves(layout, by, count, file)
    starts, doses, rounds, gaps = [], [], [], []
    for row, mine in by.items():
        item = layout.problem.items[row]
        starts.append(mine[0].start if mine else 0)
        doses.append(mine[0].dose if mine else 0.0)
        rounds.append(mine[0].rounds if mine else 0)
        many = item.waves and len(mine) > 1
        apart = {b.start - a.start for a, b in pairwise(mine)}
        lead = layout.problem.waves.offset(1, 0) if layout.problem.waves is not None else 0
        gaps.append(max(0, min(apart) - (lead if count == 2 else 0)) if many else 0)
    return Plan(tuple(starts), tuple(doses), tuple(rounds), waves, tuple(gaps) if count > 1 else ())


def _waves(
    layout: Layout, by: dict[int, list[Entry]], count: int, file: Path
) -> tuple[tuple[str, ...], ...]:
    """Return which group of teams is in which wave, from the intervention with the most entries."""
    waves = layout.problem.waves
    mine = max(by.values(), key=len)
    if waves is None:
        what = f"{layout.problem.labels[mine[0].row]} stands {count} times, and waves are not said"
        raise refusal(str(file), "start_from", what, "waves: in the plan file")
    at = []
    for name in waves.names:
        inside = layout.inside(mine[0].row, (name,))
        shares = [int((inside & one.who).sum()) for one in mine]
        at.append(int(np.argmax(shares)))
    return layout.divided(at, count)
