"""What would have changed it: every single change of a plan, run again, for some or everybody."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution.why import EVERYONE, Subject, Why, first_replicates
from sim.arrays import Floats
from sim.contrast import LEVEL, Difference, Estimate, estimate, paired_difference
from sim.interventions.base import INFORMAL_LEADERS, MANAGERS, Activity, Audience, Intervention
from sim.interventions.timeline import CATALOGUE, Placed, audience_of, money_of, place
from sim.organisation.organisation import Organisation, informal_leaders
from sim.outcomes import Outcome
from sim.results import Results
from sim.results.measure import PRIMARY, at
from sim.results.series import HEADLINE, run_figures

if TYPE_CHECKING:
    from sim.engine.compiled import Records


SHIFT = 8
"""Weeks by which an entry is put off."""


@dataclass(frozen=True)
class Change:
    """A plan with one thing different."""

    said: str
    """What is different, in words that follow "run again with"."""
    how: str
    """``earlier``, ``later``, ``without``, ``wider`` or ``added``."""
    kind: str
    """The intervention that is moved, left out, widened or added."""
    week: int
    """The first week of the entry after the change, or before it where it is left out."""
    timeline: tuple[Placed, ...]
    hours: float = 0.0
    """Hours more (or fewer) for a person of the subject, who attends everything."""


def changes(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int, *,
    week: int = 9,
) -> tuple[Change, ...]:  # fmt: skip
    """Return all single changes of a plan that are tried for a team or person.

    Each kind of activity that does not reach the subject yet, added in ``week`` for it (for its
    manager or the person it listens to most, where the kind is for such); each entry of the plan
    from week 1, ``SHIFT`` weeks later, and left out; each activity that misses part of the subject,
    with all of it.

    - ``weeks``: length of the run.
    - ``week``: when something is added.
    """
    week = min(week, weeks)
    return (
        *_added(timeline, subject, organisation, weeks, week),
        *_moved(timeline, weeks),
        *_without(timeline, subject, organisation, weeks),
        *_wider(timeline, subject, organisation, weeks),
    )


def _meant(intervention: Intervention | type[Intervention], subject: Subject) -> list[int]:
    """Return the rows of those whom a kind is for, on the subject's side."""
    usual = intervention if isinstance(intervention, type) else type(intervention)
    default: Any = usual.model_fields["audience"].default
    rows = {id(MANAGERS): subject.managers, id(INFORMAL_LEADERS): subject.leaders}
    return [int(row) for row in rows.get(id(default), subject.rows)]


def _whom(kind: type[Intervention], subject: Subject) -> str:
    default: Any = kind.model_fields["audience"].default
    every = subject.team == EVERYONE
    if default is MANAGERS:
        return "all managers" if every else f"the manager of {subject.name}"
    if default is INFORMAL_LEADERS:
        return "the informal leaders" if every else f"the person {subject.name} listens to most"
    return subject.name


def _audience(
    rows: list[int], kind: type[Intervention], subject: Subject, organisation: Organisation
) -> Audience:
    if subject.team == EVERYONE:
        return kind.model_fields["audience"].default
    if not subject.person and rows == subject.rows.tolist():
        return Audience.model_validate({"teams": [organisation.teams[subject.team]]})
    return Audience.model_validate({"ids": [str(organisation.ids[row]) for row in rows]})


def _added(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int,
    week: int,
) -> Iterator[Change]:  # fmt: skip
    for kind, intervention in CATALOGUE.items():
        if not issubclass(intervention, Activity):
            continue
        rows = _meant(intervention, subject)
        if not rows or _reached(timeline, kind, organisation)[rows].all():
            continue
        audience = _audience(rows, intervention, subject, organisation)
        new = intervention.model_validate({"start": week, "audience": audience})
        whom = _whom(intervention, subject)
        said = f"{kind} for {whom} from week {week}"
        hours = new.total_hours(weeks) * len(set(rows) & set(subject.rows.tolist()))
        placed = (*timeline, Placed(new, f"timeline[{len(timeline)}].{kind}"))
        yield Change(said, "added", kind, week, placed, hours / len(subject.rows))


