"""The outcome of simulated rollouts: arrays in, tables out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.contrast import MARGIN, Difference, Estimate
from sim.errors import InputError, Problem, did_you_mean, not_whole, refusal
from sim.extensions import need
from sim.numbers import fixed
from sim.results.measure import (
    SMALLEST_TEAM,
    Less,
    Measure,
    Quantity,
    at,
    checkpoints,
    parse_measure,
    shown_teams,
)
from sim.results.series import (
    EVENT,
    RUN_FIGURES,
    needed,
    run_figures,
    series,
    series_of_teams,
    variables,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.case import Case
    from sim.engine.compiled import Records
    from sim.organisation.organisation import Organisation
    from sim.results.verdict import Structure
    from sim.scenario import Scenario

__all__ = ["SMALLEST_TEAM", "Comparison", "Origin", "Results"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the organisation came from, so that a run can be repeated."""

    path: str = ""
    """File or folder as it was given; empty for an organisation made in Python."""
    text: str = ""
    """The text of a template; empty otherwise."""
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file of a client's folder."""


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """One or more scenarios, run with the same people and common random numbers.

    Parameters
    ----------
    seed : int
        The seed the replicates' seeds were made from.
    seeds : uint64 array, shape (n_samples, n_seeds)
        Of every parameter set its own, shared by all scenarios.
    records : Records
        The engine's arrays; see ``weekly``, ``teams``, ``drivers`` for tables.
    parameters : tuple of structured arrays of PARAMETER_DTYPE, each of shape (n_samples,)
        Parameters in full, for each scenario.
    overrides : dict of str to float
        Parameters set by the caller on top of the scenarios' own.
    warnings : tuple of str
        What is odd in the scenarios on this organisation, such as an empty audience.
    parameter_sets : structured array of PARAMETER_DTYPE, shape (n_samples,), or None
        Sets that were run over, before the scenarios' own and the caller's parameters; None
        where the defaults were used.
    structure : Structure or None
        The last week with one mechanism off at a time, where it was asked for.
    margin : float
        Smallest difference that matters, as a share; verdicts go by it.
    remarks : tuple of str
        What the verdict says besides, such as the outcome of another comparison.

    Examples
    --------
    ``results["habitual"]`` is a float64 array of shape (scenarios, samples, seeds, weeks):
    the share of habitual users; week 1 is at index 0.
    """

    scenarios: tuple[Scenario, ...]
    organisation: Organisation
    seed: int
    seeds: NDArray[np.uint64]
    weeks: int
    records: Records
    parameters: tuple[NDArray[np.void], ...]
    overrides: dict[str, float] = field(default_factory=dict)
    origin: Origin = Origin()
    warnings: tuple[str, ...] = ()
    parameter_sets: NDArray[np.void] | None = None
    structure: Structure | None = None
    margin: float = MARGIN
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        sets = f"{self.n_samples} sets × " if self.n_samples > 1 else ""
        return (
            f"<{type(self).__name__} of {', '.join(self.names)}: {self.organisation.n_people} "
            f"people, {self.weeks} weeks, {sets}{self.n_replicates} replicates, seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the levels of the last week, with 95% intervals."""
        from html import escape

        from sim.results.tables import table

        summary = table(self, "summary")
        kept = [name for name in summary.names if name not in ("week", "worlds")]
        rows = (dict(zip(summary.names, row, strict=True)) for row in summary.rows())
        last = islice((row for row in rows if row["week"] == self.weeks), _SHOWN)
        shown = [[_brief(row[name]) for name in kept] for row in last]
        lines = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in shown
        )
        head = "".join(f"<th>{name}</th>" for name in kept)
        return f"<p>{escape(repr(self))}</p><table><tr>{head}</tr>{lines}</table>"

    def __getitem__(self, outcome: str) -> Floats:
        """Return an outcome of the organisation, shape (scenarios, samples, seeds, weeks)."""
        if outcome not in (known := variables()):
            raise refusal("outcome", outcome, "is not recorded", did_you_mean(outcome, list(known)))
        return series(self.records.weekly, outcome)

    def team(self, outcome: str) -> Floats:
        """Return an outcome by team, shape (scenarios, samples, seeds, weeks, teams).

        Raises InputError where there is no such outcome, or teams were not recorded.
        """
        self[outcome]
        missing = set(needed([outcome])) - set(self.records.team_outcomes)
        if self.records.teams is None or missing:
            right = "record_teams=True, or fewer replicates: kept up to 1 GiB (--by team: always)"
            raise refusal("teams", outcome, "teams were not recorded", right)
        return series_of_teams(self.records, outcome).astype(np.float64)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, made distinct where two are the same."""
        names: list[str] = []
        for scenario in self.scenarios:
            name, count = scenario.name, 2
            while name in names:
                name, count = f"{scenario.name} ({count})", count + 1
            names.append(name)
        return tuple(names)

    def measure(self, measure: Measure | Less | str) -> Floats:
        """Return a measure of every replicate, shape (scenarios, samples, seeds).

        Of a difference, such as ``habitual_w26: training-first less licences-only``, the shape
        is (samples, seeds).

        Raises InputError for a text that names no measure, or no scenario of these.
        """
        if isinstance(measure, str):
            text = measure
            try:
                measure = parse_measure(text, self.weeks, self.names)
            except LookupError as error:
                raise InputError([Problem(text, "", *error.args)]) from None
        if isinstance(measure, Less):
            return measure.of(self.records, self.organisation, self.names)
        return measure.of(self.records, self.organisation)

    def case(self, scenario: int, sets: NDArray[np.void] | None = None) -> Case:
        """Return a scenario as it was run, or over other parameter sets."""
        from sim.case import Case

        scenario = self._row(scenario)
        return Case.of(
            self.scenarios[scenario], self.organisation, self.weeks, self.overrides, sets=sets,
            parameters=self.parameters[scenario] if sets is None else None,
        )  # fmt: skip

    @property
    def n_samples(self) -> int:
        """Number of parameter samples."""
        return int(self.records.weekly.shape[1])

    @property
    def n_replicates(self) -> int:
        """Number of seeds each parameter sample was run with."""
        return int(self.records.weekly.shape[2])

    @property
    def n_runs(self) -> int:
        """Number of replicates each scenario was run in: samples times seeds."""
        return self.n_samples * self.n_replicates

    @cached_property
    def team_sizes(self) -> Ints:
        """People in each team, shape (n_teams,)."""
        return np.diff(self.organisation.team_start)

    @cached_property
    def shown_teams(self) -> NDArray[np.intp]:
        """Rows of the teams that are large enough to be shown."""
        return shown_teams(self.team_sizes, made_up=self.organisation.made_up)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every figure that the summary reports, with one value a replicate."""
        weeks = checkpoints(self.weeks)
        of_weeks = (self.quantity(name, week) for name in variables() for week in weeks)
        return (*of_weeks, *self.of_the_run.values())

    def quantity(self, name: str, week: int | None = None) -> Quantity:
        """Return an outcome in a week, or a figure of the run; in the last week unless given.

        Raises InputError where there is no such figure, or no such week.
        """
        week = self.weeks if week is None else week
        problems = not_whole(name, week, 1, self.weeks, "week")
        if (v := variables().get(name)) is None:
            if name not in self.of_the_run:
                right = did_you_mean(name, [*variables(), *self.of_the_run])
                problems = [Problem("figure", name, "is not there", right)]
            elif week != self.weeks:
                right = f"{self.weeks}: it is of the whole run"
                problems = [Problem(name, "week", f"is {week}", right)]
        if problems:
            raise InputError(problems)
        if v is None:
            return self.of_the_run[name]
        values = at(name, week).of_weekly(self.records.weekly)
        return Quantity(name, week, v.unit, v.meaning, values)

    def _row(self, scenario: int) -> int:
        if problems := not_whole("scenario", scenario, 0, len(self.scenarios) - 1):
            raise InputError(problems)
        return scenario

    @cached_property
    def of_the_run(self) -> dict[str, Quantity]:
        """Figures of the whole run by name, with one value a replicate."""
        figures = run_figures(self.records.weekly)
        return {
            v.name: Quantity(v.name, self.weeks, v.unit, v.meaning, figures[v.name])
            for v in RUN_FIGURES
        }

    def estimate(self, name: str, scenario: int, week: int | None = None) -> Estimate:
        """Return mean, 95% interval and band of a figure under one scenario."""
        from sim.contrast import estimate

        figure = self.quantity(name, week)
        return estimate(figure.values[self._row(scenario)], event=figure.unit == EVENT)

    @cached_property
    def organisation_drivers(self) -> Floats:
        """What holds use back in the whole organisation: people-weighted means of teams.

        Shape (scenarios, samples, seeds, checkpoints, drivers).
        """
        weight = self.team_sizes / self.team_sizes.sum()
        return np.einsum("t,cpskto->cpsko", weight, self.records.drivers, optimize=True)

    def table(self, name: str) -> pa.Table:
        """Return the Arrow table ``weekly``, ``teams``, ``drivers``, ``people``, or ``summary``."""
        from sim.results import tables

        return tables.table(self, name).arrow()

    def weekly(self) -> pd.DataFrame:
        """Return all outcomes by scenario, replicate and week."""
        return _frame(self, "weekly")

    def teams(self) -> pd.DataFrame:
        """Return all outcomes by scenario, replicate, week and team (of five people or more)."""
        return _frame(self, "teams")

    def drivers(self) -> pd.DataFrame:
        """Return what holds use back by scenario, replicate, checkpoint week and team."""
        return _frame(self, "drivers")

    def people(self) -> pd.DataFrame:
        """Return each person's weeks, where they were recorded; shares in steps of 1/255."""
        return _frame(self, "people")

    def summary(self) -> pd.DataFrame:
        """Return mean, 95% interval of the mean and band of every figure."""
        return _frame(self, "summary")

    def verdict(self) -> str:
        """Return what the run says, in a few computed sentences with ranges."""
        from sim.results.verdict import verdict

        return verdict(self)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Results):
    """Several scenarios in the same replicates, and their differences one by one."""

    def difference(
        self, name: str, scenario: int, reference: int = 0, week: int | None = None
    ) -> Difference:
        """Return ``scenario`` less ``reference`` in the same replicates."""
        from sim.contrast import paired_difference

        figure = self.quantity(name, week)
        one, other = (figure.values[self._row(row)] for row in (scenario, reference))
        return paired_difference(one, other, event=figure.unit == EVENT)

    def differences(self) -> pd.DataFrame:
        """Return the paired differences of every figure for every pair of scenarios."""
        return _frame(self, "differences")


_SHOWN = 40
"""Rows that a notebook shows, at most."""


def _brief(value: Any) -> str:
    if value is None:
        return ""
    return fixed(value, 3) if isinstance(value, float) else str(value)


def _frame(results: Results, name: str) -> pd.DataFrame:
    need("study", where="tables as pandas", only=("pandas", "pyarrow"))
    return results.table(name).to_pandas()
