"""The likelihood of groups whose common effect is filtered on a grid, with its slope.

A group's effect is a hidden Markov chain on a grid of standard normal nodes times σ; what was
observed in the group in a period conditions it before the next one. The lasting trait of a person
is integrated out exactly: who has not adopted by a cumulative hazard Λ has survived with
(1 + θΛ)^(-1/θ). Where the group's effect lasts, or there is no trait, all of it is exact; where
it moves, Λ depends on its path, and each node carries the mean of Λ over the paths that lead there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.data import Floats
from forecasting.terms import Layout, Table, Values

__all__ = ["NODES", "Filtered", "filtered", "log_likelihood", "step_hazards", "transition"]

NODES: Final[Floats] = np.linspace(-3.2, 3.2, 25)
"""Nodes of the group's effect, in stationary sds."""

_SMALL = 1e-9
_AT_ONCE = 500.0


def _weights() -> Floats:
    weight = np.exp(-0.5 * NODES**2)
    result: Floats = weight / weight.sum()
    return result


def transition(memory: float) -> Floats:
    """Return the chances of moving between nodes in a period; rows sum to 1.

    Parameters
    ----------
    memory : float
        0 to 0.95, or 1: the effect lasts.

    Returns
    -------
    float64 array, shape (n_nodes, n_nodes)
    """
    if memory >= 1:
        return np.eye(len(NODES))
    spread = 1 - memory**2
    weight = np.exp(-0.5 * (NODES - memory * NODES[:, None]) ** 2 / spread)
    result: Floats = weight / weight.sum(axis=1, keepdims=True)
    return result


def _moved(memory: float) -> Floats:
    """Return how the chances of moving change with memory."""
    step = 1e-5
    result: Floats = (transition(memory + step) - transition(max(memory - step, 0.0))) / (
        2 * step if memory >= step else memory + step
    )
    return result


def step_hazards(table: Table, values: Values) -> Floats:
    """Return λ of a period without trait and group effect; shape (n, periods).

    Parameters
    ----------
    table : Table
    values : Values
    """
    t = np.arange(1, table.periods + 1)
    pull = values.standing * table.standing[:, None]
    pull = pull + values.trend * (t / table.periods - 0.5) + values.drive
    result: Floats = np.exp(np.clip(pull, -50, 50)) * (
        values.alone + values.team * table.share + values.ties * table.near
    )
    return result


@dataclass
class Filtered:
    """What the filter finds.

    Parameters
    ----------
    joint : float64 array, shape (n_groups, periods)
        Log chance of what happened in a group in a period, given all before.
    chance : float64 array, shape (n, periods)
        Chance of each person at risk to adopt in a period, given all before; 0 of others.
    steps : list
        By period what the slope needs.
    """

    joint: Floats
    chance: Floats
    steps: list[tuple[Floats, Floats, Floats, Floats, Floats]]


def _integrated(before: Floats, after: Floats, frailty: float) -> Floats:
    """Return -log of the chance to survive from one cumulative hazard to another."""
    if frailty < _SMALL:
        return after - before
    result: Floats = (np.log1p(frailty * after) - np.log1p(frailty * before)) / frailty
    return result


def filtered(table: Table, values: Values, *, chances: bool = False) -> Filtered:
    """Filter the groups of a table.

    Parameters
    ----------
    table : Table
    values : Values
    chances : bool
        Whether chances of persons are wanted as well.

    Returns
    -------
    Filtered
    """
    hazard = np.where(table.risk, step_hazards(table, values), 0.0)
    nodes, prior_of, move = _grid(values)
    factor = np.exp(values.sigma * nodes)
    n, groups = len(table.group), len(table.start)
    prior = np.tile(prior_of, (groups, 1))
    before = np.zeros((n, len(nodes)))
    result = Filtered(np.zeros((groups, table.periods)), np.zeros((n, table.periods)), [])
    for t in range(table.periods):
        after = before + hazard[:, t, None] * factor
        lost = np.minimum(_integrated(before, after, values.frailty), _AT_ONCE)
        fit = -lost
        now = table.adopts[:, t]
        fit[now] = np.log(-np.expm1(-np.maximum(lost[now], 1e-300)))
        by_node = np.log(prior + 1e-300) + np.add.reduceat(fit, table.start, axis=0)
        top = by_node.max(axis=1, keepdims=True)
        weight = np.exp(by_node - top)
        total = weight.sum(axis=1, keepdims=True)
        result.joint[:, t] = (top + np.log(total))[:, 0]
        if chances:
            result.chance[:, t] = (-np.expm1(-lost) * prior[table.group]).sum(axis=1)
        posterior = weight / total
        result.steps.append((before, after, lost, prior, posterior))
        prior = posterior @ move
        before = after
        if values.memory < 1:
            before = ((after * posterior[table.group]) @ move) / (prior + 1e-300)[table.group]
    return result


