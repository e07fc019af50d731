"""The cells of a study: every point under every scenario on every organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.folder import (
    DESIGN_FILE,
    FORM,
    KEY,
    PLAN_FILE,
    POINTS_FILE,
    key_column,
    number_of,
    record_hash,
    run_keys,
    said,
    write_whole,
)
from sim.analysis.sweep.specification import ORGANISATION, POSTERIOR, SCENARIO
from sim.arrays import Bools, Floats, Ints
from sim.case import overlay
from sim.errors import refusal
from sim.organisation.write import organisation_hash
from sim.outcomes import Variable
from sim.parameters import PARAMETER_DTYPE
from sim.posterior import posterior as shipped
from sim.randomness import replicate_seeds
from sim.results.key import Key
from sim.results.tables import SHARED, assemble
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification


@dataclass(frozen=True, eq=False)
class Cells:
    """Which point, scenario and organisation each cell has, in the order of the tables."""

    point: Ints
    """Shape (n_cells,)."""
    scenario: NDArray[np.int32]
    organisation: NDArray[np.int32]
    """``scenario``, ``organisation``: positions in the study's lists, shape (n_cells,)."""

    def __len__(self) -> int:
        return len(self.point)


def cells_of(study: Specification) -> Cells:
    """Return all cells: points first, then scenarios, then organisations."""
    values = study.points.values
    n = study.n_points
    scenarios = 1 if SCENARIO in values else len(study.documents)
    organisations = 1 if ORGANISATION in values else len(study.organisations)
    cell = np.arange(n * scenarios * organisations)
    point = cell // (scenarios * organisations)
    scenario = cell // organisations % scenarios
    organisation = cell % organisations
    return Cells(
        point,
        (values[SCENARIO][point] if SCENARIO in values else scenario).astype(np.int32),
        (values[ORGANISATION][point] if ORGANISATION in values else organisation).astype(np.int32),
    )


def parameter_sets(
    scenario: Scenario, uncertain: Mapping[str, Floats], n: int,
    posterior: NDArray[np.void] | None = None,
) -> NDArray[np.void]:  # fmt: skip
    """Return complete parameter sets of a scenario under some values of the uncertainties.

    The scenario's own parameters, then the uncertainties, then what the scenario switches off: a
    mechanism that is off stays off. Of the posterior's sets, what the scenario sets itself is left
    as it says. Shape (n,).

    - ``uncertain``, shape (n,): values by parameter, or positions in the posterior.
    - ``posterior``, structured array of ``PARAMETER_DTYPE``, optional: the sets that positions are
      of; the shipped ones by default.
    """
    named = dict(uncertain)
    sets = None
    if POSTERIOR in named:
        sets = (shipped() if posterior is None else posterior)[
            named.pop(POSTERIOR).astype(np.int64)
        ]
    return overlay(scenario, sets, named, n=n)


class RunKeyPrefixes:
    """What the runs of a cell share, as bytes to be hashed with their seeds."""

    def __init__(self, study: Specification) -> None:
        self.study = study
        self._levers = study.levers
        hashes = [organisation_hash(people) for people in study.organisations]
        texts = [said(document) for document in study.documents]
        self._heads = {
            (c, o): f"{record_hash(study)} {self._key([people], [text])}".encode()
            for c, text in enumerate(texts)
            for o, people in enumerate(hashes)
        }
        values = study.points.values
        points = [part for name in values for part in (name, values[name].tobytes())]
        self.key = self._key(hashes, texts, points, study.seed)
        """Of the whole study, to say in words what has changed since rows were stored."""

    def _key(
        self, people: list[str], scenarios: list[str], points: Sequence[str | bytes] = (),
        seed: int | str = "",
    ) -> Key:  # fmt: skip
        """Return a key; each run's own has its parameters and its seed after it."""
        weeks = str(self.study.weeks)
        return Key.of(
            "sweep", FORM, people=people, scenario=[*scenarios, weeks], parameters=points, seed=seed
        )

    def of(self, cells: Cells, first: int, last: int) -> list[bytes]:
        """Return the bytes of the cells from ``first`` to ``last`` (exclusive)."""
        point = cells.point[first:last]
        scenario = cells.scenario[first:last]
        rows = np.zeros(len(point), PARAMETER_DTYPE)
        for c in np.unique(scenario):
            chosen = scenario == c
            rows[chosen] = parameter_sets(
                self.study.scenarios[c], self.study.uncertain(point[chosen]), int(chosen.sum()),
                self.study.posterior,
            )  # fmt: skip
        values = self.study.points.values
        data = rows.tobytes()
        size = rows.itemsize
        prefixes = []
        for i in range(len(point)):
            head = self._heads[int(scenario[i]), int(cells.organisation[first + i])]
            parts = [head, data[i * size : (i + 1) * size]]
            parts += [
                f"{lever.name}={lever.spelled(values[lever.name][point[i]])}".encode()
                for lever in self._levers
            ]
            prefixes.append(b"\0".join(parts))
        return prefixes


_CELLS_AT_ONCE = 10_000

