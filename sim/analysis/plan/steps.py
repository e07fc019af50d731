"""A plan as steps that somebody carries out: what, for whom, from which day to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.problem import HOURS, MONEY, Occupation


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
                        item.label,
                        f"{k + 1} of {len(waves)}" if wave else "",
                        f"{n + 1} of {len(rounds)}" if len(rounds) > 1 else "",
                        wave or _everybody(layout, row),
                        people,
                        first,
                        last,
                        problem.day(first),
                        problem.last_day(last),
                        each[HOURS] * plan.doses[row] * active,
                        each[MONEY] * plan.doses[row] * active,
                        occupies,
                        takes,
                        goes_on and last >= layout.weeks,
                    ),
                )


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
    return ("everybody",) if layout.invited[row].all() else ("its audience",)
