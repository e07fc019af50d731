"""The hazard's terms, what they weigh beforehand, and the tables they are computed from.

Rates are per span (the periods of the data), so that one prior serves weeks and years.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from forecasting.data import Diffusion, Floats, Ints

__all__ = ["PRIORS", "Layout", "Table", "Terms", "Values", "table_of"]

MOST_MEMORY: Final = 0.95
"""The longest memory a period that is fitted: the grid resolves no step smaller than its own."""


@dataclass(frozen=True)
class Terms:
    """Which terms the hazard has; each may be switched off by itself.

    Parameters
    ----------
    team : bool
        Share of the group that has adopted, q · S.
    ties : bool
        Share of those one listens to, w · E.
    standing : bool
        Informal leaders begin earlier, exp(b · c).
    frailty : bool
        A lasting trait of a person, Gamma of mean 1 and variance θ.
    trend : bool
        exp(γ · (t/H - 1/2)).
    group : bool
        What a group has in common, exp(x), AR(1).
    shocks : bool
        What moves all groups in a period, exp(d), learned from those seen.
    series : bool
        Outside series of the data, where there are any.
    lasting : bool
        Whether the group's effect lasts (memory 1) instead of being fitted.
    """

    team: bool = True
    ties: bool = True
    standing: bool = True
    frailty: bool = True
    trend: bool = True
    group: bool = True
    shocks: bool = True
    series: bool = True
    lasting: bool = False


PRIORS: Final[dict[str, tuple[float, float]]] = {
    "alone": (np.log(0.5), 1.5),
    "team": (0.0, 1.5),
    "ties": (0.0, 1.5),
    "standing": (0.0, 0.5),
    "frailty": (np.log(0.2), 1.0),
    "trend": (0.0, 1.5),
    "sigma": (np.log(0.5), 0.5),
    "memory": (1.5, 1.0),
    "series": (0.0, 0.5),
}
"""Mean and sd of the normal priors, by term.

