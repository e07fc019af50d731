"""Names as people write them: one form of every letter, blank and hyphen for matching."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from sim.tables.problems import Note

__all__ = ["Names", "alike", "fold", "similar"]

_BLANKS = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
_INVISIBLE = re.compile(r"[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_HYPHENS = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = re.compile(r"[\u2018\u2019\u02bc\u02b9\uff07]")
_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTXYIJSaeopcxyijsABEZHIKMNOPTYXo",
)
"""Cyrillic and Greek letters that no eye tells from Latin ones."""

_MARKS = ("=", "'")  # of text in a spreadsheet
_ZEROS = re.compile(r"0+(?=[0-9])")

HOW = {
    "decimal": "id with .0 at its end read without",
    "form": "id matched though its letters, blanks or hyphens are of another form",
    "case": "id matched though it is written in another case",
    "zeros": "id matched though its leading zeros are lost",
    "alphabet": "id matched though a letter of it is of another alphabet that looks the same",
}
"""How an id was matched that is not there letter by letter, in words."""


def fold(text: str) -> str:
    r"""Return a text with one form for what looks the same: letters, blanks, hyphens.

    Examples
    --------
    >>> fold("Rene\u0301\u00a0 B") == fold("Ren\u00e9 B")
    True
    """
    if text[:1] in _MARKS:
        text = text[2:-1] if text.startswith('="') and text.endswith('"') else text[1:]
    if text.isascii() and "  " not in text and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text)
    text = _HYPHENS.sub("-", _QUOTES.sub("'", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", text)).strip()


def similar(word: str, known: Sequence[str]) -> str | None:
    """Return the entry of ``known`` that ``word`` is nearly, or None."""
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.75)
    return near[0] if near else None


def alike(names: Iterable[str]) -> dict[str, str]:
    r"""Return, for names that look like another one, the spelling that stands for both.

    The spelling of the most common one stands, of equals the first in order.

    Examples
    --------
    >>> alike(["Team A", "Team\u00a0A", "Team A", "Team B"])
    {'Team\xa0A': 'Team A'}
    """
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    groups: dict[str, list[str]] = {}
    for name in counts:
        groups.setdefault(fold(name).translate(_LATIN), []).append(name)
    result = {}
    for group in groups.values():
        if len(group) > 1:
            stands = min(group, key=lambda name: (-counts[name], name))
            result.update({name: stands for name in group if name != stands})
    return result


class Names:
    """Positions of names, found also where they are written a little otherwise.

    An exact match comes first. After that a name is found without a ``.0`` at its end, in
    another form of the same letters and blanks, in another case, with leading zeros lost, and
    with Cyrillic or Greek letters that look like Latin ones: each only where it can mean one
    name alone. How often is counted, to be said.

    Parameters
    ----------
    names : sequence of str
        All different.

    Examples
    --------
    >>> names = Names(["Ann", "bob", "007"])
    >>> names.find("ann", "ties.csv:2"), names.find("7", "ties.csv:3"), names.find("cy", "")
    (0, 2, -1)
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.index = {name: position for position, name in enumerate(names)}
        self.counts: dict[str, tuple[int, str]] = {}
        self._keys: list[tuple[str, dict[str, int]]] | None = None

    def find(self, text: str, where: str) -> int:
        """Return the position of a name, -1 where nobody or more than one can be meant."""
        position = self.index.get(text, -1)
        if position >= 0:
            return position
        if text.endswith(".0") and (position := self.index.get(text[:-2], -1)) >= 0:
            self._count("decimal", where, text)
            return position
        for (how, known), key in zip(self._by_key(), _keys(text), strict=True):
            if (position := known.get(key, -1)) >= 0:
                self._count(how, where, text)
                return position
            if position == -2:
                return -1
        return -1

    def _count(self, how: str, where: str, text: str) -> None:
        count, example = self.counts.get(how, (0, ""))
        self.counts[how] = count + 1, example or f"{where} {text!r:.60}"

    def _by_key(self) -> list[tuple[str, dict[str, int]]]:
        """Return positions by each looser key; -2 where a key means several names."""
        if self._keys is None:
            self._keys = [("form", {}), ("case", {}), ("zeros", {}), ("alphabet", {})]
            for name, position in self.index.items():
                for (_, known), key in zip(self._keys, _keys(name), strict=True):
                    known[key] = -2 if key in known else position
        return self._keys

    def notes(self) -> list[Note]:
        """Return what is to be said of names that were found in another spelling."""
        return [Note(HOW[how], *self.counts[how]) for how in HOW if how in self.counts]


def _keys(text: str) -> tuple[str, str, str, str]:
    form = fold(text)
    case = form.casefold()
    zeros = _ZEROS.sub("", case, count=1) if case[:1] == "0" else case
    return form, case, zeros, form.translate(_LATIN).casefold()
