"""The roadmap of a plan: who does what when, step by step, what to expect, and when to doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.problem import HOURS, MONEY, Blackout, Occupation
from sim.arrays import Floats
from sim.contrast import bands

Series = dict[str, tuple[tuple[int, ...], tuple[float, ...]]]

FAILS_BELOW = 0.025
"""Share of replicates that fall below the level at which a plan's assumptions are said to fail."""
VISIBLE = 0.005
"""Share of people below which nobody is to be seen yet."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One intervention on the roadmap."""

    label: str
    waves: tuple[tuple[tuple[int, int], ...], ...]
    """First and last week of the rounds of each wave; one wave where it is not in waves."""
    in_waves: bool
    ongoing: bool
    dose: float


@dataclass(frozen=True, eq=False)
class Gauge:
    """Something that a plan takes, and what there is of it."""

    name: str
    use: Floats
    """In each week; of a budget in all until then. Shape (weeks,)."""
    limit: Floats | None
    """Shape (weeks,)."""
    budget: bool


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What to expect by a week."""

    week: int
    outcome: str
    low: float
    high: float
    """``low``, ``high``: the middle 80% of replicates."""
    fails_below: float
    """Only one replicate in forty is lower: below it the plan's assumptions fail."""
    before: str = ""
    """What is decided then, such as ``access, wave 2``; empty where nothing is."""


@dataclass(frozen=True, eq=False)
class Roadmap:
    """All that the picture of a plan shows."""

    name: str
    organisation: str
    note: str
    weeks: int
    bars: tuple[Bar, ...]
    """In the order in which they begin."""
    waves: tuple[str, ...]
    """Who is in each wave, in words; empty for one wave."""
    blackouts: tuple[Blackout, ...]
    gauges: tuple[Gauge, ...]
    """What it takes, ``hours`` first."""
    curves: dict[str, Floats]
    """Mean, 10th and 90th percentile over replicates of share outcomes, shape (3, weeks)."""
    checkpoints: tuple[Checkpoint, ...]
    observed: Series = field(default_factory=dict)
    """What was measured, where something was."""
    now: int = 0
    """The last week that is past; 0 before the start."""
    begins: date | None = None
    """The Monday of week 1."""
    marked: str = ""
    """What is wrong with the picture, said across it; empty where nothing is."""
    line: Floats | None = None
    """What was measured, carried on as it was, shape (weeks,)."""


def decisions(layout: Layout, plan: Plan) -> dict[int, str]:
    """Return what begins after each week, by the last week before it: when to look.

    Waves after the first come first; where there are none, every intervention.
    """
    found: dict[int, list[str]] = {}
    for later in (True, False):
        for row, item in enumerate(layout.problem.items):
            starts = layout.wave_starts(plan, row)
            for wave, start in enumerate(starts):
                if start > 1 and (wave > 0) == later:
                    name = f"{item.label}, wave {wave + 1}" if len(starts) > 1 else item.label
                    found.setdefault(start - 1, []).append(name)
        if len(found) >= 3:
            break
    return {week: " + ".join(found[week]) for week in sorted(found)}


