"""Keyed chance: uniforms by hashing, and what a rule makes of a uniform."""

from __future__ import annotations

import math

import numpy as np

from sim.rules.catalogue import rule
from sim.rules.numbers import cosine_of_turn, logarithm

__all__ = ["days_from_uniform", "mix64", "normal", "normal_of", "stream_key", "uniform"]

_A = np.uint64(0xBF58476D1CE4E5B9)
_B = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_WEYL = np.uint64(0xD1B54A32D192ED03)
_27 = np.uint64(27)
_30 = np.uint64(30)
_31 = np.uint64(31)
_32 = np.uint64(32)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_HALF_UNIT = 1.0 / 4294967296.0
_11 = np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0
_THIRD = 1.0 / 3.0
_TINY = 0.5 / 9007199254740992.0


@rule
def mix64(key: np.uint64) -> np.uint64:
    """Scramble 64 bits so that every input bit reaches every output bit.

    Equation : splitmix64 finaliser: xor-shift and multiply, twice
    Units    : key 1 [0, 1.8e19]
    Range    : [0, 1.8446744073709552e19]
    Monotone : none
    Source   : Steele, Lea & Flood 2014 (SplitMix64)
    """
    key = (key ^ (key >> _30)) * _A
    key = (key ^ (key >> _27)) * _B
    return key ^ (key >> _31)


@rule
def stream_key(seed: np.uint64, stream: np.uint64, week: np.uint64) -> np.uint64:
    """Key of one stream in one week of one run; mixed before a person's key joins it.

    Equation : mix(mix(mix(seed ^ g) + stream · g) + week · w)
    Units    : seed 1 [0, 1.8e19]; stream 1 [0, 1e9]; week 1 [0, 1e9]
    Range    : [0, 1.8446744073709552e19]
    Monotone : none
    Source   : ASSUMPTION: neighbouring seeds must not be shifted copies of one stream
    """
    key = mix64(seed ^ _GOLDEN)
    key = mix64(key + stream * _GOLDEN)
    return mix64(key + week * _WEYL)


@rule
def uniform(key: np.uint64, person: np.uint64) -> float:
    """Uniform number of a person under a stream's key.

    Equation : u = (mix(key ^ person) >> 11) / 2^53
    Units    : key 1 [0, 1.8e19]; person 1 [0, 1.8e19]
    Range    : [0, 1]
    Monotone : none
    Source   : counter-based generation, Salmon et al. 2011
    """
    return float(mix64(key ^ person) >> _11) * _UNIT


@rule
def normal(u: float, v: float) -> float:
    """Return a standard normal from two uniforms.

    Equation : z = sqrt(-2 ln(1 - u)) · cos(2π v)
    Units    : u 1 [0, 0.9999999999999999]; v 1 [0, 1]
    Range    : [-9, 9]
    Monotone : none
    Source   : Box & Muller 1958
    """
    return math.sqrt(-2.0 * logarithm(1.0 - u + _TINY)) * cosine_of_turn(v)


@rule
def normal_of(key: np.uint64, person: np.uint64) -> float:
    """Return the standard normal of a person under a stream's key.

    Equation : normal of the high and the low half of mix(key ^ person)
    Units    : key 1 [0, 1.8e19]; person 1 [0, 1.8e19]
    Range    : [-7, 7]
    Monotone : none
    Source   : counter-based generation, Salmon et al. 2011
    """
    bits = mix64(key ^ person)
    return normal(float(bits >> _32) * _HALF_UNIT, float(bits & _LOW_HALF) * _HALF_UNIT)


@rule
def days_from_uniform(u: float, days: float, p: float) -> float:
    """Binomial(days, p) quantile at u: on how many days something happens.

    Equation : smallest k with Binomial(days, p) CDF above u
    Units    : u 1 [0, 0.9999999999999999]; days days [0, 5]; p 1 [0, 1]
    Range    : [0, 5]
    Monotone : rises with u, days, p
    Source   : inverse-CDF sampling: one uniform, monotone, so replicates stay paired
    """
    q = max(1.0 - p, 1e-300)
    odds = p / q
    q2 = q * q
    # q to the power of days, for 0 to 5 whole days.
    term = q if days >= 1.0 else 1.0
    term = q2 if days >= 2.0 else term
    term = q2 * q if days >= 3.0 else term
    term = q2 * q2 if days >= 4.0 else term
    term = q2 * q2 * q if days >= 5.0 else term
    below = term
    count = 1.0 if u >= below else 0.0
    term *= odds * days
    below += term
    count += 1.0 if u >= below else 0.0
    term *= odds * (days - 1.0) * 0.5
    below += term
    count += 1.0 if u >= below else 0.0
    term *= odds * (days - 2.0) * _THIRD
    below += term
    count += 1.0 if u >= below else 0.0
    term *= odds * (days - 3.0) * 0.25
    below += term
    count += 1.0 if u >= below else 0.0
    return min(count, days)
