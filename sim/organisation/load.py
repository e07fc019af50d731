"""Load an organisation from a client's files or from a template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints
from sim.errors import did_you_mean, refusal
from sim.organisation.generate import generate
from sim.organisation.organisation import Organisation
from sim.organisation.people import (
    PEOPLE_COLUMNS,
    PeopleDraft,
    cycles,
    draw_values,
    natural,
    people_from_rows,
)
from sim.organisation.settings import FileSettings, Template, read_settings
from sim.organisation.ties import (
    TIE_COLUMNS,
    TieDraft,
    combine,
    reporting_lines,
    team_managers,
    ties_from_rows,
)
from sim.randomness import hash_text
from sim.sources import kind_seen
from sim.state import PEOPLE, VALUE_STEPS, VALUES
from sim.tables import MAX_ROWS, MemoryFile, Note, Problems, Readable, open_table

SETTINGS = "organisation.yaml"


def load(source: Path | str) -> Organisation:
    """Load an organisation.

    The same to the bit for any order of lines in the files. The source is a folder with people.csv
    and ties.csv (organisation.yaml may be left out), or the YAML file of a template. Raises
    InputError with all problems found, each with its place and its mend.
    """
    path = Path(source)
    if "\0" in str(path):
        raise refusal("organisation", "", "is no path", "a folder or a YAML file")
    try:
        if path.is_dir():
            return _load_folder(path)
        if path.is_file():
            return _load_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refusal(str(path), "", f"cannot be read ({reason})", "a file you may read") from None
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    right = "a folder with people.csv and ties.csv, or the YAML file of a template"
    if beside and (near := did_you_mean(path.name, sorted(beside))).startswith("did you mean"):
        right = near
    raise refusal(str(path), "", "there is no such folder or file", right)


def load_bytes(
    people: bytes, ties: bytes, *, name: str, scale: str = "", max_rows: int = MAX_ROWS,
    until: float = math.inf,
) -> Organisation:  # fmt: skip
    r"""Load an organisation from the bytes of its two files; nothing touches the disk.

    Raises InputError as for a folder; TimeoutError where the time is up.

    - ``people``, ``ties``: what people.csv and ties.csv hold.
    - ``name``: what the organisation is called.
    - ``scale``: ``five-point`` where survey answers are on that scale, as in organisation.yaml.
    - ``max_rows``: rows of each file that are read at most.
    - ``until``: time of ``time.monotonic`` at which reading is given up.
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
        raise refusal(str(path), "", "is no template", right)
    settings = read_settings(path)
    if isinstance(settings, Template):
        return generate(settings)
    if path.name == SETTINGS:
        return _load_folder(path.parent)
    raise refusal(f"{path.name}:1:1", "kind", "is not said to be a template", "kind: template")


def _load_folder(folder: Path) -> Organisation:
    settings: FileSettings | Template = FileSettings()
    if kind_seen(folder / SETTINGS) != "nothing":
        settings = read_settings(folder / SETTINGS)
    if isinstance(settings, Template):
        return generate(settings)
    return _load_tables(
        folder / settings.people, folder / settings.ties, settings, str(folder),
        settings.name or folder.resolve().name,
    )  # fmt: skip


def _load_tables(
    people_file: Readable, ties_file: Readable, settings: FileSettings, where: str, name: str
) -> Organisation:
    problems, notes = Problems(), list[Note]()
    renames = _renames(settings, problems)
    tables = [
        open_table(
            file, problems, notes, known=known, required=known[:needed], renames=renames[key],
            max_rows=settings.max_rows,
        )
        for file, key, known, needed in (
            (people_file, "people", PEOPLE_COLUMNS, 1), (ties_file, "ties", TIE_COLUMNS, 2),
        )
    ]  # fmt: skip
    first, second = tables
    if first is None:
        problems.raise_if_any(where)
        raise AssertionError("a table that cannot be opened has a problem")
    people = people_from_rows(
        first.rows(problems), list(first.columns), settings, problems, notes, first.label,
        comma=first.comma,
    )  # fmt: skip
    if second is None:
        problems.raise_if_any(where)
        raise AssertionError("a table that cannot be opened has a problem")
    ties = ties_from_rows(
        second.rows(problems), list(second.columns), people.ids, problems, notes, second.label,
        comma=second.comma,
    )  # fmt: skip
    for kind in settings.tie_kinds:
        if kind not in ties.kinds and not problems.count:
            notes.append(Note(f"{SETTINGS} declares a kind of tie that is not there: {kind}"))
    return assemble(name, people, ties, settings, problems, notes, first.label)


