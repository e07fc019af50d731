"""Diffusion data: people in groups, whom they listen to, and when each adopted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.organisation import Organisation

__all__ = ["Diffusion", "listened", "shuffled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Who adopted when.

    Parameters
    ----------
    organisation : Organisation
        Its teams are the groups.
    time : int64 array, shape (n_people,)
        Period of adoption, 1 to ``periods``; ``periods + 1`` for never as long as observed.
    periods : int
    entered, left : int64 array, shape (n_people,), optional
        First and last period in which a person is there; from the first to the last where not
        given. Nobody adopts before entering (left truncation), and who leaves without having
        adopted is not known afterwards (censored).
    series : dict of str to float64 array, shape (periods,)
        What is known from outside, by period.
    """

    organisation: Organisation
    time: Ints
    periods: int
    entered: Ints | None = None
    left: Ints | None = None
    series: dict[str, Floats] = field(default_factory=dict)

    @cached_property
    def group(self) -> Ints:
        """Group of each person; shape (n_people,)."""
        return self.organisation.people["team"].astype(np.int64)

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return self.organisation.n_teams

    @cached_property
    def first(self) -> Ints:
        """First period in which each person is there; shape (n_people,)."""
        return np.ones(len(self.time), np.int64) if self.entered is None else self.entered

    @cached_property
    def last(self) -> Ints:
        """Last period in which each person is there; shape (n_people,)."""
        return np.full(len(self.time), self.periods) if self.left is None else self.left

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Whether a person is there in a period; shape (n_people, periods)."""
        period = np.arange(1, self.periods + 1)
        result: NDArray[np.bool_] = (self.first[:, None] <= period) & (self.last[:, None] >= period)
        return result

    @cached_property
    def at_risk(self) -> NDArray[np.bool_]:
        """Whether a person is there and had not adopted before; shape (n_people, periods)."""
        period = np.arange(1, self.periods + 1)
        result: NDArray[np.bool_] = (self.time[:, None] >= period) & self.present
        return result

    @cached_property
    def adopts(self) -> NDArray[np.bool_]:
        """Whether a person adopts in a period; shape (n_people, periods)."""
        result: NDArray[np.bool_] = self.time[:, None] == np.arange(1, self.periods + 1)
        return result

    @cached_property
    def exposure(self) -> Floats:
        """Share of whom one listens to that adopted before a period; shape (n_people, periods).

        Of those who were there in the period before.
        """
        adopted = (self.time[:, None] < np.arange(1, self.periods + 1)).astype(float)
        return np.stack([self.near(adopted[:, t], t + 1) for t in range(self.periods)], axis=1)

    @cached_property
    def group_share(self) -> Floats:
        """Share of one's group that adopted before a period; shape (n_people, periods).

        Of those who were there in the period before.
        """
        adopted = (self.time[:, None] < np.arange(1, self.periods + 1)).astype(float)
        return np.stack([self.share(adopted[:, t], t + 1) for t in range(self.periods)], axis=1)

    def near(self, adopted: Floats, period: int) -> Floats:
        """Return the weighted share of adopters among those one listens to.

        Parameters
        ----------
        adopted : float64 array, shape (n_people, ...)
            1 for who adopted before the period.
        period : int
            From 1; who was not there in the period before does not count.

        Returns
        -------
        float64 array, of the same shape
            0 for those without ties.
        """
        there = self._there(period)
        if there.all():
            return listened(self.organisation, adopted)
        shape = (-1,) + (1,) * (adopted.ndim - 1)
        heard = listened(self.organisation, adopted * there.reshape(shape))
        all_of = listened(self.organisation, there).reshape(shape)
        result: Floats = np.where(all_of > 0, heard / np.where(all_of > 0, all_of, 1.0), 0.0)
        return result

    def share(self, adopted: Floats, period: int) -> Floats:
        """Return the share of adopters in one's group; parameters and result as ``near``."""
        there = self._there(period)
        sums = np.zeros((self.n_groups, *adopted.shape[1:]))
        shape = (-1,) + (1,) * (adopted.ndim - 1)
        np.add.at(sums, self.group, adopted * there.reshape(shape))
        counts = np.bincount(self.group, there, minlength=self.n_groups).reshape(shape)
        result: Floats = (sums / np.maximum(counts, 1.0))[self.group]
        return result

    def _there(self, period: int) -> Floats:
        """Whether each person was there in the period before (in the first: at its start)."""
        return self.present[:, max(period - 2, 0)].astype(float)

    @cached_property
    def standing(self) -> Floats:
        """log(1 + how many listen to a person), centred and scaled within the group."""
        heard = np.bincount(self.organisation.ties.target, minlength=len(self.time))
        value = np.log1p(heard.astype(float))
        counts = np.maximum(np.bincount(self.group, minlength=self.n_groups), 1)
        value -= (np.bincount(self.group, value, self.n_groups) / counts)[self.group]
        sd = np.sqrt(np.bincount(self.group, value**2, self.n_groups) / counts)[self.group]
        result: Floats = np.where(sd > 1e-12, value / np.where(sd > 1e-12, sd, 1.0), 0.0)
        return result

    @cached_property
    def scaled_series(self) -> Floats:
        """The outside series, centred and scaled over the periods; shape (n_series, periods)."""
        rows = [(v - v.mean()) / (v.std() or 1.0) for v in self.series.values()]
        return np.array(rows).reshape(len(rows), self.periods)

    def observable(self, times: Ints) -> Ints:
        """Return simulated times as they would be observed: who had left is not known to adopt.

        Parameters
        ----------
        times : int64 array, shape (..., n_people)
        """
        result: Ints = np.where(times <= self.last, times, self.periods + 1)
        return result


def listened(organisation: Organisation, values: Floats) -> Floats:
    """Return the weighted mean over whom each person listens to; 0 for those without ties.

    Parameters
    ----------
    organisation : Organisation
    values : array, shape (n_people, ...)
    """
    result = np.zeros_like(values)
    weight = organisation.ties.weight.astype(float)
    shape = (-1,) + (1,) * (values.ndim - 1)
    heard = values[organisation.ties.target] * weight.reshape(shape)
    np.add.at(result, organisation.tie_source, heard)
    return result


def shuffled(data: Diffusion, *, listeners: bool = False, seed: int = 7) -> Diffusion:
    """Return the data with people of a group having swapped places in the ties.

    Parameters
    ----------
    data : Diffusion
    listeners : bool
        Whether only who listens is swapped: everybody is listened to by as many as before, so
        that standing stays and only whom one listens to is lost.
    seed : int

    Returns
    -------
    Diffusion
    """
    rng = np.random.default_rng(seed)
    swapped = np.arange(len(data.time))
    for group in range(data.n_groups):
        members = np.flatnonzero(data.group == group)
        swapped[members] = rng.permutation(members)
    ties = data.organisation.ties
    if not listeners:
        target = swapped[ties.target].astype(ties.target.dtype)
        ties = replace(ties, target=target)
        return replace(data, organisation=replace(data.organisation, ties=ties))
    counts = np.diff(ties.start)[swapped]
    order = np.concatenate([np.arange(ties.start[k], ties.start[k + 1]) for k in swapped])
    ties = replace(
        ties,
        start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        target=ties.target[order],
        weight=ties.weight[order],
        flags=ties.flags[order],
    )
    return replace(data, organisation=replace(data.organisation, ties=ties))