def _grid(values: Values) -> tuple[Floats, Floats, Floats]:
    if values.sigma < _SMALL:
        return np.zeros(1), np.ones(1), np.ones((1, 1))
    return NODES, _weights(), transition(values.memory)


def log_likelihood(table: Table, layout: Layout, x: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all groups and its slope by the vector.

    Parameters
    ----------
    table : Table
    layout : Layout
    x : float64 array, shape (layout.size,)

    Returns
    -------
    value : float
    slope : float64 array, shape (layout.size,)
        By going back through the filter once.
    """
    values = layout.values(x, table.series)
    found = filtered(table, values)
    by, drive = _back(table, values, found)
    return float(found.joint.sum()), layout.slope(values, by, drive, table.series)


def _back(table: Table, values: Values, found: Filtered) -> tuple[dict[str, float], Floats]:
    """Return the slopes by parameter, and by the drive of each period."""
    nodes, _, move = _grid(values)
    factor, theta = np.exp(values.sigma * nodes), values.frailty
    hazard = np.where(table.risk, step_hazards(table, values), 0.0)
    by_hazard = np.zeros_like(hazard)
    by_factor, by_move, by_theta = np.zeros(len(nodes)), np.zeros_like(move), 0.0
    by_next, by_before = np.zeros((len(table.start), len(nodes))), np.zeros_like(found.steps[0][0])
    for t in reversed(range(table.periods)):
        before, after, lost, prior, posterior = found.steps[t]
        if values.memory < 1 and t + 1 < table.periods:
            following = found.steps[t + 1][0]
            mixed = by_before / (found.steps[t + 1][3] + 1e-300)[table.group]
            by_next -= np.add.reduceat(mixed * following, table.start, axis=0)
            spread = mixed @ move.T
            by_move += (after * posterior[table.group]).T @ mixed
            by_posterior = np.add.reduceat(spread * after, table.start, axis=0)
            by_after = spread * posterior[table.group]
        else:
            by_posterior, by_after = np.zeros_like(posterior), by_before
        by_posterior = by_posterior + by_next @ move.T
        by_move += posterior.T @ by_next
        level = (posterior * by_posterior).sum(axis=1, keepdims=True)
        by_node = posterior * (1 + by_posterior - level)
        by_next = by_node / (prior + 1e-300)
        slope = np.where(table.adopts[:, t, None], 1 / np.expm1(np.maximum(lost, 1e-300)), -1.0)
        by_lost = by_node[table.group] * slope * table.risk[:, t, None]
        if theta >= _SMALL:
            left, right = 1 / (1 + theta * before), 1 / (1 + theta * after)
            change = (after * right - before * left - lost) / theta
            by_theta += float((by_lost * change).sum())
            by_after = by_after + by_lost * right
            by_before = by_after - by_lost * left
        else:
            by_after, by_before = by_lost, np.zeros_like(by_before)
        by_hazard[:, t] = by_after @ factor
        by_factor += hazard[:, t] @ by_after
    log_slope = by_hazard * hazard
    rates = values.alone + values.team * table.share + values.ties * table.near
    unit = by_hazard * hazard / np.maximum(rates, 1e-300)
    span = np.arange(1, table.periods + 1) / table.periods - 0.5
    by = {
        "alone": float(unit.sum()),
        "team": float((unit * table.share).sum()),
        "ties": float((unit * table.near).sum()),
        "standing": float(log_slope.sum(axis=1) @ table.standing),
        "frailty": by_theta,
        "trend": float(log_slope.sum(axis=0) @ span),
        "sigma": float((by_factor * factor * nodes).sum()),
        "memory": 0.0,
    }
    if values.sigma > 0 and values.memory < 1:
        by["memory"] = float((by_move * _moved(values.memory)).sum())
    return by, log_slope.sum(axis=0)
