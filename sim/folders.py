"""Folders whose files are replaced all or none, whatever holds one of them open."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import InputError, Problem
from sim.files import EARLIER, entries, real, sweep_away, unfinished_name


def names_in(out: Path, mine: Container[str], command: str) -> set[str]:
    """Return what stands in the folder that ``--out`` names: nothing where it is not there yet.

    Raises InputError where it is a file, or holds files that are not ``mine``: the command's own.
    """
    where = f"--out {out}"
    if out.exists() and not out.is_dir():
        raise InputError([Problem(where, "", "is a file", "a folder, or a name not yet used")])
    names = entries(out) if out.is_dir() else set()
    if strange := sorted(name for name in names if name not in mine):
        what = f"holds files that {command} did not write, such as {strange[0]}"
        raise InputError([Problem(where, "", what, "another name")])
    return names


@contextmanager
def replaced(path: Path, is_mine: Callable[[str], bool], last: str) -> Iterator[Path]:
    """Give a folder to write into; its files take the place of the earlier ones in ``path``.

    All of them or none: where the work inside fails or is interrupted, or an earlier file
    cannot be replaced, nothing is left and ``path`` is as it was. What is not the command's own
    stays where it is. Where the system can, both folders change places at once; else (on a
    mounted volume, on Windows) file by file, which is undone where it fails, and by the next
    start where it was killed.

    Parameters
    ----------
    path : Path
        Need not be there.
    is_mine : callable
        Whether an earlier file of this name is to go.
    last : str
        The file that goes first and comes last: a folder without it is not whole.

    Raises
    ------
    InputError
        Where an earlier file cannot be replaced; names it.
    """
    path = real(path)
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_away(path.parent, deep=False)
        if path.is_dir():
            sweep_away(path)
        work = _work_beside(path)
        try:
            yield work
            _put(work, path, is_mine, last)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except BaseException:
        for folder in made:
            with suppress(OSError):  # nothing but what this call has made, and it is empty
                folder.rmdir()
        raise


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