def _reached(timeline: tuple[Placed, ...], kind: str, organisation: Organisation) -> Any:
    reached = np.zeros(organisation.n_people, np.bool_)
    for placed in timeline:
        audience = audience_of(placed)
        if placed.kind == kind and placed.intervention.dose > 0 and audience is not None:
            reached |= audience.members(organisation)
    return reached


def _replaced(timeline: tuple[Placed, ...], index: int, **update: Any) -> tuple[Placed, ...]:
    old = timeline[index]
    new = Placed(old.intervention.model_copy(update=update), old.path)
    return (*timeline[:index], new, *timeline[index + 1 :])


def _called(timeline: tuple[Placed, ...], index: int) -> str:
    """Return the name of an entry, told apart by its week where a kind stands twice."""
    kind = timeline[index].kind
    alike = sum(placed.kind == kind for placed in timeline)
    return kind if alike == 1 else f"{kind} of week {timeline[index].intervention.start}"


def _moved(timeline: tuple[Placed, ...], weeks: int) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        start, called = placed.intervention.start, _called(timeline, index)
        if 1 < start <= weeks:
            said = f"{called} from week 1, not {start}"
            yield Change(said, "earlier", placed.kind, 1, _replaced(timeline, index, start=1))
        if (later := start + SHIFT) <= weeks:
            said = f"{called} from week {later}, not {start}"
            new = _replaced(timeline, index, start=later)
            yield Change(said, "later", placed.kind, later, new)


def _without(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int
) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        rest = (*timeline[:index], *timeline[index + 1 :])
        audience = audience_of(placed)
        reached = 0.0 if audience is None else audience.members(organisation)[subject.rows].mean()
        hours = -placed.intervention.total_hours(weeks) * float(reached)
        start = placed.intervention.start
        said = f"no {_called(timeline, index)}"
        yield Change(said, "without", placed.kind, start, rest, hours)


def _wider(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int
) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        intervention = placed.intervention
        if not isinstance(intervention, Activity) or intervention.dose == 0:
            continue
        rows = _meant(intervention, subject)
        reached = _reached(timeline, placed.kind, organisation)
        missed = [row for row in rows if not reached[row]]
        if not missed:
            continue
        more = _audience(missed, type(intervention), subject, organisation)
        both = Audience.model_validate({"any": [intervention.audience, more]})
        whom = _whom(type(intervention), subject)
        said = f"{whom} in the {_called(timeline, index)} (week {intervention.start})"
        own = len(set(missed) & set(subject.rows.tolist())) / len(subject.rows)
        new = _replaced(timeline, index, audience=both)
        hours = intervention.total_hours(weeks) * own
        yield Change(said, "wider", placed.kind, intervention.start, new, hours)


@dataclass(frozen=True)
class Rerun:
    """One change, simulated again in the same replicates."""

    change: Change
    level: Estimate
    """Share of habitual users in the last week, with the change."""
    effect: Difference
    """With the change less without it, replicate by replicate. The interval holds for all changes
    tried at once (Bonferroni), so that the largest may be read as it stands."""


@dataclass(frozen=True)
class Reruns:
    """All changes tried for a team or person under a plan."""

    subject: Subject
    plan: str
    base: Estimate
    """Share of habitual users in the last week, without a change."""
    ranked: tuple[Rerun, ...]
    """The largest rise first."""
    replicates: int


def reruns(
    results: Results, scenario: int, subject: Subject, *, replicates: int = 20, week: int = 9,
    threads: int | None = None,
) -> Reruns:  # fmt: skip
    """Simulate every single change of a plan under common random numbers, in one engine call.

    The same for the same results and ``replicates``, whatever ``threads``.

    - ``results``: of ``sim.compare`` or ``sim.run``; its people, seeds and parameters are used
      again.
    - ``scenario``: which of its plans.
    - ``subject``: see ``team_of`` and ``person_of``.
    - ``replicates``: at most this many of the results' replicates, the first ones.
    - ``week``: when something is added.
    """
    (found,) = reruns_of_all(
        results, scenario, (subject,), replicates=replicates, week=week, threads=threads
    )
    return found