_RUN = Variable("run", "", "run, from 1")
_KEY = Variable("key", "", "hash of all that the run depends on")
_POINT = Variable("point", "", "design point, from 1")
_ORGANISATION = Variable("organisation", "", "organisation")


@dataclass(frozen=True, eq=False)
class RunList:
    """Every run of a study in the order of the tables: by cell, then by replicate."""

    cells: Cells
    replicates: Ints
    """Number of replicates of each cell, shape (n_cells,)."""
    seeds: NDArray[np.uint64]
    """Seed of each replicate, the same in all cells."""
    key: NDArray[np.bytes_]
    """Of ``KEY``, shape (n_runs,)."""

    def __len__(self) -> int:
        return len(self.key)

    @cached_property
    def start(self) -> Ints:
        """First run of each cell, and the number of runs at the end."""
        return np.concatenate(([0], np.cumsum(self.replicates))).astype(np.int64)

    @cached_property
    def cell(self) -> Ints:
        """Cell of each run."""
        return np.repeat(np.arange(len(self.cells)), self.replicates)

    @property
    def replicate(self) -> Ints:
        """Replicate of each run, from 0."""
        return np.arange(len(self)) - self.start[:-1][self.cell]


def run_list_of(study: Specification, replicates: Ints | None = None) -> RunList:
    """Return the run list of a study: replicates as given by cell, or the least."""
    cells = cells_of(study)
    if replicates is None:
        replicates = np.full(len(cells), study.replication.least, np.int64)
    # Points share seeds (common random numbers): they are compared with one another, and no
    # interval takes them as independent of one another. See sensitivity.noise_of.
    seeds = replicate_seeds(study.seed, int(replicates.max()))
    keys = np.zeros(int(replicates.sum()), KEY)
    prefixes = RunKeyPrefixes(study)
    row = 0
    for first in range(0, len(cells), _CELLS_AT_ONCE):
        last = min(first + _CELLS_AT_ONCE, len(cells))
        for prefix, count in zip(
            prefixes.of(cells, first, last), replicates[first:last], strict=True
        ):
            keys[row : row + count] = run_keys(prefix, seeds[:count])
            row += int(count)
    numbers = len(np.unique(number_of(keys)))
    if numbers < len(keys) and numbers < len(np.unique(keys)):  # once in 10^7 for a million runs
        raise refusal("seed", "", "gives two runs keys that begin alike", "another seed")
    return RunList(cells, replicates, seeds, keys)


def owned(plan: RunList, shard: tuple[int, int] | None, adaptive: bool) -> Bools:
    """Return which runs belong to a shard: whole cells, or single runs of a few cells.

    - ``shard``: number of the shard, from 1, and number of shards; None for everything.
    - ``adaptive``: whether cells must stay whole, because their own results say how many runs they
      need.
    """
    if shard is None:
        return np.ones(len(plan), np.bool_)
    number, shards = shard
    if adaptive:  # cells whose difference decides how many replicates there are stay together
        place = plan.cells.point[plan.cell]
    else:
        place = plan.cell if len(plan.cells) >= 4 * shards else np.arange(len(plan))
    return np.asarray(place % shards == number - 1)


def write_plan(study: Specification, plan: RunList, folder: Path) -> None:
    """Write the plan, the points and the design's coordinates into a folder."""
    import pyarrow as pa

    def labels(names: tuple[str, ...], codes: NDArray[np.int32]) -> Any:
        return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))

    cell, cells = plan.cell, plan.cells
    replicate = plan.replicate
    keys: list[tuple[Variable, Any]] = [
        (_RUN, np.arange(1, len(plan) + 1)), (_KEY, key_column(plan.key)),
        (_POINT, cells.point[cell] + 1),
        (SHARED[0], labels(study.scenario_names, cells.scenario[cell])),
        (_ORGANISATION, labels(study.organisation_names, cells.organisation[cell])),
        (SHARED[2], (replicate + 1).astype(np.int32)), (SHARED[3], plan.seeds[replicate]),
    ]  # fmt: skip
    write_whole(assemble(keys, [], "Every run that is planned"), folder / PLAN_FILE)
    write_whole(_points_table(study), folder / POINTS_FILE)
    if study.points.unit is not None:
        unit = [
            (Variable(factor.name, "1", "coordinate in the design"), study.points.unit[:, k])
            for k, factor in enumerate(study.factors)
        ]
        table = assemble([(_POINT, np.arange(1, study.n_points + 1))], unit, "The design")
        write_whole(table, folder / DESIGN_FILE)


def _points_table(study: Specification) -> Any:
    from sim.parameters import PARAMETERS

    columns: list[tuple[Variable, Any]] = [(_POINT, np.arange(1, study.n_points + 1))]
    for factor in study.factors:
        parameter = PARAMETERS.get(factor.name)
        unit, meaning = (parameter.unit, parameter.meaning) if parameter else ("", "lever")
        shown = factor.shown(study.points.values[factor.name])
        columns.append((Variable(factor.name, unit, meaning), shown))
    return assemble(columns[:1], columns[1:], "What is varied, point by point")
