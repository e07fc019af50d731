"""The command ``uptake``, whatever else on the import path is called ``sim``."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import PathFinder

__all__ = ["main"]

_HOME = os.path.dirname(os.path.abspath(__file__))
_WRONG_INPUT, _UNFORESEEN = 2, 70
_OWN = os.path.join(_HOME, "sim", "__init__.py")


def main() -> None:
    """Run the command line; see ``sim.cli.main``."""
    if not callable(sys.excepthook):  # a start-up file has taken it away
        sys.excepthook = sys.__excepthook__
    try:
        if os.path.isfile(_OWN):
            _load_own_sim()
        from sim.cli import main as run

        run()
    except SystemExit as end:
        if end.code == _UNFORESEEN:
            _say_what_is_in_the_way()
        raise
    except Exception:
        if _say_what_is_in_the_way():
            sys.exit(_WRONG_INPUT)
        raise


def _say_what_is_in_the_way() -> bool:
    """Name the files on PYTHONPATH that are called as a module of Python or of a package is."""
    given = os.environ.get("PYTHONPATH")
    folders = [os.path.abspath(one) for one in given.split(os.pathsep)] if given else []
    others = [one for one in sys.path if os.path.abspath(one) not in folders]
    found = [one for folder in dict.fromkeys(folders) for one in _shadows(folder, others)]
    for name, file in sorted(found):
        what = f"{file}: stands in the way of the module {name} that Uptake may need"
        print(f"{what} - another name, or PYTHONPATH without its folder", file=sys.stderr)
    return bool(found)


def _shadows(folder: str, others: list[str]) -> list[tuple[str, str]]:
    """Return modules in a folder that are elsewhere too; what is installed there does not count."""
    if not os.path.isdir(folder) or os.path.samefile(folder, _HOME):
        return []
    entries, found = os.listdir(folder), []
    for entry in entries:
        name = entry.removesuffix(".py")
        file = os.path.join(folder, entry)
        file = file if name != entry else os.path.join(file, "__init__.py")
        installed = any(one.startswith(f"{name}-") and one.endswith("-info") for one in entries)
        if name.isidentifier() and name != "sim" and os.path.isfile(file) and not installed:
            elsewhere = PathFinder.find_spec(name, others)
            if elsewhere is not None and elsewhere.origin is not None:
                found.append((name, file))
    return found


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
