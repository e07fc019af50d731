"""``uptake replan`` in Python: replicates weighed by what was measured, and the remaining weeks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm import kernel
from sim.analysis.firm.kernel import DISCREPANCY, FAR, FEW, MEMORY
from sim.analysis.firm.observed import Observed, points
from sim.analysis.plan.baselines import Baseline
from sim.analysis.plan.check import violations
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.loader import Entry, entries_of
from sim.analysis.plan.placing import entries
from sim.analysis.plan.planning import Planner
from sim.analysis.plan.problem import Before, Item, Limit, PlanProblem
from sim.analysis.plan.problem import Sequence as Order
from sim.arrays import Floats, Ints
from sim.case import run_cases
from sim.contrast import bands
from sim.document import read_text
from sim.errors import refusal
from sim.interventions.timeline import Placed
from sim.organisation.organisation import Organisation
from sim.outcomes import Outcome
from sim.posterior import more_sets
from sim.randomness import hash_text, replicate_seeds
from sim.results.series import series
from sim.scenario import loads

SETS = 1024
"""Parameter sets that are weighed, at least."""
POOL = 2048
"""Replicates that are weighed, at least; two of each set."""
KEPT = 512
"""Replicates that are drawn by weight, to plan the remaining weeks in."""


@dataclass(frozen=True, eq=False)
class WeighedReplicates:
    """Replicates drawn by how well they agree with what was measured."""

    rows: NDArray[np.void]
    """Of ``PARAMETER_DTYPE``, shape (KEPT,)."""
    seeds: NDArray[np.uint64]
    """What was run with these parameters, shape (KEPT,)."""
    effective: float
    """Effective sample size of the weights, of ``pool`` parameter sets."""
    pool: int
    different: int
    """``pool``, ``different``: parameter sets weighed; different replicates among those drawn."""
    nearest: float
    """Distance of the nearest set, as a multiple of what chance and discrepancy explain (root mean
    square); above 2 hardly any is like what was measured."""
    off: float = 0.0
    """How far the weighed replicates are from what was measured (root mean square of shares)."""


def weigh(evaluator: Evaluator, plan: Plan, observed: Observed, seed: int = 0) -> WeighedReplicates:
    """Weigh parameter sets and replicates by what was measured while a plan was carried out.

    Each is simulated until the last week measured, weighed by ``sim.analysis.firm.kernel``,
    and drawn by weight.
    """
    source = evaluator.replicates
    n_sets = len(source.rows)
    seeds = replicate_seeds(seed, max(2, -(-POOL // n_sets)), sets=n_sets)
    records = run_cases(
        [evaluator.case(plan, source.rows)], seeds, weeks=observed.week, threads=evaluator.threads
    )
    found = kernel.weigh(observed, points(records, evaluator.layout.organisation, observed))
    sets, replicates = found.drawn(KEPT, seed)
    return WeighedReplicates(
        rows=source.rows[sets], seeds=seeds[sets, replicates], effective=found.effective,
        pool=n_sets, different=len(np.unique(sets * seeds.shape[1] + replicates)),
        nearest=found.nearest, off=found.off,
    )  # fmt: skip


USES = ("activated", "tried", "weekly_users", "regular", "habitual", "power", "novice", "low")
"""Outcomes that take access to the tool."""
BEFORE = 128
"""Replicates, not weighed, whose band a forecast after a surprise may not be narrower than."""


def is_surprise(weighed: WeighedReplicates) -> bool:
    """Return whether what was measured is hardly, or not, like any replicate."""
    return weighed.nearest > FAR or weighed.effective < FEW


def humbler(
    planner: Planner, before: Evaluator, plan: Plan, observed: Observed, weighed: WeighedReplicates
) -> None:
    """Carry into a planner's forecast by how much the model was found to be off.

    Intervals count the effective sample size. To every share a discrepancy is added: normal,
    alike in neighbouring weeks, as large as the model was off where it could be seen, and
    given what was measured. After a surprise no band is narrower than it was before. Nobody
    without access uses the tool, nor anybody before some replicate has use, unless measured.

    - ``before``: of the same problem, replicates not weighed
    - ``plan``: what is carried on with
    """
    evaluator = planner.evaluator
    evaluator.effective = weighed.effective
    wide: dict[str, Floats] = {}
    if is_surprise(weighed):
        simulated = before.series(plan, BEFORE, "before")
        judged = (one.of for one in (*planner.problem.objectives, *planner.problem.goals))
        for name in dict.fromkeys(("weekly_users", *observed.outcomes, *judged)):
            _, low, high = bands(series(simulated, name))
            wide[name] = high - low
    measured = {
        name: (np.array(weeks), np.array(values))
        for name, (weeks, values) in observed.series().items()
    }

    def widened(weekly: Floats, outcome: str) -> Floats:
        values, top = series(weekly, outcome), np.ones_like(weekly[..., 0])
        if outcome in USES:
            top = weekly[..., Outcome["access"]] * (values > 0).any(axis=0)
            for week, value in zip(*measured.get(outcome, ((), ())), strict=True):
                top[:, week - 1 :] = np.maximum(top[:, week - 1 :], value)
        rng = np.random.default_rng([planner.seed, 9, hash_text(outcome)])
        off = _discrepancy(values, measured.get(outcome), weighed.off, rng)
        found = values + off
        if outcome in wide:
            middle, low, high = bands(found)
            narrow = np.maximum(wide[outcome] / np.maximum(high - low, 1e-9), 1.0)
            found = middle + (found - middle) * narrow
        return np.clip(found, 0.0, top)

    evaluator.discrepancy = widened
    if weighed.nearest > FAR:
        planner.marked = "not to be relied on:\nnothing in the model is like what was measured"
    if measured:
        name = "weekly_users" if "weekly_users" in measured else next(iter(measured))
        planner.line = carried_on(*measured[name], planner.problem.weeks)


def carried_on(weeks: Ints, values: Floats, length: int) -> Floats:
    """Return the line through what was measured, carried on as it was; NaN before it.

    A straight line through the last eight values, from the last one on, within 0 and 1.
    """
    order = np.argsort(weeks)
    weeks, values = weeks[order][-8:], values[order][-8:]
    slope = float(np.polyfit(weeks, values, 1)[0]) if len(weeks) > 1 else 0.0
    line = np.full(length, np.nan)
    ahead = np.arange(weeks[-1], length + 1)
    line[weeks[-1] - 1 :] = np.clip(values[-1] + slope * (ahead - weeks[-1]), 0.0, 1.0)
    return line


def _discrepancy(
    values: Floats, measured: tuple[Ints, Floats] | None, off: float,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return draws of what each replicate is off by, shape (replicates, weeks)."""
    replicates, length = values.shape
    sigma, week = max(DISCREPANCY, off), np.arange(1, length + 1)
    kernel = sigma**2 * np.exp(-np.abs(week[:, None] - week[None]) / MEMORY)
    middle = np.zeros((replicates, length))
    if measured is not None:
        at, seen = measured[0] - 1, measured[1]
        inner = kernel[np.ix_(at, at)] + 0.01**2 * np.eye(len(at))
        gain = kernel[:, at] @ np.linalg.inv(inner)
        middle = (seen - values[:, at]) @ gain.T
        kernel = kernel - gain @ kernel[at]
    lower = np.linalg.cholesky((kernel + kernel.T) / 2 + 1e-10 * np.eye(length))
    return middle + rng.normal(size=(replicates, length)) @ lower.T


