"""Files, and folders of them, that are whole or not there, whenever who writes them is killed."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from sim.errors import InputError, Problem, refusal

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

    Where writing fails, ``path`` is as it was. The folder must be there. Raises OSError also where
    a folder, a device, a pipe or a socket stands at ``path``: a file would take its place.
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

    Folders in it are swept too where it is to be ``deep``.
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

    It goes at the end; where that never came, at the next call. Its path has at most ``longest``
    bytes: sockets need a short one. Raises OSError where no folder for temporary files takes it.
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


def names_in(out: Path, mine: Container[str], command: str) -> set[str]:
    """Return what stands in the folder that ``--out`` names: nothing where it is not there yet.

    Raises InputError where it is a file, or holds files that are not ``mine``: the command's own.
    """
    where = f"--out {out}"
    if out.exists() and not out.is_dir():
        raise refusal(where, "", "is a file", "a folder, or a name not yet used")
    names = entries(out) if out.is_dir() else set()
    if strange := sorted(name for name in names if name not in mine):
        what = f"holds files that {command} did not write, such as {strange[0]}"
        raise refusal(where, "", what, "another name")
    return names


@contextmanager
def replaced(path: Path, is_mine: Callable[[str], bool], last: str) -> Iterator[Path]:
    """Give a folder to write into; its files take the place of the earlier ones in ``path``.

    All of them or none: where the work inside fails or is interrupted, or an earlier file
    cannot be replaced, nothing is left and ``path`` is as it was. What is not the command's own
    stays where it is. Where the system can, both folders change places at once; else (on a
    mounted volume, on Windows) file by file, which is undone where it fails, and by the next
    start where it was killed.

    ``path`` need not be there. ``is_mine`` says whether an earlier file of a name is to go;
    ``last`` is the file that goes first and comes last: a folder without it is not whole. Raises
    InputError where an earlier file cannot be replaced, which it names, and where another command
    has written there meanwhile.
    """
    path = real(path)
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_away(path.parent, deep=False)
        if path.is_dir():
            sweep_away(path)
        work, before = _work_beside(path), _written(path / last)
        try:
            yield work
            if _written(path / last) != before:
                what = "was written by another command meanwhile"
                raise refusal(str(path), "", what, "another name")
            _put(work, path, is_mine, last)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except BaseException:
        for folder in made:
            with suppress(OSError):  # nothing but what this call has made, and it is empty
                folder.rmdir()
        raise


def _written(file: Path) -> tuple[int, int] | None:
    """Return what tells a file that is there from one that is written later."""
    with suppress(OSError):
        about = file.stat()
        return about.st_ino, about.st_mtime_ns
    return None


def _work_beside(path: Path) -> Path:
    """Make a folder to work in: beside ``path``, or in it where that is a volume of its own."""
    name = unfinished_name(f".{path.name}")
    if not path.exists():
        places = [path.parent]
    elif os.path.ismount(path) or not os.access(path.parent, os.W_OK):
        places = [path]
    else:
        places = [path.parent, path]
    for place in places[:-1]:
        with suppress(OSError):
            (place / name).mkdir()
            return place / name
    try:
        (places[-1] / name).mkdir()
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    return places[-1] / name


def _put(work: Path, path: Path, is_mine: Callable[[str], bool], last: str) -> None:
    if not path.exists():
        try:
            os.rename(work, path)
            return
        except OSError:
            if not path.exists():  # else another has made it meanwhile
                raise
    there = [entry for entry in path.iterdir() if entry != work]
    earlier = sorted((e.name for e in there if is_mine(e.name)), key=lambda name: name != last)
    for name in earlier:
        if (path / name).is_dir() and not (path / name).is_symlink():
            raise _in_use(path / name, "a folder of that name")
    others = [entry for entry in there if not is_mine(entry.name)]
    if work.parent != path and _can_change_places(work, path, others):
        try:
            _move(earlier, work, _made(work / unfinished_name("away")))
        except BaseException as error:
            _exchange(work, path)
            if isinstance(error, _InUseError):
                error = _in_use(path / error.name, error.why)
            raise error from None
    else:
        _file_by_file(work, path, earlier, last)


def _can_change_places(work: Path, path: Path, others: Sequence[Path]) -> bool:
    """Bring what stays over into ``work``; return whether the two folders can be exchanged."""
    before, after = path.stat(), work.stat()
    if (before.st_uid, before.st_gid) != (after.st_uid, after.st_gid):
        return False
    with suppress(OSError):
        if Path.cwd().is_relative_to(path):
            return False  # whoever stands in it would stand in a folder that is gone
    try:
        for other in others:
            _link(other, work / other.name)
        shutil.copymode(path, work)
        _exchange(work, path)
    except OSError:
        for other in others:
            if (work / other.name).is_dir() and not (work / other.name).is_symlink():
                shutil.rmtree(work / other.name, ignore_errors=True)  # of links: nothing is lost
            else:
                (work / other.name).unlink(missing_ok=True)
        return False
    return True


def _link(source: Path, target: Path) -> None:
    """Give a file, or all files of a folder, a second name.

    Raises OSError where that cannot be, or a folder of that kind cannot be made here.
    """
    if source.is_symlink() or not source.is_dir():
        os.link(source, target, follow_symlinks=False)
        return
    target.mkdir()
    about, made = source.stat(), target.stat()
    if (about.st_uid, about.st_gid, about.st_dev) != (made.st_uid, made.st_gid, made.st_dev):
        raise OSError("a folder of somebody else, or of another volume")
    for entry in source.iterdir():
        _link(entry, target / entry.name)
    shutil.copystat(source, target)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change their names at once.

    Raises OSError where the system, or this file system, cannot.
    """
    import ctypes

    if not sys.platform.startswith("linux"):
        raise OSError("no exchange here")
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        raise OSError("no exchange here") from None
    here, exchange = -100, 2
    if rename(here, os.fsencode(one), here, os.fsencode(other), exchange):
        raise OSError(ctypes.get_errno(), "no exchange here")


def _file_by_file(work: Path, path: Path, earlier: Sequence[str], last: str) -> None:
    new = sorted((entry.name for entry in work.iterdir()), key=lambda name: name == last)
    away = _made(path / unfinished_name(f"{EARLIER}{last}"))
    try:
        _move(earlier, path, away)
        try:
            _move(new, work, path)
        except BaseException:
            _move(earlier[::-1], away, path)
            raise
    except _InUseError as error:
        away.rmdir()
        raise _in_use(path / error.name, error.why) from None
    except BaseException:
        with suppress(OSError):
            away.rmdir()
        raise
    shutil.rmtree(away, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class _InUseError(Exception):
    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why


def _move(names: Sequence[str], source: Path, target: Path) -> None:
    """Move files in their order, or none of them."""
    moved: list[str] = []
    try:
        for name in names:
            os.rename(source / name, target / name)
            moved.append(name)
    except BaseException as error:
        for name in reversed(moved):
            os.rename(target / name, source / name)
        if isinstance(error, OSError):
            raise _InUseError(names[len(moved)], error.strerror or "it cannot be moved") from None
        raise


def _in_use(file: Path, why: str) -> InputError:
    right = "close what has it open, or another name; what was there is as it was"
    return InputError([Problem(str(file), "", f"cannot be replaced: is in use ({why})", right)])
