"""A study that has been read and checked: what is simulated, how often, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.designs import ORGANISATION, SCENARIO, Factor, n_points, unit_points
from sim.arrays import Floats, Ints
from sim.organisation.organisation import Organisation
from sim.outcomes import OUTCOMES, PERSON_RECORD, Variable
from sim.results.measure import Less, Measure
from sim.results.results import Origin
from sim.scenario import Scenario
from sim.scenario.loader import Document


@dataclass(frozen=True, slots=True)
class Replication:
    """How many replicates a cell has."""

    least: int
    most: int
    """``least``, ``most``: equal for a fixed number."""
    until: Measure | Less | None = None
    """Whose interval is watched."""
    width: float = 0.0
    """Full width of the 95% interval of the mean at which a cell is done."""


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a design."""

    values: dict[str, Floats]
    """By name of factor: values of a range, positions of levels. Shape (n_points,)."""
    unit: Floats | None = None
    """Coordinates in [0, 1]; None where the user gave the points. Shape (n_points, n_factors)."""


@dataclass(frozen=True, eq=False)
class Specification:
    """A study, read and checked."""

    name: str
    question: str
    text: str = field(repr=False)
    file: str
    """``text``, ``file``: the study file as it was read, and its name."""
    documents: tuple[Document, ...] = field(repr=False)
    scenarios: tuple[Scenario, ...] = field(repr=False)
    """``documents``, ``scenarios``: base scenarios: as written, to be varied; and checked."""
    scenario_names: tuple[str, ...]
    organisations: tuple[Organisation, ...] = field(repr=False)
    organisation_names: tuple[str, ...]
    origins: tuple[Origin, ...] = field(repr=False)
    """Where each organisation came from."""
    factors: tuple[Factor, ...]
    """What is varied, in the order of the file: uncertainties, then levers."""
    design: str
    size: Any
    """The design's size; see ``schema.DESIGNS``. None where the points are given."""
    given: dict[str, Floats] | None
    """The points, where the user gave them."""
    weeks: int
    seed: int
    outcomes: tuple[Measure, ...]
    replication: Replication
    differences: tuple[Less, ...] = ()
    record_weeks: bool = False
    record_people: tuple[int, ...] = ()
    """Weeks in which each person is kept."""
    table: Path | None = None
    """The file that the points were given in."""
    own_sets: Path | None = None
    """The file of the posterior's sets, where it is not the shipped one."""

    @property
    def posterior(self) -> NDArray[np.void] | None:
        """The parameter sets that positions in the posterior are of."""
        return next((one.sets for one in self.factors if one.sets is not None), None)

    @property
    def uncertainties(self) -> tuple[Factor, ...]:
        """Factors that are parameters."""
        return tuple(factor for factor in self.factors if not factor.is_lever)

    @property
    def levers(self) -> tuple[Factor, ...]:
        """Factors that change a scenario; not those that choose one or an organisation."""
        chosen = (SCENARIO, ORGANISATION)
        return tuple(f for f in self.factors if f.is_lever and f.name not in chosen)

    @property
    def n_points(self) -> int:
        """Number of design points."""
        if self.given is not None:
            return len(next(iter(self.given.values())))
        return n_points(self.design, self.size, self.factors)

    @property
    def cells_a_point(self) -> int:
        """Number of scenarios times organisations that each point is simulated under."""
        names = {factor.name for factor in self.factors}
        scenarios = 1 if SCENARIO in names else len(self.documents)
        return scenarios * (1 if ORGANISATION in names else len(self.organisations))

    @property
    def n_cells(self) -> int:
        """Number of combinations of point, scenario and organisation."""
        return self.n_points * self.cells_a_point

    @property
    def n_runs(self) -> int:
        """Number of runs; the most there can be, where replicates depend on an interval."""
        return self.n_cells * self.replication.most

    @cached_property
    def points(self) -> Points:
        """The points of the design."""
        if self.given is not None:
            return Points(self.given)
        unit = unit_points(self.design, self.size, self.factors, self.seed)
        values = {factor.name: factor.at(unit[:, k]) for k, factor in enumerate(self.factors)}
        return Points(values, unit)

    def uncertain(self, points: Ints) -> dict[str, Floats]:
        """Return the values of the uncertainties at some points, by name."""
        return {f.name: self.points.values[f.name][points] for f in self.uncertainties}

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Units and meanings of the outcomes kept."""
        return tuple(outcome.variable for outcome in self.outcomes)


PILOT_PERSON_WEEKS = 250_000
"""Size of the run that the rate is measured on."""

BYTES_A_NUMBER = 5.0
"""Of an outcome in a part, compressed: measured on the shipped studies."""

BYTES_A_KEY = 60.0
"""Of a run's key, in its part and in the plan."""


@dataclass(frozen=True, slots=True)
class StudyCost:
    """What a study will take."""

    runs: int
    """The most, where replicates depend on an interval."""
    person_weeks: int
    seconds: float
    """On one worker."""
    bytes: float
    """On disk."""


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