CARRY_ON = "carry on as planned"
"""Name of the plan that was carried out so far, among the simple plans."""

_DATE = re.compile(r"(?P<key>\b(?:start):\s*)['\"]?(?P<day>\d{4}-\d{2}-\d{2})['\"]?")


@dataclass(frozen=True, eq=False)
class Left:
    """What is left of a problem after some weeks."""

    problem: PlanProblem
    """What was done stands in its scenario; what is ahead may be placed anew."""
    carry_on: Plan
    """What is ahead as it was planned."""


def done_as_planned(layout: Layout, plan: Plan) -> list[Entry]:
    """Return what a plan does, as if it had been carried out to the letter."""
    found = []
    for row in np.flatnonzero(plan.starts).tolist():  # what was left out has done nothing
        waves = layout.waves_of(row, plan.waves)
        mine = [one.intervention for one in entries(layout, plan, rows=[row])]
        kept = [wave for wave in waves if not wave or layout.people(row, wave)]
        for wave, activity in zip(kept, mine, strict=True):
            placed = Placed(activity, f"plan.{layout.problem.labels[row]}")
            inside = layout.inside(row, wave)
            rounds = plan.rounds[row]
            found.append(Entry(row, placed, activity.start, plan.doses[row], rounds, inside))
    return found


def done_in(layout: Layout, file: Path) -> tuple[list[Entry], list[Placed]]:
    """Return what really happened, from a scenario file; with dates in place of weeks too.

    Raises InputError where it cannot be read; where it has dates and the plan file does not say
    when week 1 is.
    """
    text = read_text(file, str(file))
    begins = layout.problem.begins

    def week(match: re.Match[str]) -> str:
        try:
            day = date.fromisoformat(match["day"])
        except ValueError:
            what = f"is {match['day']}"
            raise refusal(str(file), "start", what, "a day such as 2027-01-04") from None
        if begins is None:
            right = "weeks; or starts: 2027-01-04 in the plan file"
            raise refusal(str(file), "start", f"is the date {day}", right)
        number = (day - begins).days // 7 + 1
        if number < 1:
            what = f"is {day}, before week 1, {begins}"
            raise refusal(str(file), "start", what, f"{begins} or later")
        return f"{match['key']}{number}"

    scenario = loads(_DATE.sub(week, text), str(file), folder=file.parent)
    return entries_of(layout, scenario)