``alone``, ``team`` and ``ties`` are logs of p, q and w times the span: each may be anything from
a tenth to ten times what takes a group through in about its span. ``standing``, ``trend`` and
``series`` are centred at 0, no effect, and reach a factor of e or so. ``frailty`` and ``sigma``
are logs: a trait that is small unless the data ask for it, since without dates of repeated
events it can hardly be told from a trend; and groups that differ by a factor of 1.2 to 4, since
a few groups say next to nothing of a spread and a spread of 0 would make bands too narrow.
``memory`` is a logit (a share of ``MOST_MEMORY``). ASSUMPTION throughout: weak, and the same for
every data set.
"""


@dataclass(frozen=True)
class Values:
    """Values of the hazard's parameters.

    Parameters
    ----------
    alone, team, ties : float
        Rates p, q and w a period.
    standing, frailty, trend, sigma : float
        b, θ, γ and the stationary sd σ of the group effect.
    memory : float
        ρ a period; 1: the group's effect lasts.
    drive : float64 array, shape (periods,)
        Common shocks and outside series together, d.
    """

    alone: float
    team: float
    ties: float
    standing: float
    frailty: float
    trend: float
    sigma: float
    memory: float
    drive: Floats


@dataclass(frozen=True, eq=False)
class Table:
    """What the likelihood needs of some people, whose groups stand one after the other.

    Parameters
    ----------
    group : int64 array, shape (n,)
        From 0, ascending.
    start : int64 array, shape (n_groups,)
        First person of each group.
    standing : float64 array, shape (n,)
    share, near : float64 array, shape (n, periods)
        S and E before each period.
    risk, adopts : bool array, shape (n, periods)
    series : float64 array, shape (n_series, periods)
    """

    group: Ints
    start: Ints
    standing: Floats
    share: Floats
    near: Floats
    risk: NDArray[np.bool_]
    adopts: NDArray[np.bool_]
    series: Floats

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.risk.shape[1])


def table_of(data: Diffusion, who: NDArray[np.bool_]) -> Table:
    """Return the table of some people; nothing of the others' times is in it.

    Parameters
    ----------
    data : Diffusion
    who : bool array, shape (n_people,)
        Whole groups.
    """
    rows = np.flatnonzero(who)
    _, start, group = np.unique(data.group[rows], return_index=True, return_inverse=True)
    return Table(
        group.astype(np.int64),
        start.astype(np.int64),
        data.standing[rows],
        data.group_share[rows],
        data.exposure[rows],
        data.at_risk[rows],
        data.adopts[rows],
        data.scaled_series,
    )


@dataclass(frozen=True)
class Layout:
    """The place of each term in a vector of unbounded numbers.

    Parameters
    ----------
    terms : Terms
    periods, n_series : int
    shock : float
        Sd τ of the common shocks; 0: none.
    """

    terms: Terms
    periods: int
    n_series: int = 0
    shock: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Terms with a number each, in order; shocks stand behind them."""
        on = {field.name for field in fields(self.terms) if getattr(self.terms, field.name)}
        some: list[str] = [n for n in ("team", "ties", "standing", "frailty", "trend") if n in on]
        if "group" in on:
            some += ["sigma"] if self.terms.lasting else ["sigma", "memory"]
        if "series" in on:
            some += ["series"] * self.n_series
        return ("alone", *some)

    @property
    def size(self) -> int:
        """Length of the vector."""
        return len(self.names) + (self.periods if self.shock else 0)

    def prior(self) -> tuple[Floats, Floats]:
        """Return means and sds of the normal prior; each of shape (size,)."""
        centre = [PRIORS[name][0] for name in self.names]
        sd = [PRIORS[name][1] for name in self.names]
        if self.shock:
            centre += [0.0] * self.periods
            sd += [self.shock] * self.periods
        return np.array(centre), np.array(sd)

    def values(self, x: Floats, series: Floats) -> Values:
        """Return the parameters a vector stands for.

        Parameters
        ----------
        x : float64 array, shape (size,)
        series : float64 array, shape (n_series, periods)
        """
        names, by = self.names, dict(zip(self.names, x, strict=False))
        drive = np.zeros(self.periods)
        if "series" in by:
            drive += x[[k for k, name in enumerate(names) if name == "series"]] @ series
        if self.shock:
            drive += x[len(names) :]
        rate = {n: float(np.exp(by[n]) / self.periods) if n in by else 0.0 for n in _RATES}
        return Values(
            rate["alone"],
            rate["team"],
            rate["ties"],
            float(by.get("standing", 0.0)),
            float(np.exp(by["frailty"])) if "frailty" in by else 0.0,
            float(by.get("trend", 0.0)),
            float(np.exp(by["sigma"])) if "sigma" in by else 0.0,
            float(MOST_MEMORY * expit(by["memory"])) if "memory" in by else 1.0,
            drive,
        )

    def slope(self, values: Values, by: dict[str, float], drive: Floats, series: Floats) -> Floats:
        """Return the slope by the vector, of slopes by the parameters.

        Parameters
        ----------
        values : Values
        by : dict of str to float
            Slopes by name of a parameter.
        drive : float64 array, shape (periods,)
            Slopes by the drive of each period.
        series : float64 array, shape (n_series, periods)

        Returns
        -------
        float64 array, shape (size,)
        """
        result, heard = np.zeros(self.size), 0
        for k, name in enumerate(self.names):
            if name == "series":
                result[k] = drive @ series[heard]
                heard += 1
            elif name == "memory":
                part = values.memory / MOST_MEMORY
                result[k] = by[name] * MOST_MEMORY * part * (1 - part)
            elif name in _LOGS:
                result[k] = by[name] * getattr(values, name)
            else:
                result[k] = by[name]
        if self.shock:
            result[len(self.names) :] = drive
        return result


_RATES = ("alone", "team", "ties")
_LOGS = {*_RATES, "frailty", "sigma"}
