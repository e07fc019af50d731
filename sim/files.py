"""Files that are whole or not there, whoever writes them and whenever that is killed."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

_UNFINISHED = ".unfinished-"

EARLIER = "earlier."
"""How the name of a folder begins that holds what is being replaced, file by file."""


def real(path: Path | str) -> Path:
    """Return a path without links; of a circle of links, what is done with it says so.

    Up to Python 3.12 ``Path.resolve`` ends there with an error that is none of the system's.
    """
    return Path(os.path.realpath(path))


@cache
def _machine() -> str:
    """Return a short name of the machine or container that numbers its own processes."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")  # a container has its own
    return blake2b(f"{socket.gethostname()} {space}".encode(), digest_size=4).hexdigest()


def unfinished_name(name: str) -> str:
    """Return the name of a file while it is written: it tells which process writes it."""
    short = name.encode(errors="replace")[:120].decode(errors="ignore")
    mark = f"{_machine()}-{os.getpid()}-{_began(os.getpid())}"
    return f"{short}{_UNFINISHED}{mark}.{secrets.token_hex(3)}"


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to write a file through; it gets its name once all of it is on disk.

    Where writing fails, ``path`` is as it was. The folder must be there.

    Raises OSError also where a folder, a device, a pipe or a socket stands at ``path``: a file
    would take its place.
    """
    _check_place(path)
    work = path.with_name(unfinished_name(path.name))
    try:
        with work.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(work, path)
    except OSError as error:
        if error.filename == str(work):  # whoever reads of it knows the file by its own name
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        work.unlink(missing_ok=True)


def _check_place(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
        return  # nothing, or a link to nothing
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is no file but a device, a pipe or a socket", str(path))


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file that is whole or not there, even if the machine stops; text as UTF-8.

    What is no text, as in the name of a file, becomes an escape that JSON reads.
    """
    with whole(path) as stream:
        stream.write(
            content.encode(errors="backslashreplace") if isinstance(content, str) else content
        )


def sweep_away(folder: Path, *, deep: bool = True) -> None:
    """Remove what processes of this machine left unfinished that are no longer alive.

    Parameters
    ----------
    deep : bool
        Whether folders in it are swept too.
    """
    patterns = (f"*{_UNFINISHED}*", f"*/*{_UNFINISHED}*")[: 1 + deep]
    for work in [work for pattern in patterns for work in folder.glob(pattern)]:
        if not _is_left(work.name):
            continue
        with suppress(OSError):  # of another user, or gone by now
            if work.is_dir() and not work.is_symlink():
                _put_back(work)
                _clear(work)
            else:
                work.unlink()


def temporary() -> Iterator[Path]:
    """Yield folders for temporary files, the system's own first; others may have shorter paths."""
    with suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir()).absolute()
    if os.name != "nt":
        yield from (Path("/tmp"), Path("/var/tmp"))


@contextmanager
def scratch(longest: int = 4000) -> Iterator[Path]:
    """Give a folder for what is of use in passing only.

    It goes at the end; where that never came, at the next call.

    Parameters
    ----------
    longest : int
        Bytes that its path may have; sockets need a short one.

    Raises
    ------
    OSError
        Where no folder for temporary files takes it.
    """
    work = _made_scratch(longest)
    try:
        yield work
    finally:
        _clear(work)


def _made_scratch(longest: int) -> Path:
    failed = None
    for home in temporary():
        for work in home.glob(f"uptake{_UNFINISHED}*"):
            if _is_left(work.name):
                _clear(work)
        work = home / unfinished_name("uptake")
        if len(os.fsencode(work)) > longest:
            continue
        try:
            work.mkdir(mode=0o700)
        except OSError as error:
            failed = failed or error
        else:
            return work
    what = "no folder for temporary files can be used — TMPDIR set to a short path you may write to"
    raise failed or OSError(errno.ENOENT, what)


def _clear(work: Path) -> None:
    """Remove a folder with what is in it, even while a process that is ending writes there."""
    for _ in range(50):
        try:
            shutil.rmtree(work)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT) or not work.exists():
                break
            time.sleep(0.02)
    shutil.rmtree(work, ignore_errors=True)


def _is_left(name: str) -> bool:
    """Return whether an unfinished file is of a process of this machine that is no longer alive."""
    mark = name.rpartition(_UNFINISHED)[2].partition(".")[0]
    machine, pid, began, *_ = *mark.split("-"), "", ""
    if machine != _machine() or not pid.isdecimal():
        return False
    now = _began(int(pid))
    return not _alive(int(pid)) or bool(began and now and began != now)


def _began(pid: int) -> str:
    """Return when a process began, as the system counts; empty where it does not tell.

    Another process may have the number of one that is gone.
    """
    with suppress(OSError, IndexError, ValueError):
        about = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return "gone" if about[0] in (b"Z", b"X") else f"{int(about[19]):x}"
    return ""


def _put_back(work: Path) -> None:
    """Put back what was being replaced, unless the last of the new files is there."""
    name = work.name.rpartition(_UNFINISHED)[0]
    if not name.startswith(EARLIER) or (work.parent / name.removeprefix(EARLIER)).exists():
        return
    for file in sorted(work.iterdir(), key=lambda file: file.name == name.removeprefix(EARLIER)):
        os.replace(file, work.parent / file.name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


# -- what stands in a folder

_DROPPED = frozenset(
    {
        "icon\r", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin",
        "recycler", "system volume information", "lost+found", "@eadir",
    }
)  # fmt: skip
_DROPPED_STARTS = (".", "~$")
_DROPPED_ENDS = ("~", ".crdownload", ".part", ".swp")


def is_dropped_by_system(name: str) -> bool:
    """Return whether an operating system, an editor or an office program drops files of this name.

    Whatever begins with a dot counts too. They say nothing of a folder: they do not stand in
    the way, and are left where they are.

    Examples
    --------
    >>> is_dropped_by_system(".DS_Store"), is_dropped_by_system("~$plan.xlsx")
    (True, True)
    >>> is_dropped_by_system("notes.txt")
    False
    """
    low = name.lower()
    return low in _DROPPED or low.startswith(_DROPPED_STARTS) or low.endswith(_DROPPED_ENDS)


def entries(folder: Path) -> set[str]:
    """Return the names in a folder, without what systems drop and what is unfinished."""
    return {
        entry.name
        for entry in folder.iterdir()
        if _UNFINISHED not in entry.name and not is_dropped_by_system(entry.name)
    }