def remaining(
    problem: PlanProblem, layout: Layout, done: Sequence[Entry], week: int,
    others: Sequence[Placed] = (), waves: Plan | None = None,
) -> Left:  # fmt: skip
    """Return the problem that is left after a week.

    What has begun by then is done, and goes on: it stands in the scenario, and what it takes is
    taken off what there is. Every wave ahead may be placed anew, each by itself, after
    ``week``; what was left out may come in, and what has slipped for a wave may come later.

    - ``problem``: what may be placed now; its interventions are those of ``layout`` and any new
      ones
    - ``layout``: of the problem that was planned
    - ``done``: what was done and what is planned, by its rows
    - ``week``: the last week that is past
    - ``others``: what happened besides
    - ``waves``: whose waves were carried out
    """
    past = [one for one in done if one.start <= week]
    ahead = [one for one in done if one.start > week]
    rows = {label: row for row, label in enumerate(layout.problem.labels)}
    decided = waves is not None and len(waves.waves) > 1 and any(
        layout.problem.items[one.row].waves for one in past
    )  # fmt: skip
    items, starts, of = list[Item](), list[Entry | None](), dict[str, list[tuple[int, int]]]()
    for item in problem.items:
        row = rows.get(item.label)
        began = [one for one in past if one.row == row] if row is not None else []
        later = [one for one in ahead if one.row == row] if row is not None else []
        if row is None or (not began and not (decided and item.waves)):
            of.setdefault(item.label, []).append((len(items), -1))
            items.append(_open(item, week))
            starts.append(later[0] if later else None)
            continue
        parts = later if item.waves else []
        if decided and item.waves and waves is not None:  # what has slipped may come later
            parts = [*parts, *_slipped(layout, row, item, waves, (*began, *later), week)]
        for one in parts:
            number = _wave_number(layout, one, waves)
            of.setdefault(item.label, []).append((len(items), number))
            part = _part(layout, item, one, number, week)
            if one not in ahead and (began or later):
                last = max(part.latest, *(other.start for other in (*later, *began)))
                part = replace(part, latest=last, doses=tuple(sorted({0.0, *item.doses})))
            items.append(part)
            starts.append(one if one in ahead else None)
    limits = tuple(_less(problem, layout, limit, past) for limit in problem.limits)
    kept = (*problem.scenario.timeline, *(one.placed for one in past), *others)
    left = replace(
        problem, items=tuple(items),
        scenario=problem.scenario.model_copy(update={"timeline": kept}),
        sequences=_sequences(problem, of), precedence=tuple(_precedence(problem, of)),
        waves=None if decided else problem.waves, limits=limits, step=1,
    )  # fmt: skip
    carry_on = Plan(
        tuple(one.start if one else 0 for one in starts),
        tuple(one.dose if one else 0.0 for one in starts),
        tuple(one.rounds if one else 0 for one in starts),
        ((),) if decided or waves is None else waves.waves,
        () if decided or waves is None or len(waves.waves) < 2 else tuple(
            waves.gaps[rows[item.label]] if item.label in rows and starts[k] else 0
            for k, item in enumerate(items)),
    )  # fmt: skip
    return Left(left, carry_on)


