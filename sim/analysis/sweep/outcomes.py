"""What a study keeps of each run: recorded outcomes at chosen weeks, and figures of the run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import did_you_mean
from sim.outcomes import OUTCOMES, Outcome, Variable
from sim.results.quantities import RUN_FIGURES, run_figures

__all__ = ["Kept", "default_outcomes", "kept", "summarise"]

_AT_WEEK = re.compile(r"(.+)_w([1-9][0-9]*)")
_RECORDED = {variable.name: variable for variable in OUTCOMES}
_FIGURES = {variable.name: variable for variable in RUN_FIGURES}


@dataclass(frozen=True, slots=True)
class Kept:
    """One column of the table of runs.

    Parameters
    ----------
    name : str
        Such as ``habitual_w52``, or a figure of the run.
    source : str
        The recorded outcome, or the figure.
    week : int or None
        None for a figure of the run.
    unit, meaning : str
    """

    name: str
    source: str
    week: int | None
    unit: str
    meaning: str

    @property
    def variable(self) -> Variable:
        """The column's name, unit and meaning."""
        return Variable(self.name, self.unit, self.meaning)


def kept(name: str, weeks: int) -> Kept:
    """Return what an outcome's name means in a run of ``weeks``.

    Raises
    ------
    LookupError
        With what is wrong and what would be right.

    Examples
    --------
    >>> kept("habitual_w26", 52).week
    26
    """
    if name in _FIGURES:
        variable = _FIGURES[name]
        return Kept(name, name, None, variable.unit, variable.meaning)
    match = _AT_WEEK.fullmatch(name)
    if match is None or match[1] not in _RECORDED:
        stem = match[1] if match else name
        if stem in _RECORDED:
            raise LookupError("names no week", f"{stem}_w{weeks}: its value in week {weeks}")
        right = did_you_mean(stem, [*_RECORDED, *_FIGURES])
        right = right if match is None else right.replace("?", f"_w{match[2]}?")
        raise LookupError("is not an outcome", right)
    week = int(match[2])
    if week > weeks:
        raise LookupError(f"is beyond the run's {weeks} weeks", f"{match[1]}_w{weeks}")
    variable = _RECORDED[match[1]]
    return Kept(name, match[1], week, variable.unit, f"{variable.meaning}, in week {week}")


def default_outcomes(weeks: int) -> tuple[str, ...]:
    """Return every outcome in the last week, and every figure of the run."""
    return (*(f"{variable.name}_w{weeks}" for variable in OUTCOMES), *_FIGURES)


def summarise(weekly: NDArray[np.float64], columns: Sequence[Kept]) -> list[NDArray[np.float64]]:
    """Return an array (...) a column, of weekly outcomes (..., weeks, outcomes)."""
    figures = run_figures(weekly) if any(one.week is None for one in columns) else {}
    return [
        figures[one.source] if one.week is None else weekly[..., one.week - 1, Outcome[one.source]]
        for one in columns
    ]
