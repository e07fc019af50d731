"""From what a study file says of uncertainties and levers to factors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.sweep.factors import POSTERIOR, Factor
from sim.document import Node
from sim.parameters import PARAMETERS
from sim.priors import Prior

if TYPE_CHECKING:
    from sim.analysis.sweep.loader import Reading

__all__ = ["factors_of", "posterior_factor", "uniform"]

MOST_LEVELS = 10_000


def uniform(low: float, high: float) -> Prior:
    """Return the even distribution between two ends."""
    return Prior("uniform", float(low), float(high), float(low), float(high))


def factors_of(reading: Reading, file: Any) -> tuple[Factor, ...]:
    """Return everything that a study varies; add what is wrong to the reading."""
    return (*_uncertainties(reading, file.uncertainties), *_levers(reading, file.levers or {}))


def posterior_factor(where: str, own: Path | None = None) -> Factor:
    """Return the factor whose levels are the sets of a file, or of the shipped posterior."""
    from sim.posterior import sets_of

    rows = sets_of(own)
    file, line, column = where.rsplit(":", 2)
    return Factor(
        POSTERIOR,
        False,
        levels=tuple(Node(file, int(line), int(column), scalar=i + 1) for i in range(len(rows))),
        where=where,
        sets=rows,
    )


def _uncertainties(reading: Reading, said: Any) -> list[Factor]:
    if said is None:
        return []
    if said.posterior:
        own = reading.own_sets(said.posterior if isinstance(said.posterior, str) else None)
        return [posterior_factor(reading.where("uncertainties"), own)]
    found = []
    for name in sorted(said.model_fields_set - {POSTERIOR}, key=_order(reading)):
        prior = _prior(reading, name, getattr(said, name))
        if prior is not None:
            where = reading.where("uncertainties", name)
            found.append(Factor(name, False, prior, where=where))
    return found


def _order(reading: Reading) -> Any:
    node = reading.root.child("uncertainties")
    order = list((node.entries if node else None) or PARAMETERS)
    return order.index


def _prior(reading: Reading, name: str, said: Any) -> Prior | None:
    parameter = PARAMETERS[name]
    low, high = parameter.low, parameter.high
    steps = ("uncertainties", name)
    right = f"within {low:g} to {high:g} ({parameter.meaning})"
    if said is not None and said.text is not None:
        try:
            prior = Prior.of(said.text, low, high)
        except ValueError as error:
            what = str(error)
            reading.wrong(steps, f"is {said.text}: {what}", right)
            return None
        if not prior.is_fixed:
            return prior
        reading.wrong(steps, "is fixed, so there is nothing to vary", "a range, or leave it out")
        return None
    if said is None or said.ends is None:
        prior = parameter.prior
        return uniform(low, high) if prior.is_fixed else prior
    first, last = said.ends
    if not first < last:
        reading.wrong(steps, f"is an empty range, {first:g} to {last:g}", "[low, high], low first")
        return None
    if first < low or last > high:
        reading.wrong(steps, f"is {first:g} to {last:g}", right)
        return None
    return uniform(first, last)


def _levers(reading: Reading, said: dict[str, Any]) -> list[Factor]:
    found = []
    for name, lever in said.items():
        where = reading.where("levers", name)
        node = reading.root.at(("levers", name))
        if lever.values is not None:
            levels = tuple(node.items or ())
            plain = [repr(level.plain()) for level in levels]
            if len(set(plain)) < len(plain):
                twice = next(one for one in plain if plain.count(one) > 1)
                reading.wrong(("levers", name), f"has {twice} twice", "each value once")
            found.append(Factor(name, True, levels=levels, where=where))
            continue
        if not lever.low < lever.high:
            what = f"is an empty range, {lever.low:g} to {lever.high:g}"
            reading.wrong(("levers", name), what, "from below to")
            continue
        if lever.step is None:
            found.append(Factor(name, True, uniform(lever.low, lever.high), where=where))
            continue
        count = (lever.high - lever.low) / lever.step
        if count >= MOST_LEVELS:
            what = f"has {count:.0f} steps"
            reading.wrong(("levers", name), what, f"fewer than {MOST_LEVELS}, or no step")
            continue
        values = lever.low + lever.step * np.arange(int(count + 1e-9) + 1)
        whole = all(float(value).is_integer() for value in values)
        levels = tuple(
            Node(node.file, node.line, node.column, scalar=int(v) if whole else float(v))
            for v in values
        )
        found.append(Factor(name, True, levels=levels, where=where))
    return found
