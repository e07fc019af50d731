"""An error that nobody foresaw: one line for the user, the traceback in a file."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sim.cli.surroundings import read_by_libraries

__all__ = ["described"]

_KEPT = 20
"""Log files that are kept, the latest."""


def described(error: BaseException, arguments: Sequence[str]) -> str:
    """Keep the traceback of an error in a file; return one line that says so.

    Parameters
    ----------
    arguments : sequence of str
        What the command was given.
    """
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    what = "".join(char if char.isprintable() else "?" for char in what)
    settings = read_by_libraries(os.environ)
    line = f"Unforeseen error ({what})"
    if settings:
        line += f", with {', '.join(settings)[:200]} in the environment"
    file = _logged(error, arguments, settings)
    where = "--debug shows the traceback" if file is None else f"the traceback is in {file}"
    return f"{line} — {where}"


def _logged(error: BaseException, arguments: Sequence[str], settings: Sequence[str]) -> Path | None:
    """Write the log file into the first folder that takes it."""
    from sim.results.manifest import uptake_version

    now = datetime.now()
    lines = [
        f"uptake {' '.join(arguments)}",
        f"Uptake {uptake_version()}, Python {sys.version}, {platform.platform()}, {now}",
        *settings,
        "",
        *traceback.format_exception(error),
    ]
    text = "\n".join(line.rstrip("\n") for line in lines) + "\n"
    name = f"error-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8", errors="backslashreplace")
            for old in sorted(folder.glob("error-*.log"))[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            continue
        return folder / name
    return None


def _folders() -> Iterator[Path]:
    from platformdirs import user_log_path

    own = user_log_path("uptake", appauthor=False)
    if own.is_absolute():
        yield own
    try:
        yield Path(tempfile.gettempdir())
    except OSError:
        return
