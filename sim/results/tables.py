"""Results as tables: typed columns, each with its unit and meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import estimate, paired_difference
from sim.errors import InputError, Problem
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD, Outcome, Variable
from sim.results.columns import Column, Labels, ResultTable
from sim.results.measure import SMALLEST_TEAM
from sim.results.series import own_outcomes, series

if TYPE_CHECKING:
    from sim.results.results import Comparison, Results

__all__ = [
    "RUN_TABLES",
    "SHARED",
    "run_tables",
    "table",
]

RUN_TABLES = ("weekly", "teams", "drivers", "people")
"""Tables with a row a replicate and week (and team or person)."""

SHARED = (
    Variable("scenario", "", "scenario"),
    Variable("sample", "", "parameter sample, from 1"),
    Variable("replicate", "", "replicate, from 1"),
    Variable(
        "seed", "", "seed of the replicate: scenarios with one seed share their random numbers"
    ),
    Variable("week", "week", "week of the run, from 1"),
)
"""Columns that say which run and week a row is of."""

_BLOCK = 4096


def table(results: Results, name: str, weeks: Sequence[int] | None = None) -> ResultTable:
    """Return one table of ``results`` by name; that of teams of these weeks, or of all."""
    makers: dict[str, Callable[[Any], ResultTable]] = {
        "weekly": _weekly,
        "teams": partial(_teams, weeks=weeks),
        "drivers": _drivers,
        "people": _people,
        "summary": _summary,
        "differences": _differences,
        "structure": _structure,
    }
    return makers[name](results)


def run_tables(results: Results) -> tuple[str, ...]:
    """Return the names of the run tables that were recorded."""
    recorded = {"teams": results.records.teams, "people": results.records.people}
    return tuple(n for n in RUN_TABLES if recorded.get(n, results.records.weekly) is not None)


def _weekly(results: Results) -> ResultTable:
    values = results.records.weekly
    keys = _keys(results, values.shape[:-1], range(1, results.weeks + 1))
    columns = _columns(values, OUTCOMES)
    columns += [
        (one.variable, series(values, name).ravel()) for name, one in own_outcomes().items()
    ]
    return ResultTable([*keys, *columns], "Outcomes of the organisation")


def _teams(results: Results, weeks: Sequence[int] | None) -> ResultTable:
    weeks = weeks or range(1, results.weeks + 1)
    values = _recorded(results.records.teams, "teams")[:, :, :, np.array(weeks) - 1]
    values = values[..., results.shown_teams, :]
    keys = _keys(results, values.shape[:-1], weeks)
    keys.append(_team(results, values.shape[:-1]))
    names = results.records.team_outcomes
    columns = [OUTCOMES[Outcome[name]] for name in names]
    return ResultTable([*keys, *_columns(values, columns)], f"Outcomes of teams{_FROM_FIVE}")


def _drivers(results: Results) -> ResultTable:
    values = results.records.drivers[..., results.shown_teams, :]
    keys = _keys(results, values.shape[:-1], results.records.checkpoint_weeks)
    keys.append(_team(results, values.shape[:-1]))
    title = f"What holds use back in teams{_FROM_FIVE}: gain in use if lifted alone"
    return ResultTable([*keys, *_columns(values, DRIVERS)], title)


def _people(results: Results) -> ResultTable:
    values = _recorded(results.records.people, "people")
    shape = values.shape[:-1]
    keys = _keys(results, shape, range(1, results.weeks + 1))
    ids = [str(name) for name in results.organisation.ids]
    keys.append((Variable("person", "", "id"), Labels(ids, _axis(shape, 4))))
    return ResultTable([*keys, *_columns(values, PERSON_RECORD)], "Each person's weeks")


_FROM_FIVE = f" of {SMALLEST_TEAM} people or more"


def _recorded(values: NDArray[Any] | None, name: str) -> NDArray[Any]:
    if values is None:
        right = f"record_{name}=True (uptake … --record {name})"
        raise InputError([Problem("results", name, "were not recorded", right)])
    return values


def _axis(shape: Sequence[int], axis: int) -> NDArray[np.int32]:
    """Return the position along ``axis`` of each element of an array of ``shape``, flat."""
    inner = int(np.prod(shape[axis + 1 :]))
    outer = int(np.prod(shape[:axis]))
    return np.tile(np.repeat(np.arange(shape[axis], dtype=np.int32), inner), outer)


def _keys(results: Results, shape: Sequence[int], weeks: Iterable[int]) -> list[Column]:
    week = np.array(list(weeks), np.int16)
    sample, replicate = _axis(shape, 1), _axis(shape, 2)
    columns = (
        Labels(results.names, _axis(shape, 0)),
        sample + 1,
        replicate + 1,
        results.seeds[sample, replicate],
        week[_axis(shape, 3)],
    )
    return list(zip(SHARED, columns, strict=True))


def _team(results: Results, shape: Sequence[int]) -> Column:
    names = [results.organisation.teams[row] for row in results.shown_teams]
    return Variable("team", "", "team"), Labels(names, _axis(shape, 4))


def _columns(values: NDArray[Any], variables: Sequence[Variable]) -> list[Column]:
    """Return the last axis of ``values`` as columns, copied block by block (cache-friendly)."""
    flat = values.reshape(-1, values.shape[-1])
    columns = np.empty((flat.shape[1], flat.shape[0]), flat.dtype)
    for start in range(0, len(flat), _BLOCK):
        columns[:, start : start + _BLOCK] = flat[start : start + _BLOCK].T
    return list(zip(variables, columns, strict=True))


_FIGURE = (
    Variable("figure", "", "what is reported"),
    Variable("week", "week", "its week; the last week for figures of a whole run"),
    Variable("unit", "", "unit"),
)
_ESTIMATE = (
    Variable("mean", "unit", "mean over replicates"),
    Variable("mean_low", "unit", "95% interval of the mean, low end"),
    Variable("mean_high", "unit", "95% interval of the mean, high end"),
    Variable("band_low", "unit", "10th percentile of replicates: chance in the model"),
    Variable("median", "unit", "median replicate"),
    Variable("band_high", "unit", "90th percentile of replicates: chance in the model"),
    Variable("worlds", "", "replicates run"),
)
_DIFFERENCE = (
    Variable("mean", "unit", "mean difference: scenario less reference in the same replicates"),
    Variable("mean_low", "unit", "95% interval of the mean difference (paired t), low end"),
    Variable("mean_high", "unit", "95% interval of the mean difference (paired t), high end"),
    Variable("higher", "share", "share of replicates in which the scenario is higher"),
    Variable("equal", "share", "share of replicates in which both are exactly equal"),
    Variable("lower", "share", "share of replicates in which the scenario is lower"),
    Variable("worlds", "", "replicates run"),
)
_MEANING = Variable("meaning", "", "meaning of the figure")


def _summary(results: Results) -> ResultTable:
    rows = []
    for column, name in enumerate(results.names):
        for q in results.quantities:
            e = estimate(q.values[column])
            numbers = (e.mean, e.low, e.high, e.band_low, e.median, e.band_high, e.replicates)
            rows.append((name, q.name, q.week, q.unit, *numbers, q.meaning))
    variables = (SHARED[0], *_FIGURE, *_ESTIMATE, _MEANING)
    return ResultTable.of_rows(variables, rows, "Every figure under every scenario")


def _differences(results: Comparison) -> ResultTable:
    rows = []
    for reference, scenario in combinations(range(len(results.names)), 2):
        pair = (results.names[scenario], results.names[reference])
        for q in results.quantities:
            d = paired_difference(q.values[scenario], q.values[reference])
            numbers = (d.mean, d.low, d.high, d.ahead, d.level, d.behind, d.replicates)
            rows.append((*pair, q.name, q.week, q.unit, *numbers, q.meaning))
    variables = (
        SHARED[0],
        Variable("reference", "", "scenario it is compared with"),
        *_FIGURE,
        *_DIFFERENCE,
        _MEANING,
    )
    return ResultTable.of_rows(variables, rows, "Differences in the same replicates")


def _structure(results: Comparison) -> ResultTable:
    from sim.results.structure import without_each

    if results.structure is None:
        right = "structure=True (uptake compare --uncertainty parameters)"
        raise InputError([Problem("structure", "", "was not run", right)])
    rows = []
    for reference, scenario in combinations(range(len(results.names)), 2):
        pair = (results.names[scenario], results.names[reference])
        with_all, found = without_each(results.structure, scenario, reference)
        for name, d, c in (
            ("(none)", with_all, None),
            *((each.mechanism, each.difference, each.change) for each in found),
        ):
            change = (c.mean, c.low, c.high) if c is not None else (None, None, None)
            rows.append((*pair, name, d.mean, d.low, d.high, *change, d.replicates))
    variables = (
        SHARED[0],
        Variable("reference", "", "scenario it is compared with"),
        Variable("without", "", "mechanism that is switched off"),
        *_DIFFERENCE[:3],
        Variable("change", "share", "mean difference less that with all mechanisms on"),
        Variable("change_low", "share", "95% interval of the change, low end"),
        Variable("change_high", "share", "95% interval of the change, high end"),
        _DIFFERENCE[-1],
    )
    return ResultTable.of_rows(
        variables, rows, "Habitual users in the last week, one mechanism off"
    )
