"""Who there is: persons of all files, joined on id, e-mail address or name."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sim.tables import fold

__all__ = ["Person", "Register", "pseudonym"]

_ADDRESS = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")


@dataclass
class Person:
    """What is known of one person.

    Parameters
    ----------
    facts : dict of str to str
        ``team``, ``role``, ``level``, ``manager_id``, ``path``, and start values.
    """

    id: str
    facts: dict[str, str] = field(default_factory=dict)


class Register:
    """Persons, found by any of their names in any case, form of letters and blanks.

    Examples
    --------
    >>> register = Register()
    >>> _ = register.add("7", ("Ann@x.org", "Ann North"))
    >>> register.find("ann@X.org"), register.find("North, Ann"), register.find("7.0")
    (0, 0, 0)
    """

    def __init__(self) -> None:
        self.people: list[Person] = []
        self._by_key: dict[str, int] = {}
        self._exact: dict[str, int] = {}
        self._twice: set[str] = set()

    def __len__(self) -> int:
        return len(self.people)

    def add(self, person: str, others: Iterable[str] = ()) -> int:
        """Take a person with other names; return the position, an earlier one if known."""
        position = self.find(person)
        others = [other for other in others if other]
        if position < 0:
            known = {self.find(other) for other in others if "@" in other} - {-1}
            position = known.pop() if len(known) == 1 else -1
        if position < 0:
            position = len(self.people)
            self.people.append(Person(person))
        for name in (person, *others):
            for key in _keys(name):
                if self._by_key.setdefault(key, position) != position:
                    self._twice.add(key)
        self._exact.clear()
        return position

    def find(self, text: str) -> int:
        """Return the position of a person, or -1 where nobody or more than one is meant."""
        position = self._exact.get(text)
        if position is None:
            position = self._look(text)
            self._exact[text] = position
        return position

    def _look(self, text: str) -> int:
        if not text:
            return -1
        if found := _ADDRESS.search(text):
            text = found[1]
        for key in _keys(text):
            if key in self._by_key and key not in self._twice:
                return self._by_key[key]
        return -1


def _keys(name: str) -> tuple[str, ...]:
    """Return the forms by which a name is found: folded, a number's, a turned-round name."""
    plain = fold(name).casefold()
    if not plain:
        return ()
    if plain.endswith(".0") and plain[:-2].isdigit():
        plain = plain[:-2]
    last, comma, first = plain.partition(",")
    return (f"{first.strip()} {last.strip()}",) if comma else (plain,)


def pseudonym(person: str, key: bytes) -> str:
    """Return a name that hangs on a person's id and a secret key alone.

    Examples
    --------
    >>> pseudonym("Ann", b"secret") == pseudonym("ann ", b"secret") != pseudonym("Ann", b"other")
    True
    """
    digest = hmac.new(key, fold(person).casefold().encode(), hashlib.sha256)
    return f"p-{digest.hexdigest()[:16]}"
