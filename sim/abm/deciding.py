"""Take-up and choice of one person, by whichever theory the scenario chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim import rules
from sim.randomness import Stream
from sim.state import Flag
from sim.theories import CHOICE, LARGEST_ODDS, SLOTS, TAKE_UP

if TYPE_CHECKING:
    from sim.abm.agents import Employee

__all__ = ["by_theory", "gains_without"]


def by_theory(person: Employee, decides: str, known: Mapping[str, float]) -> float:
    """Return what the theory of a person's scenario gives: a hazard, or a chance of use.

    Parameters
    ----------
    decides : str
        Of ``sim.theories.SLOTS``.
    known : mapping of str to float
        Quantities of this week that are no state; the others are read from the person.
    """
    theory, own = person.model.theories[SLOTS.index(decides)]
    values = {}
    for name in theory.arguments:
        if name in own:
            values[name] = own[name]
        elif name in known:
            values[name] = known[name]
        else:
            values[name] = _read(person, decides, name)
    return float(theory.function(**values))


def gains_without(person: Employee, chance: float, known: Mapping[str, float]) -> tuple[float, ...]:
    """Return how much the probability of use would rise without each shortfall.

    Parameters
    ----------
    chance : float
        Of use on a workday, as it is.
    known : mapping of str to float
        As in ``by_theory``.

    Returns
    -------
    tuple of float
        In the order of ``sim.outcomes.DRIVERS``.
    """
    p, weight = person.model.parameters, person.model.parameters.values_weight
    by_pride = rules.moderated(p.b_identity, person._pride, weight)
    shortfalls = (
        p.b_mistake * known["fear_mistake"] * (1.0 - person.climate),
        p.b_permission * person.fear_permission,
        rules.moderated(p.b_job, person.family, weight) * known["fear_job"],
        rules.moderated(p.b_norm, person.relationships, weight) * (1.0 - known["norm"]),
        p.b_manager * (1.0 - known["signal"]),
        by_pride * person.fear_identity,
        p.b_trust * (1.0 - known["trust"]),
        p.b_able * (person.task_potential - person.benefit)
        + rules.know_how(1.0 - person.capability, 1.0 - person.fit, p.b_effort, p.b_fit),
        p.b_cynicism * person.cynicism,
        person.first_use,
    )
    considers = float(person.has(Flag.CONSIDERS))
    return (
        *(considers * _gain_without(person, one, chance, known) for one in shortfalls),
        (1.0 - considers) * chance,
    )


def _gain_without(
    person: Employee, shortfall: float, chance: float, known: Mapping[str, float]
) -> float:
    theory, _ = person.model.theories[SLOTS.index(CHOICE)]
    if theory.own is None:
        return rules.gain_without(person.odds, known["rival_odds"], shortfall)
    lifted = min(person.odds * rules.exponential(shortfall), LARGEST_ODDS)
    return max(0.0, by_theory(person, CHOICE, {**known, "odds": lifted}) - chance)


def _read(person: Employee, decides: str, name: str) -> float:
    """Return a quantity that hangs on the person and the week alone."""
    model = person.model
    if name == "share":
        return float(model.memory.seen[person._team])
    if name == "everyone":
        return model.everyone
    if name == "week":
        return float(model.week + 1)
    if name == "trait":
        stream = Stream.TRAIT_OF_TAKE_UP if decides == TAKE_UP else Stream.TRAIT_OF_CHOICE
        key = rules.stream_key(model.run_seed, np.uint64(stream), np.uint64(0))
        return rules.uniform(key, person._key)
    value: float = getattr(person, name)
    return value
