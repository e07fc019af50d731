"""What a file leaves in doubt: said with every reading of it, so that somebody can decide."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from types import MappingProxyType

from sim.errors import InputError, Problem

__all__ = ["READINGS", "InDoubtError"]

READINGS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "dates": {"day first": "01/04/2026 is the first of April",
              "month first": "01/04/2026 is the fourth of January"},
    "decimals": {"comma": "1,250 is one and a quarter, 1.250 a thousand and more",
                 "point": "1.250 is one and a quarter, 1,250 a thousand and more"},
})  # fmt: skip
"""How cells of a sheet may be read, where they do not tell: key of a mapping, and its values."""


class InDoubtError(InputError):
    """A file that may be read in several ways; the message says how to decide.

    Parameters
    ----------
    where, path, what : str
        As of a ``Problem``.
    sheet : str
    key : str
        What a mapping would say of this sheet: ``dates``, ``decimals``, ``kind``, ``id``.
    choices : mapping of str to str
        Values of the key, and what each would mean.
    """

    def __init__(
        self, where: str, path: str, what: str, *, sheet: str, key: str, choices: Mapping[str, str]
    ) -> None:
        self.sheet, self.key, self.choices = sheet, key, dict(choices)
        ways = " or ".join(f"{key}: {value} ({means})" for value, means in choices.items())
        line = f"sheets: {{{dumps(sheet, ensure_ascii=False)}: {{{key}: …}}}}"
        right = f"{ways}; say so in a file, {line}, and --mapping FILE (in the page: below a table)"
        super().__init__([Problem(where, path, what, right)])
