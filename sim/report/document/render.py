"""Write the report: from results in hand, as a file that is whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError, Problem
from sim.files import sweep_away, write_whole

if TYPE_CHECKING:
    from sim.report.brand import Brand
    from sim.report.document.report_data import Note, ReportBudget, ReportExtra
    from sim.results import Results

__all__ = ["check_target", "html_of", "write_report"]


def html_of(
    results: Results,
    *,
    effort: ReportBudget | None = None,
    pseudonyms: bool = False,
    command: str = "",
    extra: ReportExtra | None = None,
    brand: Brand | None = None,
    hour_cost: float = 0.0,
    threads: int | None = None,
    note: Note | None = None,
) -> str:
    """Return the report on ``results`` as one HTML text that opens offline.

    Parameters
    ----------
    results : Results
        Of ``sim.compare`` or ``sim.run``, with teams recorded (they are unless they take
        more than 1 GiB).
    effort : ReportBudget, optional
        How much is run again to explain.
    pseudonyms : bool
        Whether ids of people are replaced.
    command : str
        The command that makes this report, for its section 12.
    extra : ReportExtra, optional
        What a search or a sweep found besides.
    brand : Brand, optional
        Logo, colour, client, author and date.
    hour_cost : float
        Euros that an hour of a person costs, 0 or more.
    note : callable, optional
        Called with what is being done.

    Returns
    -------
    str
        The same results give the same text, to the byte.

    Raises
    ------
    InputError
        Where teams were not recorded.
    """
    from sim.report.document.build import build
    from sim.report.document.report_data import gather

    material = gather(
        results, effort=effort, pseudonyms=pseudonyms, command=command, extra=extra,
        brand=brand, hour_cost=hour_cost, threads=threads, note=note,
    )  # fmt: skip
    return build(material)


def check_target(out: Path, force: bool) -> None:
    """Refuse a file that may not be written, before anything is run.

    Raises
    ------
    InputError
        Where it is there already and ``force`` is not set, or is not an HTML file's name.
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
    if problems:
        raise InputError(problems)


def write_report(text: str, out: Path) -> None:
    """Write the HTML text; a file of this name is replaced once the new one is whole."""
    sweep_away(out.parent, deep=False)
    write_whole(out, text)
