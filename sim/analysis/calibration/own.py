"""One firm's own data in a study: curves of measured use, dates of adoption, and own priors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.analysis.firm.kernel import Place, angle
from sim.analysis.firm.observed import WHOLE, Observed, groups_of, read_adoptions, read_usage
from sim.interventions.fields import Strict
from sim.parameters import parameter_rows, with_tied
from sim.posterior import UNCERTAIN, Copula
from sim.priors import Prior

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["LARGE", "Curve", "Start", "UsageTarget", "curve_of", "sample_start"]

Floats = NDArray[np.float64]

LARGE = 20
"""People of a group from which its own curve counts; chance in smaller ones is far from normal."""


class UsageTarget(Strict):
    """Curves of one firm: a table of measured use, or of who adopted when."""

    file: str | None = Field(None, description="a tidy table of use: week, team, weekly_users, …")
    adoptions: str | None = Field(
        None, description="in its place: a table with id and first_use, a date or a week"
    )
    setting: str = Field(description="name of the setting that stands for the firm")
    arm: str = Field(description="the arm that was carried out in it")
    start: date | None = Field(None, description="a day of week 1, where weeks are dates")
    by: Literal["team", "role", "level", "whole"] | None = Field(
        None, description="how persons are put together: team by default; whole: no groups"
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """A table of use, as it counts in the distance.

    Parameters
    ----------
    observed : Observed
        The whole, and groups of ``LARGE`` people or more.
    """

    setting: str
    arm: str
    observed: Observed

    @property
    def place(self) -> Place:
        """Where the values stand."""
        return Place.of(self.observed)

    @property
    def angles(self) -> Floats:
        """The measured values, as angles; shape (n_values,)."""
        return angle(self.observed.values, self.place.tops)

    def labels(self, name: str) -> list[str]:
        """Return a name of each value."""
        place = self.place
        return [
            f"{name}: {outcome}, week {week}" + (f", {group}" if group else "")
            for outcome, week, group in zip(*place, strict=True)
        ]


def curve_of(said: UsageTarget, folder: Path, organisation: Organisation, weeks: int) -> Curve:
    """Read what a study says of measured use.

    Raises
    ------
    InputError
        With everything wrong in the file.
    """
    by = WHOLE if said.by == "whole" else said.by
    if said.file is not None:
        observed = read_usage(folder / said.file, weeks, said.start, organisation, by)
    else:
        path = folder / str(said.adoptions)
        observed = read_adoptions(path, weeks, said.start, organisation, by)
    if observed.by:
        names, group_of = groups_of(organisation, observed.by)
        sizes = dict(zip(names, np.bincount(group_of, minlength=len(names)), strict=True))
        kept = np.array([one == WHOLE or sizes[one] >= LARGE for one in observed.groups])
        observed = observed.only(kept)
    return Curve(said.setting, said.arm, observed)


@dataclass(frozen=True, eq=False)
class Start:
    """Where the search begins: priors, or a sample of an earlier calibration.

    Parameters
    ----------
    names : tuple of str
        Parameters that are fitted.
    priors : tuple of Prior
        Of each; not used where there is a sample.
    sample : Copula or None
    base : structured array of ``PARAMETER_DTYPE``, shape (1,), or None
        What parameters have that do not differ in the sample.
    """

    names: tuple[str, ...]
    priors: tuple[Prior, ...]
    sample: Copula | None = None
    base: NDArray[np.void] | None = None

    def sets(self, points: Floats) -> NDArray[np.void]:
        """Return complete parameter sets at points of the unit cube, shape (n, d)."""
        base = None if self.base is None else np.repeat(self.base, len(points))
        return parameter_rows(with_tied(self.columns(points)), n=len(points), base=base)

    def columns(self, points: Floats) -> dict[str, Floats]:
        """Return values of the parameters at points of the unit cube, shape (n, d)."""
        if self.sample is not None:
            return self.sample.columns(points)
        return {
            name: prior.quantile(points[:, k])
            for k, (name, prior) in enumerate(zip(self.names, self.priors, strict=True))
        }

    def shares(self, points: Floats) -> Floats:
        """Return how much of each parameter's own prior lies below it, shape (n, d)."""
        return points if self.sample is None else self.sample.shares(points)


def sample_start(rows: NDArray[np.void]) -> Start:
    """Return the start from a sample: all parameters that differ in it."""
    names = tuple(name for name in UNCERTAIN if np.ptp(rows[name]) > 0)
    sample = Copula.of(rows, names)
    priors = tuple(Prior.among(rows[name]) for name in names)
    return Start(names, priors, sample, rows[:1])