def _renames(settings: FileSettings, problems: Problems) -> dict[str, dict[str, str]]:
    """Return, by file, Uptake's name of a column by the client's."""
    renames: dict[str, dict[str, str]] = {"people": {}, "ties": {}}
    for ours, theirs in settings.columns.items():
        if ours in PEOPLE_COLUMNS or ours in TIE_COLUMNS:
            names = renames["people" if ours in PEOPLE_COLUMNS else "ties"]
            if (other := names.setdefault(theirs, ours)) != ours:
                what = f"names column {theirs!r:.60}, as columns.{other} does"
                problems.add(SETTINGS, f"columns.{ours}", what, "each column once")
        else:
            problems.add(
                SETTINGS, f"columns.{ours}", "is no column Uptake knows",
                did_you_mean(ours, (*PEOPLE_COLUMNS, *TIE_COLUMNS)),
            )  # fmt: skip
    return renames


def assemble(
    name: str, people: PeopleDraft, ties: TieDraft, settings: FileSettings, problems: Problems,
    notes: list[Note], label: str = "people.csv",
) -> Organisation:  # fmt: skip
    """Put people and ties in canonical order and fill in what nobody gave.

    ``label`` is how the source of people is called in messages. Raises InputError with all problems
    found so far.
    """
    _fill_managers(people, ties, problems, notes, label)
    problems.raise_if_any(label)
    if len(people.ids) > 1 and (people.manager < 0).all():
        notes.append(Note("no reporting lines: nobody is a manager"))
    level = _levels(people, settings, problems, notes, label)
    roles = tuple(sorted(set(people.role), key=natural))
    if len(roles) > np.iinfo(np.uint16).max:
        problems.add(label, "role", f"has {len(roles):,} different roles", "at most 65,535")
    problems.raise_if_any(label)

    teams = tuple(sorted(set(people.team), key=natural))
    team_row = {team: row for row, team in enumerate(teams)}
    team = np.array([team_row[member] for member in people.team], np.int64)
    id_rank = np.empty(len(people.ids), np.int64)
    id_rank[sorted(range(len(people.ids)), key=lambda p: natural(people.ids[p]))] = np.arange(
        len(people.ids)
    )
    order = np.lexsort((id_rank, team))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))

    role_row = {role: row for row, role in enumerate(roles)}
    array = np.zeros(len(order), PEOPLE)
    array["key"] = np.array([hash_text(person) for person in people.ids], np.uint64)[order]
    array["team"] = team[order]
    array["manager"] = np.where(people.manager >= 0, rank[people.manager], -1)[order]
    array["role"] = np.array([role_row[role] for role in people.role], np.uint16)[order]
    array["level"] = level[order]
    array["task_potential"] = _task_potential(people, settings, notes)[order]
    for state, cells in people.start_values.items():
        if drawn := int(np.isnan(cells).sum()):
            notes.append(Note(f"start_{state} not given: drawn", drawn))
    values = _values(array["key"], people.values[order], settings, notes)
    for column, value in enumerate(VALUES):
        array[value] = values[:, column]

    combined, kinds, tie_columns = combine(ties, rank, array, settings, notes)
    notes.extend(Note(text) for text in settings.notes)
    thresholds = people.threshold[order]
    kept = order.tolist()
    return Organisation(
        name=name, people=array,
        ids=np.array([people.ids[p] for p in kept], dtype=np.dtypes.StringDType()), teams=teams,
        roles=roles,
        team_start=np.searchsorted(array["team"], np.arange(len(teams) + 1)).astype(np.int64),
        team_manager=team_managers(array, len(teams)), ties=combined,
        start_values={state: cells[order] for state, cells in people.start_values.items()},
        thresholds=None if np.isnan(thresholds).all() else thresholds,
        columns={name: [cells[p] for p in kept] for name, cells in people.columns.items()},
        kinds=kinds, tie_columns=tie_columns, notes=tuple(notes),
    )  # fmt: skip


def _fill_managers(
    people: PeopleDraft, ties: TieDraft, problems: Problems, notes: list[Note], label: str
) -> None:
    """Take managers from ``reports_to`` ties where people.csv names none."""
    by_report: dict[int, list[int]] = {}
    for report, manager in reporting_lines(ties):
        if report != manager:
            by_report.setdefault(report, []).append(manager)
    filled, several, different = 0, 0, 0
    for report, managers in by_report.items():
        given = int(people.manager[report])
        if given >= 0:
            different += given not in managers
            continue
        managers.sort(key=lambda row: natural(people.ids[row]))
        several += len(managers) > 1
        people.manager[report] = managers[0]
        filled += 1
    if filled:
        notes.append(Note("manager taken from a reports_to tie", filled))
        for cycle in cycles(people.manager):
            chain = " → ".join(people.ids[row] for row in (*cycle[:8], cycle[0]))
            what = f"reporting lines (with reports_to ties) go round in a circle: {chain}"
            problems.add(label, "manager_id", what, "no reports_to tie at the top")
    if several:
        notes.append(Note("person who reports to several people: the first id kept", several))
    if different:
        notes.append(Note("reports_to tie differs from manager_id: manager_id kept", different))


