"""The run list of a study: every run, its key, and the shard it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.cells import Cells, RunKeyPrefixes, cells_of
from sim.analysis.sweep.keys import KEY, number_of, run_keys
from sim.analysis.sweep.part_files import key_column, write_whole
from sim.errors import InputError, Problem
from sim.outcomes import Variable
from sim.randomness import replicate_seeds
from sim.results.columns import assemble
from sim.results.tables import SHARED

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification

__all__ = [
    "DESIGN_FILE",
    "PLAN_FILE",
    "POINTS_FILE",
    "RunList",
    "owned",
    "run_list_of",
    "write_plan",
]

PLAN_FILE, POINTS_FILE, DESIGN_FILE = "plan.parquet", "points.parquet", "design.parquet"

_CELLS_AT_ONCE = 10_000

_RUN = Variable("run", "", "run, from 1")
_KEY = Variable("key", "", "hash of all that the run depends on")
_POINT = Variable("point", "", "design point, from 1")
_ORGANISATION = Variable("organisation", "", "organisation")


@dataclass(frozen=True, eq=False)
class RunList:
    """Every run of a study in the order of the tables: by cell, then by replicate.

    Parameters
    ----------
    replicates : int64 array, shape (n_cells,)
        Number of replicates of each cell.
    seeds : uint64 array
        Seed of each replicate, the same in all cells.
    key : array of ``KEY``, shape (n_runs,)
    """

    cells: Cells
    replicates: NDArray[np.int64]
    seeds: NDArray[np.uint64]
    key: NDArray[np.bytes_]

    def __len__(self) -> int:
        return len(self.key)

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """First run of each cell, and the number of runs at the end."""
        return np.concatenate(([0], np.cumsum(self.replicates))).astype(np.int64)

    @cached_property
    def cell(self) -> NDArray[np.int64]:
        """Cell of each run."""
        return np.repeat(np.arange(len(self.cells)), self.replicates)

    @property
    def replicate(self) -> NDArray[np.int64]:
        """Replicate of each run, from 0."""
        return np.arange(len(self)) - self.start[:-1][self.cell]


def run_list_of(study: Specification, replicates: NDArray[np.int64] | None = None) -> RunList:
    """Return the run list of a study.

    Parameters
    ----------
    replicates : int64 array, shape (n_cells,), optional
        Number of replicates of each cell; the least by default.
    """
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
        right = "another seed"
        raise InputError([Problem("seed", "", "gives two runs keys that begin alike", right)])
    return RunList(cells, replicates, seeds, keys)


def owned(plan: RunList, shard: tuple[int, int] | None, adaptive: bool) -> NDArray[np.bool_]:
    """Return which runs belong to a shard: whole cells, or single runs of a few cells.

    Parameters
    ----------
    shard : tuple of int
        Number of the shard, from 1, and number of shards; None for everything.
    adaptive : bool
        Whether cells must stay whole, because their own results say how many runs they need.
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
        (_RUN, np.arange(1, len(plan) + 1)),
        (_KEY, key_column(plan.key)),
        (_POINT, cells.point[cell] + 1),
        (SHARED[0], labels(study.scenario_names, cells.scenario[cell])),
        (_ORGANISATION, labels(study.organisation_names, cells.organisation[cell])),
        (SHARED[2], (replicate + 1).astype(np.int32)),
        (SHARED[3], plan.seeds[replicate]),
    ]
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
