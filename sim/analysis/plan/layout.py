"""A problem on an organisation: who is invited to what and when, and what that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.problem import Item, PlanProblem
from sim.errors import InputError, Problem
from sim.interventions.audience import Audience
from sim.interventions.timeline import problems_of, warnings_of
from sim.organisation.organisation import Organisation

__all__ = ["HOURS", "SLACK", "Fitted", "Layout", "Plan", "Waves", "Wish"]

HOURS = "hours"
SLACK = 1e-9

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
                amount > self.problem.capacity.get(name, np.inf) + SLACK
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
        from sim.analysis.plan.schedule import Schedule

        return Schedule(self, wish).fitted()

    def violations(self, plan: Plan) -> tuple[str, ...]:
        """Return every constraint that a plan breaks, in words."""
        from sim.analysis.plan.schedule import violations

        return tuple(violations(self, plan))


def _intersection(audiences: list[Audience]) -> Audience:
    """Return people who are in both of two audiences: all, less those outside either."""
    outside = [Audience.model_validate({"everyone": True, "minus": one}) for one in audiences]
    return Audience.model_validate({"everyone": True, "minus": {"any": outside}})
