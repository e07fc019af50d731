"""Many runs without returning to Python: scenarios × parameter sets × seeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.begin import begin_run
from sim.engine.compiling import entry_point
from sim.engine.memory import Memory, Plan, World
from sim.engine.week import advance_week

__all__ = ["advance_runs"]


@entry_point
def advance_runs(
    first: int,
    last: int,
    world: World,
    plan: Plan,
    effect_start: NDArray[np.int64],
    memory: Memory,
    parameters: NDArray[np.void],
    decisions: NDArray[np.int64],
    own_thresholds: NDArray[np.bool_],
    seeds: NDArray[np.uint64],
    checkpoints: NDArray[np.bool_],
    weekly: NDArray[np.float64],
    teams: NDArray[np.float32],
    drivers: NDArray[np.float32],
    people: NDArray[np.uint8],
) -> None:
    """Live the runs ``first`` to ``last`` (exclusive) one after the other.

    Run ``r`` is scenario ``r // (P · S)``, parameter set ``r // S % P``, seed ``r % S``.

    Parameters
    ----------
    first, last : int
    world, plan, memory
        The organisation, the plans of all scenarios in one table, and room for one run.
    effect_start : int64 array, shape (C + 1,)
        Scenario ``c`` has the rows ``effect_start[c]:effect_start[c + 1]``.
    parameters : structured array of ``PARAMETER_DTYPE``, shape (C, P)
    decisions : int64 array, shape (C,)
    own_thresholds : bool array, shape (C,)
    seeds : uint64 array, shape (S,)
    checkpoints : bool array, shape (weeks,)
        Weeks at which drivers are recorded.
    weekly : float64 array, shape (C · P · S, weeks, n_outcomes)
    teams : float32 array, shape (C · P · S, weeks, n_teams, n_outcomes) or (1, 1, 0, n_outcomes)
    drivers : float32 array, shape (C · P · S, n_checkpoints, n_teams, n_drivers)
        or (1, 1, 0, n_drivers), without checkpoints
    people : uint8 array, shape (C · P · S, weeks, n_people, n_person_record)
        or (1, 1, 0, n_person_record)
    """
    n_sets, n_seeds = parameters.shape[1], len(seeds)
    for run in range(first, last):
        scenario = run // (n_sets * n_seeds)
        rows = plan.effects[effect_start[scenario] : effect_start[scenario + 1]]
        own_plan = Plan(rows, plan.audience_start, plan.audience_member)
        p = parameters[scenario, run // n_seeds % n_sets]
        seed = seeds[run % n_seeds]
        begin_run(world, memory, p, seed, own_thresholds[scenario])
        checkpoint = 0
        for w in range(weekly.shape[1]):
            team_rows = teams[run % len(teams), w % teams.shape[1]]
            people_rows = people[run % len(people), w % people.shape[1]]
            driver_rows = drivers[run % len(drivers), checkpoint]
            if checkpoints[w]:
                checkpoint += 1
            else:
                driver_rows = driver_rows[:0]
            advance_week(
                world, own_plan, memory, p, seed, w + 1, decisions[scenario],
                weekly[run, w], team_rows, driver_rows, people_rows,
            )  # fmt: skip
