"""The scenario and organisation files that come with Uptake, and how a bare name finds them.

They live in the top-level folder ``scenarios`` of the repository; a wheel carries them as
``sim/shipped_scenarios``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, Problem, did_you_mean
from sim.extensions import Extension, extensions
from sim.sources import is_regular, kind_seen

__all__ = [
    "COMPARED",
    "ORDER_ALONE",
    "ORGANISATION",
    "organisation_file",
    "scenario_file",
    "shipped_folder",
]

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

    Raises
    ------
    InputError
        Where there is no such file; names a near-miss among the shipped scenarios.

    Examples
    --------
    >>> scenario_file("training-first").name
    'training-first.yaml'
    """
    return _find(name, shipped_folder(), "scenario")


def organisation_file(name: str | Path) -> Path:
    """Return the file or folder of an organisation: a path, or a shipped organisation's name.

    Raises
    ------
    InputError
        Where there is none.
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
        raise InputError([Problem(text, "", f"is a folder, not a {kind} file", right)])
    what = f"there is no such {kind} {'folder or file' if folders else 'file'}"
    raise InputError([Problem(text, "", what, _advice(path, shipped, also))])


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
