"""Which driver a table of teams names: the same rule as the page's (``table.js``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BEYOND", "drivers_to_show"]

BEYOND = 0.005
"""A barrier of a team is shown where it exceeds the mean of all teams by this much."""


def drivers_to_show(held: NDArray[np.floating]) -> tuple[int | None, list[int | None]]:
    """Return the driver that is said once, of all teams, and the one that each row tells.

    Parameters
    ----------
    held : float array, shape (n_teams, n_drivers)
        What each driver holds back in a team, in shares of workdays.

    Returns
    -------
    common : int or None
        The driver that is the strongest in all teams; None where they differ, or are fewer
        than two.
    own : list of int or None
        The strongest driver of each team; where it is common, the one that holds the team
        back most beyond the mean of all teams, by ``BEYOND`` or more, if there is one.

    Examples
    --------
    >>> drivers_to_show(np.array([[0.2, 0.1], [0.1, 0.3]]))
    (None, [0, 1])
    >>> drivers_to_show(np.array([[0.4, 0.1], [0.4, 0.2]]))
    (0, [None, 1])
    """
    first = [int(row.argmax()) if row.max() > 0 else None for row in held]
    if len(first) < 2 or first[0] is None or len(set(first)) > 1:
        return None, first
    beyond = held - held.mean(axis=0, dtype=np.float64)
    return first[0], [int(row.argmax()) if row.max() >= BEYOND else None for row in beyond]
