"""The same worlds with many parameter sets, and with one mechanism off at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.parameters import MECHANISMS, parameter_rows

if TYPE_CHECKING:
    from sim.engine.compiled import Programme
    from sim.organisation.organisation import Organisation
    from sim.scenario import Scenario

__all__ = ["NOTHING_OFF", "STRUCTURE_SEEDS", "STRUCTURE_SETS", "Structure", "one_mechanism_off",
           "over_sets"]  # fmt: skip

NOTHING_OFF = ""
"""Name of the row of ``Structure`` in which every mechanism is on."""

STRUCTURE_SETS, STRUCTURE_SEEDS = 24, 2
"""Parameter sets, and worlds for each, that are run with one mechanism off at a time."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The last week of the same worlds with one mechanism off at a time.

    Parameters
    ----------
    mechanisms : tuple of str
        What is off in each row; the first is ``NOTHING_OFF``.
    habitual : float64 array, shape (n_rows, n_scenarios, n_samples, n_seeds)
        Share of habitual users in the last week.
    """

    mechanisms: tuple[str, ...]
    habitual: NDArray[np.float64]


def over_sets(
    programmes: Sequence[Programme],
    scenarios: Sequence[Scenario],
    overrides: Mapping[str, float],
    sets: NDArray[np.void],
    off: Sequence[str] = (),
) -> list[Programme]:
    """Return programmes with every parameter set in place of the defaults.

    Parameters
    ----------
    programmes, scenarios : sequence of Programme and Scenario
        The same in the same order; what a scenario sets wins over the sets.
    overrides : mapping of str to float
        Wins over both.
    sets : structured array of ``PARAMETER_DTYPE``, shape (n_samples,)
    off : sequence of str
        Mechanisms switched off besides the scenarios' own.
    """
    return [
        replace(
            programme,
            parameters=parameter_rows(
                {**scenario.overrides(), **overrides},
                (*scenario.switched_off(), *off),
                len(sets),
                base=sets,
            ),
        )
        for programme, scenario in zip(programmes, scenarios, strict=True)
    ]


def one_mechanism_off(
    organisation: Organisation,
    programmes: Sequence[Programme],
    scenarios: Sequence[Scenario],
    overrides: Mapping[str, float],
    sets: NDArray[np.void],
    seeds: NDArray[np.uint64],
    weeks: int,
    threads: int | None = None,
) -> Structure:
    """Run scenarios again with one mechanism off at a time.

    Parameters
    ----------
    organisation, programmes, scenarios, overrides, sets
        As in ``over_sets``; at most ``STRUCTURE_SETS`` sets are run.
    seeds : uint64 array, shape (n_samples, n_seeds)
        The sets' own, of which at most ``STRUCTURE_SEEDS`` a set are run.
    weeks : int
    threads : int, optional
    """
    from sim.engine.compiled import Record, simulate
    from sim.outcomes import Outcome

    found = []
    for mechanism in (NOTHING_OFF, *MECHANISMS):
        off = (mechanism,) if mechanism else ()
        changed = over_sets(programmes, scenarios, overrides, sets[:STRUCTURE_SETS], off)
        records = simulate(
            organisation,
            changed,
            seeds[:STRUCTURE_SETS, :STRUCTURE_SEEDS],
            weeks,
            record=Record(drivers=False),
            threads=threads,
        )
        found.append(records.weekly[..., -1, int(Outcome["habitual"])])
    return Structure((NOTHING_OFF, *MECHANISMS), np.stack(found))
