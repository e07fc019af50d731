"""From what is decided to a plan that keeps every constraint, by a serial schedule.

Interventions are placed one at a time, in the order of their wished weeks, each in the first
week from its wish on in which windows, precedence, blackouts and capacity allow it (the serial
schedule generation scheme of project scheduling). What exceeds the budget is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.problem import Item, PlanProblem
from sim.errors import InputError, Problem
from sim.interventions.audience import Audience
from sim.interventions.timeline import problems_of, warnings_of
from sim.organisation.organisation import Organisation

__all__ = ["HOURS", "Fitted", "Layout", "Plan", "Waves", "Wish", "held_in"]

HOURS = "hours"
_SLACK = 1e-9

Floats = NDArray[np.float64]
Waves = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Plan:
    """A rollout: what starts when, how much of it, and who is in which wave.

    Parameters
    ----------
    starts : tuple of int
        Week in which each item starts in the first wave; 0 where it is left out.
    doses : tuple of float
    rounds : tuple of int
        0 stands for as many as there is time for.
    waves : tuple of tuple of str
        Names of the parts of the organisation in each wave; one wave is everybody.
    gap : int
        Weeks from the start of one wave to the start of the next; 0 with one wave.
    """

    starts: tuple[int, ...]
    doses: tuple[float, ...]
    rounds: tuple[int, ...]
    waves: Waves = ((),)
    gap: int = 0

    @cached_property
    def key(self) -> str:
        """A text that is the same for the same plan."""
        return repr((self.starts, self.doses, self.rounds, self.waves, self.gap))

    def offsets(self, item: Item) -> tuple[int, ...]:
        """Return by how many weeks each wave of an item starts after its first."""
        return tuple(w * self.gap for w in range(len(self.waves))) if item.waves else (0,)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is decided, before constraints are looked at.

    Parameters
    ----------
    starts : tuple of int
        Wished first week of each item; of a sequence only its first member's counts.
    doses : tuple of float
    rounds : tuple of int
    orders : tuple of tuple of int
        Members of each sequence, in order.
    gaps : tuple of int
        Weeks between the members of each sequence.
    waves : tuple of tuple of str
    gap : int
    """

    starts: tuple[int, ...]
    doses: tuple[float, ...]
    rounds: tuple[int, ...]
    orders: tuple[tuple[int, ...], ...] = ()
    gaps: tuple[int, ...] = ()
    waves: Waves = ((),)
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A plan made of a wish, or None, and what had to be moved or could not be kept."""

    plan: Plan | None
    repairs: tuple[str, ...]


class Layout:
    """A problem on an organisation: who is invited to what, and what it takes.

    Parameters
    ----------
    problem : PlanProblem
    organisation : Organisation

    Raises
    ------
    InputError
        Where the problem names people or teams that the organisation does not have.
    """

    def __init__(self, problem: PlanProblem, organisation: Organisation) -> None:
        self.problem, self.organisation = problem.on(organisation), organisation
        self.warnings = self._check()
        everyone = np.ones(organisation.n_people, np.bool_)
        self._everyone = everyone
        self.invited = [item.base.audience.members(organisation) for item in problem.items]
        self._parts: dict[str, tuple[Audience, NDArray[np.bool_]]] = {}
        if self.problem.waves is not None:
            for name, teams in zip(self.problem.waves.names, self.problem.waves.units, strict=True):
                self.add_part(name, Audience.model_validate({"teams": list(teams)}))
        self._people: dict[tuple[int, tuple[str, ...]], int] = {}
        self._windows: dict[tuple[int, int, int], tuple[tuple[int, int], ...]] = {}
        self._audiences: dict[tuple[int, tuple[str, ...]], Audience] = {}
        self._totals: dict[Plan, dict[str, float]] = {}
        self._too_much: dict[Waves, bool] = {}
        self._members: dict[int, tuple[Audience, NDArray[np.bool_]]] = {}

    def _check(self) -> tuple[Problem, ...]:
        """Raise for what is not there; return what is odd."""
        problem, organisation = self.problem, self.organisation
        placed = [item.placed for item in problem.items if item.placed is not None]
        problems = [*problems_of(problem.scenario.timeline, organisation)]
        problems += problems_of(placed, organisation)
        if problem.waves is not None:
            known = [team for unit in problem.waves.units for team in unit]
            for name, unit in zip(problem.waves.names, problem.waves.units, strict=True):
                audience = Audience.model_validate({"teams": list(unit)})
                where = problem.where.get(("waves", "groups", name), problem.file)
                problems += [
                    Problem(where, f"waves.groups.{name}", what, right)
                    for _, what, right in audience.unknown(organisation)
                ]
            if missing := [team for team in organisation.teams if team not in known]:
                where = problem.where.get(("waves", "groups"), problem.file)
                said = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
                what = f"{len(missing)} teams are in no group ({said})"
                problems.append(Problem(where, "waves.groups", what, "each team in one group"))
            if max(problem.waves.numbers) > len(problem.waves.units):
                what = f"holds {max(problem.waves.numbers)}, with {len(problem.waves.units)} teams"
                where = problem.where.get(("waves", "numbers"), problem.file)
                problems.append(Problem(where, "waves.numbers", what, "at most one a team"))
        if problems:
            raise InputError(problems)
        return (
            *warnings_of(problem.scenario.timeline, organisation),
            *warnings_of(placed, organisation),
        )

    def add_part(self, name: str, audience: Audience) -> None:
        """Let a wave be made of an audience, by a name."""
        self._parts[name] = (audience, audience.members(self.organisation))

    def part_people(self, name: str) -> int:
        """Return how many people a part has."""
        return int(self._parts[name][1].sum())

    @cached_property
    def weeks(self) -> int:
        """Length of the run."""
        return self.problem.weeks

    @cached_property
    def before(self) -> dict[int, list[tuple[int, int, str]]]:
        """What must come before an item: position, lag and the planner's words."""
        found: dict[int, list[tuple[int, int, str]]] = {}
        for one in self.problem.precedence:
            found.setdefault(one.second, []).append((one.first, one.lag, one.text))
        return found

    def people(self, row: int, wave: tuple[str, ...]) -> int:
        """Return how many people of a wave are invited to an item; ``()`` is everybody."""
        key = (row, wave)
        if key not in self._people:
            inside = self.invited[row]
            if wave:
                inside = inside & np.logical_or.reduce([self._parts[name][1] for name in wave])
            self._people[key] = int(inside.sum())
        return self._people[key]

    def audience(self, row: int, wave: tuple[str, ...]) -> Audience:
        """Return the audience of an item in a wave; ``()`` is everybody."""
        key = (row, wave)
        if key not in self._audiences:
            own = self.problem.items[row].base.audience
            joined: Audience = own
            if wave:
                parts = [self._parts[name][0] for name in wave]
                teams = [team for part in parts for team in part.teams or ()]
                if all(part.teams and part.minus is None for part in parts):
                    joined = Audience.model_validate(
                        {"teams": teams} if own.everyone else {"any": [own], "teams": teams}
                    )
                elif own.everyone and len(parts) == 1:
                    joined = parts[0]
                else:
                    both = [Audience.model_validate({"any": parts}), own]
                    joined = _intersection(both)
            self._audiences[key] = joined
        return self._audiences[key]

    def members(self, audience: Audience) -> NDArray[np.bool_]:
        """Return who belongs to an audience, looked up once."""
        if (
            id(audience) not in self._members
        ):  # kept with the audience, so that its id stays its own
            self._members[id(audience)] = audience, audience.members(self.organisation)
        return self._members[id(audience)][1]

    def windows(self, row: int, start: int, rounds: int) -> tuple[tuple[int, int], ...]:
        """Return first and last week of each round, as far as the run reaches."""
        key = (row, start, rounds)
        if key not in self._windows:
            base = self.problem.items[row].base
            moved = base.model_copy(update={"start": start, "times": rounds or None})
            self._windows[key] = moved.rounds(self.weeks)
        return self._windows[key]

    def fits_the_run(self, row: int, start: int, rounds: int) -> bool:
        """Return whether all rounds end within the run; what goes on need only begin."""
        item = self.problem.items[row]
        if start > self.weeks:
            return False
        if item.base.ongoing or not rounds:
            return True
        step = item.base.every or item.base.lasts
        return start + (rounds - 1) * step + item.base.lasts - 1 <= self.weeks

    def load(self, plan: Plan, rows: Iterable[int] | None = None) -> dict[str, Floats]:
        """Return the use of every capacity in each week; index 0 is week 1.

        ``hours`` and ``money`` are those people attend, on average.
        """
        use = {name: np.zeros(self.weeks) for name in (HOURS, "money", *self.problem.capacity)}
        for row in range(len(self.problem.items)) if rows is None else rows:
            item = self.problem.items[row]
            if not plan.starts[row]:
                continue
            waves = plan.waves if item.waves and len(plan.waves) > 1 else ((),)
            for wave, offset in zip(waves, plan.offsets(item), strict=False):
                people = self.people(row, wave)
                amounts = self.amounts(row, people, plan.doses[row])
                for first, last in self.windows(row, plan.starts[row] + offset, plan.rounds[row]):
                    for name in use:
                        use[name][first - 1 : last] += amounts.get(name, 0.0)
        return use

    def amounts(self, row: int, people: int, dose: float) -> dict[str, float]:
        """Return what an item takes of each capacity in an active week of a wave."""
        item = self.problem.items[row]
        there = people * item.base.attending() * dose
        money = item.base.money / (1 if item.base.ongoing else item.base.lasts)
        taken = {HOURS: there * item.base.hours_a_week(), "money": there * money}
        for name, occupation in item.occupies.items():
            taken[name] = occupation.of(people) if people else 0.0
        return taken

    def takes_too_much(self, waves: Waves) -> bool:
        """Return whether a wave alone exceeds a capacity, whatever the week."""
        if waves not in self._too_much:
            self._too_much[waves] = any(
                amount > self.problem.capacity.get(name, np.inf) + _SLACK
                for row, item in enumerate(self.problem.items)
                if item.doses[0] > 0
                for wave in (waves if item.waves and len(waves) > 1 else ((),))
                for name, amount in self.amounts(row, self.people(row, wave), item.doses[0]).items()
            )
        return self._too_much[waves]

    def totals(self, plan: Plan) -> dict[str, float]:
        """Return planned hours and money in all."""
        if plan not in self._totals:
            use = self.load(plan)
            self._totals[plan] = {name: float(use[name].sum()) for name in (HOURS, "money")}
        return self._totals[plan]

    def fit(self, wish: Wish) -> Fitted:
        """Return the plan nearest to a wish that keeps every constraint, and what moved."""
        return _Schedule(self, wish).fitted()

    def violations(self, plan: Plan) -> tuple[str, ...]:
        """Return every constraint that a plan breaks, in words."""
        return tuple(_violations(self, plan))