def _open(item: Item, week: int) -> Item:
    """Return an item that has not begun: it may not begin in the past."""
    if item.latest <= week:
        late = 0.0 in item.doses
        return replace(item, earliest=week + 1, latest=week + 1,
                       doses=(0.0,) if late else item.doses)  # fmt: skip
    pinned = {wave: at for wave, at in item.pinned.items() if at > week}
    return replace(item, earliest=max(item.earliest, week + 1), pinned=pinned)


def _wave_number(layout: Layout, one: Entry, waves: Plan | None) -> int:
    """Return the wave of a plan that an entry is for, by the people they share; from 0."""
    if waves is None or len(waves.waves) < 2:
        return 0
    shared = [int((layout.inside(one.row, wave) & one.who).sum()) for wave in waves.waves]
    return int(np.argmax(shared))


def _slipped(
    layout: Layout, row: int, item: Item, plan: Plan, held: Sequence[Entry], week: int
) -> Iterator[Entry]:
    """Yield each wave of a plan most people of which are in no entry of an item, from next week."""
    for wave in plan.waves:
        inside = layout.inside(row, wave)
        if 2 * sum(int((inside & one.who).sum()) for one in held) < inside.sum():
            base = item.base.model_copy(update={"audience": layout.audience(row, wave)})
            yield Entry(row, Placed(base), week + 1, item.doses[-1], item.rounds[0], inside)


def _part(layout: Layout, item: Item, one: Entry, number: int, week: int) -> Item:
    """Return one wave ahead as an intervention of its own."""
    label = f"{item.label}, wave {number + 1}"
    audience = getattr(one.placed.intervention, "audience", item.base.audience)
    return replace(
        item, label=label, base=item.base.model_copy(update={"audience": audience, "label": label}),
        earliest=week + 1, latest=max(item.latest, one.start, item.over_by or 0), waves=False,
        gaps=(), pinned={}, over_by=None, placed=None,
    )  # fmt: skip


def _sequences(problem: PlanProblem, of: dict[str, list[tuple[int, int]]]) -> tuple[Order, ...]:
    found = []
    for sequence in problem.sequences:
        rows = [of.get(problem.labels[row], []) for row in sequence.members]
        left = tuple(mine[0][0] for mine in rows if len(mine) == 1 and mine[0][1] < 0)
        if len(left) > 1:
            found.append(Order(left, sequence.gaps))
    return tuple(found)


def _precedence(problem: PlanProblem, of: dict[str, list[tuple[int, int]]]) -> list[Before]:
    """Return what must still come before what, wave by wave."""
    found = []
    for one in problem.precedence:
        firsts = of.get(problem.labels[one.first], [])
        seconds = of.get(problem.labels[one.second], [])
        for first, its in firsts:
            for second, other in seconds:
                if its in (-1, other) or other == -1:
                    found.append(Before(first, second, one.lag, one.text, one.most))
    return found


