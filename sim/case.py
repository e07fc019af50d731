"""A case: a scenario on an organisation, under parameter sets. What is run is cases × seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.engine.compiled import CaseArrays, Record, Records, run_cases
from sim.interventions.effects import Timeline
from sim.interventions.timeline import place
from sim.organisation.organisation import Organisation
from sim.parameters import MECHANISMS, parameter_rows

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["Case", "Record", "Records", "overlay", "run_cases", "without"]


def overlay(
    scenario: Scenario, sets: NDArray[np.void] | None = None,
    overrides: Mapping[str, float | Floats] | None = None, off: Iterable[str] = (), n: int = 1,
) -> NDArray[np.void]:  # fmt: skip
    """Return the complete parameter sets that a scenario is run under.

    The sets, then what the scenario sets, then ``overrides``, then the neutral values of mechanisms
    switched off by the scenario or by ``off``: each wins over what is before it. Raises InputError
    where an override names what does not exist, or is out of range.

    - ``sets``, shape (P,): in place of the defaults.
    - ``overrides``: numbers, or arrays of shape (P,), by name of parameter.
    - ``off``: mechanisms switched off besides the scenario's own.
    - ``n``: number of sets where ``sets`` is not given.
    """
    return parameter_rows(
        {**scenario.overrides(), **(overrides or {})}, (*scenario.switched_off(), *off),
        n if sets is None else len(sets), base=sets,
    )  # fmt: skip


def without(rows: NDArray[np.void], mechanism: str) -> NDArray[np.void]:
    """Return parameter sets with a mechanism switched off: its parameters at neutral values."""
    rows = rows.copy()
    for name, neutral in MECHANISMS[mechanism].items():
        rows[name] = neutral
    return rows


@dataclass(frozen=True, eq=False)
class Case(CaseArrays):
    """A scenario placed on an organisation, under P parameter sets.

    Another timeline or other parameters: ``dataclasses.replace``.
    """

    @classmethod
    def of(
        cls, scenario: Scenario, organisation: Organisation, weeks: int | None = None,
        overrides: Mapping[str, float] | None = None, *, sets: NDArray[np.void] | None = None,
        off: Iterable[str] = (), parameters: NDArray[np.void] | None = None,
        timeline: Timeline | None = None,
    ) -> Case:  # fmt: skip
        """Return a scenario on an organisation.

        Raises InputError where an audience or an override names what does not exist, or is out of
        range.

        - ``weeks``: length of the run, in place of the scenario's own.
        - ``overrides``, ``sets``, ``off``: see ``overlay``.
        - ``parameters``, shape (P,): complete sets that are taken as they are, in place of an
          overlay.
        - ``timeline``: where the scenario's timeline is placed already.
        """
        weeks = scenario.weeks if weeks is None else weeks
        if parameters is None:
            parameters = overlay(scenario, sets, overrides, off)
        if timeline is None:
            timeline = place(scenario.timeline, organisation, weeks)
        return cls(
            scenario.name, timeline, parameters, scenario.decision.rule,
            scenario.decision.uses_people_file, scenario.decision.theories,
            organisation=organisation, weeks=weeks,
        )  # fmt: skip
