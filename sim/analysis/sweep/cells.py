"""The cells of a study: every point under every scenario on every organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.factors import ORGANISATION, POSTERIOR, SCENARIO
from sim.analysis.sweep.keys import FORM, record_hash, said
from sim.case import overlay
from sim.organisation.write import organisation_hash
from sim.parameters import PARAMETER_DTYPE
from sim.posterior import posterior as shipped
from sim.results.key import Key

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification
    from sim.scenario import Scenario

__all__ = ["Cells", "RunKeyPrefixes", "cells_of", "parameter_sets"]


@dataclass(frozen=True, eq=False)
class Cells:
    """Which point, scenario and organisation each cell has, in the order of the tables.

    Parameters
    ----------
    point : int64 array, shape (n_cells,)
    scenario, organisation : int32 array, shape (n_cells,)
        Positions in the study's lists.
    """

    point: NDArray[np.int64]
    scenario: NDArray[np.int32]
    organisation: NDArray[np.int32]

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
    scenario: Scenario,
    uncertain: Mapping[str, NDArray[np.float64]],
    n: int,
    posterior: NDArray[np.void] | None = None,
) -> NDArray[np.void]:
    """Return complete parameter sets of a scenario under some values of the uncertainties.

    Parameters
    ----------
    uncertain : mapping of str to float64 array, shape (n,)
        Values by parameter, or positions in the posterior.
    posterior : structured array of ``PARAMETER_DTYPE``, optional
        The sets that positions are of; the shipped ones by default.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (n,)
        The scenario's own parameters, then the uncertainties, then what the scenario
        switches off: a mechanism that is off stays off. Of the posterior's sets, what the
        scenario sets itself is left as it says.
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
        self,
        people: list[str],
        scenarios: list[str],
        points: Sequence[str | bytes] = (),
        seed: int | str = "",
    ) -> Key:
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
                self.study.scenarios[c],
                self.study.uncertain(point[chosen]),
                int(chosen.sum()),
                self.study.posterior,
            )
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
