"""What would turn the choice: other conditions, wider limits, another length of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sim.analysis.plan.check import keeps
from sim.analysis.plan.contenders import ahead_by, beats
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.objective import Risk, scores
from sim.analysis.plan.polish import polish
from sim.analysis.plan.problem import HOURS, Limit, PlanProblem
from sim.analysis.plan.selection import judged
from sim.analysis.plan.space import Space
from sim.arrays import Floats, Ints
from sim.case import without
from sim.contrast import Difference
from sim.numbers import brief, exact
from sim.outcomes import MAX_WEEKS
from sim.parameters import MECHANISMS
from sim.results.series import series

RIVALS = 4
"""Plans that are looked at besides the best, at most."""
SWITCHED = 32
"""Replicates in which a mechanism is switched off."""
ERROR = 0.05
"""Chance that something is said to turn the choice though nothing does, over all looked at."""


@dataclass(frozen=True, slots=True)
class SwitchingCondition:
    """Something that would turn the choice from the best plan to another."""

    kind: str
    """``parameter``, ``mechanism``, ``risk``, ``week`` or ``objective``."""
    what: str
    """Such as ``loss_aversion in its upper third (above 1.8)``."""
    other: str
    """Name of the plan that would be chosen."""
    ahead: Difference | None
    """The other less the best plan where it is so, in what is looked at; None for an attitude to
    risk."""


def switching_conditions(
    evaluator: Evaluator, named: Sequence[tuple[str, Plan]], replicates: int, stage: str = "report"
) -> tuple[tuple[SwitchingCondition, ...], int]:
    """Return what would turn the choice, and how many conditions were looked at.

    Parameters are looked at in the thirds of their values over the replicates; mechanisms are
    switched off one at a time. Only what puts another plan ahead beyond chance is
    returned, with the error shared among all conditions looked at (Bonferroni).

    - ``named``: the best plan first; then rivals that differ from it: see ``rivals``
    - ``replicates``: of the report
    """
    some = list(named[: 1 + RIVALS])
    if len(some) < 2:
        return (), 0
    plans = [plan for _, plan in some]
    every = evaluator.values(plans, replicates, stage)
    values = every[evaluator.layout.problem.lead]
    conditions: list[tuple[str, str, Floats, Ints]] = []
    sets = evaluator.replicates.sets(stage, replicates)
    units = evaluator.replicates.units(stage, replicates)
    for name in evaluator.replicates.doubtful:
        low, high = np.quantile(sets[name], [1 / 3, 2 / 3])
        for words, inside in (
            (f"{name} in its lower third (below {brief(low)})", sets[name] <= low),
            (f"{name} in its upper third (above {brief(high)})", sets[name] >= high),
        ):
            conditions.append(("parameter", words, values[:, inside], units[inside]))
    switched = min(replicates, SWITCHED)
    off = evaluator.layout.problem.scenario.switched_off()
    on = [mechanism for mechanism in MECHANISMS if mechanism not in off]
    simulated = _without(evaluator, plans, on, switched, stage)
    conditions += [
        ("mechanism", f"the model without {mechanism}", simulated[k], units[:switched])
        for k, mechanism in enumerate(on)
    ]
    looked_at = len(conditions) * (len(some) - 1)
    found = [*_by_risk(evaluator, some, every, units)]
    for kind, words, there, their_units in conditions:
        turned = _turned(evaluator, there, their_units, looked_at)
        if turned is not None:
            found.append(SwitchingCondition(kind, words, some[turned[0]][0], turned[1]))
    return tuple(found), looked_at


def rivals(
    layout: Layout, best: Plan, plans: Sequence[tuple[str, Plan]], most: int = RIVALS
) -> list[tuple[str, Plan]]:
    """Return plans that differ from the best, and from each other, most.

    One after another the plan whose nearest among those chosen is farthest.
    """
    chosen, left = list[tuple[str, Plan]](), [one for one in plans if one[1] != best]
    while left and len(chosen) < most:
        near = [best, *(plan for _, plan in chosen)]
        gaps = [min(_apart(layout, plan, other) for other in near) for _, plan in left]
        if max(gaps) == 0:
            break
        chosen.append(left.pop(int(np.argmax(gaps))))
    return chosen


def unlike(layout: Layout, best: Plan, plan: Plan) -> str:
    """Return a plan in words, by what it does otherwise than the best."""
    said = []
    for row, label in enumerate(layout.problem.labels):
        week, other = plan.starts[row], plan.doses[row] != best.doses[row]
        other &= bool(best.doses[row]) or plan.doses[row] != 1
        dose = f" ×{plan.doses[row]:g}" if other else ""
        if week != best.starts[row]:
            said.append(f"{label} in week {week}{dose}" if week else f"no {label}")
        elif dose:
            said.append(f"{label}{dose}")
    if len(plan.waves) != len(best.waves):
        said.append(f"in {len(plan.waves)} waves" if len(plan.waves) > 1 else "all at once")
    return f"a plan with {', '.join(said)}" if said else "a plan with other waves"


def _apart(layout: Layout, one: Plan, other: Plan) -> float:
    """Return how much two plans differ: starts as shares of the run, levels, numbers of waves."""
    far = 2.0 * (len(one.waves) != len(other.waves))
    for row in range(len(one.starts)):
        if bool(one.starts[row]) != bool(other.starts[row]):
            far += 1.0
        else:
            far += abs(one.starts[row] - other.starts[row]) / layout.weeks
            far += 0.5 * (one.doses[row] != other.doses[row])
    return far


def _turned(
    evaluator: Evaluator, values: Floats, units: Ints, looked_at: int
) -> tuple[int, Difference] | None:
    """Return the rival most ahead of the first plan beyond chance, and by how much."""
    best: tuple[int, Difference] | None = None
    if values.shape[1] < 8:
        return None
    level = 1 - ERROR / looked_at
    for row in range(1, len(values)):
        d = evaluator.difference(values[row], values[0], units, level)
        if d.low > 0 and (best is None or d.mean > best[1].mean):
            best = row, d
    return best


def _by_risk(
    evaluator: Evaluator, named: Sequence[tuple[str, Plan]], values: Floats, units: Ints
) -> list[SwitchingCondition]:
    """Return the attitudes under which another plan has the best score, beyond chance."""
    found, lead = [], evaluator.layout.problem.lead
    for risk in Risk:
        first = int(scores(values[lead], risk).argmax())
        if risk is evaluator.layout.problem.risk or first == 0:
            continue
        if not evaluator.layout.problem.is_single:  # rivals are no worse in the others
            better = ahead_by(evaluator, values[lead, first], values[lead, 0], units, risk)[0] > 0
        else:
            better = beats(evaluator, values[:, first], values[:, 0], units, risk)
        if better:
            found.append(SwitchingCondition("risk", f"judged by {risk}", named[first][0], None))
    return found


def _without(
    evaluator: Evaluator, plans: Sequence[Plan], mechanisms: Sequence[str], replicates: int,
    stage: str,
) -> Floats:  # fmt: skip
    """Return what plans are looked at by, with each mechanism switched off.

    Shape (n_mechanisms, n_plans, replicates); in the replicates of the report.
    """
    rows, seeds = evaluator.replicates.replicates(stage, 0, replicates)
    lead = evaluator.layout.problem.lead
    simulated = [
        evaluator.measured([(plan, without(rows, mechanism)) for plan in plans], seeds)[:, :, lead]
        for mechanism in mechanisms
    ]
    return np.array(simulated).reshape(len(mechanisms), len(plans), replicates)


LONGER = 2
"""Weeks by which a longer run is tried."""
RUNS = 1_500
"""Runs for planning again with one limit looser, at most."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one limit a little looser would bring."""

    words: str
    """Such as ``trainers +1 a week``."""
    gain: Difference | None
    """The plan made with it less the best one, in the same replicates; None where it allows no
    change that was tried. Of weeks, hours and money a longer run has more: both with it."""
    plan: Plan | None
    ahead: Difference | None = None
    """That plan less the best one, both with it: of a longer run, both in the longer run."""
    of: int = 0
    """The objective that is made as good as can be, no other made worse."""


