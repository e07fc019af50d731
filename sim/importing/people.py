"""People and answers out of sheets, into one register."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sim.document import from_json
from sim.errors import refusal
from sim.importing.columns import Guess
from sim.importing.sheet import InDoubtError, Sheet, find_scale
from sim.tables import Note, fold

_ADDRESS = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")


@dataclass
class Person:
    """What is known of one person."""

    id: str
    facts: dict[str, str] = field(default_factory=dict)
    """``team``, ``role``, ``level``, ``manager_id``, ``path``, and start values."""


class Register:
    """Persons, found by any of their names in any case, form of letters and blanks.

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

    >>> pseudonym("Ann", b"secret") == pseudonym("ann ", b"secret") != pseudonym("Ann", b"other")
    True
    """
    digest = hmac.new(key, fold(person).casefold().encode(), hashlib.sha256)
    return f"p-{digest.hexdigest()[:16]}"


FACTS = ("team", "role", "level", "manager_id", "path")
MISSING = {"", "#n/a", "na", "n/a", "null", "none", "-"}


@dataclass
class Found:
    """What was found, dropped and guessed on the way."""

    notes: list[Note] = field(default_factory=list)
    strangers: dict[str, Counter[str]] = field(default_factory=dict)

    def stranger(self, sheet: str, text: str) -> None:
        """Count somebody whom no list of people has."""
        self.strangers.setdefault(sheet, Counter())[text] += 1

    def repeated(self, sheet: str, texts: Counter[str]) -> None:
        """Note rows about somebody whom an earlier one names."""
        if texts:
            what = f"rows of {sheet} about one person: the first one kept"
            self.notes.append(Note(what, sum(texts.values()), repr(next(iter(texts)))))

    def nameless(self, sheet: str, rows: int) -> None:
        """Note rows that do not tell whom they are about."""
        if rows:
            self.notes.append(Note(f"row of {sheet} that names nobody left out", rows))


def add_people(sheet: Sheet, made: Guess, who: Register, found: Found, *, new: bool = True) -> int:
    """Add the people of a sheet; where ``new`` is false, only what it says of known ones.

    Of how many people it says other things than was known of them before, is returned.
    """
    columns = made.columns
    key = next((columns[k] for k in ("id", "email", "name", "first") if k in columns), "")
    if not key:
        right = "columns: {id: …} in a mapping (--mapping)"
        raise refusal(sheet.name, "id", "no column tells who a row is about", right)
    _check_key(sheet, made, key)
    names = [columns.get(k, "") for k in ("email", "name", "first", "last")]
    facts = [name for name in FACTS if name in columns]
    twice = Counter[str]()
    seen: set[int] = set()
    otherwise: set[int] = set()
    nobody = 0
    for person, email, name, first, last, *cells in sheet.rows(
        key, *names, *(columns[fact] for fact in facts)
    ):
        full = name or f"{first} {last}".strip()
        text = person if key != columns.get("first") else full
        if not text:
            nobody += any(cells) or bool(email or full)
            continue
        position = _position(who, text, (email, full), new=new)
        if position < 0:
            found.stranger(sheet.name, text)
            continue
        again = position in seen
        if again:
            twice[text] += 1
        seen.add(position)
        known = who.people[position].facts
        for fact, cell in zip(facts, cells, strict=True):
            if cell.casefold() in MISSING:
                continue
            value = _first_of_list(cell) if fact == "team" else cell
            if known.setdefault(fact, value).casefold() != value.casefold() and not again:
                otherwise.add(position)
    found.repeated(sheet.name, twice)
    found.nameless(sheet.name, nobody)
    return len(otherwise)


def _check_key(sheet: Sheet, made: Guess, key: str) -> None:
    """Refuse a column that names few of the people listed, where another names each of them."""
    if made.kind != "people" or made.said or key == made.columns.get("first"):
        return
    cells = [cell for (cell,) in sheet.rows(key)]
    filled = [cell for cell in cells if cell]
    if not cells or 2 * len(set(filled)) > len(cells):
        return
    ways = {}
    for column in sheet.columns:
        other = [cell for (cell,) in sheet.rows(column)]
        if column not in made.refused and all(other) and len(set(other)) == len(other):
            ways[column] = f"such as {other[0]!r:.40}"
    if ways:
        what = f"names {len(set(filled)):,} in {len(cells):,} rows: hardly who a row is about"
        ways |= {key: "all the same"}
        raise InDoubtError(sheet.name, key, what, sheet=sheet.name, key="id", choices=ways)


def _position(who: Register, text: str, others: tuple[str, ...], *, new: bool) -> int:
    """Return whom a row is about; somebody new where there may be, otherwise -1."""
    if new:
        return who.add(text, others)
    found = (who.find(name) for name in (text, *others) if name)
    return next((position for position in found if position >= 0), -1)


def _first_of_list(cell: str) -> str:
    """Return the first of a JSON list, as some exports write a department; else the cell."""
    if cell.startswith("["):
        try:
            items = from_json(cell)
        except ValueError:
            return cell
        return str(items[0]) if items else ""
    return cell


def add_teams(sheet: Sheet, made: Guess, who: Register, found: Found) -> None:
    """Add the team of each person, of several the one that stands most often."""
    counts: dict[int, Counter[str]] = {}
    for text, team in sheet.rows(made.columns["id"], made.columns["team"]):
        person = who.find(text)
        if person < 0:
            found.stranger(sheet.name, text)
        elif team:
            counts.setdefault(person, Counter())[team] += 1
    several = 0
    for person, teams in counts.items():
        several += len(teams) > 1
        who.people[person].facts.setdefault("team", min(teams, key=lambda t: (-teams[t], t)))
    if several:
        found.notes.append(Note("person in several teams: the most frequent one", several))
    found.notes.append(
        Note(f"{sheet.name} leaves out teams of fewer than five people, as its maker does")
    )


def add_survey(sheet: Sheet, made: Guess, who: Register, found: Found) -> None:
    """Add answers; words and numbers of the whole sheet are on one scale."""
    nobody, twice, seen = 0, Counter[str](), set[int]()
    for text, answers in answers_of(sheet, made, found.notes):
        person = who.find(text)
        if not text:
            nobody += bool(answers)
            continue
        if person < 0:
            found.stranger(sheet.name, text)
            continue
        if person in seen and answers:
            twice[text] += 1
        seen.add(person)
        for ours, value in answers.items():
            who.people[person].facts.setdefault(ours, repr(round(value, 12)))
    found.repeated(sheet.name, twice)
    found.nameless(sheet.name, nobody)


def answers_of(
    sheet: Sheet, made: Guess, notes: list[Note] | None = None
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield who answered, as written, and the answers from 0 to 1 by column of people.csv.

    Words and numbers of the whole sheet are on one scale, which is noted. Raises InputError after
    the last row, in one message, where answers are on no scale.
    """
    questions = {k: v for k, v in made.columns.items() if k.startswith(("start_", "value_"))
                 or k == "considers"}  # fmt: skip
    cells = [cell for theirs in questions.values() for (cell,) in sheet.rows(theirs)]
    whole = find_scale((cell for cell in cells if cell), made.answers)
    scales = {ours: whole.of(cell for (cell,) in sheet.rows(theirs))
              for ours, theirs in questions.items()}  # fmt: skip
    unknown: dict[str, int] = {}
    for text, *answers in sheet.rows(made.columns.get("id", ""), *questions.values()):
        read: dict[str, float] = {}
        for ours, cell in zip(questions, answers, strict=True):
            value = scales[ours].value(cell) if cell else math.nan
            if value is None:
                unknown[cell] = unknown.get(cell, 0) + 1
            elif not math.isnan(value):
                read[ours] = value
        yield text, read
    if unknown:
        first = ", ".join(f"{word!r:.40} ({n:,} times)" for word, n in list(unknown.items())[:3])
        column = next(c for c in questions.values() if any(r[0] in unknown for r in sheet.rows(c)))
        where = f"first in {column!r:.60}, {sheet.places(column, unknown)}"
        what = f"holds {len(unknown):,} answers that are on no scale: {first}; {where}"
        right = "answers: {word: 0 to 1} for this sheet in a mapping (--mapping)"
        raise refusal(sheet.name, "", what, right)
    if cells and notes is not None:
        notes.append(Note(f"answers of {sheet.name} read as {whole.said()}", len(cells)))


