"""From files to an organisation: recognise, join, settle, write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sim.document import yaml_text
from sim.errors import InputError, Problem, refusal
from sim.importing.columns import (
    KINDS,
    Guess,
    check_mapping,
    guess,
    guess_rows,
    read_mapping,
    with_mapping,
    write_mapping,
)
from sim.importing.people import (
    Found,
    Register,
    add_people,
    add_survey,
    add_teams,
    pseudonym,
    settle_managers,
)
from sim.importing.sheet import InDoubtError, Sheet, amounts, csv_text
from sim.importing.sheets import read_sheets
from sim.importing.use import FORMULA, Cell, Use, add_use, ties_of_log
from sim.numbers import counted, share
from sim.organisation.generate import made_up_ties
from sim.organisation.load import load_bytes
from sim.organisation.organisation import Organisation
from sim.tables import Note, Readable


@dataclass(frozen=True)
class Options:
    """How files are imported."""

    name: str = "Imported organisation"
    """Of the organisation."""
    mapping: Path | dict[str, Any] | None = None
    """What each sheet is: a file as an earlier import wrote it, or what one says of its sheets."""
    sheets: tuple[str, ...] = ()
    """Sheets of workbooks that are read; all by default."""
    key: bytes | None = None
    """Key of pseudonyms; ids stay as they are without one."""
    window: int | None = None
    """Weeks of a log of messages that count, before its end."""
    least: float = 0.0
    """Weight below which a tie of a log is left out."""
    seed: int = 1
    """Of ties that are made up."""


def _about(
    given: dict[str, Sheet], guesses: dict[str, Guess], summary: str, notes: Sequence[Note],
    origin: Sequence[str], options: Options, use: Use,
) -> str:  # fmt: skip
    """Return the page as Markdown."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.filters["plain"] = _plain
    page = made.from_string(Path(__file__).with_name("import.md.j2").read_text("utf-8"))
    return page.render(
        sheets=[(sheet, guesses[name]) for name, sheet in given.items()],
        rows=partial(guess_rows, hidden=options.key is not None), kinds=KINDS, summary=summary,
        weeks=sorted({week for _, week in use.cells}), people=len({who for who, _ in use.cells}),
        notes=notes, origin=origin, options=options,
    )  # fmt: skip


def _plain(text: str) -> str:
    """Return a text that no Markdown or HTML is made of."""
    cleaned = "".join(mark if mark.isprintable() else "�" for mark in text)
    for mark in "\\|<>*_`[]":
        cleaned = cleaned.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return cleaned


USE = ("viva", "weekly", "daily", "snapshot")
UNDIRECTED = frozenset({"undirected", "mutual", "false", "both", "bidirectional"})
SMALL = 5


@dataclass
class Imported:
    """What an import makes."""

    organisation: Organisation
    """As the written files load."""
    files: dict[str, str]
    """Text of each file by name."""
    summary: str
    """One line that is to stay visible."""
    guesses: dict[str, Guess]
    notes: list[Note]

    @property
    def noted(self) -> Organisation:
        """The organisation, with what the import found among its notes."""
        notes = (Note(f"imported: {self.summary}"), *self.notes, *self.organisation.notes)
        return replace(self.organisation, notes=notes)


@dataclass
class _Ties:
    """Ties by listener, listened to and kind, and where they come from."""

    weights: dict[tuple[int, int, str], float] = field(default_factory=dict)
    rows: int = 0
    dropped: int = 0
    origin: list[str] = field(default_factory=list)