def _looser(problem: PlanProblem) -> Iterator[tuple[str, PlanProblem]]:
    """Yield each limit looser by a unit that a planner would ask for, and a longer run."""
    several = len(problem.objectives) > 1
    asked = {one.what for one in problem.objectives if several and one.is_planned}
    for k, limit in enumerate(problem.limits):
        if not limit.hard or limit.name in asked:
            continue
        by = _unit(limit)
        limits = (*problem.limits[:k], limit.looser(by), *problem.limits[k + 1 :])
        often = "" if limit.budget else " a week"
        yield f"{limit.what} +{exact(by)}{often}", replace(problem, limits=limits)
    objectives = tuple(
        one.model_copy(update={"at": one.at + LONGER}) if one.at else one
        for one in problem.objectives
    )
    weeks = problem.weeks + LONGER
    items = tuple(
        replace(i, latest=i.latest + LONGER if i.latest == problem.weeks else i.latest)
        for i in problem.items
    )
    yield f"weeks +{LONGER}", replace(problem, weeks=weeks, items=items, objectives=objectives)


def _unit(limit: Limit) -> float:
    """Return one of a few, a hundred of many: a tenth at most of thousands."""
    most = max(amount for _, amount in limit.amounts)
    if limit.name == HOURS:
        return 100.0 if limit.budget else float(max(1, round(most / 10)))
    return 1.0 if most < 100 else float(10 ** (int(np.log10(most)) - 1))


