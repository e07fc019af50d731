"""Claims that were put to the test: what is recorded of them (``experiments/claims`` makes it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem

__all__ = ["RECORDED", "read_recorded"]

RECORDED = Path(__file__).with_name("recorded.json")
"""The table of all claims that ``uptake claims`` prints."""


def read_recorded(path: Path = RECORDED) -> list[dict[str, Any]]:
    """Return the recorded claims that ship with Uptake, in the order of their numbers.

    Raises
    ------
    InputError
        Where the file is not there or cannot be read.
    """
    right = "run python experiments/claims/run.py in a clone of the repository"
    try:
        content: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(path.name, "", "no claims are recorded yet", right)]) from None
    except (OSError, ValueError) as error:
        raise InputError([Problem(path.name, "", f"cannot be read: {error}", right)]) from None
    return content
