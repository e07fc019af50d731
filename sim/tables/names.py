"""Names as people write them: one form of every letter, blank and hyphen for matching."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache

from sim.errors import Note

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


MEANT: dict[str, tuple[str, ...]] = {
    "id": (
        "employee id", "employee number", "employee no", "emplid", "empl id", "person id",
        "personid", "staff id", "staff no", "staff number", "worker id", "user id",
        "user principal name", "upn", "person", "employee", "user",
        "user name", "username", "user login",
        "personalnummer", "personal nr", "pers nr", "persnr", "mitarbeiternummer",
        "mitarbeiter id", "mitarbeiter nr", "mitarbeiter", "benutzer",
        "matricule", "numero employe", "id employe", "identifiant", "salarie",
        "numero de empleado", "id empleado", "legajo", "matricula", "empleado",
    ),
    "manager_id": (
        "manager", "manager id", "manager no", "manager number", "managerid", "parent",
        "parent id", "reports to", "reports to id", "supervisor", "supervisor id",
        "line manager", "line manager id", "boss", "lead", "team lead",
        "chef", "vorgesetzter", "vorgesetzte", "vorgesetzten id", "vorgesetzter id",
        "vorgesetzter personalnummer", "fuhrungskraft", "leiter", "berichtet an",
        "responsable", "responsable hierarchique", "superieur", "superieur hierarchique",
        "manager hierarchique", "matricule responsable", "jefe", "jefe directo", "superior",
        "reporta a", "id jefe", "supervisor directo",
    ),
    "team": (
        "team name", "department", "dept", "department name", "organization", "organisation",
        "org", "org unit", "unit", "business unit", "division", "group",
        "cost center", "abteilung", "bereich", "organisationseinheit", "orgeinheit", "gruppe",
        "kostenstelle", "equipe", "departement", "service", "unite", "direction",
        "equipo", "departamento", "area", "unidad", "seccion",
    ),
    "role": (
        "job title", "title", "job", "position", "position name", "function", "function type",
        "job function", "job family", "job role", "occupation",
        "stelle", "stellenbezeichnung", "funktion", "rolle", "beruf", "tatigkeit",
        "poste", "intitule du poste", "fonction", "metier", "emploi",
        "puesto", "cargo", "funcion", "rol", "puesto de trabajo",
    ),
    "level": (
        "layer", "grade", "job level", "level designation", "hierarchy level", "band",
        "career stage", "ebene", "hierarchieebene", "stufe", "niveau",
        "niveau hierarchique", "echelon", "nivel", "nivel jerarquico", "grado",
    ),
    "source": (
        "from", "sender", "from id", "source id", "person a", "primary collaborator person id",
        "von", "absender", "quelle", "de", "expediteur", "origine", "origen", "remitente",
    ),
    "target": (
        "to", "recipient", "receiver", "to id", "target id", "person b",
        "secondary collaborator person id", "an", "empfanger", "ziel",
        "a", "vers", "destinataire", "cible", "destino", "destinatario", "para",
    ),
    "weight": (
        "strength", "count", "frequency", "value", "strong tie score", "gewicht", "anzahl",
        "haufigkeit", "poids", "nombre", "frequence", "peso", "frecuencia", "cantidad",
    ),
    "kind": ("type of tie", "relation", "relationship", "tie", "art", "beziehung", "lien"),
}  # fmt: skip
"""Names that other files have for a column, by Uptake's name, as ``stem`` makes them."""


FOOTERS = (
    "total", "totals", "grand total", "subtotal", "sum", "overall", "applied filters",
    "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt",
    "total general", "totaux", "somme", "ensemble", "suma",
    "average", "mean", "durchschnitt", "mittelwert", "moyenne", "promedio",
)  # fmt: skip
"""How a line of sums or means begins."""


_OF_PEOPLE = frozenset({"id", "email", "mail", "upn", "login", "no", "nr", "number", "key"})
_PEOPLE = frozenset({"id", "manager_id", "source", "target"})
"""What a column may say of a person, and columns that name one: a boss, a boss's address."""


def stem(name: str) -> str:
    """Return the words of a column's name: small letters without accents, marks or camels.

    Examples
    --------
    >>> stem("parentId"), stem("Führungskraft (ID)"), stem("Emp_No.")
    ('parent id', 'fuhrungskraft id', 'emp no')
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = unicodedata.normalize("NFKD", name).casefold().replace("ß", "ss")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


@cache
def _by_stem() -> dict[str, str]:
    found: dict[str, str] = {}
    for ours, names in MEANT.items():
        for name in (ours.replace("_", " "), *names):
            found.setdefault(name, ours)
            found.setdefault(name.replace(" ", ""), ours)
    return found


def meant_by(name: str) -> str:
    """Return Uptake's name of the column another name is for, or nothing.

    Examples
    --------
    >>> meant_by("parentId"), meant_by("supervisorEmail"), meant_by("hobby")
    ('manager_id', 'manager_id', '')
    """
    words = stem(name)
    if found := _by_stem().get(words) or _by_stem().get(words.replace(" ", "")):
        return found
    whose, _, what = words.rpartition(" ")
    found = _by_stem().get(whose, "") if what in _OF_PEOPLE else ""
    return found if found in _PEOPLE else ""
