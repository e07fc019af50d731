"""mapping.yaml: what each sheet is and which of its columns is what, to edit and use again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem, did_you_mean
from sim.importing.columns import KINDS, NEEDED, Guess, is_sensitive
from sim.importing.doubt import READINGS
from sim.importing.sheet import Sheet

__all__ = ["check_mapping", "read_mapping", "with_mapping", "write_mapping"]

MAX_BYTES = 1_000_000
KEYS = ("kind", "columns", "id", "answers", *READINGS)
HEAD = """\
# What each file is taken for, and which of its columns is what. Change it, and import again:
#   uptake import FILES --mapping mapping.yaml --out ANOTHER
# A column that is not named here is not read. Where cells do not tell: "dates: day first" or
# "month first", "decimals: comma" or "point". Kinds:
"""


def read_mapping(path: Path) -> dict[str, Any]:
    """Return a mapping by name of sheet.

    Raises
    ------
    InputError
        With everything wrong in it.
    """
    from sim.document import decode, parse
    from sim.sources import read_regular

    data = read_regular(path, MAX_BYTES, "a mapping as uptake import writes it")
    plain = parse(decode(data, str(path)), str(path)).plain()
    return check_mapping(plain.get("sheets") if isinstance(plain, dict) else None, str(path))


def check_mapping(sheets: object, path: str) -> dict[str, Any]:
    """Return a mapping by name of sheet, checked.

    Raises
    ------
    InputError
        With everything wrong in it.
    """
    problems = []
    if not isinstance(sheets, dict) or not all(isinstance(v, dict) for v in sheets.values()):
        raise InputError([Problem(path, "sheets", "is no mapping", "one entry a sheet")])
    for name, entry in sheets.items():
        where = f"sheets.{name}"
        for key in entry:
            if key not in KEYS:
                right = did_you_mean(str(key), KEYS)
                problems.append(Problem(path, f"{where}.{key}", "is no known key", right))
        problems += _odd_readings(entry, where, path)
        kind, columns = entry.get("kind", "nothing"), entry.get("columns") or {}
        if not isinstance(kind, str) or kind not in (*KINDS, "nothing"):
            right = did_you_mean(str(kind), [*KINDS, "nothing"])
            problems.append(Problem(path, f"{where}.kind", f"is {kind!r}", right))
        for part in (columns, entry.get("answers") or {}):
            if not isinstance(part, dict):
                problems.append(Problem(path, where, "holds a list", "name: value lines"))
    if problems:
        raise InputError(problems)
    return dict(sheets)


def _odd_readings(entry: dict[str, Any], where: str, path: str) -> list[Problem]:
    """Return which readings of cells are none that there are."""
    return [
        Problem(path, f"{where}.{key}", f"is {entry[key]!r:.40}",
                " or ".join(f"{value} ({means})" for value, means in values.items()))
        for key, values in READINGS.items() if key in entry and str(entry[key]) not in values
    ]  # fmt: skip


def with_mapping(sheet: Sheet, made: Guess, mapping: dict[str, Any], where: str) -> Guess:
    """Return the guess, or what the mapping says of this sheet.

    What it leaves out stays as guessed: the kind, or the columns where the kind is as guessed.
    """
    entry = mapping.get(sheet.name)
    if entry is None:
        return made
    kind = str(entry.get("kind", made.kind))
    kind_is_said = kind != made.kind or "columns" in entry
    guessed = made.columns if kind == made.kind else {}
    columns = {str(k): str(v) for k, v in (entry.get("columns") or guessed).items()}
    columns |= {"id": str(entry["id"])} if "id" in entry else {}
    problems = [
        Problem(where, f"sheets.{sheet.name}.columns.{ours}", f"is {theirs!r}, which is not there",
                did_you_mean(theirs, list(sheet.columns)))
        for ours, theirs in columns.items() if theirs not in sheet.columns
    ]  # fmt: skip
    problems += [
        Problem(where, f"sheets.{sheet.name}.columns", f"names no {ours}, without which it is no "
                f"{kind}", f"{ours}: a column of {sheet.name}")
        for ours in NEEDED.get(kind, ()) if ours not in columns and kind_is_said
    ]  # fmt: skip
    answers: dict[str, float] = {}
    for word, value in (entry.get("answers") or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            path = f"sheets.{sheet.name}.answers.{word}"
            problems.append(Problem(where, path, f"is {value!r}", "a number from 0 to 1"))
        else:
            answers[str(word)] = float(value)
    if problems:
        raise InputError(problems)
    refused = [n for n in sheet.columns if is_sensitive(n) and n not in columns.values()]
    readings = {key: str(entry[key]) for key in READINGS if key in entry}
    return Guess(kind, columns, refused, answers, readings, said=True)


def write_mapping(guesses: dict[str, Guess]) -> str:
    """Return the text of a mapping."""
    from io import StringIO

    from ruamel.yaml import YAML

    sheets = {
        name: {"kind": made.kind or "nothing"}
        | ({"columns": dict(made.columns)} if made.columns else {})
        | ({"answers": dict(made.answers)} if made.answers else {})
        | made.readings
        for name, made in guesses.items()
    }
    stream = StringIO()
    yaml = YAML()
    yaml.width = 4096
    yaml.dump({"sheets": sheets}, stream)
    kinds = "".join(f"#   {kind}: {what}\n" for kind, what in KINDS.items())
    return f"{HEAD}{kinds}#   nothing: passed over\n{stream.getvalue()}"
