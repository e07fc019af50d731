"""import.md: what was read, guessed, folded, dropped and imputed, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from sim.importing.columns import KINDS, Guess
from sim.importing.options import Options
from sim.importing.sheet import Sheet
from sim.importing.use import Use
from sim.tables import Note

__all__ = ["about", "guess_rows"]

PERSONAL = {"id", "email", "name", "first", "last", "manager_id", "path", "source", "target",
            "from", "to", "cc", "message"}  # fmt: skip
SAMPLES = 3


def guess_rows(sheet: Sheet, made: Guess, *, hidden: bool = False) -> list[tuple[str, str, str]]:
    """Return for each column what it is read as, its name and samples.

    Parameters
    ----------
    hidden : bool
        Whether samples of columns that name persons are left out.
    """
    rows = []
    for ours, theirs in made.columns.items():
        cells = list(dict.fromkeys(sheet.sample(theirs, 40)))[:SAMPLES]
        shown = ", ".join(cell if len(cell) <= 24 else f"{cell[:23]}…" for cell in cells)
        rows.append((ours, theirs, "(hidden)" if hidden and ours in PERSONAL else shown))
    return rows


def about(
    given: dict[str, Sheet],
    guesses: dict[str, Guess],
    summary: str,
    notes: Sequence[Note],
    origin: Sequence[str],
    options: Options,
    use: Use,
) -> str:
    """Return the page as Markdown."""
    lines = [f"# What was imported: {_plain(options.name)}", "", f"**{summary}.**", ""]
    lines += ["## Files", ""]
    for name, sheet in given.items():
        lines += _of_sheet(sheet, guesses[name], hidden=options.key is not None)
    lines += ["## Ties", "", *(f"- {_plain(one)}" for one in origin), ""]
    if use.cells:
        weeks = sorted({week for _, week in use.cells})
        people = len({person for person, _ in use.cells})
        lines += [
            "## Use", "",
            f"{people:,} people, {len(weeks):,} weeks from {weeks[0]} to {weeks[-1]}, in usage.csv:"
            " a row a person and week, named by its Monday. Blank is not known (or without access, "
            "where `enabled` is 0), 0 is with access and unused. Weeks that are missing stay "
            "missing.", "",
        ]  # fmt: skip
    lines += ["## Dropped, folded, guessed, drawn", ""]
    for note in notes:
        count = f" ({note.count:,} times)" if note.count > 1 else ""
        example = f", first: {note.example}" if note.example else ""
        lines.append(f"- {_plain(note.what)}{count}{_plain(example)}")
    drawn = "What nobody gave (values, answers, thresholds) is drawn, as `uptake describe` says."
    lines += ["", drawn, "", "## Privacy", ""]
    if options.key:
        lines.append("- Persons are named by hashes of their ids with a key that is kept apart.")
    else:
        lines.append("- Persons are named by the ids of the files; `--pseudonyms` replaces them.")
    lines.append("- Names, subjects of messages and columns not listed above were not written.")
    refused = [f"{name}: {', '.join(g.refused)}" for name, g in guesses.items() if g.refused]
    lines += [f"- Refused, because of what they are about — {_plain(one)}" for one in refused]
    return "\n".join(lines) + "\n"


def _of_sheet(sheet: Sheet, made: Guess, *, hidden: bool) -> list[str]:
    kind = f"{made.kind} — {KINDS[made.kind]}" if made.kind in KINDS else "not recognised, not read"
    lines = [f"### {_plain(sheet.name)}", "", f"Taken for: {kind}.", ""]
    if made.columns:
        lines += ["| read as | column | samples |", "| --- | --- | --- |"]
        for ours, theirs, shown in guess_rows(sheet, made, hidden=hidden):
            lines.append(f"| {ours} | {_plain(theirs)} | {_plain(shown)} |")
        lines.append("")
    used = {*made.columns.values(), *made.refused}
    if rest := [name for name in sheet.columns if name not in used]:
        shown = ", ".join(rest[:20]) + (", …" if len(rest) > 20 else "")
        lines += [f"Not read: {_plain(shown)}.", ""]
    return lines


def _plain(text: str) -> str:
    """Return a text that no Markdown or HTML is made of."""
    cleaned = "".join(mark if mark.isprintable() else "�" for mark in text)
    for mark in "\\|<>*_`[]":
        cleaned = cleaned.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return cleaned
