"""Libraries that the main job does without: which extra of the installation brings them.

``uptake compare``, ``run``, ``report``, ``serve`` and ``demo`` need none of them.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from sim.errors import InputError, Problem

EXTRAS = {
    "study": ("duckdb", "pandas", "pyarrow", "SALib", "scipy"),
    "plan": ("ortools", "openpyxl", "pandas", "scipy", "threadpoolctl"),
    "import": ("python_calamine",),
    "mesa": ("mesa", "pandas", "scipy"),
    "slides": ("pptx",),
    "discovery": ("ema_workbench",),
    "cluster": ("distributed",),
    "arviz": ("arviz",),
    "xarray": ("xarray",),
}
"""Extras of ``pyproject.toml``, and the modules that each brings."""


def missing_of(extra: str) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed here."""
    return tuple(name for name in EXTRAS[extra] if find_spec(name) is None)


def extra_of(module: str | None) -> str | None:
    """Return the first extra that brings a module; None where none does.

    Examples
    --------
    >>> extra_of("pyarrow.parquet"), extra_of("json")
    ('study', None)
    """
    top = (module or "").partition(".")[0]
    return next((extra for extra, brought in EXTRAS.items() if top in brought), None)


def need(*extras: str, where: str = "uptake", only: tuple[str, ...] | None = None) -> None:
    """Refuse what cannot be done without an extra, before anything else is done.

    Parameters
    ----------
    *extras : str
        Of ``EXTRAS``.
    where : str
        What needs them: a command, an option, or a Python name.
    only : tuple of str, optional
        The modules of them that are needed; all by default.

    Raises
    ------
    InputError
        Where any of them is missing; says the command that installs them.
    """
    names: list[str] = []
    lacking: list[str] = []
    for extra in extras:
        missing = [name for name in missing_of(extra) if only is None or name in only]
        names += (name for name in missing if name not in names)
        lacking += [extra] if missing else []
    if lacking:
        what = f"needs {', '.join(names)}, not installed here"
        raise InputError([Problem(where, "", what, _command(lacking))])


def _command(extras: list[str]) -> str:
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f'{python} -m pip install "uptake-sim[{",".join(extras)}]"'
