"""The same replicates with one mechanism off at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.contrast import Difference, paired_difference
from sim.parameters import MECHANISMS

if TYPE_CHECKING:
    from sim.case import Case


NOTHING_OFF = ""
"""Name of the row of ``Structure`` in which every mechanism is on."""

STRUCTURE_SETS, STRUCTURE_SEEDS = 24, 2
"""Parameter sets, and replicates of each, that are run with one mechanism off at a time."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The last week of the same replicates with one mechanism off at a time."""

    mechanisms: tuple[str, ...]
    """What is off in each row; the first is ``NOTHING_OFF``."""
    habitual: Floats
    """Share of habitual users in the last week, shape (n_rows, n_scenarios, n_samples, n_seeds)."""


def one_mechanism_off(
    cases: Sequence[Case], seeds: NDArray[np.uint64], threads: int | None = None
) -> Structure:
    """Run cases again with one mechanism off at a time.

    Parameters
    ----------
    cases : sequence of Case
        At most ``STRUCTURE_SETS`` of their parameter sets are run.
    seeds : uint64 array, shape (n_samples, n_seeds)
        The sets' own, of which at most ``STRUCTURE_SEEDS`` a set are run.
    """
    from sim.case import Record, run_cases, without
    from sim.results.measure import PRIMARY, at

    some = [replace(case, parameters=case.parameters[:STRUCTURE_SETS]) for case in cases]
    found = []
    for mechanism in (NOTHING_OFF, *MECHANISMS):
        changed = [
            replace(case, parameters=without(case.parameters, mechanism)) if mechanism else case
            for case in some
        ]
        records = run_cases(
            changed,
            seeds[:STRUCTURE_SETS, :STRUCTURE_SEEDS],
            record=Record(drivers=False),
            threads=threads,
        )
        found.append(at(PRIMARY).of_weekly(records.weekly))
    return Structure((NOTHING_OFF, *MECHANISMS), np.stack(found))


@dataclass(frozen=True, slots=True)
class Without:
    """A difference with one mechanism off, against the same with all on."""

    mechanism: str
    difference: Difference
    """Interval over parameter sets."""
    change: Difference
    """Less what it is with all mechanisms on, in the same replicates."""


def without_each(structure: Structure, one: int, other: int) -> tuple[Difference, list[Without]]:
    """Return ``one`` scenario less the ``other`` with all mechanisms on, and without each.

    In the order of the mechanisms.
    """
    habitual = structure.habitual
    with_all = habitual[0, one] - habitual[0, other]
    found = [
        Without(
            mechanism,
            paired_difference(habitual[row, one], habitual[row, other]),
            paired_difference(habitual[row, one] - habitual[row, other], with_all),
        )
        for row, mechanism in enumerate(structure.mechanisms)
        if mechanism != NOTHING_OFF
    ]
    return paired_difference(habitual[0, one], habitual[0, other]), found
