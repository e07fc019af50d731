"""The exponential, in plain arithmetic: the same bits on every platform, and vectorisable."""

from __future__ import annotations

import numpy as np

from sim.rules.catalogue import rule

__all__ = ["exponential"]

_ROUND = 6755399441055744.0  # 1.5 · 2^52: adding it rounds, and leaves the integer in low bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.693145751953125
_LN2_LOW = 1.42860682030941723212e-6
_BIAS = np.int64(1023)
_MANTISSA = np.int64(52)


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
    y = 1.0 / 479001600.0
    y = y * r + 1.0 / 39916800.0
    y = y * r + 1.0 / 3628800.0
    y = y * r + 1.0 / 362880.0
    y = y * r + 1.0 / 40320.0
    y = y * r + 1.0 / 5040.0
    y = y * r + 1.0 / 720.0
    y = y * r + 1.0 / 120.0
    y = y * r + 1.0 / 24.0
    y = y * r + 1.0 / 6.0
    y = y * r + 0.5
    y = y * r + 1.0
    y = y * r + 1.0
    power = (np.float64(shifted).view(np.int64) + _BIAS) << _MANTISSA
    return float(y * np.int64(power).view(np.float64))
