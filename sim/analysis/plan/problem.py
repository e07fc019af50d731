"""What a planner asks: what may be placed, what must hold, and what counts as good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import ceil
from pathlib import Path

import numpy as np

from sim.analysis.plan.objective import Goal, Objective, Risk
from sim.arrays import Floats
from sim.errors import InputError, Problem
from sim.interventions.base import Activity
from sim.interventions.timeline import Placed
from sim.numbers import of_these
from sim.organisation.organisation import Organisation
from sim.scenario import Scenario

HOURS, MONEY = "hours", "money"
"""What every intervention takes without its saying so."""


@dataclass(frozen=True, slots=True)
class Occupation:
    """How much of a capacity an intervention occupies in each week of a wave.

    >>> Occupation(1, 15).of(31), Occupation(2).of(31)
    (3.0, 2.0)
    """

    units: float
    per: int | None = None
    """Where given: this many units for each ``per`` people invited, begun groups counted."""

    def of(self, people: int) -> float:
        """Return the units occupied by a wave of this many people."""
        return float(self.units if self.per is None else self.units * ceil(people / self.per))


@dataclass(frozen=True, slots=True)
class Limit:
    """What there is of something, and may not be exceeded (or at a price)."""

    name: str
    """``hours``, ``money``, or what interventions occupy or take."""
    amounts: tuple[tuple[int, float], ...]
    """Week and amount. Of a capacity, what there is in each week from that week on; of a budget,
    what is added in that week and may be spent from then on."""
    budget: bool = False
    """Whether it is spent, once and for all, rather than there anew in each week."""
    group: str = ""
    """The group of teams it is for; empty for everybody."""
    price: float = float("inf")
    """What each unit above it costs in the objective's own unit; infinite where it may not be
    exceeded."""
    currency: str = ""
    """What money is counted in, where it is of money and the file says it."""

    @property
    def hard(self) -> bool:
        """Whether it may not be exceeded."""
        return self.price == float("inf")

    @property
    def what(self) -> str:
        """What it limits, in words."""
        name = f"{self.name} ({self.currency})" if self.currency else self.name
        return f"{name} of {self.group}" if self.group else name

    @property
    def words(self) -> str:
        """The limit in words."""
        if len(self.amounts) > 1:
            return f"{'budget' if self.budget else 'capacity'} of {self.what}, week by week"
        amount = of_these(self.amounts[0][1], self.currency or self.what)
        return f"budget of {amount}" if self.budget else f"capacity of {amount} a week"

    def series(self, weeks: int) -> Floats:
        """Return what there is in each week (a budget: until the end of it), shape (weeks,)."""
        there = np.zeros(weeks)
        for week, amount in self.amounts:
            if self.budget:
                there[week - 1 :] += amount
            else:
                there[week - 1 :] = amount
        return there

    def looser(self, by: float) -> Limit:
        """Return it with so much more: in every week, or to be spent from the start."""
        if self.budget:
            (week, amount), *later = self.amounts
            return replace(self, amounts=((week, amount + by), *later))
        return replace(self, amounts=tuple((week, amount + by) for week, amount in self.amounts))


@dataclass(frozen=True, slots=True)
class Rates:
    """What an hour of people's time costs."""

    everyone: float = 0.0
    levels: Mapping[int, float] = field(default_factory=dict)
    roles: Mapping[str, float] = field(default_factory=dict)
    """A role goes before a level."""

    def of(self, organisation: Organisation) -> Floats:
        """Return what an hour of each person costs, shape (n_people,)."""
        rates = np.full(organisation.n_people, self.everyone)
        for level, rate in self.levels.items():
            rates[organisation.people["level"] == level] = rate
        for role, rate in self.roles.items():
            rates[organisation.people["role"] == organisation.roles.index(role)] = rate
        return rates


