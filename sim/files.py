"""Files that are whole or not there, whoever writes them and whenever that is killed."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["sweep_away", "unfinished_name", "whole", "write_whole"]

_UNFINISHED = ".unfinished-"


def unfinished_name(name: str) -> str:
    """Return the name of a file while it is written: it tells which process writes it."""
    return f"{name}{_UNFINISHED}{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to write a file through; it gets its name once all of it is on disk.

    Where writing fails, ``path`` is as it was. The folder must be there.
    """
    work = path.with_name(unfinished_name(path.name))
    try:
        with work.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(work, path)
    finally:
        work.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file that is whole or not there, even if the machine stops; text as UTF-8."""
    with whole(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def sweep_away(folder: Path) -> None:
    """Remove what processes of this machine left unfinished that are no longer alive."""
    host = socket.gethostname()
    for work in (*folder.glob(f"*{_UNFINISHED}*"), *folder.glob(f"*/*{_UNFINISHED}*")):
        name, pid, _ = work.name.rpartition(_UNFINISHED)[2].rsplit("-", 2)
        if name == host and pid.isdigit() and not _alive(int(pid)):
            work.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