def import_files(paths: Sequence[Readable], options: Options) -> Imported:
    """Import files of one organisation. Raises InputError with one message a kind of fault."""
    given = _sheets(paths)
    if options.sheets:
        wanted = [n for n in given if re.sub(r"^.*\[(.*)\]$", r"\1", n) in options.sheets]
        given = {name: given[name] for name in given if name in wanted or "[" not in name}
    guesses = _guesses(given, options)
    given = {name: replace(one, readings=guesses[name].readings) for name, one in given.items()}
    _check_kinds(given, guesses)
    found, who, ties, use = Found(), Register(), _Ties(), Use()
    for sheet in given.values():
        found.notes.extend(sheet.notes)
    of_kind = {kind: [n for n, g in guesses.items() if g.kind == kind] for kind in KINDS}
    _gather_people(given, guesses, of_kind, who, found)
    for name in of_kind["survey"]:
        add_survey(given[name], guesses[name], who, found)
    settle_managers(who, found)
    for name in of_kind["ties"]:
        _add_ties(given[name], guesses[name], who, ties, found)
    for name in of_kind["messages"]:
        _add_log(given[name], guesses[name], who, ties, options, found)
    for name, made in guesses.items():
        if made.kind in USE:
            add_use(use, given[name], made.kind, made.columns, who)
    found.notes.extend(use.notes)
    for text, count in use.strangers.items():
        found.strangers.setdefault("exports of use", Counter())[text] += count
    ids = [pseudonym(person.id, options.key) if options.key else person.id for person in who.people]
    return _finish(given, guesses, of_kind, (who, ids), ties, use, found, options)


def look_at(paths: Sequence[Readable], options: Options) -> list[dict[str, Any]]:
    """Return what each sheet is taken for, and which column is what, with samples."""
    given = _sheets(paths)
    return [
        {
            "name": name,
            "kind": made.kind,
            "columns": list(given[name].columns),
            "refused": made.refused,
            "rows": guess_rows(given[name], made),
        }
        for name, made in _guesses(given, options).items()
    ]


def _sheets(paths: Sequence[Readable]) -> dict[str, Sheet]:
    """Return all sheets by name, by which a mapping and what is said speak of them."""
    given: dict[str, Sheet] = {}
    for path in paths:
        for sheet in read_sheets(path):
            if sheet.name in given:
                what = "is given twice, or the name of two files"
                raise refusal(sheet.name, "", what, "each once, under another name")
            given[sheet.name] = sheet
    return given


def _guesses(given: dict[str, Sheet], options: Options) -> dict[str, Guess]:
    """Return what each sheet is, guessed or as the mapping says."""
    mapping, where = options.mapping or {}, "mapping"
    if isinstance(mapping, Path):
        mapping, where = read_mapping(mapping), str(mapping)
    mapping = check_mapping(mapping, where)
    return {
        name: with_mapping(sheet, guess(sheet), mapping, where) for name, sheet in given.items()
    }


def _check_kinds(given: dict[str, Sheet], guesses: dict[str, Guess]) -> None:
    """Refuse, in one message, files of which none is recognised; those beside others are noted."""
    if not any(made.kind for made in guesses.values()):
        problems = [
            Problem(
                name, "", f"is not recognised by its columns: {', '.join(sheet.columns[:12])}",
                f"say what it is in a mapping (--mapping): one of {', '.join(KINDS)}",
            )
            for name, sheet in given.items()
        ]  # fmt: skip
        raise InputError(problems)


def _gather_people(
    given: dict[str, Sheet], guesses: dict[str, Guess], of_kind: dict[str, list[str]],
    who: Register, found: Found,
) -> None:  # fmt: skip
    """Take people from lists of people; without one, from whatever names them."""
    for k, name in enumerate(of_kind["people"]):
        otherwise = add_people(given[name], guesses[name], who, found)
        _note_others(name, of_kind["people"][:k], guesses, otherwise, found)
    listed = len(who) > 0
    # Where many rows are about one person, what they repeat is not noted.
    for kind in ("viva", "survey", "weekly", "snapshot", "daily"):
        for name in of_kind[kind]:
            made = guesses[name]
            if made.kind == "survey" or not listed or {"team", "level"} & made.columns.keys():
                add_people(given[name], made, who, Found(), new=not listed)
    for name in of_kind["teams"]:
        if not len(who):
            add_people(given[name], guesses[name], who, Found())
        add_teams(given[name], guesses[name], who, found)
    if not len(who):
        for name in (*of_kind["ties"], *of_kind["messages"]):
            _from_ends(given[name], guesses[name].columns, who)
        what = "no list of people: everybody that a tie names is one"
        found.notes.append(Note(what, len(who)))
    elif not listed:
        what = "no list of people: taken from exports of use or answers"
        found.notes.append(Note(what, len(who)))