def reruns_of_all(
    results: Results, scenario: int, subjects: Sequence[Subject], *, replicates: int = 20,
    week: int = 9, threads: int | None = None,
) -> tuple[Reruns, ...]:  # fmt: skip
    """Simulate the single changes of several subjects in one call of the engine.

    A change that is the same for several of them is simulated once. Arguments as of ``reruns``. One
    a subject: what ``reruns`` gives of it alone.
    """
    from sim.case import Record, run_cases

    plan, people = results.scenarios[scenario], results.organisation
    parameters, seeds = first_replicates(results, scenario, replicates)
    given = replace(results.case(scenario), parameters=parameters)
    cases, known = [given], {_key(plan.timeline, plan.timeline): 0}
    tried, rows = [], []
    for subject in subjects:
        made, at = changes(plan.timeline, subject, people, results.weeks, week=week), [0]
        for one in made:
            row = known.setdefault(_key(one.timeline, plan.timeline), len(cases))
            if row == len(cases):
                timeline = place(one.timeline, people, results.weeks)
                cases.append(replace(given, name=one.said, timeline=timeline))
            at.append(row)
        tried.append(made)
        rows.append(at)
    some_team = any(not one.person and one.team != EVERYONE for one in subjects)
    records = run_cases(
        cases,
        seeds,
        record=Record(
            teams=some_team and (PRIMARY,),
            people=any(one.person for one in subjects),
            drivers=False,
        ),
        threads=threads,
    )
    teams = records.of_teams(PRIMARY)[..., -1, :] if some_team else None
    name = results.names[scenario]
    return tuple(
        _ranked(_habitual(records, teams, subject)[at], subject, name, made)
        for subject, made, at in zip(subjects, tried, rows, strict=True)
    )


def n_simulations(
    results: Results, scenario: int, subjects: Sequence[Subject], *, week: int = 9
) -> list[int]:
    """Return how many plans are simulated for the first subject, the first two, and so on."""
    plan = results.scenarios[scenario]
    seen, counts = {_key(plan.timeline, plan.timeline)}, []
    for subject in subjects:
        tried = changes(plan.timeline, subject, results.organisation, results.weeks, week=week)
        seen.update(_key(one.timeline, plan.timeline) for one in tried)
        counts.append(len(seen))
    return counts


def served_within(results: Results, subjects: list[list[Subject]], simulations: int) -> int:
    """Return how many of each plan's subjects, the first ones, this many simulations serve."""
    counts = [
        n_simulations(results, plan, asked[:simulations]) for plan, asked in enumerate(subjects)
    ]
    return sum(sum(together) <= simulations for together in zip(*counts, strict=True))


def _key(timeline: tuple[Placed, ...], plan: tuple[Placed, ...]) -> tuple[str, ...]:
    """Return what tells a changed plan from others: entries by their place, or in full if new."""
    places = {id(placed): str(place) for place, placed in enumerate(plan)}
    return tuple(places.get(id(placed)) or repr(placed) for placed in timeline)


def _ranked(values: Floats, subject: Subject, plan: str, tried: Sequence[Change]) -> Reruns:
    """Return the changes in order of their effect; ``values``: without, then with each."""
    level = 1 - (1 - LEVEL) / max(1, len(tried))
    found = [
        Rerun(change, estimate(one), paired_difference(one, values[0], level))
        for change, one in zip(tried, values[1:], strict=True)
    ]
    found.sort(key=lambda one: -one.effect.mean)
    return Reruns(subject, plan, estimate(values[0]), tuple(found), values[0].size)


def _habitual(records: Records, teams: NDArray[np.float32] | None, subject: Subject) -> Floats:
    """Return the share of habitual users in the last week; shape (C, P, S).

    ``teams`` is that share of every team, shape (C, P, S, n_teams), where a subject is one.
    """
    values: Floats
    if subject.person:
        assert records.people is not None
        use_days = records.people[..., -12:, subject.rows[0], 0]
        values = ((use_days > 0).sum(axis=-1) >= 9).astype(np.float64)
    elif subject.team == EVERYONE:
        values = at(PRIMARY).of_weekly(records.weekly)
    else:
        assert teams is not None
        values = teams[..., subject.team].astype(np.float64)
    return values


