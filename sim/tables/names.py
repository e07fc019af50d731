"""Names as people write them, of people and of columns; the header of a table, made of them."""

from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path

from sim.errors import Note, Problems, did_you_mean

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

    An exact match comes first. After that a name is found without a ``.0`` at its end, in another
    form of the same letters and blanks, in another case, with leading zeros lost, and with Cyrillic
    or Greek letters that look like Latin ones: each only where it can mean one name alone. How
    often is counted, to be said. They are all different.

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

    >>> stem("parentId"), stem("Führungskraft (ID)"), stem("Emp_No.")
    ('parent id', 'fuhrungskraft id', 'emp no')
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = unicodedata.normalize("NFKD", name).casefold().replace("ß", "ss")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


@cache
def _by_stem() -> dict[str, str]:
    """Return Uptake's name of a column by those of other files, as ``stem`` makes them."""
    said = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
    found: dict[str, str] = {}
    for ours, names in said.items():
        for name in (ours.replace("_", " "), *names):
            found.setdefault(name, ours)
            found.setdefault(name.replace(" ", ""), ours)
    return found


def meant_by(name: str) -> str:
    """Return Uptake's name of the column another name is for, or nothing.

    >>> meant_by("parentId"), meant_by("supervisorEmail"), meant_by("hobby")
    ('manager_id', 'manager_id', '')
    """
    words = stem(name)
    if found := _by_stem().get(words) or _by_stem().get(words.replace(" ", "")):
        return found
    whose, _, what = words.rpartition(" ")
    found = _by_stem().get(whose, "") if what in _OF_PEOPLE else ""
    return found if found in _PEOPLE else ""


