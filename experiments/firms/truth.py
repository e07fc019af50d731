"""Simulated firms whose truth is known, and what would be measured in them.

Each firm has people of its own, a plan that is carried out, and one parameter set of the
shipped posterior under which it is simulated once: that run is what happens. What is seen of
it is a table of weekly users by team, as an export gives it, teams under five left out. Whoever
judges a firm may use every other set of the posterior (``Firm.others``), not the true one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.case import Case, Record, Records, run_cases
from sim.organisation import Organisation, template
from sim.posterior import posterior
from sim.randomness import hash_text
from sim.runner import load_scenario
from sim.scenario import Scenario

FIRMS = 40
WEEKS = 16
"""Weeks of use that are measured."""

LENGTH = 52
"""Weeks that are simulated: what comes after the measured ones is known too."""

PEOPLE = 60, 400
PLANS = (
    "licences-only", "training-first", "order-trust-first", "confidence-gap", "everything",
    "mandate", "capability-first", "training-trap",
)  # fmt: skip
"""Shipped plans that give access in week 1, so that there is use to be measured."""

SMALLEST = 5


@dataclass(frozen=True, eq=False)
class Firm:
    """A firm and its truth.

    Parameters
    ----------
    number : int
    organisation : Organisation
    scenario : Scenario
        What is done in it.
    row : int
        The true parameter set's line in the shipped posterior.
    """

    number: int
    organisation: Organisation
    scenario: Scenario
    row: int

    @property
    def parameters(self) -> NDArray[np.void]:
        """The true parameter set, shape (1,)."""
        return posterior()[self.row : self.row + 1]

    @property
    def others(self) -> NDArray[np.void]:
        """All other sets of the posterior: what is known beforehand."""
        return np.delete(posterior(), self.row)

    @property
    def case(self) -> Case:
        """The firm under its true parameters."""
        return Case.of(self.scenario, self.organisation, LENGTH, sets=self.parameters)

    @cached_property
    def records(self) -> Records:
        """What happens: one run, with weekly use by team and what holds teams back."""
        seed = np.array([hash_text(f"truth of firm {self.number}")], np.uint64)
        record = Record(teams=("weekly_users", "access"), drivers=True)
        return run_cases([self.case], seed, record=record)

    def write_usage(self, file: Path, weeks: int = WEEKS, names: list[str] | None = None) -> Path:
        """Write the measured table: week, team, people, enabled, weekly_users.

        Parameters
        ----------
        names : list of str, optional
            Names of the teams in place of their own: shuffled, for a negative control.
        """
        sizes = np.diff(self.organisation.team_start)
        teams = names or list(self.organisation.teams)
        used = self.records.of_teams("weekly_users")[0, 0, 0]
        access = self.records.of_teams("access")[0, 0, 0]
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(["week", "team", "people", "enabled", "weekly_users"])
            for week in range(weeks):
                for team, size in enumerate(sizes):
                    if size >= SMALLEST:
                        counts = [round(float(one[week, team]) * size) for one in (access, used)]
                        rows.writerow([week + 1, teams[team], size, *counts])
        return file


def firm(number: int) -> Firm:
    """Return one of the firms, from 0; the same for the same number."""
    low, high = PEOPLE
    rng = np.random.default_rng([number, 11])
    n_people = round(low + (high - low) * rng.random())
    row = int(np.random.default_rng(11).permutation(len(posterior()))[number])
    return Firm(
        number, template(n_people, seed=100 + number), load_scenario(PLANS[number % len(PLANS)]),
        row,
    )  # fmt: skip


def firms(count: int = FIRMS) -> list[Firm]:
    """Return the first firms."""
    return [firm(number) for number in range(count)]
