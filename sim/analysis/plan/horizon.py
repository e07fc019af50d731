"""Whether a plan wins only in the week that was asked for: other weeks, and the time between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.contrast import Difference
from sim.results.series import series
from sim.schedule import MAX_WEEKS

LATER = (12, 26)
"""Weeks after the one that is asked for at which plans are judged too."""

REPLICATES = 64
"""Replicates of a look, at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """The best plan and its rivals, judged otherwise.

    Parameters
    ----------
    words : str
        Such as ``habitual, week 52``.
    levels : tuple of float
        Of each plan, in the order in which they were given.
    ahead : Difference or None
        The plan that leads here less the best one; None where the best one leads.
    """

    words: str
    levels: tuple[float, ...]
    ahead: Difference | None
    leader: int


def looks(
    evaluator: Evaluator, plans: Sequence[Plan], replicates: int, stage: str = "report"
) -> tuple[Look, ...]:
    """Return how plans do at the week asked for, later, and on average over all weeks.

    Simulated once more in a longer run, in the replicates of the report. What repeats until the
    end of the run goes on.

    Parameters
    ----------
    plans : sequence of Plan
        The best one first.
    """
    problem = evaluator.layout.problem
    objective = problem.objectives[0]
    of = objective.curve if objective.is_share else "habitual"
    asked = (objective.at or problem.weeks) if objective.what != "area" else problem.weeks
    weeks = min(problem.weeks + LATER[-1], MAX_WEEKS)
    longer = Layout(replace(problem, weeks=weeks), evaluator.layout.organisation)
    other = Evaluator(longer, evaluator.replicates, threads=evaluator.threads)
    replicates = min(replicates, REPLICATES)
    columns = [
        np.stack([series(simulated, name) for name in (of, "weekly_users")], axis=-1)
        for plan in plans
        for simulated in [other.series(plan, replicates, stage)]
    ]
    evaluator.runs += other.runs
    if evaluator.progress is not None:
        evaluator.progress(other.runs)
    simulated, users = np.stack(columns)[..., 0], np.stack(columns)[..., 1]
    units = evaluator.replicates.units(stage, replicates)
    name = of.replace("_", " ")
    said = [
        (f"{name}, week {week}", simulated[:, :, week - 1])
        for week in dict.fromkeys((asked, *(min(asked + later, weeks) for later in LATER)))
    ]
    said.append((f"{name}, mean of weeks 1 to {asked}", simulated[:, :, :asked].mean(axis=2)))
    if of != "weekly_users":
        said.append((f"weekly users, mean of weeks 1 to {asked}", users[:, :, :asked].mean(axis=2)))
    found = []
    for words, values in said:
        means = values.mean(axis=1)
        leader = int(means.argmax())
        ahead = None
        if leader:
            ahead = evaluator.difference(values[leader], values[0], units)
        found.append(Look(words, tuple(float(mean) for mean in means), ahead, leader))
    return tuple(found)