def _note_others(
    name: str, before: Sequence[str], guesses: dict[str, Guess], otherwise: int, found: Found
) -> None:
    """Note people of whom two lists say different things; in one workbook somebody is to decide."""
    if not otherwise:
        return
    book = name.partition("[")[0]
    beside = next((one for one in before if "[" in name and one.partition("[")[0] == book), "")
    if beside and not guesses[name].said:
        what = f"says other things than {beside} of {counted(otherwise, 'person', 'people')}"
        ways = {"people": "what it says of nobody listed before counts", "nothing": "passed over"}
        raise InDoubtError(name, "", what, sheet=name, key="kind", choices=ways)
    what = f"people of whom {name} says other things than a list before it: the first one kept"
    found.notes.append(Note(what, otherwise))


def _from_ends(sheet: Sheet, columns: dict[str, str], who: Register) -> None:
    """Take everybody whom a tie or a message names as a person."""
    ends = [columns.get("source") or columns["from"], columns.get("target") or columns["to"]]
    seen: set[str] = set()
    for cells in sheet.rows(*ends):
        for cell in cells:
            if cell in seen:
                continue
            seen.add(cell)
            for one in re.split(r"[;,]", cell) if "@" in cell else [cell]:
                if one.strip():
                    who.add(one.strip())


def _add_ties(sheet: Sheet, made: Guess, who: Register, ties: _Ties, found: Found) -> None:
    """Add a list of ties; rows of several weeks are summed, undirected ones hold both ways."""
    columns = made.columns
    names = [columns.get(k, "") for k in ("source", "target", "weight", "kind", "directed")]
    both = 0
    weights = amounts(sheet, names[2])
    for one, other, weight, kind, directed in sheet.rows(*names):
        ties.rows += 1
        source, target = who.find(one), who.find(other)
        if source < 0 or target < 0 or source == target:
            ties.dropped += 1
            if source != target or source < 0:
                found.stranger(sheet.name, other if source >= 0 else one)
            continue
        value = weights.get(weight)
        kind = kind if kind and "type" not in names[3].casefold() else "listens"
        ends = [(source, target)]
        if names[4] and directed.casefold() in UNDIRECTED:
            ends.append((target, source))
            both += 1
        for a, b in ends:
            ties.weights[a, b, kind] = ties.weights.get((a, b, kind), 0.0) + (
                1.0 if value is None else value
            )
    if both:
        found.notes.append(Note(f"tie of {sheet.name} read both ways: it has no direction", both))
    ties.origin.append(f"{sheet.name} (rows of one pair summed)")


def _add_log(
    sheet: Sheet, made: Guess, who: Register, ties: _Ties, options: Options, found: Found
) -> None:
    log = ties_of_log(sheet, made.columns, who, window=options.window, least=options.least)
    for (one, other), weight in log.weights.items():
        ties.weights[one, other, "messages"] = round(weight, 9)
    ties.rows += log.messages
    when = f", {log.first} to {log.last}" if log.first else ""
    ties.origin.append(f"{sheet.name} ({log.messages:,} messages{when}; {FORMULA})")
    if log.outside:
        found.notes.append(
            Note(f"sender or recipient in {sheet.name} who is not among the people", log.outside)
        )
    if log.late:
        found.notes.append(Note(f"message of {sheet.name} before the window", log.late))


