"""Cells of Excel and ODS workbooks, read where nothing else can be harmed.

The library holds every cell of the rectangle that a sheet spans, and where it gives up it ends the
process: five kilobytes with a cell in the last row and column are enough.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress

from sim.importing.sheet import cell_text
from sim.processes import asked

MOST_BYTES, MOST_SECONDS = 2 * 1024**3, 120
"""Memory and processor time that a workbook may take, where the system holds a process to it."""

Sheets = list[tuple[str, list[list[str]] | None]]


def read_workbook(data: bytes, seconds: float = MOST_SECONDS) -> Sheets:
    """Return the sheets of a workbook as text, by name; an empty row has no cells.

    A sheet that is hidden is None: whoever sends a workbook does not see it. Raises OSError where
    it cannot be read.
    """
    return asked(__name__, "cells_of", data, max(1, int(min(seconds, MOST_SECONDS))))


def cells_of(data: bytes, seconds: int) -> Sheets:
    """Do what ``read_workbook`` does, in this process."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _bound(seconds)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            (sheet.name, [_texts(row) for row in book.get_sheet_by_name(sheet.name).to_python()])
            if sheet.visible == SheetVisibleEnum.Visible
            else (sheet.name, None)
            for sheet in book.sheets_metadata
        ]
    except (CalamineError, ValueError, MemoryError) as error:
        raise OSError(str(error) or "it takes too much memory") from None


def _texts(row: Sequence[object]) -> list[str]:
    cells = [cell_text(cell) for cell in row]
    return cells if any(cells) else []


def _bound(seconds: int) -> None:
    """Hold this process to some memory and time."""
    with suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_AS, MOST_BYTES), (resource.RLIMIT_CPU, seconds)):
            _, hard = resource.getrlimit(kind)
            with suppress(ValueError, OSError):  # it may be held to less already
                resource.setrlimit(kind, (most, hard))
