"""Load an organisation from a client's files or from a template."""

from __future__ import annotations

import math
from pathlib import Path

from sim.errors import InputError, Problem, did_you_mean
from sim.organisation.assemble import assemble
from sim.organisation.generate import generate
from sim.organisation.organisation import Organisation
from sim.organisation.people import PEOPLE_COLUMNS, people_from_rows
from sim.organisation.settings import FileSettings, Template, read_settings
from sim.organisation.ties import TIE_COLUMNS, ties_from_rows
from sim.tables import MAX_ROWS, MemoryFile, Note, Problems, Readable, open_table

__all__ = ["load", "load_bytes"]

SETTINGS = "organisation.yaml"


def load(source: Path | str) -> Organisation:
    """Load an organisation.

    Parameters
    ----------
    source : Path
        A folder with people.csv and ties.csv (and, if wished, organisation.yaml), or the
        YAML file of a template.

    Returns
    -------
    Organisation
        The same to the bit for any order of lines in the files.

    Raises
    ------
    InputError
        With all problems found, each with its place and its mend.
    """
    path = Path(source)
    if "\0" in str(path):
        raise InputError([Problem("organisation", "", "is no path", "a folder or a YAML file")])
    try:
        if path.is_dir():
            return _load_folder(path)
        if path.is_file():
            return _load_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            [Problem(str(path), "", f"cannot be read ({reason})", "a file you may read")]
        ) from None
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    right = "a folder with people.csv and ties.csv, or the YAML file of a template"
    if beside and (near := did_you_mean(path.name, sorted(beside))).startswith("did you mean"):
        right = near
    raise InputError([Problem(str(path), "", "there is no such folder or file", right)])


def load_bytes(
    people: bytes,
    ties: bytes,
    *,
    name: str,
    scale: str = "",
    max_rows: int = MAX_ROWS,
    until: float = math.inf,
) -> Organisation:
    r"""Load an organisation from the bytes of its two files; nothing touches the disk.

    Parameters
    ----------
    people, ties : bytes
        What people.csv and ties.csv hold.
    name : str
        What the organisation is called.
    scale : str
        ``five-point`` where survey answers are on that scale, as in organisation.yaml.
    max_rows : int
        Rows of each file that are read at most.
    until : float
        Time of ``time.monotonic`` at which reading is given up.

    Raises
    ------
    InputError
        As for a folder.
    TimeoutError
        Where the time is up.

    Examples
    --------
    >>> load_bytes(b"id\na\nb", b"source,target\na,b", name="Two").n_ties
    1
    """
    settings = FileSettings.model_validate(
        {"name": name, "max_rows": max_rows} | ({"scale": scale} if scale else {})
    )
    files = MemoryFile("people.csv", people, until), MemoryFile("ties.csv", ties, until)
    return _load_tables(*files, settings, "people.csv and ties.csv", name)


def _load_file(path: Path) -> Organisation:
    if path.suffix.lower() not in {".yaml", ".yml"}:
        right = (
            f"its folder {path.parent}" if path.suffix.lower() == ".csv" else "a folder, or YAML"
        )
        raise InputError([Problem(str(path), "", "is no template", right)])
    settings = read_settings(path)
    if isinstance(settings, Template):
        return generate(settings)
    if path.name == SETTINGS:
        return _load_folder(path.parent)
    raise InputError(
        [Problem(f"{path.name}:1:1", "kind", "is not said to be a template", "kind: template")]
    )


def _load_folder(folder: Path) -> Organisation:
    settings: FileSettings | Template = FileSettings()
    if (folder / SETTINGS).is_file():
        settings = read_settings(folder / SETTINGS)
    if isinstance(settings, Template):
        return generate(settings)
    return _load_tables(
        folder / settings.people,
        folder / settings.ties,
        settings,
        str(folder),
        settings.name or folder.resolve().name,
    )


def _load_tables(
    people_file: Readable, ties_file: Readable, settings: FileSettings, where: str, name: str
) -> Organisation:
    problems, notes = Problems(), list[Note]()
    renames = _renames(settings, problems)
    people_table = open_table(
        people_file,
        problems,
        notes,
        known=PEOPLE_COLUMNS,
        required=("id",),
        renames=renames["people"],
        max_rows=settings.max_rows,
    )
    ties_table = open_table(
        ties_file,
        problems,
        notes,
        known=TIE_COLUMNS,
        required=("source", "target"),
        renames=renames["ties"],
        max_rows=settings.max_rows,
    )
    if people_table is None:
        problems.raise_if_any(where)
        raise AssertionError("a table that cannot be opened has a problem")
    people = people_from_rows(
        people_table.rows(problems),
        list(people_table.columns),
        settings,
        problems,
        notes,
        people_table.label,
        comma=people_table.comma,
    )
    if ties_table is None:
        problems.raise_if_any(where)
        raise AssertionError("a table that cannot be opened has a problem")
    ties = ties_from_rows(
        ties_table.rows(problems),
        list(ties_table.columns),
        people.ids,
        problems,
        notes,
        ties_table.label,
        comma=ties_table.comma,
    )
    for kind in settings.tie_kinds:
        if kind not in ties.kinds and not problems.count:
            notes.append(Note(f"{SETTINGS} declares a kind of tie that is not there: {kind}"))
    return assemble(name, people, ties, settings, problems, notes, people_table.label)


def _renames(settings: FileSettings, problems: Problems) -> dict[str, dict[str, str]]:
    """Return, by file, Uptake's name of a column by the client's."""
    renames: dict[str, dict[str, str]] = {"people": {}, "ties": {}}
    for ours, theirs in settings.columns.items():
        if ours in PEOPLE_COLUMNS:
            renames["people"][theirs] = ours
        elif ours in TIE_COLUMNS:
            renames["ties"][theirs] = ours
        else:
            problems.add(
                SETTINGS,
                f"columns.{ours}",
                "is no column Uptake knows",
                did_you_mean(ours, (*PEOPLE_COLUMNS, *TIE_COLUMNS)),
            )
    return renames
