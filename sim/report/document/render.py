"""Write the report: from results in hand, as a file that is whole or not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.errors import InputError, Problem
from sim.files import sweep_away, write_whole

__all__ = ["check_target", "write_report"]


def check_target(out: Path, force: bool, beside: Sequence[Path] = ()) -> None:
    """Refuse files that may not be written, before anything is run.

    Parameters
    ----------
    beside : sequence of Path
        What is written beside the report, such as its print.

    Raises
    ------
    InputError
        Where one is there already and ``force`` is not set, or ``out`` is no HTML file's name.
    """
    problems = []
    if out.suffix.lower() not in (".html", ".htm"):
        problems.append(Problem(f"--out {out}", "", "is no HTML file's name", f"{out.stem}.html"))
    elif out.is_dir():
        problems.append(Problem(f"--out {out}", "", "is a folder", "the name of a file"))
    elif out.exists() and not force:
        right = "another name, or --force to replace it"
        problems.append(Problem(f"--out {out}", "", "exists", right))
    elif not out.resolve().parent.is_dir():
        right = "a folder that is there"
        problems.append(Problem(f"--out {out}", "", f"{out.parent} is not there", right))
    for file in beside:
        if file.is_dir():
            problems.append(Problem(str(file), "", "is a folder", "another --out"))
        elif file.exists() and not force:
            right = "another --out, or --force to replace it"
            problems.append(Problem(str(file), "", "exists, and is written too", right))
    if problems:
        raise InputError(problems)


def write_report(text: str, out: Path) -> None:
    """Write the HTML text; a file of this name is replaced once the new one is whole."""
    sweep_away(out.parent, deep=False)
    write_whole(out, text)