def prices(
    space: Space, evaluator: Evaluator, best: Plan, replicates: int, seed: int,
    stage: str = "report", runs: int = RUNS,
) -> tuple[Price, ...]:  # fmt: skip
    """Return what each limit a little looser would bring, by changing it anew in so many runs.

    Of several objectives each in turn, with no other worse; what is an objective itself is not
    loosened, as the front says what more of it brings.
    """
    layout, found = evaluator.layout, list[Price]()
    rng = np.random.default_rng([seed, 8])
    allowed = {change.plan for change in space.changes(best, rng) if keeps(layout, change.plan)}
    whole = evaluator.values([best], replicates, stage)[:, 0]
    units = evaluator.replicates.units(stage, replicates)
    for words, problem in _looser(layout.problem):
        other = Layout(problem, layout.organisation)
        wider = Space(other, space)
        its = Evaluator(other, evaluator.replicates, threads=evaluator.threads)
        its.effective = evaluator.effective
        longer = problem.weeks != layout.problem.weeks
        known = set[Plan]() if longer else allowed
        for k, objective in enumerate(problem.objectives):
            until = its.runs + runs // len(problem.objectives)
            plan = polish(
                wider, its, best, until, seed, "price", known=known, rank=partial(_best_in, k)
            )
            gain = ahead = None
            if plan != best or longer:
                value, same = np.moveaxis(its.values([plan, best], replicates, stage), 1, 0)
                count = len(problem.objectives)
                if _is_worse(evaluator, value[:count], same[:count], units):
                    plan, value = best, same
            if plan != best or longer:
                before = same if objective.sign < 0 else whole
                gain = evaluator.difference(value[k], before[k], units)
                ahead = evaluator.difference(value[k], same[k], units)
            found.append(Price(words, gain, plan if plan != best else None, ahead, k))
        evaluator.runs += its.runs
        if evaluator.progress is not None:
            evaluator.progress(its.runs)
    return tuple(found)


def _is_worse(evaluator: Evaluator, values: Floats, best: Floats, units: Ints) -> bool:
    """Return whether a plan is worse in anything beyond chance, shape (n, n_replicates)."""
    pairs = zip(values, best, strict=True)
    return any(evaluator.difference(mine, its, units).high < 0 for mine, its in pairs)


