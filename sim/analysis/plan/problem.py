"""What a planner asks: what may be placed, what must hold, and what counts as good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from sim.analysis.plan.objective import Objective, Risk
from sim.interventions.base import Activity
from sim.interventions.timeline import Placed

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.scenario import Scenario

__all__ = ["Before", "Blackout", "Item", "Occupation", "PlanProblem", "Sequence", "Waves"]


@dataclass(frozen=True, slots=True)
class Occupation:
    """How much of a capacity an intervention occupies in each week of a wave.

    Parameters
    ----------
    units : float
    per : int or None
        Where given: so many units for each ``per`` people invited, begun groups counted.

    Examples
    --------
    >>> Occupation(1, 15).of(31), Occupation(2).of(31)
    (3.0, 2.0)
    """

    units: float
    per: int | None = None

    def of(self, people: int) -> float:
        """Return the units occupied by a wave of so many people."""
        return float(self.units if self.per is None else self.units * ceil(people / self.per))


@dataclass(frozen=True, eq=False)
class Item:
    """An intervention to place.

    Parameters
    ----------
    label : str
    base : Activity
        At dose 1, from week 1, one round. Hours and money are at dose 1, and grow with it.
    earliest, latest : int
        First and last week in which it may start, whatever the wave.
    doses : tuple of float
        Doses that may be chosen; 0 leaves it out.
    rounds : tuple of int
        Numbers of rounds that may be chosen; 0 stands for as many as there is time for.
    waves : bool
        Whether it goes from wave to wave, rather than to its whole audience at once.
    occupies : mapping of str to Occupation
    placed : Placed
        Where the file says it.
    """

    label: str
    base: Activity
    earliest: int
    latest: int
    doses: tuple[float, ...]
    rounds: tuple[int, ...]
    waves: bool
    occupies: Mapping[str, Occupation] = field(default_factory=dict)
    placed: Placed | None = None

    @property
    def round_weeks(self) -> int:
        """Weeks until others may count on it: one round, or the first week of what goes on."""
        return 1 if self.base.ongoing else self.base.lasts


@dataclass(frozen=True, slots=True)
class Sequence:
    """Interventions one after another, in an order to be found.

    Parameters
    ----------
    members : tuple of int
        Positions of the items.
    gaps : tuple of int
        Weeks from the end of one to the start of the next that may be chosen.
    """

    members: tuple[int, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Waves:
    """How teams may be taken in one after another.

    Parameters
    ----------
    numbers : tuple of int
        Numbers of waves that may be chosen.
    gaps : tuple of int
        Weeks from the start of one wave to the start of the next that may be chosen.
    units : tuple of tuple of str
        Groups of teams that stay together.
    names : tuple of str
        Names of the groups.
    fixed : tuple of tuple of int, or None
        Units of each wave where that is decided already.
    """

    numbers: tuple[int, ...]
    gaps: tuple[int, ...]
    units: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    fixed: tuple[tuple[int, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """``first`` is over (what goes on: has begun) ``lag`` weeks before ``second`` starts.

    Positions are those of items; in waves, it holds wave by wave.
    """

    first: int
    second: int
    lag: int
    text: str


@dataclass(frozen=True, slots=True)
class Blackout:
    """Weeks in which nothing is held, and nothing that goes on begins."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"blackout weeks {self.start} to {self.end}"


@dataclass(frozen=True, eq=False)
class PlanProblem:
    """A planner's problem, read and checked.

    Parameters
    ----------
    name, purpose : str
    organisation : Path or None
    weeks : int
    scenario : Scenario
        What happens whatever the plan; parameters and mechanisms of the model.
    items : tuple of Item
    sequences : tuple of Sequence
    waves : Waves or None
    precedence : tuple of Before
    blackouts : tuple of Blackout
    budget, capacity : mapping of str to float
        In all (``hours``, ``money``); in each week (``hours`` and whatever is occupied).
    objectives : tuple of Objective
        One or two.
    risk : Risk
    worth : float
        Difference in the (first) objective that is worth caring for.
    step : int
        Weeks between the starts that are considered.
    text, file : str
    """

    name: str
    purpose: str
    organisation: Path | None
    weeks: int
    scenario: Scenario
    items: tuple[Item, ...]
    sequences: tuple[Sequence, ...] = ()
    waves: Waves | None = None
    precedence: tuple[Before, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    budget: Mapping[str, float] = field(default_factory=dict)
    capacity: Mapping[str, float] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = (Objective(),)
    risk: Risk = Risk.MEAN
    worth: float = 0.01
    step: int = 1
    text: str = ""
    file: str = ""
    where: Mapping[tuple[str | int, ...], str] = field(default_factory=dict, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the items."""
        return tuple(item.label for item in self.items)

    def on(self, organisation: Organisation) -> PlanProblem:
        """Return the problem with every team a unit of its own where no groups are named."""
        if self.waves is None or self.waves.units:
            return self
        teams = organisation.teams
        waves = replace(self.waves, units=tuple((team,) for team in teams), names=teams)
        return replace(self, waves=waves)