def checkpoint_weeks_of(weeks: int) -> tuple[int, ...]:
    """Return the weeks at which something is to be checked, whatever is decided.

    >>> checkpoint_weeks_of(40), checkpoint_weeks_of(12)
    ((20, 40), (6, 12))
    """
    return (max(1, weeks // 2), weeks)


def roadmap_of(
    evaluator: Evaluator, plan: Plan, name: str, replicates: int, observed: Series | None = None,
    now: int = 0, stage: str = "report",
) -> Roadmap:  # fmt: skip
    """Return the roadmap of a plan, its curves over the replicates of the report."""
    layout, problem = evaluator.layout, evaluator.layout.problem
    simulated = evaluator.series(plan, replicates, stage)
    shares = (one.curve for one in problem.objectives if one.is_share)
    shown = dict.fromkeys(("weekly_users", *shares))
    curves, marks = {}, []
    decided = decisions(layout, plan)
    weeks = sorted({*decided, *checkpoint_weeks_of(layout.weeks)})
    for outcome in shown:
        values = evaluator.widened(simulated, outcome)
        mean, low, high = bands(values)
        fails = np.quantile(values, FAILS_BELOW, axis=0)
        curves[outcome] = np.stack([mean, low, high])
        marks += [
            Checkpoint(
                week, outcome, low[week - 1], high[week - 1], fails[week - 1], decided.get(week, "")
            )
            for week in weeks
            if week > now and (outcome == "weekly_users" or high[week - 1] > VISIBLE)
        ]
    return Roadmap(
        name=name,
        organisation=f"{layout.organisation.name}, {layout.organisation.n_people:,} people",
        note=f"Mean and middle 80% of {replicates} replicates: parameter sets of the posterior, "
        "each with own random numbers. Doubt about the model's structure is not in the bands.",
        weeks=layout.weeks,
        bars=tuple(sorted(_bars(evaluator, plan), key=lambda bar: (bar.waves[0][0], bar.label))),
        waves=tuple(", ".join(wave) for wave in plan.waves) if len(plan.waves) > 1 else (),
        blackouts=problem.blackouts,
        gauges=tuple(_gauges(layout, plan)),
        curves=curves,
        checkpoints=tuple(marks),
        observed=observed or {},
        now=now,
        begins=problem.begins,
    )


def _gauges(layout: Layout, plan: Plan) -> Iterator[Gauge]:
    limits = list(layout.problem.limits)
    names = {(one.name, one.budget) for one in limits}
    if (HOURS, False) not in names:
        yield Gauge(HOURS, layout.use(plan, HOURS), None, False)
    for limit in sorted(limits, key=lambda one: (one.name != HOURS, one.budget)):
        if (limit.name, limit.budget) == (HOURS, True):
            continue
        use = layout.use(plan, limit.name, limit.group)
        use = np.cumsum(use) if limit.budget else use
        yield Gauge(limit.what, use, limit.series(layout.weeks), limit.budget)
    if layout.problem.spends_money and not any(name == MONEY for name, _ in names):
        yield Gauge(layout.problem.money, np.cumsum(layout.use(plan, MONEY)), None, True)


def _bars(evaluator: Evaluator, plan: Plan) -> list[Bar]:
    layout = evaluator.layout
    return [
        Bar(
            item.label,
            tuple(
                layout.windows(row, start, plan.rounds[row])
                for start in layout.wave_starts(plan, row)
            ),
            item.waves and len(plan.waves) > 1,
            item.base.ongoing or item.base.kind == "access",
            plan.doses[row],
        )
        for row, item in enumerate(layout.problem.items)
        if plan.starts[row]
    ]


@dataclass(frozen=True)
class Step:
    """One round of one wave of an intervention."""

    measure: str
    wave: str
    """Such as ``2 of 4``; empty for everybody at once."""
    round: str
    """Such as ``1 of 3``; empty for a single one."""
    who: tuple[str, ...]
    """Groups of teams, or ``everybody``; in words where the audience is another."""
    people: int
    first_week: int
    last_week: int
    first_day: date | None
    last_day: date | None
    """``first_day``, ``last_day``: Monday and Friday, where the file says when week 1 is."""
    hours: float
    money: float
    """``hours``, ``money``: of all who attend, on average."""
    occupies: dict[str, float]
    takes: dict[str, float]
    """What is occupied in each week, such as trainers, and what is taken once, such as licences;
    where there is so much for each group of teams, ``trainers of`` each group."""
    goes_on: bool
    """Whether it goes on until the end of the run."""
    before: tuple[int, ...] = ()
    """Positions of the steps that must be over before it."""

    @property
    def needs(self) -> dict[str, float]:
        """All it occupies or takes."""
        return self.occupies | self.takes

    @property
    def title(self) -> str:
        """Measure, wave and round in a line."""
        parts = [self.measure, f"wave {self.wave}" if self.wave else "",
                 f"round {self.round}" if self.round else ""]  # fmt: skip
        return ", ".join(part for part in parts if part)


def steps(layout: Layout, plan: Plan) -> tuple[Step, ...]:
    """Return the steps of a plan in the order of their weeks."""
    found = sorted(_steps(layout, plan), key=lambda pair: (pair[1].first_week, pair[0]))
    firsts: dict[int, list[int]] = {}
    for one in layout.problem.precedence:
        firsts.setdefault(one.second, []).append(one.first)
    result = []
    for row, step in found:
        before = tuple(
            k
            for k, (other, its) in enumerate(found)
            if other in firsts.get(row, ())
            and its.last_week < step.first_week
            and (its.wave in ("", step.wave) or not step.wave)
        )
        result.append(replace(step, before=before))
    return tuple(result)


def _steps(layout: Layout, plan: Plan) -> Iterator[tuple[int, Step]]:
    problem = layout.problem
    for row, item in enumerate(problem.items):
        waves = layout.waves_of(row, plan.waves)
        for k, (wave, start) in enumerate(
            zip(waves, layout.wave_starts(plan, row), strict=bool(plan.starts[row]))
        ):
            people = layout.people(row, wave)
            if not people:
                continue
            rounds = layout.windows(row, start, plan.rounds[row])
            goes_on = item.base.ongoing or item.base.kind == "access"
            if goes_on and rounds:
                last = rounds[-1][1] if item.base.ongoing else layout.weeks
                rounds = ((rounds[0][0], last),)
            each = {name: layout.amount(row, name, wave) for name in (HOURS, MONEY)}
            occupies, takes = (
                _needs(layout, row, wave, some) for some in (item.occupies, item.takes)
            )
            held = layout.windows(row, start, plan.rounds[row])
            weeks = [last - first + 1 for first, last in held]
            for n, (first, last) in enumerate(rounds):
                active = sum(weeks) if goes_on else weeks[n]
                yield (
                    row,
                    Step(
                        item.label, f"{k + 1} of {len(waves)}" if wave else "",
                        f"{n + 1} of {len(rounds)}" if len(rounds) > 1 else "",
                        wave or _everybody(layout, row), people, first, last,
                        problem.day(first), problem.last_day(last),
                        each[HOURS] * plan.doses[row] * active,
                        each[MONEY] * plan.doses[row] * active, occupies, takes,
                        goes_on and last >= layout.weeks,
                    ),
                )  # fmt: skip


def _needs(
    layout: Layout, row: int, wave: tuple[str, ...], some: Mapping[str, Occupation]
) -> dict[str, float]:
    """Return what a wave of an intervention needs, of each group where limits are by group."""
    people, found = layout.people(row, wave), dict[str, float]()
    for name, what in some.items():
        limits = [one for one in layout.problem.limits if one.name == name]
        mine = {one.what: layout.people(row, wave, one.group) for one in limits if one.group}
        rest = people - sum(mine.values())
        if len(mine) < len(limits) or not mine:  # there is so much for everybody
            mine = {name: people, **mine}
        elif rest > 0:
            mine[f"other {name}"] = rest
        found |= {words: what.of(n) if n else 0.0 for words, n in mine.items()}
    return found


def _everybody(layout: Layout, row: int) -> tuple[str, ...]:
    """Return whom an item is for that is not in waves: whole teams by name."""
    invited, team = layout.invited[row], layout.organisation.people["team"]
    if invited.all():
        return ("everybody",)
    whole = [k for k in np.unique(team[invited]).tolist() if invited[team == k].all()]
    if not np.array_equal(np.isin(team, whole), invited):
        said = layout.problem.items[row].base.audience.model_dump(exclude_none=True)
        if len(said) == 1 and said.keys() & {"managers", "informal_leaders", "roles"}:
            ((kind, names),) = said.items()
            return tuple(names) if kind == "roles" else (kind.replace("_", " "),)
        return ("its audience",)
    return tuple(sorted(layout.organisation.teams[k] for k in whole))
