"""The smallest difference that matters, and the one rule by which a difference is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.contrast import Difference

__all__ = ["MARGIN", "Ruling", "is_margin", "rule"]

MARGIN = 0.01
"""Differences of shares below one percentage point do not matter, unless said otherwise."""

Ruling = Literal["ahead", "behind", "same", "open"]


def is_margin(value: object) -> bool:
    """Return whether a value can be a margin: a share from 0 to under 1."""
    return isinstance(value, int | float) and 0 <= value < 1


def rule(difference: Difference, margin: float = MARGIN) -> Ruling:
    """Judge a difference of shares; with the two sides changed over the answer is mirrored.

    Parameters
    ----------
    difference : Difference
        One side less the other.
    margin : float
        Smallest difference that matters, as a share.

    Returns
    -------
    str
        ``ahead`` or ``behind``: beyond chance, and the mean at least the margin. ``same``:
        the interval lies inside ±margin. ``open``: neither can be said.

    Examples
    --------
    >>> from sim.contrast import Difference
    >>> def between(low, high):
    ...     return Difference((low + high) / 2, low, high, 0.5, 0, 0.5, 200)
    >>> [rule(between(*ends)) for ends in ((0.01, 0.05), (-0.004, 0.008), (-0.01, 0.03))]
    ['ahead', 'same', 'open']
    """
    if difference.beyond_chance and abs(difference.mean) >= margin:
        return "ahead" if difference.mean > 0 else "behind"
    inside = -margin <= difference.low and difference.high <= margin
    return "same" if inside else "open"
