"""A planner's answer in sentences: what was found, what it rests on, what would turn it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.plan.check import keeps
from sim.analysis.plan.roadmap import VISIBLE
from sim.analysis.plan.selection import knee
from sim.analysis.plan.switching import unlike
from sim.numbers import (
    UNDEFINED,
    between,
    brief,
    counted,
    figure,
    fixed,
    listed,
    points,
    points_of,
    share,
)

if TYPE_CHECKING:
    from sim.analysis.plan import Answer
    from sim.analysis.plan.contenders import Ablation, Contender
    from sim.analysis.plan.objective import Objective
    from sim.analysis.plan.switching import Look
    from sim.contrast import Difference, Estimate


MOST_TURNS = 8
"""Conditions that are listed of those that would turn the choice."""

NOTHING_LEFT = "Nothing is left to decide"

LATE = 8
"""Weeks after the earliest from which access is said to be withheld."""


def level(objective: Objective, value: float) -> str:
    """Return a value of an objective in its unit."""
    return figure(value, objective.unit)


def with_band(objective: Objective, estimate: Estimate) -> str:
    """Return a mean and the middle 80% of replicates; of what is planned, the amount alone."""
    if objective.what in ("hours", "money") or math.isnan(estimate.mean):
        return level(objective, estimate.mean)
    band = between(estimate.band_low, estimate.band_high, objective.unit)
    return f"{level(objective, estimate.mean)} ({band})"


def forecast(answer: Answer) -> str:
    """Return what to expect of the best plan, as the tables have it."""
    return with_band(answer.problem.objectives[0], answer.plans[0].estimates[0])


def _numbers(objective: Objective, *values: float) -> tuple[str, ...]:
    return tuple(figure(value, objective.unit, signed=True) for value in values)


def less(objective: Objective, difference: Difference | None) -> str:
    """Return a difference and its 95% interval; negative is worse."""
    if difference is None or math.isnan(difference.mean):
        return UNDEFINED
    mean, low, high = _numbers(objective, difference.mean, difference.low, difference.high)
    return f"{mean} ({low} to {high})"


def gain(objective: Objective, difference: Difference, sign: int = 1) -> str:
    """Return how much better something is, with its 95% interval, in words."""
    ends = sorted((sign * difference.low, sign * difference.high))
    mean, low, high = (
        text.removeprefix("+") for text in _numbers(objective, sign * difference.mean, *ends)
    )
    unit = " points" if objective.is_share else ""
    return f"{mean}{unit} ({low} to {high})"


def expected(low: float, high: float, fails_below: float, unit: str = "share") -> tuple[str, str]:
    """Return what to expect by a checkpoint, and below what to plan again."""
    if high <= VISIBLE:
        return "nobody yet", UNDEFINED
    below = figure(fails_below, unit) if fails_below > VISIBLE else UNDEFINED
    return between(low, high, unit), below


def said_when(answer: Answer, week: int, *, last: bool = False) -> str:
    """Return a week, or the date of its first or ``last`` day where the file has dates."""
    day = answer.problem.last_day(week) if last else answer.problem.day(week)
    return f"week {week}" if day is None else f"{day:%d %b %Y}"


def findings(answer: Answer) -> Iterator[str]:
    """Yield what was found, the most important first."""
    problem, objective, best = answer.problem, answer.problem.objectives[0], answer.plans[0]
    said = "Best plan"
    if len(problem.objectives) > 1:
        said = f"Shown in full is {best.name}"
        said += ", the knee of the front" if knee_of(answer) is best else ", of a front"
    level = forecast(answer)
    if answer.roadmap.marked:
        marked = " ".join(answer.roadmap.marked.split())
        yield f"{marked[0].upper()}{marked[1:]}."
    if not problem.items:
        yield f"{NOTHING_LEFT}: expect {problem.named(objective)}: {level}."
        yield from _goals(answer)
        return
    yield f"{said}: {problem.named(objective)}: {level}, {cost_of(answer, best)}."
    if answer.roadmap.now:
        both = "Hours and money are those" if problem.spends_money else "Hours are those"
        yield f"{both} of what is still ahead; what has begun is not counted again."
    yield from _paid(answer)
    yield from _goals(answer)
    if len(problem.objectives) > 1:
        yield from _front(answer)
    else:
        yield from _order(answer)
        yield from _what_matters(answer)
        yield from _more(answer)
        yield from _horizon(answer)
    yield from how_sure(answer)


def cost_of(answer: Answer, one: Contender) -> str:
    """Return the hours of a plan, and its money where there is any."""
    money = f", {fixed(one.money, 0)} {answer.problem.paid}" if answer.problem.spends_money else ""
    return f"{counted(round(one.hours), 'hour')}{money}"


def _paid(answer: Answer) -> Iterator[str]:
    """Yield what the best plan pays for limits that it exceeds."""
    layout, objective, best = answer.layout, answer.problem.objectives[0], answer.best
    if (paid := layout.price(best)) <= 0:
        return
    over = [(limit, layout.excess(best, limit)) for limit in answer.problem.limits]
    said = [
        f"{limit.what} by {fixed(float(more.max() if limit.budget else more.sum()), 0)}"
        for limit, more in over
        if not limit.hard and more.max() > 0
    ]
    price = f"{points(paid)} points" if objective.is_share else brief(paid, 2)
    yield (
        f"It exceeds {', '.join(said)}: where plans are compared, {price} are taken off it for "
        f"that, and from others what they exceed."
    )


def _goals(answer: Answer) -> Iterator[str]:
    best, shown = answer.plans[0], [*answer.plans, *answer.baselines]
    for k, goal in enumerate(answer.problem.goals):
        said, reached = goal.said(answer.problem.weeks, answer.problem.currency), best.reached[k]
        if reached >= goal.share:
            yield f"Goal reached: {said} ({share(reached)})."
        else:
            most = max(one.reached[k] for one in shown)
            yield (
                f"Goal out of reach: {said}; the best plan does so in {share(reached)}, no plan "
                f"looked at in more than {share(most)}."
            )


def _front(answer: Answer) -> Iterator[str]:
    objectives = answer.problem.objectives
    front = [one for one in answer.plans if one.on_front]
    number = {2: "Two", 3: "Three"}[len(objectives)]
    if len(front) == 1:
        yield f"{number} objectives: no plan looked at is better in any of them."
        return
    plans = counted(len(front), "plan")
    yield f"{number} objectives: {plans} on the front, none better in all of them."
    ends = [
        f"{answer.problem.named(objective)} from {level(objective, min(values))} to "
        f"{level(objective, max(values))}"
        for k, objective in enumerate(objectives)
        if (values := [one.estimates[k].mean for one in front])
    ]
    yield f"Along it, {'; '.join(ends)}."
    if (at := knee_of(answer)) is not None:
        pairs = zip(objectives, at.estimates, strict=True)
        where = ", ".join(in_unit(answer, one, estimate.mean) for one, estimate in pairs)
        yield f"Its knee, beyond which more of one costs most of the other: {at.name} ({where})."


def knee_of(answer: Answer) -> Contender | None:
    """Return the plan at the knee of the front, where it has one."""
    front = [one for one in answer.plans if one.on_front]
    signs = [one.sign for one in answer.problem.objectives]
    points = [[s * e.mean for s, e in zip(signs, one.estimates, strict=True)] for one in front]
    at = knee(np.array(points)) if front else None
    return None if at is None else front[at]


def in_unit(answer: Answer, objective: Objective, value: float) -> str:
    """Return a value of an objective with the name of its unit, where ``level`` has none."""
    text = level(objective, value)
    if objective.what in ("hours", "money"):
        unit = objective.what if objective.what == "hours" else answer.problem.currency or "money"
        return f"{text} {unit}"
    return f"week {text}" if objective.unit == "week" else text


def holds(answer: Answer, one: Contender) -> str:
    """Return what a plan holds, in a line: what starts when, and how much of it."""
    plan, said = one.plans[0], []
    for row in sorted(range(len(plan.starts)), key=lambda row: plan.starts[row] or 10_000):
        item = answer.problem.items[row]
        dose = "" if plan.doses[row] == 1 else f" ×{brief(plan.doses[row])}"
        said.append(
            f"{item.label}: {plan.starts[row]}{dose}" if plan.starts[row] else f"no {item.label}"
        )
    waves = [f"{len(plan.waves)} waves"] if len(plan.waves) > 1 else []
    return "; ".join([*said, *waves])


def _order(answer: Answer) -> Iterator[str]:
    objective, worth = answer.problem.objectives[0], answer.problem.worth
    by = {one.name: one for one in answer.baselines if one.behind is not None and one.keeps}
    random = by.pop("random order", None)
    simple = max(by.values(), key=lambda one: one.behind.mean if one.behind else 0, default=None)
    same = [f"“{one.name}”" for one in answer.baselines if one.behind is None]
    if same and len(answer.problem.objectives) == 1:
        yield f"It is the same as {listed(same)}: nothing looked at is better beyond chance."
    said = [_beside_random(answer, random.behind)] if random and random.behind else []
    if simple is not None and simple.behind is not None:
        level = not simple.behind.beyond_chance
        beside = f"is {gain(objective, simple.behind, -1)} behind"
        if level:
            beside = f"cannot be told apart from it ({less(objective, simple.behind)})"
        elif simple.behind.mean > 0:
            beside = f"is {gain(objective, simple.behind)} ahead{_though(answer)}"
        which = "the best other simple plan" if same else "the best simple plan"
        said.append(f"{which}, {simple.name}, {beside}")
    if said:
        text = "; ".join(said)
        yield f"{text[0].upper()}{text[1:]}."
    reverse = next(
        (e for e in answer.ablations if (e.label, e.change) == ("waves", "in reverse")), None
    )
    if reverse is not None and reverse.worth is not None and abs(reverse.worth.mean) < worth:
        other = gain(objective, reverse.worth, -1)
        yield f"Who is in which wave hardly matters: in reverse {other}."
    yield from _outside(answer)


def _beside_random(answer: Answer, random: Difference) -> str:
    """Return whether order matters: how far a random order is from the best plan."""
    objective, worth = answer.problem.objectives[0], answer.problem.worth
    ahead = gain(objective, random, -1)
    if random.low > 0:
        return f"A random order is {gain(objective, random)} ahead{_though(answer)}"
    if -random.high > worth:
        return f"Order matters here: the best plan is {ahead} ahead of a random order"
    if -random.low < worth:
        other = f"is {ahead} behind"
        if not random.beyond_chance:
            other = f"cannot be told apart ({less(objective, random)})"
        return f"Order hardly matters here: a random order {other}"
    if random.beyond_chance:
        return f"A random order is {ahead} behind, about what is worth caring for"
    return f"Whether order matters here cannot be told: a random order {less(objective, random)}"


def _though(answer: Answer) -> str:
    """Return why a plan may be ahead by the mean and yet not be chosen."""
    if answer.problem.goals:
        return " by the mean, but misses a goal more often"
    return " by the mean" if answer.problem.risk != "mean" else ""


def _outside(answer: Answer) -> Iterator[str]:
    """Yield which simple plan would be better, were it allowed."""
    objective = answer.problem.objectives[0]
    better = [one for one in answer.baselines
              if not one.keeps and one.behind is not None and one.behind.low > 0]  # fmt: skip
    if better:
        most = max(better, key=lambda one: one.behind.mean if one.behind else 0)
        assert most.behind is not None
        why = "; ".join(note for note in most.notes if note.startswith("breaks"))
        ahead = gain(objective, most.behind)
        yield f"Outside your constraints {most.name} would be {ahead} better ({why})."


def per_cost(one: Ablation, what: str) -> float:
    """Return what an element brings for 100 hours, or 1,000 of money; NaN where it takes none."""
    spent = one.hours / 100 if what == "hours" else one.money / 1000
    return one.worth.mean / spent if one.worth is not None and spent > 1e-9 else float("nan")


def _what_matters(answer: Answer) -> Iterator[str]:
    objective = answer.problem.objectives[0]
    parts = [e for e in answer.ablations if e.change == "left out" and e.worth is not None]
    parts = sorted(parts, key=lambda e: -e.worth.mean if e.worth else 0.0)
    unit = " points" if objective.is_share else ""
    if not parts:
        return
    said = [
        f"{e.label} {_numbers(objective, e.worth.mean)[0]}{'' if k else unit} "
        f"({fixed(e.hours, 0)} h)"
        for k, e in enumerate(parts[:6])
        if e.worth is not None
    ]
    yield f"What each brings, against leaving it out: {', '.join(said)}."
    for what, words in (("hours", "100 hours"), ("money", f"1,000 {answer.problem.paid}")):
        if what == "money" and not answer.problem.spends_money:
            continue
        rated = [(per_cost(e, what), e) for e in parts]
        rated = sorted((r for r in rated if not math.isnan(r[0])), key=lambda r: -r[0])
        if rated:
            each = ", ".join(f"{e.label} {_numbers(objective, rate)[0]}" for rate, e in rated[:6])
            yield f"For every {words}: {each}{unit}."


def _more(answer: Answer) -> Iterator[str]:
    if not answer.prices:
        return
    objective, said = answer.problem.objectives[0], []
    for one in answer.prices:
        if one.gain is None:
            said.append(f"{one.words}: nothing")
        elif one.gain.low <= 0 <= one.gain.high:
            said.append(f"{one.words}: nothing that can be told ({less(objective, one.gain)})")
        else:
            said.append(f"{one.words}: {less(objective, one.gain)}")
    yield f"A little more of what limits it, planned again: {'; '.join(said)}."


def turned_by(answer: Answer) -> list[Look]:
    """Return the other weeks and objectives by which another plan is better, and worth it."""
    problem = answer.problem
    if len(problem.objectives) > 1:  # an end of a front is best by nothing else
        return []
    worth = problem.worth if problem.objectives[0].is_share else 0.01
    asked = problem.named(problem.objectives[0])  # that is what the tables are about
    return [
        one for one in answer.looks
        if one.ahead is not None and one.ahead.low > 0 and one.ahead.mean > worth
        and one.words != asked
    ]  # fmt: skip


def _horizon(answer: Answer) -> Iterator[str]:
    objective = answer.problem.objectives[0]
    turned = turned_by(answer)
    if turned:
        said = [
            f"by {one.words}, {answer.looked_at[one.leader]} is {gain(objective, one.ahead)} better"
            for one in turned if one.ahead is not None
        ]  # fmt: skip
        asked = answer.problem.named(objective)
        yield f"Beware of the horizon: it is best by {asked} only: {'; '.join(said)}."
    plan, layout = answer.best, answer.layout
    for row, item in enumerate(answer.problem.items):
        if item.base.kind == "access" and plan.starts[row] >= item.earliest + LATE:
            sooner = [
                week for week in range(item.earliest, plan.starts[row])
                if keeps(layout,
                    replace(plan, starts=(*plan.starts[:row], week, *plan.starts[row + 1 :]))
                )
            ]  # fmt: skip
            if sooner:
                yield (
                    f"{item.label} is held back until week {plan.starts[row]}, though no "
                    f"constraint asks for it: it could start in week {sooner[0]}."
                )


def how_sure(answer: Answer) -> Iterator[str]:
    """Yield how good the search was."""
    found, problem, objective = answer.found, answer.problem, answer.problem.objectives[0]
    worth = points_of(problem.worth) if objective.is_share else brief(problem.worth)
    alike = [one for one in answer.plans[1:] if one.alike]
    small = [one for one in answer.plans[1:] if one.small]
    if len(answer.problem.objectives) == 1:
        if alike:
            count = "one more plan" if len(alike) == 1 else f"{len(alike)} more plans"
            yield f"{count.capitalize()} cannot be told apart (≈): choose by what is easier."
        if small:
            count = "One plan is" if len(small) == 1 else f"{len(small)} plans are"
            yield f"{count} behind for certain, but by less than {worth} (<)."
    how = (
        f"Every plan that keeps the constraints was looked at, {found.seen:,} in all"
        if found.listed
        else f"Of very many plans that keep the constraints {found.seen:,} were simulated"
    )
    if not found.replicates:
        how = "Too few runs to compare any plans: this one keeps the constraints, no more is known"
    if found.apart:
        how += f"; {_two_searches(answer)}"
    if not math.isnan(found.bound):
        said = f"{points(found.bound)} points" if objective.is_share else brief(found.bound, 2)
        how += f"; with 95%, none of them is better than this by more than {said}"
    yield f"{how}."
    if found.replicates and found.seen > 1 and not found.interrupted and math.isnan(found.bound):
        yield _no_bound(answer)
    if found.interrupted:
        yield "Interrupted: this is the best so far; the same command goes on from here."


def _two_searches(answer: Answer) -> str:
    """Return how far apart what two searches have found is."""
    objective, (apart, *reached) = answer.problem.objectives[0], answer.found.apart
    if len(answer.problem.objectives) > 1:
        return f"the fronts of two searches agree within {share(apart)} of their extent"
    said = f"{points(apart)} points" if objective.is_share else brief(apart, 2)
    ends = f"two searches agree within {said}"
    if apart > answer.problem.worth:
        ends = f"two searches end {said} apart: give it more --runs"
    if reached:
        often = " and ".join(f"{points(one)} points" for one in reached)
        ends += f", and reach the goal{'s' * (len(reached) > 1)} as often within {often}"
    return f"{ends}; how far the best of all plans is from it is not known"


def _no_bound(answer: Answer) -> str:
    """Return why nothing is said of how much better another plan may be."""
    problem, replicates = answer.problem, answer.found.replicates
    kinds = [
        words
        for words, there in (
            ("several objectives", len(problem.objectives) > 1),
            ("goals", bool(problem.goals)),
            ("a risk other than the mean", problem.risk != "mean"),
        )
        if there
    ]
    if kinds:
        return (
            f"With {' and '.join(kinds)}, finalists are ranked by {replicates} replicates each, "
            "with no bound on how much better another of them may be."
        )
    return "The runs did not suffice to bound how much better another plan may be: --runs."


def rests_on(answer: Answer) -> Iterator[str]:
    """Yield what would turn the choice, and what it rests on."""
    objective = answer.problem.objectives[0]
    turned = turned_by(answer)
    looser = [(one.words, one.plan, one.ahead) for one in answer.prices
              if one.plan is not None and one.ahead is not None and one.ahead.low > 0]  # fmt: skip
    if answer.switching_conditions or turned or looser:
        yield "What would turn the choice:"
        some = list(answer.switching_conditions)  # attitudes to risk, without a number, come first
        some.sort(key=lambda one: -(one.ahead.mean if one.ahead else math.inf))
        for one in some[:MOST_TURNS]:
            by = f": {less(objective, one.ahead)}" if one.ahead is not None else ""
            yield f"  {one.what} → {one.other}{by}"
        if len(some) > MOST_TURNS:
            more = f"{len(some) - MOST_TURNS} more of {answer.conditions} conditions"
            yield f"  and {more} (answer.json, flips)"
        for look in turned:
            other, by = answer.looked_at[look.leader], less(objective, look.ahead)
            yield f"  judged by {look.words} → {other}: {by}"
        for words, plan, ahead in looser:
            other = unlike(answer.layout, answer.best, plan)
            yield f"  with {words} → {other}: {less(objective, ahead)}"
    elif answer.conditions:
        names = ", ".join(answer.looked_at[1:]) or "the others"
        limits = ", each limit a unit looser" if answer.prices else ""
        yield (
            f"Nothing looked at turns the choice: {answer.conditions} conditions (parameters in "
            f"thirds, mechanisms switched off), attitudes to risk, later weeks and the mean over "
            f"time{limits}; against {names}."
        )
    yield (
        "It rests on the model: most of its sizes are assumptions, and how much of a curve is due "
        "to people seeing one another is not known (docs/limits.md)."
    )