def _intersection(audiences: list[Audience]) -> Audience:
    """Return people who are in both of two audiences: all, less those outside either."""
    outside = [Audience.model_validate({"everyone": True, "minus": one}) for one in audiences]
    return Audience.model_validate({"everyone": True, "minus": {"any": outside}})


def _orders(wish: Wish, layout: Layout, repairs: list[str]) -> dict[int, int]:
    """Return each member's predecessor in its sequence, its order kept to precedence."""
    previous: dict[int, int] = {}
    for order in wish.orders:
        left = [row for row in order if wish.doses[row] > 0]
        done: list[int] = []
        while left:
            blocked = {
                row for row in left for first, _, _ in layout.before.get(row, ()) if first in left
            }
            row = next(one for one in left if one not in blocked)
            if row != left[0]:
                labels = layout.problem.labels
                repairs.append(f"{labels[row]} taken before {labels[left[0]]}: precedence")
            left.remove(row)
            done.append(row)
        previous |= dict(zip(done[1:], done, strict=False))
    return previous


class _Schedule:
    """One serial schedule."""

    def __init__(self, layout: Layout, wish: Wish) -> None:
        self.layout, self.wish = layout, wish
        self.items = layout.problem.items
        self.repairs: list[str] = []
        self.previous = _orders(wish, layout, self.repairs)
        self.sequence_gap = {
            row: gap for order, gap in zip(wish.orders, wish.gaps, strict=True) for row in order
        }
        self.use = {name: np.zeros(layout.weeks) for name in layout.problem.capacity}
        self._latest: dict[int, int] = {}
        self.starts = dict.fromkeys((r for r, dose in enumerate(wish.doses) if dose == 0), 0)

    def plan(self) -> Plan:
        """Return what has been placed as a plan."""
        wish = self.wish
        return Plan(
            tuple(self.starts[row] for row in range(len(self.items))),
            tuple(wish.doses),
            tuple(r if d > 0 else 0 for r, d in zip(wish.rounds, wish.doses, strict=True)),
            wish.waves if len(wish.waves) > 1 else ((),),
            wish.gap if len(wish.waves) > 1 else 0,
        )

    def fitted(self) -> Fitted:
        """Place everything."""
        todo = [row for row in range(len(self.items)) if row not in self.starts]
        while todo:
            row, wished = min(
                ((row, self.wished(row)) for row in todo if self.is_ready(row, todo)),
                key=lambda pair: (pair[1], pair[0]),
            )
            start, reasons = self.first_week(row, wished)
            if start is None:
                label = self.items[row].label
                return Fitted(None, (*self.repairs, f"{label}: {', '.join(reasons)}"))
            if start != wished:
                what = f"{self.items[row].label} moved from week {wished} to {start}"
                self.repairs.append(f"{what}: {', '.join(reasons)}")
            self.starts[row] = start
            self.occupy(row, start)
            todo.remove(row)
        plan = self.plan()
        totals = self.layout.totals(plan)
        over = [
            f"budget of {budget:g} {name} (it takes {totals[name]:,.0f})"
            for name, budget in self.layout.problem.budget.items()
            if totals[name] > budget + _SLACK
        ]
        return Fitted(None if over else plan, (*self.repairs, *over))

    def is_ready(self, row: int, todo: list[int]) -> bool:
        """Return whether all that must come before is placed."""
        firsts = [first for first, _, _ in self.layout.before.get(row, ())]
        return not any(one in todo for one in (*firsts, self.previous.get(row, -1)))

    def end(self, first: int, row: int, start: int | None = None) -> int:
        """Return the first week in which ``first`` is over for those whom ``row`` reaches."""
        behind = 0
        if self.items[first].waves and not self.items[row].waves:
            behind = (len(self.wish.waves) - 1) * self.wish.gap
        begun = self.starts[first] if start is None else start
        return begun + behind + self.items[first].round_weeks

    def wished(self, row: int) -> int:
        """Return the wished week, or the one after its predecessor in a sequence."""
        if (first := self.previous.get(row)) is not None:
            return self.end(first, row) + self.sequence_gap[row]
        return self.wish.starts[row]

    def first_week(self, row: int, wished: int) -> tuple[int | None, list[str]]:
        """Return the first week that is possible, and why it is not the wished one."""
        item, reasons = self.items[row], dict[str, None]()
        earliest, latest = item.earliest, self.latest(row)
        if wished < earliest:
            reasons["earliest"] = None
        for first, lag, text in self.layout.before.get(row, ()):
            if self.starts[first] and self.end(first, row) + lag > earliest:
                earliest = self.end(first, row) + lag
                if wished < earliest:
                    reasons[text] = None
        if (before := self.previous.get(row)) is not None:
            earliest = max(earliest, self.end(before, row))
        if wished > latest:
            reasons[f"latest start is week {latest}"] = None
        nearest = min(max(wished, earliest), latest)
        for start in (*range(nearest, latest + 1), *range(nearest - 1, earliest - 1, -1)):
            if (blocked := self.blocked(row, start)) is None:
                return (start, list(reasons)) if start >= earliest else (None, list(reasons))
            reasons[blocked] = None
        return None, list(reasons) or ["no week is left"]

    def latest(self, row: int) -> int:
        """Return the last first week that leaves time for its waves and for what comes after."""
        if row not in self._latest:
            item, rounds = self.items[row], self.wish.rounds[row]
            waves = len(self.wish.waves) if item.waves else 1
            latest = item.latest - (waves - 1) * self.wish.gap
            while latest > 0 and not self.layout.fits_the_run(
                row, latest + (waves - 1) * self.wish.gap, rounds
            ):
                latest -= 1
            for one in self.layout.problem.precedence:
                if one.first == row and self.wish.doses[one.second] > 0:
                    over = self.end(row, one.second, 0) + one.lag
                    latest = min(latest, self.latest(one.second) - over)
            self._latest[row] = latest
        return self._latest[row]

    def waves(self, row: int) -> list[tuple[tuple[str, ...], int]]:
        """Return the waves of an item and their offsets."""
        many = self.items[row].waves and len(self.wish.waves) > 1
        return [
            (wave, w * self.wish.gap) for w, wave in enumerate(self.wish.waves if many else ((),))
        ]

    def blocked(self, row: int, start: int) -> str | None:
        """Return what forbids a start in a week, or None."""
        item, added = self.items[row], dict[str, Floats]()
        for wave, offset in self.waves(row):
            windows = self.layout.windows(row, start + offset, self.wish.rounds[row])
            for blackout in self.layout.problem.blackouts:
                if held_in(item, windows, blackout.start, blackout.end):
                    return str(blackout)
            for name, amount in self.amounts(row, wave):
                extra = added.setdefault(name, np.zeros(self.layout.weeks))
                for begin, end in windows:
                    extra[begin - 1 : end] += amount
        for name, extra in added.items():
            capacity = self.layout.problem.capacity[name]
            if ((extra > 0) & (self.use[name] + extra > capacity + _SLACK)).any():
                return f"capacity of {capacity:g} {name} a week"
        return None

    def amounts(self, row: int, wave: tuple[str, ...]) -> list[tuple[str, float]]:
        """Return what a wave of an item takes of each capacity that is limited."""
        people = self.layout.people(row, wave) if self.use else 0
        amounts = self.layout.amounts(row, people, self.wish.doses[row])
        return [(name, amounts[name]) for name in self.use if amounts.get(name)]

    def occupy(self, row: int, start: int) -> None:
        """Take what an item takes of every capacity."""
        for wave, offset in self.waves(row):
            for begin, end in self.layout.windows(row, start + offset, self.wish.rounds[row]):
                for name, amount in self.amounts(row, wave):
                    self.use[name][begin - 1 : end] += amount


