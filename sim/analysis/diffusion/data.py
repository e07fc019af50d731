"""Diffusion data: people in groups, whom they listen to, and when each adopted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.organisation import Organisation, load

__all__ = ["Diffusion", "read_diffusion"]

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
        Period of adoption, 1 to ``periods``; ``periods + 1`` for never within the data.
    periods : int
    """

    organisation: Organisation
    time: Ints
    periods: int

    @cached_property
    def group(self) -> Ints:
        """Group of each person; shape (n_people,)."""
        return self.organisation.people["team"].astype(np.int64)

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return self.organisation.n_teams

    @cached_property
    def at_risk(self) -> NDArray[np.bool_]:
        """Whether a person had not adopted before a period; shape (n_people, periods)."""
        period = np.arange(1, self.periods + 1)
        result: NDArray[np.bool_] = self.time[:, None] >= period
        return result

    @cached_property
    def adopts(self) -> NDArray[np.bool_]:
        """Whether a person adopts in a period; shape (n_people, periods)."""
        result: NDArray[np.bool_] = self.time[:, None] == np.arange(1, self.periods + 1)
        return result

    @cached_property
    def exposure(self) -> Floats:
        """Share of whom one listens to that adopted before a period; shape (n_people, periods)."""
        before = self.time[:, None] < np.arange(1, self.periods + 1)
        return listened(self.organisation, before.astype(float))

    @cached_property
    def group_share(self) -> Floats:
        """Share of one's group that adopted before a period; shape (n_people, periods)."""
        before = (self.time[:, None] < np.arange(1, self.periods + 1)).astype(float)
        sums = np.zeros((self.n_groups, self.periods))
        np.add.at(sums, self.group, before)
        share: Floats = (sums / np.bincount(self.group, minlength=self.n_groups)[:, None])[
            self.group
        ]
        return share


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


def read_diffusion(folder: Path) -> Diffusion:
    """Return the diffusion data of a folder.

    Parameters
    ----------
    folder : Path
        An organisation's folder (people.csv with a team, ties.csv) with adoptions.csv beside:
        columns ``id``, ``time`` (whole periods from 1) and ``censored`` (1: never adopted
        within the data; its time is one after the last period).

    Raises
    ------
    InputError
        Where files are missing, or times are not whole numbers or not of everybody.
    """
    organisation = load(folder)
    file = folder / "adoptions.csv"
    right = "a file with columns id, time and censored, a line a person"
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.DictReader(stream))
        time = {line["id"]: int(line["time"]) for line in lines}
        censored = {line["id"]: line["censored"].strip() == "1" for line in lines}
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        problem = Problem(str(file), "", f"cannot be read ({error})", right)
        raise InputError([problem]) from None
    ids = [str(one) for one in organisation.ids]
    if missing := [one for one in ids if one not in time]:
        raise InputError([Problem(str(file), "id", f"has no line for {missing[0]}", right)])
    adopted = [time[one] for one in ids if not censored[one]]
    if not adopted or min(adopted) < 1:
        raise InputError([Problem(str(file), "time", "names no period from 1 on", right)])
    last = max([*adopted, *(time[one] - 1 for one in ids if censored[one])])
    times = np.array([last + 1 if censored[one] else time[one] for one in ids], np.int64)
    return Diffusion(organisation, times, last)
