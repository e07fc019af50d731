"""What a study varies: uncertainties and levers, each as a map from [0, 1] to values.

A design places points in the unit cube (``designs``); a factor says what a coordinate means.
So one design serves ranges, distributions, words and orders alike.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.document import Node
from sim.priors import Prior

__all__ = ["LEVERS_OF_A_CELL", "ORGANISATION", "POSTERIOR", "SCENARIO", "Factor", "word"]

SCENARIO, ORGANISATION = "scenario", "organisation"
LEVERS_OF_A_CELL = (SCENARIO, ORGANISATION)
"""Levers that choose what is simulated, rather than change a scenario."""

POSTERIOR = "posterior"
"""The uncertainty whose levels are the parameter sets of a posterior sample."""


@dataclass(frozen=True, eq=False)
class Factor:
    """One thing that a study varies.

    Parameters
    ----------
    name : str
        A parameter's name, or a lever's path.
    prior : Prior, optional
        Where it is a range or a distribution.
    levels : tuple of Node
        Where it takes one of a list of values.
    where : str
        ``file:line:column`` of its declaration.
    sets : structured array of ``PARAMETER_DTYPE``, shape (n_levels,), or None
        Of ``POSTERIOR``: the parameter sets that its levels stand for.
    """

    name: str
    is_lever: bool
    prior: Prior | None = None
    levels: tuple[Node, ...] = ()
    where: str = ""
    sets: NDArray[np.void] | None = None

    @property
    def n_levels(self) -> int:
        """Number of values, or 0 for a range."""
        return len(self.levels)

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.prior is not None or all(_is_number(node.scalar) for node in self.levels)

    @property
    def labels(self) -> tuple[Any, ...]:
        """Its levels as they stand in tables: numbers, or words."""
        if self.is_numeric:
            return tuple(node.scalar for node in self.levels)
        return tuple(word(node) for node in self.levels)

    def at(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of a range, or positions of levels, at coordinates in [0, 1]."""
        if self.prior is not None:
            return self.prior.quantile(unit)
        return np.minimum(np.floor(unit * self.n_levels), self.n_levels - 1.0)

    def unit_levels(self, n: int) -> NDArray[np.float64]:
        """Return coordinates of all levels, or of ``n`` even steps from end to end of a range."""
        if self.prior is None:
            return (np.arange(self.n_levels) + 0.5) / self.n_levels
        return np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.5])

    def shown(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return values as they stand in tables."""
        if self.prior is not None:
            return values
        return np.array(self.labels)[values.astype(np.int64)]

    def node(self, value: float) -> Node:
        """Return a value as a scenario file would hold it."""
        if self.prior is None:
            return self.levels[int(value)]
        file, line, column = self.where.rsplit(":", 2)
        return Node(file, int(line), int(column), scalar=float(value))

    def spelled(self, value: float) -> str:
        """Return a value as text that tells it from every other."""
        plain = self.levels[int(value)].plain() if self.prior is None else float(value)
        return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def word(node: Node) -> str:
    """Return a value as a word: itself, an order with arrows, a mapping in one line.

    Examples
    --------
    >>> from sim.document import parse
    >>> word(parse("[course, loyalty]", "x")), word(parse("{teams: [a, b]}", "x"))
    ('course → loyalty', 'teams: a, b')
    """
    return _plain_word(node.plain(), " → ")


def _plain_word(value: object, between: str) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain_word(inner, ', ')}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return between.join(_plain_word(inner, ", ") for inner in value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)