def to_json(why: Why, reruns: Reruns | None = None, *, most: int | None = None) -> dict[str, Any]:
    """Return what was found as plain data; what is not defined is None.

    - ``reruns``: left out where they are not simulated yet.
    - ``most``: at most this many re-runs, the first ones; all when None.
    """
    subject = why.subject
    return {
        "subject": subject.name,
        "person": subject.person,
        "people": len(subject.rows),
        "plan": why.plan,
        "week": why.week,
        **{name: _plain(getattr(why, name)) for name in ("using", "confidence", "lost")},
        "drivers": [_plain(part) for part in why.drivers],
        "manager": _plain(why.manager),
        "ties": _plain(why.ties),
        **({} if reruns is None else {
            "base": _plain(reruns.base),
            "worlds": reruns.replicates,
            "tried": len(reruns.ranked),
            "reruns": [_rerun(one) for one in reruns.ranked[:most]],
        }),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a value, or a part field by field, as plain data."""
    if isinstance(value, Estimate | Difference):
        shown = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return shown | {"worlds": shown.pop("replicates")}
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _rerun(one: Rerun) -> dict[str, Any]:
    change = {f.name: getattr(one.change, f.name) for f in fields(Change) if f.name != "timeline"}
    return {**change, "level": _plain(one.level), "effect": _plain(one.effect)}


@dataclass(frozen=True)
class Worth:
    """What a change would do for everybody, and cost."""

    change: Change
    effect: Difference
    """Of the level of weekly use (``HEADLINE``): with the change less without it, replicate by
    replicate. The interval holds for all changes tried at once (Bonferroni)."""
    hours: float
    money: float
    """``hours``, ``money``: more (or fewer) than without it, of all people and the whole run; hours
    are a mean."""
    values: Floats = field(repr=False, compare=False)
    """The effect in each replicate, shape (n_sets, n_seeds)."""


def everyone(results: Results) -> Subject:
    """Return the whole organisation."""
    people = results.organisation
    managers, rows = np.flatnonzero(people.is_manager), np.arange(people.n_people)
    return Subject("everyone", EVERYONE, rows, managers, informal_leaders(people))


def worth(
    results: Results, scenario: int, *, replicates: int = 20, week: int = 9,
    how: Sequence[str] | None = None, threads: int | None = None,
    going: Callable[[], bool] = lambda: True,
) -> tuple[Worth, ...] | None:  # fmt: skip
    """Run every single change of a plan for everybody again, and rank them by weekly use.

    All changes, the largest rise first; None where it was told to stop.

    - ``results``: its people, replicates and parameters are used again.
    - ``scenario``: which of its plans.
    - ``replicates``: at most this many replicates, the first ones.
    - ``week``: when something is added.
    - ``how``: which kinds of change are tried (``Change.how``); all by default.
    - ``going``: asked before each change whether to go on.
    """
    from sim.case import Record, run_cases

    plan, people, weeks = results.scenarios[scenario], results.organisation, results.weeks
    parameters, seeds = first_replicates(results, scenario, replicates)
    given = replace(results.case(scenario), parameters=parameters)
    bare = Record(teams=False, people=False, drivers=False)

    def run(timeline: tuple[Placed, ...]) -> tuple[Floats, float]:
        case = replace(given, timeline=place(timeline, people, weeks))
        weekly = run_cases([case], seeds, record=bare, threads=threads).weekly[0]
        hours = float(weekly[..., -1, Outcome["hours"]].mean()) * people.n_people
        return run_figures(weekly)[HEADLINE], hours

    every = changes(plan.timeline, everyone(results), people, weeks, week=week)
    tried = [one for one in every if how is None or one.how in how]
    base, base_hours = run(plan.timeline)
    base_money = money_of(plan.timeline, people, weeks)
    level = 1 - (1 - LEVEL) / max(1, len(tried))
    found = []
    for change in tried:
        if not going():
            return None
        values, hours = run(change.timeline)
        effect = paired_difference(values, base, level)
        money = money_of(change.timeline, people, weeks) - base_money
        found.append(Worth(change, effect, hours - base_hours, money, values - base))
    return tuple(sorted(found, key=lambda one: -one.effect.mean))
