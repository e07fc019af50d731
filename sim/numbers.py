"""How a number is said: the only place that words one, for terminal, report, page and records.

``TABLE`` is what the page's modules say numbers by; ``docs/generate.py`` writes it into
``sim/page/static/numbers.js``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite, isinf, isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.contrast import Estimate

UNDEFINED = "–"
NEVER = "never"
MINUS = "−"
NEARLY_ALL, NEARLY_NONE = 0.995, 0.005
"""Shares from which a rounded figure would claim a certainty that is not there."""
OF_POINTS = 1
"""Decimals of percentage points."""

DECIMALS: Mapping[str, int] = {
    "week": 0, "weeks": 1, "hours": 1, "hours/person": 1, "days": 1, "days per hour": 1,
    "hours in all": 0, "people": 0, "money": 0,
}  # fmt: skip
"""Decimals of a number by its unit."""

OTHER_DECIMALS = 2
"""Decimals in any other unit."""
_MANY, _LONGEST = 1e5, 1e15
"""From the first on no part of one is said of an amount; up to the last, all digits are."""

TABLE: Mapping[str, Any] = {
    "undefined": UNDEFINED, "never": NEVER, "minus": MINUS, "nearlyAll": [NEARLY_ALL, ">99%"],
    "nearlyNone": [NEARLY_NONE, "<1%"], "points": OF_POINTS, "decimals": dict(DECIMALS),
    "otherDecimals": OTHER_DECIMALS,
}  # fmt: skip


def fixed(value: float, decimals: int = OTHER_DECIMALS, *, signed: bool = False) -> str:
    """Return a number with this many decimals; a zero has no sign.

    >>> fixed(-1.5), fixed(0.004, signed=True), fixed(-0.0004, 1), fixed(1234.0, 0)
    ('−1.50', '0.00', '0.0', '1,234')
    >>> fixed(float("nan"))
    '–'
    """
    if not isfinite(value):
        return UNDEFINED
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0.,"):
        return text.removeprefix("-")
    return _signed(text, signed)


def brief(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Return a number with this many significant digits.

    >>> brief(0.5270), brief(-0.00291), brief(12345.0)
    ('0.527', '−0.00291', '1.23e+04')
    """
    if not isfinite(value):
        return UNDEFINED
    return _signed(f"{value:.{digits}g}", signed and value != 0)


def exact(value: float) -> str:
    """Return an amount as it was given: whole, or with six digits.

    >>> exact(2_500_000.0), exact(2_500_000.4), exact(12.25), exact(-3.0)
    ('2,500,000', '2,500,000', '12.25', '−3')
    """
    whole = value == round(value) or abs(value) >= _MANY
    return _signed(f"{value:,.0f}" if whole else f"{value:,.6g}", False)


def typed(value: float, digits: int = 6) -> str:
    """Return a number as one may type it, and as tables in files have it.

    >>> typed(-0.25), typed(1 / 3, 3), typed(-0.0), typed(2_500_000), typed(float("nan"))
    ('-0.25', '0.333', '0', '2500000', 'nan')
    """
    is_whole = abs(value) < _LONGEST and value == round(value)
    return f"{value + 0.0:.0f}" if is_whole else f"{value:.{digits}g}"


def _signed(text: str, signed: bool) -> str:
    if text.startswith("-"):
        return MINUS + text[1:]
    return f"+{text}" if signed else text


def counted(value: float, one: str, many: str = "") -> str:
    """Return so many of something in words.

    >>> counted(1, "week"), counted(12_345_678, "plan"), counted(1, "person", "people")
    ('1 week', '12,345,678 plans', '1 person')
    """
    text = exact(value)
    return f"{text} {one if text == '1' else many or one + 's'}"


def of_these(value: float, many: str) -> str:
    """Return so many of something that has a name for many of it, as a planner wrote it.

    >>> of_these(5, "trainers"), of_these(1, "trainers"), of_these(1, "coaches of North")
    ('5 trainers', '1 trainer', '1 coach of North')
    >>> of_these(1, "staff"), of_these(1, "staff on the bus"), of_these(1, "glass")
    ('1 staff', '1 staff on the bus', '1 glass')
    """
    first, space, rest = many.partition(" ")
    one = re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<![su])s$", "", first)
    return counted(value, f"{one}{space}{rest}", many)


