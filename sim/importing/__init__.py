"""The client's own data, in whatever form it comes, as an organisation and a table of use.

Its public names are imported when they are first used: most runs import nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.importing.importer import Imported as Imported
    from sim.importing.importer import import_files as import_files
    from sim.importing.importer import look_at as look_at
    from sim.importing.options import Options as Options

__all__ = ["Imported", "Options", "import_files", "look_at"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'sim.importing' has no attribute {name!r}")
    home = "options" if name == "Options" else "importer"
    return getattr(import_module(f"sim.importing.{home}"), name)