def _less(problem: PlanProblem, layout: Layout, limit: Limit, past: Sequence[Entry]) -> Limit:
    """Return a limit less what is taken by what has begun, week by week."""
    weeks = problem.weeks
    taken = np.zeros(weeks)
    longer = Layout(replace(layout.problem, weeks=weeks), layout.organisation)
    for one in past:
        taken += _taken(longer, one, limit)
    if not taken.any():
        return limit
    there = limit.series(weeks) - (np.cumsum(taken) if limit.budget else taken)
    there = there if limit.budget else np.maximum(there, 0.0)
    steps = np.diff(there, prepend=0.0) if limit.budget else there
    return replace(limit, amounts=tuple((k + 1, float(v)) for k, v in enumerate(steps)))


def _taken(layout: Layout, one: Entry, limit: Limit) -> Floats:
    who = one.who & layout.inside(one.row, (), limit.group)
    occupation, once = layout.occupation(one.row, limit.name)
    active = layout.active(one.row, one.start, one.rounds, once)
    if limit.name in ("hours", "money"):
        attend = one.placed.intervention.attending() / max(
            layout.problem.items[one.row].base.attending(), 1e-9
        )
        each = float(layout.each(one.row, limit.name)[who].sum())
        return each * attend * one.dose * active
    if occupation is None or not who.any():
        return np.zeros(layout.weeks)
    return occupation.of(int(who.sum())) * active


def prepared(
    problem: PlanProblem, organisation: Organisation, rows: NDArray[np.void], plan: Plan,
    observed: Observed, *, week: int | None = None, actual: Path | None = None,
    new: PlanProblem | None = None, runs: int = 12_000, replicates: int = 200, seed: int = 0,
    folder: Path | None = None, threads: int | None = None,
) -> tuple[Planner, WeighedReplicates]:  # fmt: skip
    """Weigh the posterior by what was measured, and make ready to plan the remaining weeks.

    - ``problem``, ``organisation``, ``rows``: as the plan was made with
    - ``plan``: what was planned
    - ``week``: the last week that is past; the last one measured by default
    - ``actual``: what really happened, as a scenario file; the plan to the letter by default
    - ``new``: what may be placed from now on, and what there is: other means, budgets, a longer run
    - ``runs``, ``replicates``, ``seed``, ``folder``, ``threads``: as for ``plan``

    Returns
    -------
    Planner
        Its ``answer()`` is the new plan; among its simple plans is ``CARRY_ON``.
    Weighed
        The replicates that agree with what was measured.

    Raises InputError where no plan keeps the constraints any more.
    """
    now = observed.week if week is None else week
    layout = Layout(problem, organisation)
    planned = done_as_planned(layout, plan)
    done, others = (planned, []) if actual is None else done_in(layout, actual)
    left = remaining(new or problem, layout, done, now, others, plan)
    before = Layout(left.problem, organisation)
    nothing = Plan(*((0,) * len(before.problem.items) for _ in range(3)))  # type: ignore[arg-type]
    weighable = ReplicateSource.of(more_sets(rows, SETS, seed), problem.scenario, seed)
    evaluator = Evaluator(before, weighable, threads=threads)
    weighed = weigh(evaluator, nothing, observed, seed)
    planner = Planner(
        left.problem, organisation, weighed.rows, seed, runs, replicates, folder, threads,
        weighed.seeds,
    )  # fmt: skip
    broken = tuple(f"breaks: {one}" for one in violations(planner.layout, left.carry_on))
    carry_on = Baseline(CARRY_ON, (left.carry_on,), broken, not broken)
    simple = planner.simple if left.problem.items else ()
    if left.problem.waves is None and problem.waves is not None:  # who is in which is decided
        simple = tuple(one for one in simple if all(len(p.waves) == 1 for p in one.plans))
    planner.simple = (carry_on, *simple)
    planner.agreed = None if broken else left.carry_on
    planner.observed, planner.now = observed.series(), now
    humbler(planner, evaluator, left.carry_on, observed, weighed)
    return planner, weighed
