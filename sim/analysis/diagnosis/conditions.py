"""The two conditions: managers who are ready, and informal leaders who use the tool.

What each holds back is told by running the same replicates again as if it had been met from the
start, everything else alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.diagnosis.known import Known, with_starts
from sim.case import Case, Record, run_cases
from sim.organisation.leaders import informal_leaders
from sim.organisation.organisation import Organisation
from sim.results.measure import SMALLEST_TEAM

__all__ = ["CONDITIONS", "Condition", "conditions_of"]

Floats = NDArray[np.float64]

CONDITIONS = {
    "managers": "every manager ready to use it and to say so",
    "leaders": "the informal leaders using it, able and unafraid",
}
"""The conditions, and what would be met."""

MET = {
    "managers": {"readiness": 1.0},
    "leaders": {"considers": 1.0, "capability": 0.8, "fit": 0.8, "usefulness": 0.9,
                "fear_mistake": 0.1, "fear_permission": 0.1, "fear_job": 0.1},
}  # fmt: skip
"""Start values of who is meant, where the condition is met; an ASSUMPTION."""

LAST = 4
"""Weeks over which use is averaged, up to the one that is asked about."""


@dataclass(frozen=True, eq=False)
class Condition:
    """What a condition holds back.

    Parameters
    ----------
    name : str
        A key of ``CONDITIONS``.
    people : int
        How many are meant.
    gain : float64 array, shape (n,)
        Rise in weekly users of the whole firm had it been met, a replicate each.
    teams : float64 array, shape (n, n_teams)
        The same of each team.
    """

    name: str
    people: int
    gain: Floats
    teams: Floats


def conditions_of(
    known: Known,
    parameters: NDArray[np.void],
    seeds: NDArray[np.uint64],
    *,
    threads: int | None = None,
) -> tuple[Condition, ...]:
    """Return what the conditions hold back, in replicates that are equally likely.

    Of a real firm, none is told of fewer than five people, and none by team where that would be
    about one manager.

    Parameters
    ----------
    parameters : structured array of ``PARAMETER_DTYPE``, shape (n,)
    seeds : uint64 array, shape (n, 1)
    """
    firm = known.organisation
    meant = {"managers": np.flatnonzero(firm.is_manager), "leaders": informal_leaders(firm)}
    sizes = np.diff(firm.team_start) / firm.n_people
    base = _use(known, firm, parameters, seeds, threads)
    found = []
    for name, rows in meant.items():
        if len(rows) == 0 or (not firm.made_up and len(rows) < SMALLEST_TEAM):
            continue
        met = with_starts(firm, rows, **MET[name])
        teams = _use(known, met, parameters, seeds, threads) - base
        found.append(Condition(name, len(rows), teams @ sizes, teams))
    return tuple(found)


def _use(
    known: Known,
    firm: Organisation,
    parameters: NDArray[np.void],
    seeds: NDArray[np.uint64],
    threads: int | None,
) -> Floats:
    """Return the mean share of weekly users of each team, shape (n, n_teams)."""
    case = Case.of(known.scenario, firm, known.week, parameters=parameters)
    record = Record(teams=("weekly_users",), drivers=False)
    records = run_cases([case], seeds, record=record, threads=threads)
    weekly = records.of_teams("weekly_users")[0, :, 0]
    result: Floats = weekly[:, -LAST:].astype(np.float64).mean(axis=1)
    return result