def _best_in(k: int, values: Floats, problem: PlanProblem) -> Ints:
    """Return plans from the best to the worst by an objective, those worse in another last.

    Worse than the first plan, on average; of one objective as ``order``.
    """
    score = judged(values, problem)
    others = np.delete(score, k, axis=0)
    worse = (others < others[:, :1] - 1e-12).any(axis=0)
    return np.lexsort((-score[k], worse))


LATER = (12, 26)
"""Weeks after the one that is asked for at which plans are judged too."""
REPLICATES = 64
"""Replicates of a look, at most."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A plan that another leads."""

    plan: int
    by: int
    """``plan``, ``by``: the plan, and the one that leads, by their places among those given."""
    ahead: Difference
    """The one that leads less the plan."""


@dataclass(frozen=True, slots=True)
class Look:
    """The best plan (or a front) and its rivals, judged otherwise."""

    words: str
    """Such as ``habitual, week 52``."""
    levels: tuple[float, ...]
    """Of each plan, in the order in which they were given."""
    leads: tuple[Lead, ...]
    """For the best plan, or each of the front, what leads it most; none where nothing does."""


def looks(
    evaluator: Evaluator, plans: Sequence[Plan], replicates: int, stage: str = "report",
    front: int = 1,
) -> tuple[Look, ...]:  # fmt: skip
    """Return how plans do at the week asked for, later, and on average over all weeks.

    Simulated once more in a longer run, in the replicates of the report. What repeats until the
    end of the run goes on. Of several objectives the first is judged otherwise (where hours or
    money alone are asked for, the goal), and a plan is led by one that is no worse in the others,
    as they were asked for.

    - ``plans``: the best one first, or all of a front of so many
    """
    problem = evaluator.layout.problem
    objective = problem.leading
    of = objective.curve if objective.is_share else "habitual"
    asked = (objective.at or problem.weeks) if objective.what != "area" else problem.weeks
    weeks = min(problem.weeks + LATER[-1], MAX_WEEKS)
    longer = Layout(replace(problem, weeks=weeks), evaluator.layout.organisation)
    other = Evaluator(longer, evaluator.replicates, threads=evaluator.threads)
    few = min(replicates, REPLICATES)
    columns = [
        np.stack([series(simulated, name) for name in (of, "weekly_users")], axis=-1)
        for plan in plans
        for simulated in [other.series(plan, few, stage)]
    ]
    evaluator.runs += other.runs
    if evaluator.progress is not None:
        evaluator.progress(other.runs)
    simulated, users = np.stack(columns)[..., 0], np.stack(columns)[..., 1]
    units = evaluator.replicates.units(stage, few)
    name = of.replace("_", " ")
    said = [
        (f"{name}, week {week}", simulated[:, :, week - 1])
        for week in dict.fromkeys((asked, *(min(asked + later, weeks) for later in LATER)))
    ]
    said.append((f"{name}, mean of weeks 1 to {asked}", simulated[:, :, :asked].mean(axis=2)))
    if of != "weekly_users":
        said.append((f"weekly users, mean of weeks 1 to {asked}", users[:, :, :asked].mean(axis=2)))
    others = judged(evaluator.values(plans, replicates, stage), problem).T
    others = others if problem.lead else others[:, 1:]
    no_worse = np.all(others[:, None] >= others[None], axis=-1)
    found = []
    for words, values in said:
        means, leads = values.mean(axis=1), []
        for plan in range(front):
            by = int(np.where(no_worse[:, plan], means, -np.inf).argmax())
            if means[by] > means[plan]:
                ahead = evaluator.difference(values[by], values[plan], units, 1 - ERROR / front)
                leads.append(Lead(plan, by, ahead))
        found.append(Look(words, tuple(float(mean) for mean in means), tuple(leads)))
    return tuple(found)
