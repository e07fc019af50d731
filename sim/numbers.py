"""Numbers as they are written down."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

__all__ = ["rounded"]


def rounded(value: Any, digits: int = 6) -> Any:
    """Return plain data with its floats rounded to so many significant digits.

    What is not finite becomes None.
    """
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one, digits) for one in value]
    return value
