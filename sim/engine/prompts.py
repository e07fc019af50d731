"""What makes people consider the tool: sessions, examples and showcases, by chance."""

from __future__ import annotations

import numpy as np

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.interventions.effects import Effect
from sim.rules import chance_of_prompt, uniform
from sim.state import Flag

__all__ = ["prompt_by_team", "prompt_of", "prompt_some"]

_ACCESS = int(Effect.ACCESS)
_TRAIN = int(Effect.TRAIN)
_COACH = int(Effect.COACH)
_SHOW_FIT = int(Effect.SHOW_FIT)
_RITUAL = int(Effect.RITUAL)
_COMPEL = int(Effect.COMPEL)
_SHOWCASE = int(Effect.SHOWCASE)
_CONSIDERS_FLAG = int(Flag.CONSIDERS)


@compiled
def prompt_of(effect, p):
    """Return the chance a dose that an effect makes a person consider the tool."""
    if effect == _ACCESS:
        return p.prompt_access
    if effect in (_TRAIN, _COACH):
        return p.prompt_session
    if effect == _SHOW_FIT:
        return p.prompt_example
    if effect == _RITUAL:
        return p.prompt_ritual
    if effect == _COMPEL:
        return p.prompt_ask
    if effect == _SHOWCASE:
        return p.prompt_showcase
    return 0.0


@compiled
def prompt_by_team(chances, seen, row, prompt):
    """Note the chance that a showcase makes people consider the tool: by what teams have seen."""
    for t in range(len(chances)):
        chances[t] = chance_of_prompt(prompt, row.dose * seen[t])


@compiled
def prompt_some(s, small, keys, teams, by_team, row, prompt, stream, first, size):
    """Make some of those who are there consider the tool."""
    everybody = _CONSIDERS_FLAG
    for j in range(at.BLOCK):
        everybody &= small[at.FLAGS + np.uint64(j)]
    if everybody:
        return
    if row.effect == _SHOW_FIT:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = chance_of_prompt(prompt, s[at.DOSE + k] * s[at.ACCEPTED + k])
    elif row.effect == _SHOWCASE:
        for j in range(size):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = s[at.THERE + k] * by_team[teams[np.uint64(first) + k]]
    else:  # one exponential for all: who is not there has no dose, and no chance
        chance = chance_of_prompt(prompt, row.dose)
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = s[at.THERE + k] * chance
    for j in range(at.BLOCK):
        k = np.uint64(j)
        prompted = uniform(stream, keys[np.uint64(first) + k]) < s[at.ACCEPTED + k]
        small[at.FLAGS + k] |= _CONSIDERS_FLAG if prompted else 0
