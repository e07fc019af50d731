"""Machine code on disk, a file a loop: loaded only if complete and written by a trusted user."""

from __future__ import annotations

import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from sim.compiler import numba
from sim.extensions import extensions
from sim.files import sweep_away, write_whole

__all__ = ["MachineCode", "folders"]

_DIGEST = 32
_SIM = Path(__file__).resolve().parents[1]


@cache
def folders() -> tuple[Path, ...]:
    """Return folders that may hold machine code, the first to be written into if it can be.

    Their name is keyed on the sources that reach compiled code. What is not there yet is made
    when something is kept. NUMBA_CACHE_DIR is the only one where it may be written; that of the
    system for temporary files comes last, for those who have no home or may not write there.
    """
    declarations = (
        "state", "outcomes", "parameters", "randomness", "theories", "interventions/effects"
    )  # fmt: skip
    sources = sorted([*_SIM.glob("rules/*.py"), *_SIM.glob("engine/*.py")])
    sources += [_SIM / f"{name}.py" for name in declarations]
    digest = blake2b(digest_size=10)
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    offered = (*extensions("uptake.rules"), *extensions("uptake.decisions"))
    plugins = " ".join(f"{one.group} {one.name} {one.value} {one.sources}" for one in offered)
    digest.update(f"{sys.version} {numba.__version__} {plugins}".encode())
    name = f"kernels-{digest.hexdigest()}"
    return tuple(base / name for base in _bases())


def _bases() -> Iterable[Path]:
    from platformdirs import user_cache_path

    if given := os.environ.get("NUMBA_CACHE_DIR"):
        with suppress(OSError):
            base = Path(given).absolute()
            yield base
            there = next(folder for folder in (base, *base.parents) if folder.exists())
            if there.is_dir() and os.access(there, os.W_OK):
                return  # it is all that is asked for
    own = user_cache_path("uptake")
    if own.is_absolute():  # where nobody knows the home folder it is not
        yield own
    with suppress(OSError):
        who = os.getuid() if sys.platform != "win32" else "own"
        yield Path(tempfile.gettempdir()).absolute() / f"uptake-{who}"


def _is_trusted(folder: Path) -> bool:
    """Return whether nobody but this user, or the system's owner, may have put a file there.

    What is read from it is run.
    """
    if sys.platform == "win32":
        return True
    about = os.stat(folder, follow_symlinks=False)
    return about.st_uid in (0, os.geteuid()) and not about.st_mode & stat.S_IWOTH


class MachineCode:
    """What numba asks for, and gives to keep, when it compiles a loop.

    Parameters
    ----------
    function : callable
        The loop.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._code = function.__code__.co_code
        self.cache_path = str(folders()[0]) if folders() else None

    def load_overload(self, signature: Any, target: Any) -> CompileResult | None:
        """Return what was compiled before; None where it is not there, or not whole."""
        target.refresh()
        key = self._key(signature, target.codegen())
        for folder in folders():
            try:
                content = self._file(folder, key).read_bytes() if _is_trusted(folder) else b""
            except OSError:
                continue
            digest, data = content[:_DIGEST], content[_DIGEST:]
            if blake2b(data, digest_size=_DIGEST).digest() != digest:
                continue  # empty, cut short, or written by something else: it is made anew
            with suppress(Exception):
                stored, reduced = pickle.loads(data)
                if stored == key:
                    return cast(CompileResult, CompileResult._rebuild(target, *reduced))
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled, in the first folder that takes it."""
        if compiled.lifted or compiled.library.has_dynamic_globals:
            return
        key = self._key(signature, compiled.codegen)
        data = dumps((key, compiled._reduce()))
        content = blake2b(data, digest_size=_DIGEST).digest() + data
        for folder in folders():
            with suppress(OSError):
                _make(folder)
                if _is_trusted(folder):
                    write_whole(self._file(folder, key), content)
                    return

    def flush(self) -> None:
        """Forget what is kept."""
        for folder in folders():
            for file in folder.glob(f"{self.name}-*.nbc"):
                file.unlink(missing_ok=True)

    def _key(self, signature: Any, codegen: Any) -> tuple[str, str, bytes]:
        return str(signature), str(codegen.magic_tuple()), self._code

    def _file(self, folder: Path, key: tuple[str, str, bytes]) -> Path:
        digest = blake2b(repr(key).encode(), digest_size=8).hexdigest()
        return folder / f"{self.name}-{digest}.nbc"


@cache
def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    sweep_away(folder)
