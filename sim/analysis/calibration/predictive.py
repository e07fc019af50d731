"""A firm's curves as predicted, beside what was measured; and what is out of every set's reach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.findings import CalibrationAnswer
from sim.analysis.calibration.fit import Fit, answers
from sim.analysis.calibration.own import Curve
from sim.analysis.calibration.reach import Reach
from sim.analysis.firm.kernel import FAR, share_of
from sim.contrast import inside

__all__ = ["CurveAnswer", "Predicted", "curve_answers", "out_of_reach", "predicted"]

Floats = NDArray[np.float64]

PREDICT = 2**31 + 3
"""Key of the replicates in which curves are predicted."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Curves of one firm, as each set of the posterior would have them in one replicate.

    Parameters
    ----------
    draws : float64 array, shape (n_sets, n_values)
        In the units of ``curve.observed.values``; without what the model may be off by.
    """

    name: str
    curve: Curve
    draws: Floats


@dataclass(frozen=True, slots=True)
class CurveAnswer:
    """How the posterior answers a table of measured use.

    Parameters
    ----------
    values : int
        How many values it holds.
    inside : float
        Share of them inside the 80% band of one firm's replicates.
    off : float
        Root mean square of median less measured, in shares.
    nearest : float
        Distance of the nearest set (root mean square of standard errors).
    """

    name: str
    values: int
    inside: float
    off: float
    nearest: float


def predicted(found: Fit, threads: int | None = None) -> list[Predicted]:
    """Return what every set of the posterior predicts of each table of measured use."""
    study = found.study
    if not study.curves:
        return []
    once = {name: one.model_copy(update={"replicates": 1}) for name, one in study.settings.items()}
    of = {curve.setting for curve in study.curves.values()}
    figures, _ = answers(
        replace(study, settings=once), found.posterior.points, PREDICT, settings=of,
        threads=threads,
    )  # fmt: skip
    result, first = [], len(study.targets)
    for name, curve in study.curves.items():
        columns = slice(first, first + len(curve.observed.weeks))
        first = columns.stop
        result.append(Predicted(name, curve, share_of(figures[:, columns], curve.place.tops)))
    return result


def curve_answers(found: Fit, reached: Reach, ahead: list[Predicted]) -> list[CurveAnswer]:
    """Return how the posterior answers each table of measured use."""
    result, first = [], len(found.study.targets)
    for one in ahead:
        values = one.curve.observed.values
        columns = list(range(first, first + len(values)))
        first += len(values)
        off = (np.median(one.draws, axis=0) - values) / one.curve.place.tops
        result.append(
            CurveAnswer(
                one.name, len(values), float(inside(one.draws, values).mean()),
                float(np.sqrt((off**2).mean())), reached.nearest(columns),
            )
        )  # fmt: skip
    return result


def out_of_reach(told: list[CalibrationAnswer], curves: list[CurveAnswer]) -> list[str]:
    """Return what no set comes near: more than two standard errors off, however it is chosen."""
    found = [
        f"{one.name} (the nearest of all sets is {abs(one.best_apart):.1f} standard errors off)"
        for one in told
        if one.verdict == "not met" and abs(one.best_apart) > FAR
        and not (one.at_most and one.best_apart < 0)
    ]  # fmt: skip
    found += [
        f"{one.name} (the nearest of all sets is {one.nearest:.1f} times as far off as chance and "
        "discrepancy explain)"
        for one in curves if one.nearest > FAR
    ]  # fmt: skip
    return found
