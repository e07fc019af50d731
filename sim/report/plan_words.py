"""A planner's answer in sentences: what was found, what it rests on, what would turn it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.analysis.plan.baselines import RANDOM
from sim.analysis.plan.check import keeps
from sim.analysis.plan.roadmap import VISIBLE
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
    from sim.analysis.plan.switching import Lead, Look
    from sim.contrast import Difference, Estimate


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
    return f"{mean}{_unit(objective)} ({low} to {high})"


def _unit(objective: Objective) -> str:
    """Return the unit of a difference, where a word says it."""
    return " points" if objective.is_share else " weeks" if objective.unit == "week" else ""


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
        said += ", the knee of the front" if answer.knee is best else ", of a front"
    level = forecast(answer)
    if answer.roadmap.marked:
        yield f"{_capital(' '.join(answer.roadmap.marked.split()))}."
    if not problem.items:
        yield f"{NOTHING_LEFT}: expect {problem.named(objective)}: {level}."
        yield from _goals(answer)
        return
    costs = cost_of(answer, best, objective.what)
    yield f"{said}: {problem.named(objective)}: {level}{costs and f', {costs}'}."
    if answer.roadmap.now:
        both = "Hours and money are those" if problem.spends_money else "Hours are those"
        yield f"{both} of what is still ahead; what has begun is not counted again."
    yield from _paid(answer)
    yield from _goals(answer)
    if len(problem.objectives) > 1:
        yield from _front(answer)
    if not problem.leading.is_planned:
        yield from _order(answer)
        yield from _what_matters(answer)
    yield from _more(answer)
    yield from _horizon(answer)
    yield from how_sure(answer)


def cost_of(answer: Answer, one: Contender, but: str = "") -> str:
    """Return the hours of a plan, and its money where there is any; ``but`` is said already."""
    costs = {"hours": counted(round(one.hours), "hour")}
    if answer.problem.spends_money:
        costs["money"] = f"{fixed(one.money, 0)} {answer.problem.paid}"
    return ", ".join(said for name, said in costs.items() if name != but)


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
    if (at := answer.knee) is not None:
        pairs = zip(objectives, at.estimates, strict=True)
        where = ", ".join(in_unit(answer, one, estimate.mean) for one, estimate in pairs)
        yield f"Its knee, beyond which more of one costs most of the other: {at.name} ({where})."
    yield from _steps_along(answer, front)


def _steps_along(answer: Answer, front: list[Contender]) -> Iterator[str]:
    """Yield what the next plans of the front give for what, from the one shown in full on."""
    best, objectives, said = answer.plans[0], answer.problem.objectives, list[str]()
    by = sorted(front, key=lambda one: one.estimates[0].mean)
    at = next((k for k, one in enumerate(by) if one is best), 0)
    for one in (*by[at + 1 : at + 2], *by[max(0, at - 1) : at]):
        changes = [
            f"{_short(answer, objective)} {_moved(objective, mine.mean - its.mean)}"
            for objective, mine, its in zip(objectives, one.estimates, best.estimates, strict=True)
        ]
        said.append(f"{one.name} has {', '.join(changes)}")
    yield f"One step along it from {best.name}: {'; '.join(said)}."


def _short(answer: Answer, objective: Objective) -> str:
    """Return one of several objectives in words, without its week where that is not needed."""
    names = [answer.problem.named(one).split(", week ")[0] for one in answer.problem.objectives]
    name = answer.problem.named(objective).split(", week ")[0]
    return name if names.count(name) == 1 else answer.problem.named(objective)


def _moved(objective: Objective, change: float) -> str:
    """Return how much an objective changes, in its own unit; minus is less of it."""
    return f"{_numbers(objective, change)[0]}{_unit(objective)}"


def in_unit(answer: Answer, objective: Objective, value: float) -> str:
    """Return a value of an objective with the name of its unit, where ``level`` has none."""
    text = level(objective, value)
    if objective.what in ("hours", "money"):
        unit = objective.what if objective.what == "hours" else answer.problem.currency or "money"
        return f"{text} {unit}"
    return f"week {text}" if objective.unit == "week" else text


def _order(answer: Answer) -> Iterator[str]:
    objective, worth, single = (
        answer.problem.leading,
        answer.problem.lead_worth,
        answer.problem.is_single,
    )
    by = {one.name: one for one in answer.baselines if one.keeps}
    random = next((by.pop(name) for name in [*by] if name.endswith(RANDOM)), None)
    ahead = [(one.behind.mean, one) for one in by.values() if one.behind is not None]
    simple = max(ahead, key=lambda one: one[0])[1] if ahead else None
    same = [f"“{name}”" for name, one in by.items() if one.behind is None]
    said = [_beside_random(answer, random.led)] if random and random.led else []
    if random is not None and random.led is None:
        said = ["The constraints leave no other order of what it holds"]
    if len(answer.problem.objectives) > 1:  # simple plans take more or less
        there = [f"“{one.name}”" for one in answer.baselines if one.on_front]
        said += [f"of the simple plans on the front: {listed(there)}"] if there else []
    elif same and single:
        yield f"It is the same as {listed(same)}: nothing looked at is better beyond chance."
    if single and simple is not None and simple.behind is not None:
        which = "the best other simple plan" if same else "the best simple plan"
        said.append(f"{which}, {_beside_simple(answer, simple, simple.behind)}")
    if said:
        yield f"{_capital('; '.join(said))}."
    reverse = next(
        (e for e in answer.ablations if (e.label, e.change) == ("waves", "in reverse")), None
    )
    if reverse is not None and reverse.worth is not None and abs(reverse.worth.mean) < worth:
        other = gain(objective, reverse.worth, -1)
        yield f"Who is in which wave hardly matters: in reverse {other}."
    if single:
        yield from _outside(answer)


def _beside_simple(answer: Answer, simple: Contender, behind: Difference) -> str:
    """Return how far the best simple plan is from the best, and what it leaves out."""
    objective = answer.problem.leading
    beside = f"is {gain(objective, behind, -1)} behind"
    if not behind.beyond_chance:
        beside = f"cannot be told apart from it ({less(objective, behind)})"
    elif behind.mean > 0:
        beside = f"is {gain(objective, behind)} ahead{_though(answer)}"
    without = ", ".join(note for note in simple.notes if note.endswith("left out"))
    return f"{simple.name}{without and f' ({without})'}, {beside}"


def _beside_random(answer: Answer, random: Difference) -> str:
    """Return whether order matters: how far a random order is from the best plan."""
    objective, worth = answer.problem.leading, answer.problem.lead_worth
    ahead, best, other = gain(objective, random, -1), "the best plan", "a random order"
    if len(answer.problem.objectives) > 1:
        best, other = answer.plans[0].name, "what it holds in a random order"
    if random.low > 0:
        return f"{_capital(other)} is {gain(objective, random)} ahead{_though(answer)}"
    if -random.high > worth:
        return f"Order matters here: {best} is {ahead} ahead of {other}"
    if -random.low < worth:
        beside = f"is {ahead} behind"
        if not random.beyond_chance:
            beside = f"cannot be told apart ({less(objective, random)})"
        return f"Order hardly matters here: {other} {beside}"
    if random.beyond_chance:
        return f"{_capital(other)} is {ahead} behind, about what is worth caring for"
    return f"Whether order matters here cannot be told: {other} {less(objective, random)}"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


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
    objective = answer.problem.leading
    parts = [e for e in answer.ablations if e.change == "left out" and e.worth is not None]
    parts = sorted(parts, key=lambda e: -e.worth.mean if e.worth else 0.0)
    unit = _unit(objective)
    if not parts:
        return
    said = [
        f"{e.label} {_numbers(objective, e.worth.mean)[0]}{'' if k else unit} "
        f"({fixed(e.hours, 0)} h)"
        for k, e in enumerate(parts[:6])
        if e.worth is not None
    ]
    to = ""
    if not answer.problem.is_single:
        to = f" in {answer.plans[0].name} to" if len(answer.problem.objectives) > 1 else " to"
        to += f" {answer.problem.named(objective)}"
    yield f"What each brings{to}, against leaving it out: {', '.join(said)}."
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
    objectives, said = answer.problem.objectives, []
    if len(objectives) == 1:
        for one in answer.prices:
            gain = "nothing"
            if one.gain is not None and (one.gain.low or one.gain.high):
                gain = less(objectives[0], one.gain)
                gain = gain if one.gain.beyond_chance else f"nothing beyond chance ({gain})"
            said.append(f"{one.words}: {gain}")
        yield f"A little more of what limits it, planned again: {'; '.join(said)}."
        return
    for words in dict.fromkeys(one.words for one in answer.prices):
        changes = [
            gained(answer, one.of, one.gain) for one in answer.prices
            if one.words == words and one.gain is not None and one.gain.beyond_chance
        ]  # fmt: skip
        said.append(f"{words}: {' or '.join(changes) or 'nothing beyond chance'}")
    yield (
        f"A little more of what limits {answer.plans[0].name}, planned again with nothing else "
        f"worse: {'; '.join(said)}."
    )


def gained(answer: Answer, k: int, difference: Difference) -> str:
    """Return by how much one of several objectives changes, in its own unit."""
    objective = answer.problem.objectives[k]
    change = _moved(objective, objective.sign * difference.mean)
    said = f"{_short(answer, objective)} {change}"
    if objective.is_planned:
        return said
    ends = sorted(objective.sign * end for end in (difference.low, difference.high))
    return f"{said} ({' to '.join(_numbers(objective, *ends))})"


def _horizon(answer: Answer) -> Iterator[str]:
    objective = answer.problem.leading
    turned, named = answer.turned, answer.looked_at
    asked = answer.problem.named(objective)
    if turned and len(answer.problem.objectives) == 1:
        said = [
            f"by {look.words}, {named[one.by]} is {gain(objective, one.ahead)} better"
            for look, leads in turned for one in leads
        ]  # fmt: skip
        only = f"it is best by {asked} only"
        if not answer.problem.is_single:
            only = f"for no more {answer.problem.objectives[0].what}"
        yield f"Beware of the horizon: {only}: {'; '.join(said)}."
    elif turned:
        said = [_led(answer, look, leads) for look, leads in turned]
        yield (
            f"Beware of the horizon: the front is one by {asked}. Another plan is better, and no "
            f"worse in anything else, {'; '.join(said)}."
        )
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


def _led(answer: Answer, look: Look, leads: list[Lead]) -> str:
    """Return which plans of a front are led by others: the shown one, or that led by most."""
    named, objective = answer.looked_at, answer.problem.leading
    one = leads[0] if leads[0].plan == 0 else max(leads, key=lambda one: one.ahead.mean)
    more = ""
    if len(leads) > 1:
        more = f", and than {len(leads) - 1} more of {counted(len(answer.plans), 'plan')}"
    ahead = gain(objective, one.ahead)
    return f"by {look.words}: {named[one.by]} than {named[one.plan]} by {ahead}{more}"


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
