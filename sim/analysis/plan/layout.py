"""A problem on an organisation: who is invited to what and when, and what that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.analysis.plan.problem import HOURS, MONEY, Limit, Occupation, PlanProblem
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.interventions.base import Audience
from sim.interventions.timeline import problems_of, warnings_of
from sim.organisation.organisation import Organisation

BUT = " but "
"""Stands in the name of a part between a group of teams, or ``all``, and people not meant."""
_KNOWN = 512
"""Waves of which it is remembered who is in them."""

P = ParamSpec("P")
T = TypeVar("T")
Floats = NDArray[np.float64]
Waves = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Plan:
    """A rollout: what starts when, how much of it, and who is in which wave."""

    starts: tuple[int, ...]
    """Week in which each item starts in the first wave; 0 where it is left out."""
    doses: tuple[float, ...]
    rounds: tuple[int, ...]
    """0 stands for as many as there is time for."""
    waves: Waves = ((),)
    """Names of the parts of the organisation in each wave; one wave is everybody."""
    gaps: tuple[int, ...] = ()
    """By item, the weeks from the start of one wave to the start of the next; 0 for what is left
    out or takes everybody at once. Empty with one wave."""

    @cached_property
    def _hash(self) -> int:
        return hash((self.starts, self.doses, self.rounds, self.waves, self.gaps))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:  # hashes of texts differ between processes
        return Plan, (self.starts, self.doses, self.rounds, self.waves, self.gaps)

    @cached_property
    def key(self) -> str:
        """A text that is the same for equal plans, whatever kind of number they hold."""
        whole = (tuple(map(int, one)) for one in (self.starts, self.rounds, self.gaps))
        starts, rounds, gaps = whole
        return repr((starts, tuple(map(float, self.doses)), rounds, self.waves, gaps))


def _remembered(method: Callable[Concatenate[Layout, P], T]) -> cached_property[Callable[P, T]]:
    """Let a method of a layout find things out once, by what it is asked."""

    @wraps(method)
    def bound(self: Layout) -> Callable[P, T]:
        return cast("Callable[P, T]", cache(partial(method, self)))

    return cached_property(bound)


class Layout:
    """A problem on an organisation: who is invited to what, and what it takes.

    Raises InputError where the problem names people or teams that the organisation does not have.
    """

    def __init__(self, problem: PlanProblem, organisation: Organisation) -> None:
        self.problem, self.organisation = problem.on(organisation), organisation
        self.warnings = self._check()
        self.invited = [item.base.audience.members(organisation) for item in problem.items]
        if nobody := [
            i for i, who in zip(problem.items, self.invited, strict=True) if not who.any()
        ]:
            raise InputError(
                Problem(problem.file, item.label, "reaches nobody", "an audience with people")
                if item.placed is None
                else item.placed.problem(("audience",), "reaches nobody", "an audience with people")
                for item in nobody
            )
        self.known: dict[object, Callable[..., Any]] = {}
        """What functions of a layout have found out, by function."""
        if self.problem.waves is not None:
            for name in self.problem.waves.names:
                self.part(name)
        self._by_wave: dict[tuple[str, ...], NDArray[np.bool_]] = {}
        self._pay = self.problem.rates.of(organisation)

    def _check(self) -> tuple[Problem, ...]:
        """Raise for what is not there; return what is odd."""
        problem, organisation = self.problem, self.organisation
        placed = [item.placed for item in problem.items if item.placed is not None]
        placed = [*problem.scenario.timeline, *placed]
        problems = [*problems_of(placed, organisation)]
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
            problems += self._unknown_groups()
            if max(problem.waves.numbers) > len(problem.waves.units):
                what = f"holds {max(problem.waves.numbers)}, with {len(problem.waves.units)} teams"
                where = problem.where.get(("waves", "numbers"), problem.file)
                problems.append(Problem(where, "waves.numbers", what, "at most one a team"))
        for role in problem.rates.roles:
            if role not in organisation.roles:
                where = problem.where.get(("rates", "roles", role), problem.file)
                right = did_you_mean(role, organisation.roles)
                problems.append(Problem(where, "rates.roles", f"role {role} is not there", right))
        if problems:
            raise InputError(problems)
        return warnings_of(placed, organisation)

    def _unknown_groups(self) -> list[Problem]:
        """Return limits for groups of teams that there are not."""
        waves, problem = self.problem.waves, self.problem
        assert waves is not None
        return [
            Problem(
                problem.where.get(("capacity", one.name), problem.file), f"capacity.{one.name}",
                f"names {one.group}, which is no group of teams",
                did_you_mean(one.group, waves.names),
            )
            for one in problem.limits if one.group and one.group not in waves.names
        ]  # fmt: skip

    @_remembered
    def part(self, name: str) -> tuple[Audience, NDArray[np.bool_]]:
        """Return the audience of a part of the organisation, and who belongs to it.

        Waves are made of parts: groups of teams; in simple plans also people such as ``managers``,
        ``all but managers``, and a group of teams but them. Raises InputError where there is no
        such part.
        """
        audience = self._named(name)
        return audience, audience.members(self.organisation)

    def _named(self, name: str) -> Audience:
        waves = self.problem.waves
        groups = {} if waves is None else dict(zip(waves.names, waves.units, strict=True))
        if name in groups:
            return Audience.model_validate({"teams": list(groups[name])})
        whole, but, who = name.rpartition(BUT)
        try:
            if not but:
                return Audience.model_validate(name)
            if whole in groups:
                return Audience.model_validate({"teams": list(groups[whole]), "minus": who})
            if whole == "all":
                return Audience.model_validate({"everyone": True, "minus": who})
        except ValidationError:
            pass
        what, right = f"names {name}, which is no group of teams", did_you_mean(name, [*groups])
        raise refusal(self.problem.file, "waves", what, right)

    @_remembered
    def part_people(self, name: str) -> int:
        """Return how many people a part has."""
        return int(self.part(name)[1].sum())

    @cached_property
    def weeks(self) -> int:
        """Length of the run."""
        return self.problem.weeks

    def waves_of(self, row: int, waves: Waves) -> Waves:
        """Return the waves in which an item goes: those of the plan, or everybody at once."""
        return waves if self.problem.items[row].waves and len(waves) > 1 else ((),)

    @_remembered
    def offsets(self, row: int, count: int, gap: int) -> tuple[int, ...]:
        """Return by how many weeks each of ``count`` waves of an item starts after its first."""
        waves = self.problem.waves
        if not self.problem.items[row].waves or count < 2:
            return (0,)
        return tuple(wave * gap if waves is None else waves.offset(wave, gap)
                     for wave in range(count))  # fmt: skip

    def wave_starts(self, plan: Plan, row: int) -> tuple[int, ...]:
        """Return the first week of each wave of an item; empty where it is left out."""
        gap = plan.gaps[row] if plan.gaps else 0
        return self._spread(row, plan.starts[row], len(plan.waves), gap)

    @_remembered
    def _spread(self, row: int, start: int, count: int, gap: int) -> tuple[int, ...]:
        return tuple(start + by for by in self.offsets(row, count, gap)) if start else ()

    def inside(self, row: int, wave: tuple[str, ...], group: str = "") -> NDArray[np.bool_]:
        """Return who is invited to an item in a wave (``()`` is everybody), of a group."""
        inside = self.invited[row]
        if wave:
            if wave not in self._by_wave:
                if len(self._by_wave) >= _KNOWN:
                    self._by_wave.clear()
                self._by_wave[wave] = np.logical_or.reduce([self.part(name)[1] for name in wave])
            inside = inside & self._by_wave[wave]
        return inside & self.part(group)[1] if group else inside

    @_remembered
    def people(self, row: int, wave: tuple[str, ...], group: str = "") -> int:
        """Return how many people of a wave are invited to an item."""
        return int(np.count_nonzero(self.inside(row, wave, group)))

    @_remembered
    def audience(self, row: int, wave: tuple[str, ...]) -> Audience:
        """Return the audience of an item in a wave; ``()`` is everybody."""
        own = self.problem.items[row].base.audience
        if not wave:
            return own
        parts = [self.part(name)[0] for name in wave]
        teams = [team for part in parts for team in part.teams or ()]
        if all(part.teams and part.minus is None for part in parts):
            return Audience.model_validate(
                {"teams": teams} if own.everyone else {"any": [own], "teams": teams}
            )
        if own.everyone and len(parts) == 1:
            return parts[0]
        return _intersection([Audience.model_validate({"any": parts}), own])

    @_remembered
    def windows(self, row: int, start: int, rounds: int) -> tuple[tuple[int, int], ...]:
        """Return first and last week of each round, as far as the run reaches."""
        if start > 1:
            later, end = start - 1, self.weeks
            first = self.windows(row, 1, rounds)
            return tuple((a + later, min(b + later, end)) for a, b in first if a + later <= end)
        base = self.problem.items[row].base
        moved = base.model_copy(update={"start": start, "times": rounds or None})
        return moved.rounds(self.weeks)

    def fits_the_run(self, row: int, start: int, rounds: int) -> bool:
        """Return whether all rounds end within the run; what goes on need only begin."""
        item = self.problem.items[row]
        if start > self.weeks:
            return False
        if item.base.ongoing or not rounds:
            return True
        step = item.base.every or item.base.lasts
        return start + (rounds - 1) * step + item.base.lasts - 1 <= self.weeks

    @_remembered
    def amount(self, row: int, name: str, wave: tuple[str, ...], group: str = "") -> float:
        """Return what a wave takes of something: in an active week, or once (``takes``).

        Of hours and money at dose 1, as people attend on average; other things do not
        depend on the dose.
        """
        if name in (HOURS, MONEY):
            return float(self.each(row, name)[self.inside(row, wave, group)].sum())
        there, _ = self.occupation(row, name)
        people = 0 if there is None else self.people(row, wave, group)
        return there.of(people) if there is not None and people else 0.0

    @_remembered
    def amounts(self, name: str, waves: Waves, group: str = "") -> Floats:
        """Return what each wave of each item takes of something, shape (n_items, n_waves).

        What takes everybody at once does so in the first.
        """
        found = np.zeros((len(self.problem.items), len(waves)))
        there = self._divided(waves)
        for row in self.takers(name):
            mine, occupied = self.waves_of(row, waves), self.occupation(row, name)[0]
            if there is None or mine != waves:
                found[row, : len(mine)] = [self.amount(row, name, one, group) for one in mine]
                continue
            found[row] = self._by_group(row, name, group) @ there
            if name not in (HOURS, MONEY) and occupied is not None:
                found[row] = [occupied.of(int(people)) if people else 0 for people in found[row]]
        return found

    @_remembered
    def _divided(self, waves: Waves) -> NDArray[np.bool_] | None:
        """Return whether a group of teams is in a wave, (n_groups, n_waves); None of other parts.

        Groups of teams share no people.
        """
        names = () if self.problem.waves is None else self.problem.waves.names
        if len(waves) < 2 or not set(names).issuperset(name for wave in waves for name in wave):
            return None
        return np.array(self.wave_of(waves))[:, None] == np.arange(len(waves))

    @_remembered
    def _by_group(self, row: int, name: str, group: str) -> Floats:
        """Return hours or money of each group of teams; of other things, people invited."""
        names = () if self.problem.waves is None else self.problem.waves.names
        if name in (HOURS, MONEY):
            return np.array([self.amount(row, name, (one,), group) for one in names])
        return np.array([self.people(row, (one,), group) for one in names], float)

    @_remembered
    def each(self, row: int, name: str) -> Floats:
        """Return hours or money of every person in an active week at dose 1, shape (n_people,)."""
        base = self.problem.items[row].base
        hours = base.hours_a_week() * np.ones(len(self._pay))
        if name == MONEY:
            hours = hours * self._pay + base.money_a_week()
        return base.attending() * hours

    def occupation(self, row: int, name: str) -> tuple[Occupation | None, bool]:
        """Return what an item occupies or takes of something, and whether it does so once."""
        item = self.problem.items[row]
        return item.occupies.get(name) or item.takes.get(name), name in item.takes

    @_remembered
    def active(self, row: int, start: int, rounds: int, once: bool) -> Floats:
        """Return 1 for each week of a wave in which something is taken, shape (weeks,)."""
        weeks = np.zeros(self.weeks)
        for first, last in self.windows(row, start, rounds):
            weeks[first - 1 : first if once else last] = 1.0
            if once:
                break
        return weeks

    def use(
        self, plan: Plan, name: str, group: str = "", rows: Iterable[int] | None = None
    ) -> Floats:
        """Return what a plan takes of something in each week, shape (weeks,).

        ``hours`` and ``money`` are those of people who attend, on average.
        """
        total = np.zeros(self.weeks)
        for row in self.takers(name) if rows is None else rows:
            if plan.starts[row]:
                gap, waves = plan.gaps[row] if plan.gaps else 0, self.waves_of(row, plan.waves)
                total += self.use_of(row, plan.starts[row], plan.doses[row], plan.rounds[row],
                                     gap, waves, name, group)  # fmt: skip
        return total

    @_remembered
    def takers(self, name: str) -> tuple[int, ...]:
        """Return the items that take anything of something."""
        rows = range(len(self.problem.items))
        if name in (HOURS, MONEY):
            return tuple(row for row in rows if self.each(row, name).any())
        return tuple(row for row in rows if self.occupation(row, name)[0] is not None)

    @_remembered
    def use_of(
        self, row: int, start: int, dose: float, rounds: int, gap: int, waves: Waves, name: str,
        group: str,
    ) -> Floats:  # fmt: skip
        """Return what an item takes of something in each week, shape (weeks,)."""
        scale = dose if name in (HOURS, MONEY) else 1.0
        _, once = self.occupation(row, name)
        taken, amounts = np.zeros(self.weeks), self.amounts(name, waves, group)[row]
        for amount, by in zip(amounts, self.offsets(row, len(waves), gap), strict=True):
            if amount:
                taken += scale * amount * self.active(row, start + by, rounds, once)
        return taken

    @_remembered
    def there_is(self, limit: Limit) -> Floats:
        """Return what there is within a limit in each week, shape (weeks,)."""
        return limit.series(self.weeks)

    def excess(self, plan: Plan, limit: Limit) -> Floats:
        """Return by how much a plan exceeds a limit in each week, shape (weeks,); 0 where not."""
        taken = self.use(plan, limit.name, limit.group)
        if limit.budget:
            taken = np.cumsum(taken)
        return np.maximum(0.0, taken - self.there_is(limit))

    def price(self, plan: Plan) -> float:
        """Return what a plan pays for limits that may be exceeded at a price."""
        paid = 0.0
        for limit in self.problem.limits:
            if not limit.hard:
                over = self.excess(plan, limit)
                paid += limit.price * float(over.max() if limit.budget else over.sum())
        return paid

    @_remembered
    def totals(self, plan: Plan) -> dict[str, float]:
        """Return planned hours and money in all."""
        return {  # whatever the order in which weeks are summed
            name: round(float(self.use(plan, name).sum()), 9) for name in (HOURS, MONEY)
        }

    def wave_of(self, waves: Waves) -> tuple[int, ...]:
        """Return the wave of each group of teams; -1 where it is in none by its name."""
        names = () if self.problem.waves is None else self.problem.waves.names
        at = {name: k for k, wave in enumerate(waves) for name in wave}
        return tuple(at.get(name, -1) for name in names)

    def divided(self, wave_of: Sequence[int], count: int) -> Waves:
        """Return waves by the wave of each group of teams."""
        assert self.problem.waves is not None
        if count < 2:
            return ((),)
        pairs = [*zip(self.problem.waves.names, wave_of, strict=True)]
        return tuple(tuple(name for name, w in pairs if w == wave) for wave in range(count))


def _intersection(audiences: list[Audience]) -> Audience:
    """Return people who are in both of two audiences: all, less those outside either."""
    outside = [Audience.model_validate({"everyone": True, "minus": one}) for one in audiences]
    return Audience.model_validate({"everyone": True, "minus": {"any": outside}})


def with_at(values: tuple[T, ...], row: int, value: T) -> tuple[T, ...]:
    """Return values with another at one place."""
    return (*values[:row], value, *values[row + 1 :])
