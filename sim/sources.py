"""Read a path: a regular file up to a size, or one error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sim.errors import InputError, Problem, did_you_mean

__all__ = [
    "beside",
    "inside",
    "is_regular",
    "kind_of_path",
    "kind_seen",
    "read_regular",
    "read_text_file",
]  # fmt: skip


def kind_of_path(path: Path | str) -> str:
    """Return which kind of file a path is.

    Returns
    -------
    str
        ``file``, ``folder``, ``nothing``, or in words what else it is: nothing of that kind is
        ever opened, because reading a device or a pipe need not end.

    Raises
    ------
    OSError
        Where that cannot be told: no right to look, a loop of links, a name too long.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except ValueError as error:  # a NUL, or half a character
        raise OSError(22, "is no path") from error
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((said for holds, said in kinds if holds(mode)), "a device")


def kind_seen(path: Path | str) -> str:
    """Return which kind of file a path is; ``nothing`` too where that cannot be told."""
    try:
        return kind_of_path(path)
    except OSError:
        return "nothing"


def is_regular(path: Path | str) -> bool:
    """Return whether a path is a regular file that can be looked at."""
    return kind_seen(path) == "file"


def beside(file: Path, name: str) -> Path | str:
    """Return the path of what a file names, where it stands beside it; otherwise the name."""
    path = file.parent / name
    return name if kind_seen(path) == "nothing" else path


def inside(folder: Path, *names: str) -> None:
    """Refuse links in a folder, under these names, that lead out of it.

    Raises
    ------
    InputError
        Where a link among them leads out of the folder.
    """
    home = Path(os.path.realpath(folder))
    for name in names:
        path = folder / name
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(home):
            right = "a folder that holds its own files"
            raise InputError([Problem(str(path), "", "is a link out of the folder", right)])


def read_regular(
    path: Path, most: int, right: str, *, name: str = "", what: str = "this file"
) -> bytes:
    """Return the bytes of a regular file.

    Parameters
    ----------
    most : int
        Bytes it may have.
    right : str
        What would be right, for errors.
    name : str
        What the file is called in errors; its path unless given.
    what : str
        What it is, where it is too large.

    Raises
    ------
    InputError
        Where there is none, it cannot be read, or it is a folder, a device, a pipe or too large.
    """
    name = name or str(path)
    try:
        kind = kind_of_path(path)
        if kind == "nothing":
            raise InputError([Problem(name, "", "does not exist", _beside(path, right))])
        if kind == "folder":
            raise InputError([Problem(name, "", "is a folder", right.removeprefix("the path of "))])
        if kind != "file":
            said = f"is not a regular file but {kind}"
            raise InputError([Problem(name, "", said, right)])
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = Problem(name, "", f"cannot be read ({reason})", "a file you may read")
        raise InputError([problem]) from None
    if len(data) > most:
        limit = f"at most {most // 1000:,} kB"
        raise InputError([Problem(name, "", f"is too large for {what}", limit)])
    return data


def read_text_file(path: Path, most: int, right: str) -> str:
    """Return the text of a regular UTF-8 file; see ``read_regular``."""
    try:
        return read_regular(path, most, right).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), "", "is not UTF-8 text", right)]) from None


def _beside(path: Path, right: str) -> str:
    """Return a near miss in the folder of a path that is not there, or what would be right."""
    try:
        files = [one.name for one in Path(path).parent.iterdir() if not one.name.startswith(".")]
    except OSError:
        files = []
    same = sorted(name for name in files if Path(name).suffix == Path(path).suffix)
    near = did_you_mean(Path(path).name, same) if same else ""
    return near if near.startswith("did you mean") else right
