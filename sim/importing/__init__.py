"""The client's own data, in whatever form it comes, as an organisation and a table of use."""

from __future__ import annotations

from sim.importing.importer import Imported, import_files, look_at
from sim.importing.options import Options

__all__ = ["Imported", "Options", "import_files", "look_at"]
