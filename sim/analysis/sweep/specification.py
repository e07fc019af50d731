"""A study read and checked: what it varies by which design, how often it is run, what is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import prod
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.document import Node
from sim.organisation.organisation import Organisation
from sim.outcomes import OUTCOMES, PERSON_RECORD, Variable
from sim.parameters import Prior
from sim.randomness import hash_text
from sim.results.measure import Less, Measure
from sim.results.results import Origin
from sim.scenario import Scenario
from sim.scenario.schema import Document

SCENARIO, ORGANISATION = "scenario", "organisation"
LEVERS_OF_A_CELL = (SCENARIO, ORGANISATION)
"""Levers that choose what is simulated, rather than change a scenario."""
POSTERIOR = "posterior"
"""The uncertainty whose levels are the parameter sets of a posterior sample."""

GRIDS = frozenset({"full factorial", "fractional factorial", "morris"})
NORMAL_TAIL = 0.025
"""Share of a normal beyond either end of a grid; ASSUMPTION: its middle 95% is its range there."""


@dataclass(frozen=True, eq=False)
class Factor:
    """One thing that a study varies."""

    name: str
    """A parameter's name, or a lever's path."""
    is_lever: bool
    prior: Prior | None = None
    """Where it is a range or a distribution."""
    levels: tuple[Node, ...] = ()
    """Where it takes one of a list of values."""
    where: str = ""
    """``file:line:column`` of its declaration."""
    sets: NDArray[np.void] | None = None
    """Of ``POSTERIOR``: the parameter sets that its levels stand for. Of ``PARAMETER_DTYPE``, shape
    (n_levels,)."""

    @property
    def n_levels(self) -> int:
        """Number of values, or 0 for a range."""
        return len(self.levels)

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.prior is not None or all(_is_number(node.scalar) for node in self.levels)

    @property
    def labels(self) -> tuple[Any, ...]:
        """Its levels as they stand in tables: numbers, or words."""
        if self.is_numeric:
            return tuple(node.scalar for node in self.levels)
        return tuple(word(node) for node in self.levels)

    def at(self, unit: Floats, *, grid: bool = False) -> Floats:
        """Return values of a range, or positions of levels, at coordinates in [0, 1].

        - ``grid``: whether 0 and 1 stand for the ends, which a normal does not have.
        """
        if self.prior is not None:
            tail = NORMAL_TAIL if grid and self.prior.shape == "normal" else 0.0
            return self.prior.quantile(tail + (1.0 - 2.0 * tail) * unit)
        return np.minimum(np.floor(unit * self.n_levels), self.n_levels - 1.0)

    def unit_levels(self, n: int) -> Floats:
        """Return coordinates of all levels, or of ``n`` even steps from end to end of a range."""
        if self.prior is None:
            return (np.arange(self.n_levels) + 0.5) / self.n_levels
        return np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.5])

    def shown(self, values: Floats) -> NDArray[Any]:
        """Return values as they stand in tables."""
        if self.prior is not None:
            return values
        return np.array(self.labels)[values.astype(np.int64)]

    def node(self, value: float) -> Node:
        """Return a value as a scenario file would hold it."""
        if self.prior is None:
            return self.levels[int(value)]
        file, line, column = self.where.rsplit(":", 2)
        return Node(file, int(line), int(column), scalar=float(value))

    def spelled(self, value: float) -> str:
        """Return a value as text that tells it from every other."""
        plain = self.levels[int(value)].plain() if self.prior is None else float(value)
        return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def word(node: Node) -> str:
    """Return a value as a word: itself, an order with arrows, a mapping in one line.

    >>> from sim.document import parse
    >>> word(parse("[course, loyalty]", "x")), word(parse("{teams: [a, b]}", "x"))
    ('course → loyalty', 'teams: a, b')
    """
    return _plain_word(node.plain(), " → ")


def _plain_word(value: object, between: str) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain_word(inner, ', ')}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return between.join(_plain_word(inner, ", ") for inner in value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)


def n_points(kind: str, size: Any, factors: Sequence[Factor]) -> int:
    """Return how many points a design has, however many that is, without making them."""
    k = len(factors)
    if kind == "full factorial":
        return prod(factor.n_levels or size.levels for factor in factors)
    if kind == "fractional factorial":
        return 1 << _base_factors(k, size.resolution)
    if kind == "morris":
        return int(size.trajectories * (k + 1))
    if kind == "saltelli":
        return int(size.base * (2 * k + 2 if size.second_order else k + 2))
    return int(size.points)


def design_problem(kind: str, size: Any, factors: Sequence[Factor]) -> tuple[str, str] | None:
    """Return why a design does not fit what is varied and what would be right, or None."""
    if not factors and kind != "full factorial":
        return "has nothing to vary", "uncertainties or levers, or design: full factorial"
    if kind == "fractional factorial":
        for factor in factors:
            if factor.n_levels > 2:
                what = f"has two levels of each, and {factor.name} has {factor.n_levels}"
                return what, "two values, a range, or full factorial"
    if kind in ("morris", "saltelli"):
        if len(factors) < 2:
            return "needs two things to vary or more", "more uncertainties or levers"
        for factor in factors:
            if kind == "morris" and factor.levels and not factor.is_numeric:
                what = f"takes steps up and down, and {factor.name} has no order"
                return what, "numbers, or saltelli"
    number = {"sobol": "points", "saltelli": "base"}.get(kind)
    if number is not None and (n := getattr(size, number)) & (n - 1):
        below = 1 << (n.bit_length() - 1)
        return f"is {n}", f"a power of two, such as {below} or {2 * below}"
    return None


def unit_points(kind: str, size: Any, factors: Sequence[Factor], seed: int) -> Floats:
    """Return the points of a design, shape (n_points, n_factors), each in [0, 1].

    The same arguments give the same points under the same versions of scipy and SALib.
    """
    k = len(factors)
    if kind == "full factorial":
        levels = [factor.unit_levels(size.levels if factor.prior else 0) for factor in factors]
        grid = np.meshgrid(*levels, indexing="ij") if levels else []
        return np.stack([axis.ravel() for axis in grid], 1) if levels else np.zeros((1, 0))
    if kind == "fractional factorial":
        signs = fractional_factorial(k, size.resolution)
        return np.where(signs > 0, 1.0, 0.0)
    library_seed = (
        hash_text(f"design {seed}") % (2**31 - 1) + 1
    )  # never 0, which SALib takes for none
    if kind == "monte carlo":
        return np.random.default_rng(library_seed).random((size.points, k))
    if kind in ("latin hypercube", "sobol"):
        from scipy.stats import qmc

        made = qmc.LatinHypercube if kind == "latin hypercube" else qmc.Sobol
        return np.asarray(made(k, rng=library_seed).random(size.points), np.float64)
    problem = {"num_vars": k, "names": [factor.name for factor in factors], "bounds": [[0, 1]] * k}
    if kind == "morris":
        from SALib.sample import morris

        made = morris.sample(problem, size.trajectories, num_levels=size.levels, seed=library_seed)
    else:
        from SALib.sample import sobol

        made = sobol.sample(
            problem, size.base, calc_second_order=size.second_order, seed=library_seed
        )
    return np.asarray(made, np.float64)


def _columns(k: int, resolution: int, base: int) -> list[int] | None:
    """Return ``k`` columns of a two-level design in ``2 ** base`` runs, or None if there are none.

    A column is a product of base factors, written as bits. Effects shorter than the
    resolution stay apart exactly when no ``resolution - 1`` columns multiply to nothing, so
    each new column must not be the product of ``resolution - 2`` or fewer before it.
    """
    chosen = [1 << i for i in range(base)]
    spanned = {0}
    for size in range(1, resolution - 1):
        for group in combinations(chosen, size):
            spanned.add(_product(group))
    for column in range(1, 1 << base):
        if len(chosen) >= k:
            break
        if column in spanned:
            continue
        for size in range(resolution - 2):
            spanned.update(_product(group) ^ column for group in combinations(chosen, size))
        chosen.append(column)
    return chosen[:k] if len(chosen) >= k else None


def _product(columns: Sequence[int]) -> int:
    result = 0
    for column in columns:
        result ^= column
    return result


def _base_factors(k: int, resolution: int) -> int:
    """Return the number of base factors: the runs are two to its power."""
    for base in range(1, min(k, 14) + 1):
        if k <= base or _columns(k, resolution, base) is not None:
            return base
    return k


def fractional_factorial(k: int, resolution: int) -> NDArray[np.int8]:
    """Return a two-level design of at least a resolution, with -1 and 1.

    Columns are balanced and orthogonal; the runs are a power of two. Shape (runs, k).

    - ``k``: number of factors.
    - ``resolution``: 3 and more: the length of the shortest product of columns that is constant.

    >>> fractional_factorial(7, 3).shape, fractional_factorial(8, 4).shape
    ((8, 7), (16, 8))
    """
    base = _base_factors(k, resolution)
    columns = _columns(k, resolution, base) or [1 << i for i in range(k)]
    runs = np.arange(1 << base)
    parity = [np.bitwise_count(runs & column) & 1 for column in columns]
    return np.stack([np.where(odd, 1, -1) for odd in parity], 1).astype(np.int8)


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
        grid = self.design in GRIDS
        values = {one.name: one.at(unit[:, k], grid=grid) for k, one in enumerate(self.factors)}
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