def _levels(
    people: PeopleDraft, settings: FileSettings, problems: Problems, notes: list[Note], label: str
) -> Ints:
    """Return levels in the order of the draft, 1 or more, smaller is higher."""
    depth = _depth(people.manager)
    given = ~np.isnan(people.level)
    if not given.any():
        has_lines = bool((people.manager >= 0).any())
        how = "counted from the top of the reporting lines" if has_lines else "1 for everyone"
        notes.append(Note(f"no level given: {how}"))
        level = depth
    else:
        level = np.where(given, people.level, 0).astype(np.int64)
        low, high = int(level[given].min()), int(level[given].max())
        if _top_is_low(people, level, given, settings, problems, notes, (low, high)):
            level += 0 if low >= 1 else 1 - low
        else:
            level = high + 1 - level
        if not given.all():
            notes.append(
                Note("level not given: one below the manager's, or the lowest", int((~given).sum()))
            )
            lowest = int(level[given].max())
            for person in np.argsort(depth, kind="stable").tolist():
                if not given[person]:
                    boss = int(people.manager[person])
                    level[person] = level[boss] + 1 if boss >= 0 else lowest
    if level.max() > np.iinfo(np.uint8).max:
        problems.add(label, "level", f"goes down to {level.max():,}", "at most 255 levels")
    return level


def _top_is_low(
    people: PeopleDraft, level: Ints, given: Bools, settings: FileSettings, problems: Problems,
    notes: list[Note], ends: tuple[int, int],
) -> bool:  # fmt: skip
    if settings.top_level is not None:
        if settings.top_level not in ends:
            problems.add(
                "organisation.yaml",
                "top_level",
                f"is {settings.top_level}, inside the levels {ends[0]} to {ends[1]}",
                f"{ends[0]} or {ends[1]}",
            )
        return settings.top_level == ends[0]
    if ends[0] == ends[1]:
        return True
    report = np.flatnonzero((people.manager >= 0) & given)
    report = report[given[people.manager[report]]]
    below = level[report] - level[people.manager[report]]
    low, high = int((below > 0).sum()), int((below < 0).sum())
    if low == high:
        notes.append(
            Note(
                "no reporting line tells which level is the top: "
                f"{ends[0]} taken (organisation.yaml may say top_level)"
            )
        )
        return True
    if odd := min(low, high):
        notes.append(Note("person on a higher level than their manager", odd))
    return low > high


def _depth(manager: Ints) -> Ints:
    depth = np.ones(len(manager), np.int64)
    above = manager.copy()
    while (going := above >= 0).any():
        depth += going
        above[going] = manager[above[going]]
    return depth


def _task_potential(people: PeopleDraft, settings: FileSettings, notes: list[Note]) -> Floats:
    result = people.task_potential.copy()
    empty = np.isnan(result)
    if empty.any():
        declared = settings.task_potential
        if isinstance(declared, float | int):
            result[empty] = declared
            how = f"{declared:g}"
        else:
            of_role = np.array([declared.get(role, 0.5) for role in people.role])
            result[empty] = of_role[empty]
            how = "by role, as declared; 0.5 for a role not named"
        who = "for everyone" if empty.all() else ""
        notes.append(Note(f"task potential not given: {how} {who}".rstrip(), int(empty.sum())))
    return result


def _values(
    keys: NDArray[np.uint64], given: Floats, settings: FileSettings, notes: list[Note]
) -> NDArray[np.uint8]:
    missing = np.isnan(given)
    result: NDArray[np.uint8] = np.rint(np.where(missing, 0, given) * VALUE_STEPS).astype(np.uint8)
    if missing.any():
        result[missing] = draw_values(keys, settings.values)[missing]
        which = _names(VALUES, missing)
        notes.append(
            Note(f"values imputed from the mix of profiles ({which})", int(missing.any(1).sum()))
        )
    return result


def _names(names: Sequence[str], missing: Bools) -> str:
    some = [name for column, name in enumerate(names) if missing[:, column].any()]
    return "all seven" if len(some) == len(names) else ", ".join(some)
