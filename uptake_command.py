"""The command ``uptake``, whatever else on the import path is called ``sim``."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import PathFinder

__all__ = ["main"]

_HOME = os.path.dirname(os.path.abspath(__file__))
_OWN = os.path.join(_HOME, "sim", "__init__.py")


def main() -> None:
    """Run the command line; see ``sim.cli.main``."""
    if os.path.isfile(_OWN):
        _load_own_sim()
    from sim.cli import main as run

    run()


def _load_own_sim() -> None:
    """Import the ``sim`` beside this file, here and in processes that this one starts."""
    found = PathFinder.find_spec("sim")
    if found is not None and not _is_own(found.origin):
        sys.path.insert(0, _HOME)
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_HOME, before)))
    loaded = sys.modules.get("sim")
    if loaded is not None and _is_own(getattr(loaded, "__file__", None)):
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "sim"]:
        del sys.modules[name]  # a start-up file has imported another
    spec = importlib.util.spec_from_file_location(
        "sim", _OWN, submodule_search_locations=[os.path.dirname(_OWN)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sim"] = module
    spec.loader.exec_module(module)


def _is_own(file: str | None) -> bool:
    return file is not None and os.path.exists(file) and os.path.samefile(file, _OWN)


if __name__ == "__main__":
    main()
