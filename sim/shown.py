"""Text from outside, made safe for terminals and spreadsheets."""

from __future__ import annotations

import re

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Controls: escapes of terminals, and those that turn the direction of what follows."""

HALF = re.compile("[\ud800-\udfff]")
"""Half a character, or in a name of a file a byte that is no letter: no file can hold it."""


def shown(text: str) -> str:
    r"""Return a text without control sequences; lines and tabs stay.

    Examples
    --------
    >>> print(shown("\x1b]0;name\a \x1b[31mred"))
    \x1b]0;name\x07 \x1b[31mred
    """
    return _OBEYED.sub(lambda found: _spelled(found[0]), text)


def _spelled(control: str) -> str:
    code = ord(control)
    return f"\\x{code:02x}" if code < 32 else f"\\u{code:04x}"  # the latter as JSON has it


def obeys(text: str) -> bool:
    """Return whether a text holds control sequences."""
    return _OBEYED.search(text) is not None


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; empty for None.

    Examples
    --------
    >>> defused("=1+1"), defused("-0.5"), defused(-0.5), defused(None)
    ("'=1+1", '-0.5', -0.5, '')
    """
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return f"'{value}"
    return "" if value is None else value


def undefused(cell: str) -> str:
    """Return a cell of a table as it was before it was defused.

    Examples
    --------
    >>> undefused("'=1+1"), undefused("'s-Gravenhage")
    ('=1+1', "'s-Gravenhage")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()