def _finish(
    given: dict[str, Sheet], guesses: dict[str, Guess], of_kind: dict[str, list[str]],
    people: tuple[Register, list[str]], ties: _Ties, use: Use, found: Found, options: Options,
) -> Imported:  # fmt: skip
    who, ids = people
    people_csv = _people_text(who, ids)
    if not ties.weights:
        first = load_bytes(people_csv.encode(), b"source,target\n", name=options.name)
        drawn = made_up_ties(first, options.seed)
        ties_csv = csv_text(["source", "target", "weight"], [[a, b, f"{w:g}"] for a, b, w in drawn])
        ties.origin.append(
            "MADE UP from teams and managers by a template's rule: nobody was asked, and no "
            "result about who listens to whom is this firm's"
        )
        found.notes.insert(0, Note("TIES ARE MADE UP: no file says who listens to whom"))
    else:
        rows = [
            [ids[a], ids[b], kind, repr(weight)]
            for (a, b, kind), weight in sorted(ties.weights.items())
            if weight > 0
        ]
        ties_csv = csv_text(["source", "target", "kind", "weight"], rows)
    organisation = load_bytes(people_csv.encode(), ties_csv.encode(), name=options.name)
    for sheet, strangers in found.strangers.items():
        names = ", ".join(repr(name)[:42] for name, _ in strangers.most_common(3))
        what = f"somebody in {sheet} who is not among the people"
        example = "" if options.key else names
        found.notes.append(Note(what, sum(strangers.values()), example))
    summary = _summary(who, organisation, ties, made_up=not ties.weights)
    use_csv = use_text(use, ids)
    files = {"people.csv": people_csv, "ties.csv": ties_csv}
    if use_csv:
        files["usage.csv"] = use_csv
    for name in of_kind["usage"]:
        text = csv_text(list(given[name].columns), list(given[name].rows(*given[name].columns)))
        files["usage.csv" if "usage.csv" not in files else f"{name}.usage.csv"] = text
    made_up = not ties.weights
    files["organisation.yaml"] = _settings(options.name, summary, made_up=made_up)
    files["mapping.yaml"] = write_mapping(guesses)
    files["import.md"] = _about(given, guesses, summary, found.notes, ties.origin, options, use)
    return Imported(organisation, files, summary, guesses, found.notes)


def _people_text(who: Register, ids: list[str]) -> str:
    facts = list(dict.fromkeys(fact for person in who.people for fact in person.facts))
    order = ["team", "manager_id", "role", "level"]
    facts = [f for f in order if f in facts] + sorted(f for f in facts if f not in order)
    new = {person.id: ids[k] for k, person in enumerate(who.people)}
    rows = []
    for k, person in enumerate(who.people):
        cells = dict(person.facts)
        if "manager_id" in cells:
            cells["manager_id"] = new[cells["manager_id"]]
        rows.append([ids[k], *(cells.get(fact, "") for fact in facts)])
    if not rows:
        raise refusal("import", "", "names no people", "a file that names some")
    return csv_text(["id", *facts], rows)


def use_text(use: Use, ids: Sequence[str]) -> str:
    """Return the tidy table of use, a row a person and week; empty where there is none."""
    rows, unused = [], Cell(n_days=0.0, used=False)
    logged = {(k, week): unused for week in use.logged for k in range(len(ids))}
    cells = logged | use.cells
    for (person, week), cell in sorted(cells.items(), key=lambda one: (one[0][1], one[0][0])):
        n_days = float(len(cell.days)) if cell.days else cell.n_days
        if cell.enabled is False:
            n_days, used = None, None
        else:
            used = cell.used
        rows.append([
            week.isoformat(), ids[person],
            "" if cell.enabled is None else str(int(cell.enabled)),
            "" if n_days is None else f"{n_days:g}",
            "" if used is None else str(int(used)),
        ])  # fmt: skip
    if not rows:
        return ""
    return csv_text(["week", "id", "enabled", "use_days", "weekly_users"], rows)


def _summary(who: Register, organisation: Organisation, ties: _Ties, *, made_up: bool) -> str:
    """Return the line that says what is known and what is drawn."""
    n = organisation.n_people
    trust = sum("start_trust" in person.facts for person in who.people) / max(1, n)
    dropped = f" ({ties.dropped:,} dropped)" if ties.dropped else ""
    said = f"{counted(n, 'person', 'people')}, "
    said += "ties MADE UP, " if made_up else f"{organisation.n_ties:,} ties{dropped}, "
    if not trust:
        return f"{said}trust of nobody known: drawn"
    return f"{said}trust known for {share(trust)}, the rest drawn"


def _settings(name: str, summary: str, *, made_up: bool) -> str:
    notes = [f"imported {date.today().isoformat()}: {summary}"]
    if made_up:
        notes.append("ties are made up by a template's rule: no result about them is this firm's")
    return yaml_text({"kind": "organisation", "name": name, "notes": notes})
