"""Paths: a regular file up to a size, or one error; and the files that come with Uptake.

Shipped scenarios and organisations live in the top-level folder ``scenarios`` of the repository; a
wheel carries them as ``sim/shipped_scenarios``, and a bare name finds them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.extensions import Extension, extensions


def kind_of_path(path: Path | str) -> str:
    """Return which kind of file a path is.

    ``file``, ``folder``, ``nothing``, or in words what else it is: nothing of that kind is ever
    opened, because reading a device or a pipe need not end. Raises OSError where that cannot be
    found out: no right to look, a loop of links, a name too long.
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
    """Refuse links in a folder, on the way to these names, that lead out of it.

    Raises InputError where one leads out of the folder.
    """
    home = Path(os.path.realpath(folder))
    for name in names:
        path = folder / name
        if not Path(os.path.realpath(path)).is_relative_to(home):
            right = "a folder that holds its own files"
            raise refusal(str(path), "", "is a link out of the folder", right)


def read_regular(
    path: Path, most: int, right: str, *, name: str = "", what: str = "this file"
) -> bytes:
    """Return the bytes of a regular file.

    Raises InputError where there is none, it cannot be read, or it is a folder, a device, a pipe or
    too large.

    - ``most``: bytes it may have.
    - ``right``: what would be right, for errors.
    - ``name``: what the file is called in errors; its path unless given.
    - ``what``: what it is, where it is too large.
    """
    name = name or str(path)
    try:
        kind = kind_of_path(path)
        if kind == "nothing":
            raise refusal(name, "", "does not exist", _beside(path, right))
        if kind == "folder":
            raise refusal(name, "", "is a folder", right.removeprefix("the path of "))
        if kind != "file":
            raise refusal(name, "", f"is not a regular file but {kind}", right)
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = Problem(name, "", f"cannot be read ({reason})", "a file you may read")
        raise InputError([problem]) from None
    if len(data) > most:
        raise refusal(name, "", f"is too large for {what}", f"at most {most // 1000:,} kB")
    return data


def read_text_file(path: Path, most: int, right: str) -> str:
    """Return the text of a regular UTF-8 file; see ``read_regular``."""
    try:
        return read_regular(path, most, right).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(str(path), "", "is not UTF-8 text", right) from None


def _beside(path: Path, right: str) -> str:
    """Return a near miss in the folder of a path that is not there, or what would be right."""
    try:
        files = [one.name for one in Path(path).parent.iterdir() if not one.name.startswith(".")]
    except OSError:
        files = []
    same = sorted(name for name in files if Path(name).suffix == Path(path).suffix)
    near = did_you_mean(Path(path).name, same) if same else ""
    return near if near.startswith("did you mean") else right


COMPARED = ("training-first", "trust-before-tools")
"""The shipped scenarios that ``uptake compare`` compares when no file is named."""
ORDER_ALONE = ("order-training-first", "order-trust-first")
"""The same two plans with licences in week 1 in both: only the order of the measures differs."""
RENAMED = {"training-three-times": "training-trap"}
"""Former names of shipped scenarios."""
ORGANISATION = "services-firm"
"""The shipped organisation on which a scenario runs that names none."""

_SUFFIXES = (".yaml", ".yml")


def shipped_folder() -> Path:
    """Return the folder of shipped scenarios: the repository's, or the wheel's copy."""
    here = Path(__file__).resolve().parent
    return next(
        (
            folder
            for folder in (here.parent / "scenarios", here / "shipped_scenarios")
            if (folder / f"{COMPARED[0]}.yaml").is_file()
        ),
        here / "shipped_scenarios",
    )


def scenario_file(name: str | Path) -> Path:
    """Return the file that ``name`` means: a path, or the bare name of a shipped scenario.

    Raises InputError where there is no such file; names a near-miss among the shipped scenarios.
    """
    return _find(name, shipped_folder(), "scenario")


def organisation_file(name: str | Path) -> Path:
    """Return the file or folder of an organisation: a path, or a shipped organisation's name.

    Raises InputError where there is none.
    """
    offered = {one.name: one for one in extensions("uptake.organisations")}
    if (own := offered.get(str(name))) is not None and kind_seen(name) == "nothing":
        return _of_plugin(own)
    folder = shipped_folder() / "organisations"
    return _find(name, folder, "organisation", folders=True, also=offered)


def _of_plugin(offered: Extension) -> Path:
    """Return the file or folder of an organisation that another package brings."""
    found = offered.load()
    path = found() if callable(found) else found
    if not isinstance(path, str | Path) or not Path(path).exists():
        what = f"gives {path!r}, which is no file or folder of an organisation"
        raise InputError([offered.problem(what)])
    return Path(path)


def _find(
    name: str | Path, shipped: Path, kind: str, *, folders: bool = False, also: Iterable[str] = ()
) -> Path:
    path = Path(name)
    kind_of = kind_seen(path)
    if kind_of == "file" or (folders and kind_of == "folder"):
        return path
    text = str(name)
    bare = path.name == text and (path.suffix in _SUFFIXES or not path.suffix)
    if bare and is_regular(found := shipped / f"{path.stem}.yaml"):
        return found
    if kind_of == "folder":
        right = f"a {kind} file (YAML) inside it"
        raise refusal(text, "", f"is a folder, not a {kind} file", right)
    what = f"there is no such {kind} {'folder or file' if folders else 'file'}"
    raise refusal(text, "", what, _advice(path, shipped, also))


def _advice(path: Path, shipped: Path, also: Iterable[str] = ()) -> str:
    if path.stem in RENAMED:
        return f"it is now called {RENAMED[path.stem]}"
    names = [*_names(shipped.glob("*.yaml")), *also]
    files = path.parent.glob("[!.]*.y*ml") if kind_seen(path.parent) == "folder" else ()
    beside = [file.name for file in files]
    from difflib import get_close_matches

    if near := get_close_matches(path.name, beside, n=1, cutoff=0.6):
        return f"did you mean {path.parent / near[0]}?"
    return f"a path, or a shipped name: {did_you_mean(path.stem, names)}"


def _names(files: Iterable[Path]) -> list[str]:
    return sorted(file.stem for file in files)
