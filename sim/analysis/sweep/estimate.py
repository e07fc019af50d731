"""What a study will take, before it starts: runs, time, disk."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from sim.analysis.sweep.specification import Specification
from sim.outcomes import OUTCOMES, PERSON_RECORD

__all__ = ["StudyCost", "estimate"]

PILOT_PERSON_WEEKS = 250_000
"""Size of the run that the rate is measured on."""

BYTES_A_NUMBER = 5.0
"""Of an outcome in a part, compressed: measured on the shipped studies."""

BYTES_A_KEY = 60.0
"""Of a run's key, in its part and in the plan."""


@dataclass(frozen=True, slots=True)
class StudyCost:
    """What a study will take.

    Parameters
    ----------
    runs : int
        The most, where replicates depend on an interval.
    seconds : float
        On one worker.
    bytes : float
        On disk.
    """

    runs: int
    person_weeks: int
    seconds: float
    bytes: float


def estimate(study: Specification, runs: int | None = None) -> StudyCost:
    """Return what ``runs`` of a study will take, all of them by default.

    The rate is measured here and now, on a short run of the first scenario; the first time
    on a machine, this compiles the engine.
    """
    runs = study.n_runs if runs is None else runs
    people = [organisation.n_people for organisation in study.organisations]
    person_weeks = int(runs * float(np.mean(people)) * study.weeks)
    numbers = len(study.outcomes)
    size = BYTES_A_KEY + BYTES_A_NUMBER * numbers
    if study.record_weeks:
        size += study.weeks * (BYTES_A_NUMBER * len(OUTCOMES) + 2)
    size += len(study.record_people) * float(np.mean(people)) * len(PERSON_RECORD) * 0.8
    points = study.n_points * len(study.factors) * 14.0
    return StudyCost(runs, person_weeks, person_weeks / _rate(study), runs * size + points)


def _rate(study: Specification) -> float:
    """Return person-weeks a second of one worker."""
    from sim.case import Case, run_cases
    from sim.randomness import replicate_seeds

    people = study.organisations[0]
    weeks = max(1, min(study.weeks, PILOT_PERSON_WEEKS // people.n_people))
    runs = max(1, PILOT_PERSON_WEEKS // (people.n_people * weeks))
    case = Case.of(study.scenarios[0], people, weeks)
    run_cases([case], replicate_seeds(0, 1), weeks=1, threads=1)
    start = perf_counter()
    run_cases([case], replicate_seeds(0, runs), threads=1)
    return people.n_people * weeks * runs / (perf_counter() - start)