@dataclass(frozen=True, eq=False)
class Item:
    """An intervention to place."""

    label: str
    base: Activity
    """At dose 1, from week 1, one round. Hours and money are at dose 1, and grow with it."""
    earliest: int
    latest: int
    """``earliest``, ``latest``: first and last week in which it may start; in waves, with its first
    wave."""
    doses: tuple[float, ...]
    """Doses that may be chosen; 0 leaves it out."""
    rounds: tuple[int, ...]
    """Numbers of rounds that may be chosen; 0 stands for as many as there is time for."""
    waves: bool
    """Whether it goes from wave to wave, rather than to its whole audience at once."""
    occupies: Mapping[str, Occupation] = field(default_factory=dict)
    """In each active week of a wave."""
    takes: Mapping[str, Occupation] = field(default_factory=dict)
    """Once for each wave, when it starts."""
    gaps: tuple[int, ...] = ()
    """Weeks between its waves that may be chosen; those of all waves where empty."""
    pinned: Mapping[int, int] = field(default_factory=dict)
    """The week of a wave where that is settled, by the number of the wave from 0."""
    over_by: int | None = None
    """Week by which its last wave has started."""
    placed: Placed | None = None
    """Where the file says it."""

    @property
    def round_weeks(self) -> int:
        """Weeks until others may count on it: one round, or the first week of what goes on."""
        return 1 if self.base.ongoing else self.base.lasts


@dataclass(frozen=True, slots=True)
class Sequence:
    """Interventions one after another, in an order to be found."""

    members: tuple[int, ...]
    """Positions of the items."""
    gaps: tuple[int, ...]
    """Weeks from the end of one to the start of the next that may be chosen."""


@dataclass(frozen=True, slots=True)
class Pilot:
    """A first wave unlike the others."""

    groups: int | None = None
    """How many groups of teams it has."""
    people: float | None = None
    """How many people at most; below 1 a share of all."""
    weeks: int = 0
    """Weeks between its start and that of the next wave, besides the gap."""


@dataclass(frozen=True, slots=True)
class Waves:
    """How teams may be taken in one after another."""

    numbers: tuple[int, ...]
    """Numbers of waves that may be chosen."""
    gaps: tuple[int, ...]
    """Weeks from the start of one wave to the start of the next that may be chosen."""
    units: tuple[tuple[str, ...], ...]
    """Groups of teams that stay together."""
    names: tuple[str, ...]
    """Names of the groups."""
    even: bool = True
    """Whether waves are about as large as each other, up to the largest group."""
    pilot: Pilot | None = None
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    """``together``, ``apart``: groups that are in one wave; that are in a wave each."""
    before: tuple[tuple[str, str], ...] = ()
    """Groups of which the first is in an earlier wave than the second."""

    def offset(self, wave: int, gap: int) -> int:
        """Return by how many weeks a wave starts after the first."""
        return wave * gap + (self.pilot.weeks if self.pilot is not None and wave else 0)