def listed(words: Sequence[str]) -> str:
    """Return words one after the other, such as ``A, B and C``; one or more."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def share(value: float) -> str:
    """Return a share in whole percent, never rounded to a certainty that it is not.

    >>> share(0.614), share(0.999), share(0.001), share(1.0)
    ('61%', '>99%', '<1%', '100%')
    """
    if not isfinite(value):
        return UNDEFINED
    if NEARLY_ALL <= value < 1:
        return ">99%"
    if 0 < value < NEARLY_NONE:
        return "<1%"
    return _percent(value)


def _percent(value: float) -> str:
    return f"{fixed(100 * value, 0)}%"


def share_range(low: float, high: float) -> str:
    """Return a range of shares in whole percent.

    >>> share_range(0.55, 0.66), share_range(0.0, 0.001)
    ('55–66%', '0%')
    """
    if not isfinite(low + high):
        return UNDEFINED
    ends = _percent(low), _percent(high)
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix('%')}–{ends[1]}"


def points(value: float, *, signed: bool = False) -> str:
    """Return a difference of shares in percentage points.

    >>> points(0.142), points(-0.0031), points(0.0031, signed=True), points(0.0)
    ('14.2', '−0.3', '+0.3', '0')
    """
    text = fixed(100 * value, OF_POINTS, signed=signed)
    return text if text == UNDEFINED or text.strip("0.") else "0"


def points_of(margin: float) -> str:
    """Return a size in percentage points, as it was given.

    >>> points_of(0.01), points_of(0.025)
    ('1 point', '2.5 points')
    """
    return f"{100 * margin:g} point{'s' * (margin != 0.01)}"


def week(value: float) -> str:
    """Return a week; infinity is never.

    >>> week(12.0), week(float("inf")), week(float("nan"))
    ('12', 'never', '–')
    """
    return NEVER if isinf(value) else fixed(value, 0)


def figure(value: float, unit: str, *, signed: bool = False) -> str:
    """Return a number in a unit, or, signed, a difference: percentage points for shares.

    The unit of a number that is a difference already begins with ``less``.

    >>> figure(0.614, "share"), figure(-0.02, "share", signed=True), figure(12.25, "hours/person")
    ('61%', '−2.0', '12.2')
    >>> figure(float("inf"), "week"), figure(float("nan"), "1"), figure(0.12, "less share")
    ('never', '–', '+12.0 points')
    """
    if unit.startswith("less "):  # a difference itself
        unit = unit.removeprefix("less ")
        return figure(value, unit, signed=True) if signed else amount(value, unit)
    if unit.startswith("share"):
        return points(value, signed=True) if signed else share(value)
    if unit == "week" and not signed:
        return week(value)
    decimals = 1 if unit == "week" else DECIMALS.get(unit, OTHER_DECIMALS)
    return fixed(value, decimals, signed=signed)


def amount(value: float, unit: str) -> str:
    """Return a signed difference with its unit in words.

    >>> amount(0.123, "share"), amount(-1.5, "hours"), amount(0.02, "1")
    ('+12.3 points', '−1.5 hours', '+0.02')
    """
    if unit == "logit":
        return f"{fixed(value, signed=True)} logit"
    text = figure(value, unit, signed=True)
    return f"{text} points" if unit.startswith("share") else text + f" {unit}" * (unit != "1")


def between(low: float, high: float, unit: str, *, signed: bool = False) -> str:
    """Return a range of numbers in a unit.

    >>> between(0.55, 0.66, "share"), between(0.091, 0.19, "share", signed=True)
    ('55–66%', '+9.1 to +19.0')
    >>> between(12, float("inf"), "week"), between(12, 14, "week"), between(-1, 2, "1")
    ('12 to never', '12–14', '−1.00 to 2.00')
    """
    if unit.startswith("less "):
        unit, signed = unit.removeprefix("less "), True
    ends = figure(low, unit, signed=signed), figure(high, unit, signed=signed)
    if UNDEFINED in ends:
        return UNDEFINED
    if signed:
        return f"{ends[0]} to {ends[1]}"
    if unit.startswith("share"):
        return share_range(low, high)
    if ends[0] == ends[1]:
        return ends[0]
    return f"{ends[0]}–{ends[1]}" if unit == "week" and NEVER not in ends else " to ".join(ends)


def with_band(e: Estimate, unit: str) -> str:
    """Return a mean (weeks: a median) and its band, which is left out where it says no more.

    >>> from sim.contrast import Estimate
    >>> with_band(Estimate(0.61, 0.6, 0.62, 0.55, 0.61, 0.66, 200), "share")
    '61% (55–66%)'
    """
    middle = e.median if unit == "week" else e.mean
    text = figure(middle, unit)
    if e.replicates == 1 or isnan(middle):
        return text
    band = between(e.band_low, e.band_high, unit)
    return text if band in (text, "0%", "100%") or band == UNDEFINED else f"{text} ({band})"


def points_with_band(e: Estimate) -> str:
    """Return a part of a share in points with its band, such as ``17.1 (8.6 to 22.6)``."""
    text = points(e.mean)
    if e.replicates == 1 or text == UNDEFINED:
        return text
    return f"{text} ({points(e.band_low)} to {points(e.band_high)})"


def rounded(value: Any, digits: int = 6) -> Any:
    """Return plain data with its floats rounded to this many significant digits.

    What is not finite becomes None.
    """
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one, digits) for one in value]
    return value
