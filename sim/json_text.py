"""JSON: whoever wrote it, nothing odd is let in; and what is written, everything can read."""

from __future__ import annotations

import json
import re
from math import isinf
from typing import Any, NoReturn

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a character as JSON spells it; it may still be one of two."""


def from_json(text: str | bytes) -> Any:
    r"""Return what JSON says, in UTF-8.

    Raises ValueError where it is no JSON, and for what no other language reads: NaN and infinity,
    numbers that are as good as infinite, half a character; and where it is nested too deeply.

    Examples
    --------
    >>> from_json('{"a": [1, 0.5, "\\ud83d\\ude00"]}')
    {'a': [1, 0.5, '😀']}
    >>> from_json('[1e999]')
    Traceback (most recent call last):
    ValueError: 1e999 is no number: it is too large
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        content = json.loads(
            text, parse_float=_finite, parse_int=_whole, parse_constant=_refuse_constant
        )
        if _HALF.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])[1:-1]
        raise ValueError(f"holds half a character ({half})") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return content


def to_json(content: Any, indent: int = 1) -> str:
    """Return plain data as the text of a JSON file; half a character is a question mark."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode() + "\n"


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text[:20]} is no number: it is too large")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
