"""What persons' use says besides curves: how use differs between those who answered high and low.

Whether those who fear for their job use the tool less tells what that fear costs here; whether
people are like those they listen to, what is seen; whether reports of managers who are ready use
it more, what managers do. Each is one number of the whole firm, measured and simulated alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.diagnosis.known import Known
from sim.results.measure import SMALLEST_TEAM

__all__ = ["Contrast", "contrasts_of", "level_of_persons"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two parts of a firm's people, whose use is compared.

    Parameters
    ----------
    name : str
        What they differ in: a start value, ``manager`` or ``neighbours``.
    sides : float64 array, shape (n_people,)
        Weights that sum to 1 over those high and to -1 over those low; empty for
        ``neighbours``, where the sides are the use of those they listen to.
    """

    name: str
    sides: Floats

    def of(self, level: Floats, heard: Floats, there: NDArray[np.bool_]) -> Floats:
        """Return how much more those high use the tool, from -1 to 1.

        Parameters
        ----------
        level : float64 array, shape (..., n_people)
            Share of weeks with use.
        heard : float64 array, same shape
            The same of those they listen to.
        there : bool array, shape (n_people,)
            Whose use is known.
        """
        if len(self.sides):
            result: Floats = level @ self.sides
            return result
        high = heard > np.median(heard[..., there], axis=-1, keepdims=True)
        more, less = high & there, ~high & there
        with np.errstate(invalid="ignore"):
            gap = (level * more).sum(-1) / more.sum(-1) - (level * less).sum(-1) / less.sum(-1)
        told: Floats = np.nan_to_num(gap)
        return told


def contrasts_of(known: Known, there: NDArray[np.bool_]) -> list[Contrast]:
    """Return the contrasts that can be told: five people or more on each side.

    Parameters
    ----------
    there : bool array, shape (n_people,)
        Whose use is known.
    """
    organisation, found = known.organisation, []
    starts = dict(organisation.start_values)
    readiness, boss = starts.get("readiness"), organisation.people["manager"]
    if readiness is not None:
        starts["manager"] = np.where(boss >= 0, readiness[np.maximum(boss, 0)], np.nan)
    for name, values in sorted(starts.items()):
        mine = there & ~np.isnan(values)
        if not mine.any():
            continue
        middle = values[mine].mean()
        more, less = mine & (values > middle), mine & (values <= middle)
        if min(more.sum(), less.sum()) >= SMALLEST_TEAM:
            found.append(Contrast(name, more / more.sum() - less / less.sum()))
    if organisation.n_ties and there.sum() >= 4 * SMALLEST_TEAM:
        found.append(Contrast("neighbours", np.empty(0)))
    return found


def level_of_persons(used: NDArray[np.bool_], known: NDArray[np.bool_]) -> Floats:
    """Return each person's share of measured weeks with use, 0 where none was measured.

    Parameters
    ----------
    used : bool array, shape (..., weeks, n_people)
    known : bool array, shape (weeks, n_people)
    """
    weeks = np.maximum(known.sum(axis=0), 1)
    result: Floats = (used & known).sum(axis=-2) / weeks
    return result