def settle_managers(who: Register, found: Found) -> None:
    """Turn managers, as they are written, into ids; and paths into managers."""
    outside = Counter[str]()
    for position, person in enumerate(who.people):
        facts = person.facts
        if "manager_id" not in facts and "path" in facts:
            facts["manager_id"] = _above(facts["path"], position, who)
        facts.pop("path", None)
        said = facts.pop("manager_id", "")
        if not said:
            continue
        boss = who.find(said)
        if boss < 0:
            outside[said] += 1
        elif boss != position:
            facts["manager_id"] = who.people[boss].id
    if outside:
        what = "manager who is not among the people: whoever reports to them is at the top"
        found.notes.append(Note(what, sum(outside.values()), repr(outside.most_common(1)[0][0])))
    if who.people and not any("team" in person.facts for person in who.people):
        _teams_of_managers(who, found)
    _levels(who, found)


def _above(path: str, position: int, who: Register) -> str:
    """Return whom a reporting path has above a person: the path may end with either."""
    for mark in (" > ", ">", "→", "/", "\\", "|"):
        if mark in path:
            steps = [step.strip() for step in path.split(mark) if step.strip()]
            while steps and who.find(steps[-1]) == position:
                steps.pop()
            return steps[-1] if steps else ""
    return "" if who.find(path) == position else path


def _teams_of_managers(who: Register, found: Found) -> None:
    managers = {person.facts["manager_id"] for person in who.people if "manager_id" in person.facts}
    if not managers:
        return
    for person in who.people:
        lead = person.id if person.id in managers else person.facts.get("manager_id", person.id)
        person.facts["team"] = f"Team of {lead}"
    found.notes.append(Note("no team given: a manager and those who report to them are a team"))


def _levels(who: Register, found: Found) -> None:
    """Drop levels that are no whole numbers, such as ``Senior``."""
    levels = [person.facts["level"] for person in who.people if "level" in person.facts]
    if levels and not all(level.lstrip("-").isdecimal() for level in levels):
        for person in who.people:
            person.facts.pop("level", None)
        found.notes.append(
            Note("levels are words, not numbers: counted from the reporting lines", len(levels))
        )