@dataclass(frozen=True, slots=True)
class Before:
    """``first`` is over (what goes on: has begun) ``lag`` weeks before ``second`` starts.

    Positions are those of items; in waves, it holds wave by wave. No more than ``most``
    weeks lie between, where given.
    """

    first: int
    second: int
    lag: int
    text: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Blackout:
    """Weeks in which nothing is held, and nothing that goes on begins."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"blackout weeks {self.start} to {self.end}"


@dataclass(frozen=True, eq=False)
class PlanProblem:
    """A planner's problem, read and checked."""

    name: str
    purpose: str
    organisation: Path | None
    weeks: int
    scenario: Scenario
    """What happens whatever the plan; parameters and mechanisms of the model."""
    items: tuple[Item, ...]
    sequences: tuple[Sequence, ...] = ()
    waves: Waves | None = None
    precedence: tuple[Before, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    limits: tuple[Limit, ...] = ()
    """Capacities and budgets."""
    rates: Rates = field(default_factory=Rates)
    """What an hour of people's time costs."""
    currency: str = ""
    """What money is counted in; empty where the file does not say it."""
    objectives: tuple[Objective, ...] = (Objective(),)
    """One to three."""
    goals: tuple[Goal, ...] = ()
    """What a plan must reach in a given share of the replicates."""
    risk: Risk = Risk.MEAN
    worth: float = 0.01
    """Difference in the (first) objective that is worth caring for."""
    step: int = 1
    """Weeks between the starts that are considered."""
    begins: date | None = None
    """The Monday of week 1."""
    start_from: Path | None = None
    """A plan of the planner's own, as a scenario file."""
    references: Mapping[str, Scenario] = field(default_factory=dict)
    """Scenarios that plans are judged against, by the name in ``less``."""
    text: str = ""
    file: str = ""
    where: Mapping[tuple[str | int, ...], str] = field(default_factory=dict, repr=False)

    @property
    def lead(self) -> int:
        """Which of objectives and goals elements, order and later weeks are looked at by.

        The first objective; where it is planned (hours, money) the first goal, if there is one.
        """
        return len(self.objectives) if self.objectives[0].is_planned and self.goals else 0

    @property
    def leading(self) -> Objective:
        """The objective or goal at ``lead``."""
        return (*self.objectives, *self.goals)[self.lead]

    @property
    def lead_worth(self) -> float:
        """Difference in ``leading`` that is worth caring for."""
        return self.leading.worth if self.lead else self.worth

    @property
    def is_single(self) -> bool:
        """Whether it has one objective and that is what all is looked at by."""
        return len(self.objectives) == 1 and not self.lead

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the items."""
        return tuple(item.label for item in self.items)

    @property
    def spends_money(self) -> bool:
        """Whether anything costs money, or money is limited."""
        costs = any(item.base.money for item in self.items) or self.rates != Rates()
        return costs or any(one.name == MONEY for one in self.limits)

    @property
    def money(self) -> str:
        """The head of a column of money, with its currency."""
        return f"{MONEY} ({self.currency})" if self.currency else MONEY

    @property
    def paid(self) -> str:
        """What stands after an amount of money."""
        return self.currency or f"of {MONEY}"

    def named(self, one: Objective) -> str:
        """Return an objective in words, with the currency where it is money."""
        name = one.named(self.weeks)
        return f"{name} ({self.currency})" if self.currency and one.what == MONEY else name

    def day(self, week: int) -> date | None:
        """Return the Monday of a week, where the file says when week 1 is."""
        return None if self.begins is None else self.begins + timedelta(weeks=week - 1)

    def last_day(self, week: int) -> date | None:
        """Return the Friday of a week, where the file says when week 1 is."""
        monday = self.day(week)
        return None if monday is None else monday + timedelta(days=4)

    def on(self, organisation: Organisation) -> PlanProblem:
        """Return the problem with every group of teams that an organisation's waves are of.

        Every team is a group of its own where none are named; groups that are to be together
        are one.
        """
        waves = self.waves
        if waves is None:
            return self
        if not waves.units:
            teams = organisation.teams
            waves = replace(waves, units=tuple((team,) for team in teams), names=teams)
        known = set(waves.names)
        named = [("together", group) for group in waves.together]
        named += [("apart", group) for group in waves.apart]
        named += [("before", pair) for pair in waves.before]
        problems = [
            Problem(self.where.get(("waves", key), self.file), f"waves.{key}",
                    f"names {name}, which is no team or group",
                    f"one of {', '.join(sorted(known)[:6])}{', …' if len(known) > 6 else ''}")
            for key, group in named for name in group if name not in known
        ]  # fmt: skip
        if problems:
            raise InputError(problems)
        return replace(self, waves=_joined(waves))


def _joined(waves: Waves) -> Waves:
    """Return waves in which groups that are to be together are one group."""
    of = {name: {name} for name in waves.names}
    for group in waves.together:
        whole = set().union(*(of[name] for name in group))
        for name in whole:
            of[name] = whole
    order: dict[str, list[str]] = {}
    for name in waves.names:
        head = next(one for one in waves.names if one in of[name])
        order.setdefault(head, []).append(name)
    units = dict(zip(waves.names, waves.units, strict=True))
    called = {name: " + ".join(names) for names in order.values() for name in names}
    return replace(
        waves,
        units=tuple(tuple(t for name in names for t in units[name]) for names in order.values()),
        names=tuple(" + ".join(names) for names in order.values()),
        together=(),
        apart=tuple(tuple(called[name] for name in group) for group in waves.apart),
        before=tuple((called[a], called[b]) for a, b in waves.before),
    )
