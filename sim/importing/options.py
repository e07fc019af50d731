"""How files are imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """How files are imported.

    Parameters
    ----------
    name : str
        Of the organisation.
    mapping : Path or dict, optional
        What each sheet is: a file as an earlier import wrote it, or what one says of its sheets.
    sheets : tuple of str
        Sheets of workbooks that are read; all by default.
    key : bytes, optional
        Key of pseudonyms; ids stay as they are without one.
    window : int, optional
        Weeks of a log of messages that count, before its end.
    least : float
        Weight below which a tie of a log is left out.
    seed : int
        Of ties that are made up.
    """

    name: str = "Imported organisation"
    mapping: Path | dict[str, Any] | None = None
    sheets: tuple[str, ...] = ()
    key: bytes | None = None
    window: int | None = None
    least: float = 0.0
    seed: int = 1
