"""Reading diffusion data from a folder, and saying what is wrong with them."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecasting.data import Diffusion, Floats, Ints
from sim.errors import InputError, Problem
from sim.organisation import Organisation, load

__all__ = ["both_ways", "read_diffusion"]

_TIMES = ("time", "round", "period")
_YES = {"1", "1.0", "yes", "true", "y"}
_NO = {"", "0", "0.0", "no", "false", "n"}
_WHOLE = re.compile(r"\+?\d{1,6}(\.0*)?")
_DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*")
_FILE = "a file with columns id, time and censored, a line a person"
_PERIOD = "a whole period from 1, such as the month since the start"
_MOST = 20


def read_diffusion(folder: Path, *, undirected: bool = False) -> Diffusion:
    r"""Return the diffusion data of a folder.

    Parameters
    ----------
    folder : Path
        An organisation's folder (people.csv with a team, ties.csv) with adoptions.csv beside:
        ``id``; ``time`` (or ``round``, for decisions in rounds: whole periods from 1);
        ``censored`` (1: not adopted as long as observed; its time is one after the last period
        observed, or blank for all of them; without the column a blank time says the same).
        Where people come and go: ``entered`` and ``left``, the first and the last period in
        which a person is there, here or in people.csv, blank for from the start or to the end.
        ``series.csv``, where there is one, has a line a period: ``period``, and columns of
        numbers known from outside (prices, releases, season), which move everybody.
    undirected : bool
        Whether a tie in the file holds both ways.

    Returns
    -------
    Diffusion

    Raises
    ------
    InputError
        With the problems found, each with its place and its mend.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "people.csv").write_text("id,team,entered\na,x,\nb,x,3")
    >>> _ = (folder / "ties.csv").write_text("source,target\na,b")
    >>> _ = (folder / "adoptions.csv").write_text("id,round\na,2\nb,4")
    >>> read_diffusion(folder, undirected=True).at_risk.astype(int).tolist()
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    """
    organisation = load(folder)
    if undirected:
        organisation = both_ways(organisation)
    reader = _Reader(folder, organisation)
    time, last, entered, left = reader.times()
    series = reader.series(last)
    reader.conclude()
    data = Diffusion(organisation, time, last, series=series)
    if (entered > 1).any() or (left < last).any():
        data = replace(data, entered=entered, left=left)
    return data


@dataclass
class _Reader:
    """The reading of one folder; problems are gathered."""

    folder: Path
    organisation: Organisation

    def __post_init__(self) -> None:
        self.file = self.folder / "adoptions.csv"
        self.problems: list[Problem] = []

    def conclude(self) -> None:
        """Raise what was found wrong."""
        if self.problems:
            raise InputError(self.problems[:_MOST])

    def _wrong(self, where: str, path: str, what: str, right: str) -> None:
        self.problems.append(Problem(where, path, what, right))

    def _lines(self, file: Path, right: str) -> tuple[list[str], list[dict[str, str]]]:
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                opening = stream.readline()
                stream.seek(0)
                rows = csv.reader(stream, delimiter=";" if ";" in opening else ",")
                names = [name.strip().lower() for name in next(rows, [])]
                lines = [
                    {n: (row[k].strip() if k < len(row) else "") for k, n in enumerate(names)}
                    | {"line": str(rows.line_num)}
                    for row in rows
                    if any(cell.strip() for cell in row)
                ]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise InputError([Problem(str(file), "", f"cannot be read ({said})", right)]) from None
        return names, lines

    def times(self) -> tuple[Ints, int, Ints, Ints]:
        """Return times, the last period, and when each person entered and left."""
        names, lines = self._lines(self.file, _FILE)
        column = next((name for name in _TIMES if name in names), None)
        if "id" not in names or column is None:
            dated = "id" in names and any(n in names for n in ("adopted", "adopter", "censored"))
            what = "says who adopted, not when" if dated else "has no column id or no column time"
            right = (
                f"a column time: {_PERIOD}; take-up without dates cannot be forecast or scored"
                if dated
                else _FILE
            )
            raise InputError([Problem(str(self.file), "time", what, right)])
        by_id = self._by_id(lines)
        ids = [str(one) for one in self.organisation.ids]
        if missing := [one for one in ids if one not in by_id]:
            raise InputError(
                [Problem(str(self.file), "id", f"has no line for {missing[0]}", _FILE)]
            )
        lines = [by_id[one] for one in ids]
        never = [self._never(line, column, "censored" in names) for line in lines]
        given = [self._whole(line, column, blank=no) for line, no in zip(lines, never, strict=True)]
        self.conclude()
        entered = self._presence("entered", lines)
        left = self._presence("left", lines)
        self.conclude()
        pairs = list(zip(given, never, strict=True))
        known = [t - no for t, no in pairs if t]
        if not any(t and not no for t, no in pairs):
            raise InputError(
                [Problem(str(self.file), column, "names no period of adoption", _PERIOD)]
            )
        last = max([*known, *(t for t in (*entered, *left) if t)])
        time = np.array([last + 1 if no else t for t, no in pairs], np.int64)
        start = np.array([t or 1 for t in entered], np.int64)
        until = [t or (g - 1 if no and g else last) for t, (g, no) in zip(left, pairs, strict=True)]
        end = np.array(until, np.int64)
        self._in_order(lines, time, last, start, end)
        return time, last, start, end

    def _by_id(self, lines: Sequence[dict[str, str]]) -> dict[str, dict[str, str]]:
        result: dict[str, dict[str, str]] = {}
        for line in lines:
            if line["id"] in result:
                where = f"{self.file}:{line['line']}"
                self._wrong(where, "id", f"{line['id']} has a second line", "a line a person")
            result[line["id"]] = line
        return result

    def _never(self, line: dict[str, str], column: str, said: bool) -> bool:
        if not said:
            return not line[column]
        text = line["censored"].lower()
        if text not in _YES | _NO:
            where = f"{self.file}:{line['line']}"
            self._wrong(where, "censored", f"is {text!r:.40}", "1 (never adopted) or 0")
        return text in _YES

    def _whole(self, line: dict[str, str], column: str, *, blank: bool) -> int:
        """Return a period; 0 where it is blank and may be."""
        text = line[column]
        if not text and blank:
            return 0
        if _WHOLE.fullmatch(text) and float(text) >= 1:
            return int(float(text))
        where, right = f"{self.file}:{line['line']}", _PERIOD
        if not text:
            what = "adopted, but not said when"
            right = f"{_PERIOD}, or censored 1; take-up without dates cannot be scored"
        elif _DATE.fullmatch(text):
            what = f"is a date, {text!r:.40}"
            right = f"{_PERIOD}: count weeks or months from the first one"
        else:
            what = f"is {text!r:.40}"
        self._wrong(where, column, what, f"{right} (columns id, time and censored)")
        return 0

    def _presence(self, name: str, lines: Sequence[dict[str, str]]) -> list[int]:
        """Return periods of entering or leaving by person; 0 where not given."""
        if name in lines[0]:
            return [self._whole(line, name, blank=True) for line in lines]
        cells = self.organisation.columns.get(name)
        if cells is None:
            return [0] * len(lines)
        result = []
        for one, cell in zip(self.organisation.ids, cells, strict=True):
            text = str(cell).strip()
            fine = not text or (_WHOLE.fullmatch(text) and float(text) >= 1)
            if not fine:
                where = str(self.folder / "people.csv")
                self._wrong(where, name, f"of {one} is {text!r:.40}", _PERIOD)
            result.append(int(float(text)) if text and fine else 0)
        return result

    def _in_order(
        self, lines: Sequence[dict[str, str]], time: Ints, last: int, start: Ints, end: Ints
    ) -> None:
        for k in np.flatnonzero(start > end).tolist():
            where = f"{self.file}:{lines[k]['line']}"
            what = f"of {lines[k]['id']} is {end[k]}, before entering in {start[k]}"
            self._wrong(where, "left", what, "the last period in which the person is there")
        outside = (time <= last) & ((time < start) | (time > end)) & (start <= end)
        for k in np.flatnonzero(outside).tolist():
            where = f"{self.file}:{lines[k]['line']}"
            before = time[k] < start[k]
            what = f"of {lines[k]['id']} is {time[k]}, "
            what += f"before entering in {start[k]}" if before else f"after leaving in {end[k]}"
            right = "a period in which the person is there; without who came with it already"
            self._wrong(where, "time", what, right if before else right.partition(";")[0])

    def series(self, periods: int) -> dict[str, Floats]:
        """Return the outside series of series.csv by name; none where there is no such file."""
        file = self.folder / "series.csv"
        if not file.is_file():
            return {}
        right = "columns period and one or more of numbers, a line a period"
        names, lines = self._lines(file, right)
        others = [name for name in names if name and name != "period"]
        if "period" not in names or not others:
            self._wrong(str(file), "period", "is not there, or no series is", right)
            return {}
        table: dict[str, dict[int, float]] = {name: {} for name in others}
        for line in lines:
            where = f"{file}:{line['line']}"
            if not _WHOLE.fullmatch(line["period"]):
                self._wrong(where, "period", f"is {line['period']!r:.40}", _PERIOD)
                continue
            period = int(float(line["period"]))
            for name in others:
                value = _number(line[name])
                if value is None:
                    self._wrong(where, name, f"is {line[name]!r:.40}", "a number in every period")
                elif period in table[name]:
                    self._wrong(where, "period", f"{period} has a second line", "a line a period")
                table[name][period] = value or 0.0
        wanted = range(1, periods + 1)
        missing = [t for t in wanted if any(t not in table[name] for name in others)]
        if missing and not self.problems:
            self._wrong(str(file), "period", f"{missing[0]} is missing", f"1 to {periods}")
        if self.problems:
            return {}
        return {name: np.array([table[name][t] for t in wanted]) for name in others}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def both_ways(organisation: Organisation) -> Organisation:
    """Return the organisation with every tie holding both ways.

    A pair whose tie is given in both directions has the heavier of the two; weights are
    shares of attention afterwards, as always.

    Parameters
    ----------
    organisation : Organisation

    Returns
    -------
    Organisation
        With one kind of tie.

    Examples
    --------
    >>> from sim.organisation import from_arrays
    >>> both_ways(from_arrays(3, [0, 1], [1, 2])).ties.weight.tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    ties, n = organisation.ties, organisation.n_people
    raw = np.zeros(len(ties.target))
    for kind in organisation.kinds:
        raw += kind.weight * kind.answered
    if not raw.any():
        raw = ties.weight.astype(float)
    ends = organisation.tie_source, ties.target.astype(np.int64)
    pair: NDArray[np.int64] = np.concatenate((ends[0] * n + ends[1], ends[1] * n + ends[0]))
    flags = np.concatenate((ties.flags, ties.flags))
    unique, where = np.unique(pair, return_inverse=True)
    weight = np.zeros(len(unique))
    np.maximum.at(weight, where, np.concatenate((raw, raw)))
    kept = np.zeros(len(unique), ties.flags.dtype)
    kept[where] = flags
    source, target = np.divmod(unique, n)
    total = np.bincount(source, weight, n)[source]
    start = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=n))))
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    symmetric = replace(
        ties,
        start=start.astype(np.int64),
        target=target.astype(ties.target.dtype),
        weight=share.astype(ties.weight.dtype),
        flags=kept,
    )
    kinds = tuple(replace(kind, answered=weight.copy()) for kind in organisation.kinds[:1])
    return replace(organisation, ties=symmetric, kinds=kinds, tie_columns={})
