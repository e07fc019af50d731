"""Exponential, logarithm and cosine in plain arithmetic, and the week's days."""

from __future__ import annotations

import numpy as np

from sim.rules.catalogue import rule

__all__ = ["WORKDAY", "WORKDAYS", "cosine_of_turn", "exponential", "logarithm"]

WORKDAYS = 5.0
"""Days of a week on which a tool can be used."""
WORKDAY = 0.2
"""One workday as a share of the week. Multiplied by rather than divided by ``WORKDAYS``: a product
is quicker, and its last bit, which recorded numbers hang on, differs from the quotient's."""


_ROUND = 6755399441055744.0  # 1.5 · 2^52: adding it rounds, and leaves the integer in low bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.693145751953125
_LN2_LOW = 1.42860682030941723212e-6
_BIAS = np.int64(1023)
_MANTISSA = np.int64(52)
_ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)
_TURN = 6.283185307179586


@rule
def exponential(x: float) -> float:
    """Return e to the power of x; beyond ±40 as at ±40.

    Equation : e^x = 2^k · e^r, k = round(x / ln 2), r = x - k ln 2; Taylor to r^12
    Units    : x 1 [-100, 100]
    Range    : [0, 1e18]
    Monotone : rises with x
    Source   : Cody & Waite 1980; within 2 units in the last place
    """
    x = min(max(x, -40.0), 40.0)
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (0.5 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0))
    middle = (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0))
    high = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) + r2 * (1.0 / 479001600.0)
    y = 1.0 + (r + r2 * (low + r4 * (middle + r4 * high)))
    power = (np.float64(shifted).view(np.int64) + _BIAS) << _MANTISSA
    return float(y * np.int64(power).view(np.float64))


@rule
def logarithm(x: float) -> float:
    """Return the natural logarithm of a normal positive number.

    Equation : ln x = k ln 2 + 2 artanh f, f = (m - 1) / (m + 1), x = 2^k m; series to f^19
    Units    : x 1 [1e-300, 1e300]
    Range    : [-691, 691]
    Monotone : rises with x
    Source   : Cody & Waite 1980; within 4 units in the last place
    """
    bits = np.float64(x).view(np.int64)
    k = (bits - _ROOT_HALF) >> _MANTISSA
    m = np.int64(bits - (k << _MANTISSA)).view(np.float64)
    f = (m - 1.0) / (m + 1.0)
    s = f * f
    s2 = s * s
    s4 = s2 * s2
    low = (1.0 + s * (1.0 / 3.0)) + s2 * (1.0 / 5.0 + s * (1.0 / 7.0))
    middle = (1.0 / 9.0 + s * (1.0 / 11.0)) + s2 * (1.0 / 13.0 + s * (1.0 / 15.0))
    high = 1.0 / 17.0 + s * (1.0 / 19.0)
    y = 2.0 * f * (low + s4 * (middle + s4 * high))
    whole = float(k)
    return float(whole * _LN2_HIGH + (whole * _LN2_LOW + y))


@rule
def cosine_of_turn(v: float) -> float:
    """Return the cosine of so much of a full turn.

    Equation : cos 2πv = sin y, y = 2π (|v - 1/2| - 1/4); Taylor to y^19
    Units    : v 1 [0, 1]
    Range    : [-1.000000000000001, 1.000000000000001]
    Monotone : none
    Source   : Abramowitz & Stegun 1964, 4.3.65; absolute error below 1e-15
    """
    y = _TURN * (abs(v - 0.5) - 0.25)
    s = y * y
    s2 = s * s
    s4 = s2 * s2
    low = (1.0 - s * (1.0 / 6.0)) + s2 * (1.0 / 120.0 - s * (1.0 / 5040.0))
    middle = (1.0 / 362880.0 - s * (1.0 / 39916800.0)) + s2 * (
        1.0 / 6227020800.0 - s * (1.0 / 1307674368000.0)
    )
    high = 1.0 / 355687428096000.0 - s * (1.0 / 121645100408832000.0)
    return y * (low + s4 * (middle + s4 * high))
