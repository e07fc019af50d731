"""What other packages bring: plugins by their entry points, libraries by the extra they come with.

A package that is installed beside Uptake offers an intervention or an organisation under an
entry point of a group of ``GROUPS``. What it offers is then there wherever the shipped ones are: in
scenario files, on the command line, in sweeps and on the page. Its sources are part of the key
of every stored result, so that numbers of two models are never mixed.

No extra is needed for ``uptake compare``, ``run``, ``report``, ``serve`` and ``demo``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import InputError, Problem, refusal

GROUPS = (
    "uptake.interventions", "uptake.organisations", "uptake.rules", "uptake.decisions",
    "uptake.outcomes", "uptake.importers",
)  # fmt: skip
"""Groups of entry points; what each asks for stands in ``docs/plugins.md``."""

OFF = "UPTAKE_NO_PLUGINS"
"""Environment variable: where it is set, nothing of other packages is used."""

_SUFFIXES = (".py", ".yaml", ".yml", ".csv", ".json")


def uptake_version() -> str:
    """Return the version of Uptake that is installed, or ``unknown`` in a bare checkout."""
    from importlib import metadata

    try:
        return metadata.version("uptake-sim")
    except metadata.PackageNotFoundError:
        return "unknown"


class Extension(NamedTuple):
    """One entry point of an installed package."""

    group: str
    """Of ``GROUPS``."""
    name: str
    """Of the entry point."""
    value: str
    """``module:attribute``."""
    distribution: str
    version: str
    """``distribution``, ``version``: the package that declares it."""

    def load(self) -> Any:
        """Return what the entry point names.

        Raises InputError where importing it fails; names the distribution.
        """
        from importlib import metadata

        try:
            entry = metadata.EntryPoint(self.name, self.value, self.group)
            return entry.load()
        except Exception as error:  # whatever a stranger's module raises while it is imported
            said = (str(error) or type(error).__name__).splitlines()[0]
            raise InputError([self.problem(f"cannot be imported: {said}")]) from error

    def problem(self, what: str) -> Problem:
        """Return what is wrong with it, as one problem that says what to do without it."""
        right = f"mend or uninstall {self.distribution}, or --no-plugins"
        where = f"plugin {self.distribution} {self.version}"
        return Problem(where, f"{self.group} {self.name}", what, right)

    @property
    def sources(self) -> str:
        """Hash of the sources and data files of the package that it is in."""
        return _sources(self.value.partition(":")[0].partition(".")[0].strip())


def extensions(group: str | None = None) -> tuple[Extension, ...]:
    """Return what installed packages offer, by distribution and name; nothing of it is imported.

    Of one of ``GROUPS``; of all by default.
    """
    if os.environ.get(OFF):
        return ()
    return _installed() if group is None else _installed_in(group)


def take_each(offered: Iterable[Extension], take: Callable[[Extension, Any], str]) -> None:
    """Load extensions one by one, and go on where one is broken, so that all is said at once.

    ``take`` gets an extension and what it names, and takes it in, or returns why it cannot be.
    Raises InputError with everything wrong in any of them.
    """
    problems: list[Problem] = []
    for one in offered:
        try:
            what = take(one, one.load())
        except InputError as error:
            problems += error.problems
        else:
            problems += [one.problem(what)] if what else []
    if problems:
        raise InputError(problems)


@cache
def _installed() -> tuple[Extension, ...]:
    from importlib import metadata

    found = set()
    for one in metadata.distributions():
        if "[uptake." not in (one.read_text("entry_points.txt") or ""):
            continue  # parsing what all others offer would take a while
        about = metadata.distribution(one.name) if one.name else one  # of several, the first
        for entry in about.entry_points:
            if entry.group in GROUPS:
                says = about.name or "unknown", about.version or ""
                found.add(Extension(entry.group, entry.name, entry.value, *says))
    return tuple(sorted(found, key=lambda e: (e.distribution, e.group, e.name, e.value)))


@cache
def _installed_in(group: str) -> tuple[Extension, ...]:
    return tuple(one for one in _installed() if one.group == group)


def identity() -> tuple[str, ...]:
    """Return what stored results hang on of the plugins; nothing where there are none."""
    return tuple(f"{e.group} {e.name} {e.value} {e.distribution} {e.sources}" for e in extensions())


def entry() -> list[dict[str, str]]:
    """Return what a manifest says of the plugins."""
    return [
        {
            "group": e.group, "name": e.name, "distribution": e.distribution,
            "version": e.version, "sources": e.sources,
        }
        for e in extensions()
    ]  # fmt: skip


@contextmanager
def without_plugins() -> Iterator[None]:
    """Use nothing of other packages, here and in processes that are started meanwhile."""
    before = os.environ.get(OFF)
    os.environ[OFF] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(OFF, None)


@cache
def _sources(top: str) -> str:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for name, path in sorted(_files(top)):
        data = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(data)} ".encode() + data)
    return digest.hexdigest()


def _files(top: str) -> Iterator[tuple[str, Path]]:
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return
    folders = [Path(one) for one in spec.submodule_search_locations or ()]
    if not folders and spec.origin:
        yield top, Path(spec.origin)
    for folder in folders:
        for path in folder.rglob("*"):
            if path.suffix in _SUFFIXES and path.is_file():
                yield path.relative_to(folder).as_posix(), path


EXTRAS = {
    "study": ("duckdb", "pandas", "pyarrow", "SALib", "scipy"),
    "plan": ("ortools", "openpyxl", "pandas", "scipy", "threadpoolctl"),
    "import": ("python_calamine",), "mesa": ("mesa", "pandas", "scipy"), "slides": ("pptx",),
    "discovery": ("ema_workbench",), "cluster": ("distributed",), "arviz": ("arviz",),
    "xarray": ("xarray",),
}  # fmt: skip
"""Extras of ``pyproject.toml``, and the modules that each brings."""


def missing_of(extra: str) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed here."""
    return tuple(name for name in EXTRAS[extra] if find_spec(name) is None)


def extra_of(module: str | None) -> str | None:
    """Return the first extra that brings a module; None where none does.

    >>> extra_of("pyarrow.parquet"), extra_of("json")
    ('study', None)
    """
    top = (module or "").partition(".")[0]
    return next((extra for extra, brought in EXTRAS.items() if top in brought), None)


def need(*extras: str, where: str = "uptake", only: tuple[str, ...] | None = None) -> None:
    """Refuse what cannot be done without an extra, before anything else is done.

    ``where`` says what needs it: a command, an option, or a Python name; ``only`` which modules of
    the extras are needed, if not all. Raises InputError where any of them is missing; says the
    command that installs them.
    """
    names: list[str] = []
    lacking: list[str] = []
    for extra in extras:
        missing = [name for name in missing_of(extra) if only is None or name in only]
        names += (name for name in missing if name not in names)
        lacking += [extra] if missing else []
    if lacking:
        raise refusal(where, "", f"needs {', '.join(names)}, not installed here", _command(lacking))


def _command(extras: list[str]) -> str:
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f'{python} -m pip install "uptake-sim[{",".join(extras)}]"'