DELIMITERS = {",": "commas", ";": "';'", "\t": "tab", "|": "'|'"}
LOOKED_AT = 25
_SEP = re.compile(r"""^"?sep=(.)"?[,;]*$""", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """What stands above the rows."""

    names: tuple[str, ...]
    """As they are written."""
    columns: dict[str, int]
    """Position of each column by name, known names in their canonical form."""
    delimiter: str
    line: int
    """Of the file, from 1, in which the header ends."""
    above: int = 0
    """Lines with text above it that are passed over."""
    inner: str = ""
    """The separator inside, where every line stands in quotes as one cell; otherwise empty."""
    quoted: bool = False
    """Whether it begins with a quote."""


@dataclass(frozen=True)
class _Found:
    """The header as one separator makes it."""

    delimiter: str
    inner: str
    line: int
    above: int
    names: list[str]
    score: tuple[int, int, float, int]


def column_name(name: str) -> str:
    r"""Return the name of a column in small letters, blanks and hyphens as underscores.

    >>> column_name(" Manager\u00a0ID")
    'manager_id'
    """
    return fold(name).casefold().replace(" ", "_").replace("-", "_")


def _canonical(name: str, known: Collection[str], renames: Mapping[str, str]) -> str:
    if name in renames:
        return renames[name]
    folded = fold(name)
    for theirs, ours in renames.items():
        if fold(theirs) == folded:
            return ours
    plain = column_name(name)
    return plain if plain in known else name


def find_header(
    text: str, label: str, known: Collection[str], required: Sequence[str],
    renames: Mapping[str, str], problems: Problems,
) -> Header | None:  # fmt: skip
    """Find the header in the beginning of a file.

    The separator is the one that makes most known columns; without any, the one that cuts most
    lines alike. A line ``sep=;`` names it. Lines above the header, such as a title, are passed over
    where a line below has all required columns. Gives None where required columns are missing,
    which is noted as one problem.
    """
    lines = list(io.StringIO(text, newline=""))
    first = next((k for k, line in enumerate(lines) if line.strip("\ufeff \t\r\n")), None)
    if first is None:
        right = f"a header line with {', '.join(required)}" if required else "a header line"
        problems.add(label, "", "is empty", right)
        return None
    said = _SEP.match(lines[first].strip("\ufeff\r\n"))
    start = first + 1 if said else first
    tried = [said[1]] if said else list(DELIMITERS)
    found = [
        one
        for delimiter in tried
        if (one := _try(lines[start:], delimiter, "", known, required, renames))
    ]
    if not found:
        problems.add(
            f"{label}:{start + 1}:1", "", "header cannot be read", "one line of column names"
        )
        return None
    best = max(found, key=lambda one: one.score)
    where = f"{label}:{start + best.line}:1"
    columns = _columns(best.names, known, renames, where, problems)
    missing = [name for name in required if name not in columns]
    if missing:
        _say_missing(missing, best.names, where, problems)
        return None
    return Header(
        tuple(best.names), columns, best.delimiter, start + best.line, best.above, best.inner,
        lines[start + best.line - 1].startswith('"'),
    )  # fmt: skip


def _try(
    lines: Sequence[str], delimiter: str, inner: str, known: Collection[str],
    required: Sequence[str], renames: Mapping[str, str],
) -> _Found | None:  # fmt: skip
    """Return the header as a separator makes it, with how good it is."""
    records = _records(lines, delimiter, inner)
    if not records:
        return None
    row, names = 0, _names(records[0][1], known, renames)
    for k, (_, cells) in enumerate(records if required else ()):
        these = _names(cells, known, renames)
        if set(required) <= these:
            row, names = k, these
            break
    line, header = records[row]
    matched = len(names & {*known, *renames.values()})
    width = len(header)
    alike = sum(len(cells) == width for _, cells in records[row:]) / len(records[row:])
    score = (matched, int(width > 1), alike if width > 1 else 0.0, width)
    best = _Found(delimiter, inner, line, row, [cell.strip() for cell in header], score)
    whole = all(len([cell for cell in cells if cell.strip()]) == 1 for _, cells in records)
    if inner or matched or not whole or not _is_one_cell(lines[line - 1], delimiter):
        return best
    tried = [_try(lines, delimiter, mark, known, required, renames) for mark in DELIMITERS]
    nested = [one for one in tried if one and one.score[0] >= len(required)]
    return max([best, *nested], key=lambda one: one.score)


def _records(lines: Sequence[str], delimiter: str, inner: str) -> list[tuple[int, list[str]]]:
    """Return the first lines with anything in them as cells, and the line where each ends."""
    reader = csv.reader(lines, delimiter=delimiter)
    records: list[tuple[int, list[str]]] = []
    with suppress(csv.Error):
        for cells in islice(reader, LOOKED_AT):
            if inner and cells:
                cells = next(csv.reader([cells[0]], delimiter=inner), [])
            if any(cell.strip() for cell in cells):
                records.append((reader.line_num, cells))
    return records


def _is_one_cell(line: str, delimiter: str) -> bool:
    """Return whether a line stands in quotes from its beginning to its end."""
    try:
        return line.startswith('"') and bool(
            list(csv.reader([line], delimiter=delimiter, strict=True))
        )
    except csv.Error:
        return False


def _names(cells: Sequence[str], known: Collection[str], renames: Mapping[str, str]) -> set[str]:
    return {_canonical(cell.strip(), known, renames) for cell in cells}


def _columns(
    names: Sequence[str], known: Collection[str], renames: Mapping[str, str], where: str,
    problems: Problems,
) -> dict[str, int]:  # fmt: skip
    columns: dict[str, int] = {}
    forms: set[str] = set()
    for index, name in enumerate(names):
        canonical = _canonical(name, known, renames) or f"column_{index + 1}"
        if canonical in columns or fold(canonical) in forms:
            problems.add(where, canonical, "column stands twice", "each column once")
        forms.add(fold(canonical))
        columns[canonical] = index
    for theirs in renames:
        if fold(theirs) not in map(fold, names):
            problems.add(
                "organisation.yaml",
                f"columns.{renames[theirs]}",
                f"names column {theirs!r}, which {where.split(':')[0]} does not have",
                _one_of(theirs, names),
            )
    return columns


def _say_missing(
    missing: Sequence[str], names: Sequence[str], where: str, problems: Problems
) -> None:
    """Say in one problem which columns are missing, and which may be meant."""
    near = {ours: theirs for theirs in names if (ours := meant_by(theirs)) in missing}
    right = "; ".join(
        f"{near[name]} may be it: columns: {{{name}: {near[name]}}} in organisation.yaml says so"
        if name in near
        else _one_of(name, names)
        for name in missing[:1]
    )
    if len(missing) > 1:
        what = f"columns are missing; there are {_listed(names)}"
        pairs = ", ".join(f"{ours}: {theirs}" for ours, theirs in near.items())
        right = (
            f"columns: {{{pairs}}} in organisation.yaml, if these are meant"
            if near
            else "a header with both"
        )
        problems.add(where, " and ".join(missing), what, right)
    else:
        problems.add(where, missing[0], "column is missing", right)


def _one_of(name: str, names: Sequence[str]) -> str:
    return did_you_mean(name, _short([n for n in names if n] or ["(no column has a name)"]))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_short([name for name in names if name] or ["none with a name"]))


def _short(names: Sequence[str]) -> list[str]:
    cut = [name if len(name) <= 40 else f"{name[:39]}…" for name in names]
    return cut if len(cut) <= 20 else [*cut[:20], f"… ({len(cut)} in all)"]
