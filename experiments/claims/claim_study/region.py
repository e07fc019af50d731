"""Where in parameter space a claim does not hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["where_it_fails"]

FEWEST = 8
"""Sets on either side below which nothing is said."""

SHOWN = 4
LEVEL = 0.05


def _varied(rows: NDArray[np.void]) -> list[str]:
    return [name for name in rows.dtype.names or () if len(np.unique(rows[name])) > 3]


def _chance_of_larger(values: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how often a set that holds has the larger value, and the test's p (Mann–Whitney)."""
    from scipy.stats import mannwhitneyu

    test = mannwhitneyu(values[holds], values[~holds], alternative="two-sided")
    return float(test.statistic) / (holds.sum() * (~holds).sum()), float(test.pvalue)


def _best_cut(values: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[float, bool, float]:
    """Return the cut that parts failures from the rest best, its side, and how well (Youden)."""
    best = (0.0, True, -1.0)
    for cut in np.quantile(values, np.linspace(0.15, 0.85, 29)):
        below = values < cut
        if not below.any() or below.all():
            continue
        gained = float(
            (~holds & below).sum() / (~holds).sum() - (holds & below).sum() / holds.sum()
        )
        if abs(gained) > best[2]:
            best = (float(cut), gained > 0, abs(gained))
    return best


def _rule(rows: NDArray[np.void], holds: NDArray[np.bool_], names: list[str]) -> dict[str, Any]:
    """Return the one-parameter rule found on every second set, checked on the others."""
    seen, kept = slice(0, None, 2), slice(1, None, 2)
    cuts = {name: _best_cut(rows[name][seen], holds[seen]) for name in names}
    name = max(cuts, key=lambda one: cuts[one][2])
    cut, below, _ = cuts[name]
    inside = (rows[name][kept] < cut) == below
    failing = ~holds[kept]

    def share(where: NDArray[np.bool_]) -> float | None:
        return float(failing[where].mean()) if where.any() else None

    return {
        "parameter": name,
        "side": "below" if below else "at or above",
        "cut": cut,
        "fails_inside": share(inside),
        "fails_outside": share(~inside),
        "sets_inside": int(inside.sum()),
        "sets_outside": int((~inside).sum()),
    }


def where_it_fails(rows: NDArray[np.void], holds: NDArray[np.bool_]) -> dict[str, Any]:
    """Return which parameters separate sets where a claim holds from those where it does not.

    Parameters
    ----------
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
    holds : boolean array, shape (P,)

    Returns
    -------
    dict
        ``sets_failing``; ``parameters``, those that differ (Mann–Whitney, Holm at 5%), with
        medians on both sides; ``rule``, one threshold found on half of the sets and checked
        on the other half. Too few on a side: only the count, and ``said``.
    """
    failing = int((~holds).sum())
    result: dict[str, Any] = {"sets": len(holds), "sets_failing": failing}
    if min(failing, len(holds) - failing) < FEWEST:
        few = "holds" if failing > len(holds) / 2 else "fails"
        return result | {"said": f"it {few} in too few to name a region"}
    names = _varied(rows)
    tests = {name: _chance_of_larger(rows[name], holds) for name in names}
    ordered = sorted(names, key=lambda name: tests[name][1])
    apart = []
    for rank, name in enumerate(ordered):
        larger, p = tests[name]
        if p * (len(names) - rank) > LEVEL:
            break
        apart.append(
            {
                "parameter": name,
                "median_holds": float(np.median(rows[name][holds])),
                "median_fails": float(np.median(rows[name][~holds])),
                "larger_where_it_holds": larger,
                "p": p,
            }
        )
    result["parameters"] = apart[:SHOWN]
    seen_both = all(0 < (~holds[k::2]).sum() < len(holds[k::2]) for k in (0, 1))
    if apart and seen_both:
        result["rule"] = _rule(rows, holds, names)
    if not apart:
        result["said"] = "no single parameter tells where it fails"
    return result