def held_in(item: Item, windows: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Return whether something is held, or what goes on begins, from ``start`` to ``end``."""
    if item.base.ongoing:
        return bool(windows) and start <= windows[0][0] <= end
    return any(first <= end and last >= start for first, last in windows)


def _violations(layout: Layout, plan: Plan) -> Iterable[str]:
    there = [row for row in range(len(layout.problem.items)) if plan.starts[row]]
    for row in there:
        yield from _misplaced(layout, plan, row)
    for one in layout.problem.precedence:
        if one.first in there and one.second in there:
            first, second = layout.problem.items[one.first], layout.problem.items[one.second]
            behind = plan.offsets(first)[-1] if not second.waves else 0
            over = plan.starts[one.first] + behind + first.round_weeks + one.lag
            if plan.starts[one.second] < over:
                yield f"{one.text}: {second.label} starts in week {plan.starts[one.second]}"
    for sequence in layout.problem.sequences:
        inside = sorted((plan.starts[row], row) for row in sequence.members if plan.starts[row])
        for (_, before), (start, row) in pairwise(inside):
            first, second = layout.problem.items[before], layout.problem.items[row]
            behind = plan.offsets(first)[-1] if not second.waves else 0
            if start < plan.starts[before] + behind + first.round_weeks:
                yield f"{second.label} starts before {first.label} is over (sequences)"
    yield from _exceeded(layout, plan, layout.problem.capacity, layout.problem.budget)


def _misplaced(layout: Layout, plan: Plan, row: int) -> Iterable[str]:
    item = layout.problem.items[row]
    if plan.starts[row] < item.earliest:
        yield f"{item.label} starts before week {item.earliest}"
    for offset in plan.offsets(item):
        first = plan.starts[row] + offset
        if first > item.latest:
            yield f"{item.label} starts after week {item.latest}"
        if not layout.fits_the_run(row, first, plan.rounds[row]):
            yield f"{item.label} is not over by week {layout.weeks}"
            continue
        windows = layout.windows(row, first, plan.rounds[row])
        for blackout in layout.problem.blackouts:
            if held_in(item, windows, blackout.start, blackout.end):
                yield f"{item.label} falls into {blackout}"


def _exceeded(
    layout: Layout, plan: Plan, capacity: Mapping[str, float], budget: Mapping[str, float]
) -> Iterable[str]:
    if not all(
        layout.fits_the_run(row, start + offset, plan.rounds[row])
        for row, start in enumerate(plan.starts)
        if start
        for offset in plan.offsets(layout.problem.items[row])
    ):
        return
    use = layout.load(plan)
    for name, limit in capacity.items():
        if (over := np.flatnonzero(use[name] > limit + 1e-6)).size:
            most = float(use[name].max())
            yield f"{name} in week {over[0] + 1}: {most:g} of {limit:g}"
    for name, limit in budget.items():
        if use[name].sum() > limit + 1e-6:
            yield f"{name} in all: {use[name].sum():,.0f} of {limit:g}"
