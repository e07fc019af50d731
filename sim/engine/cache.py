"""Machine code on disk, a file a loop: loaded only if complete and written by a trusted user."""

from __future__ import annotations

import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

from numba.core.compiler import CompileResult
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from sim.compiler import llvm, numba
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
    sources += [*(_SIM / f"{name}.py" for name in declarations), _SIM / "parameters.toml"]
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


_code: dict[str, bytes] = {}
"""Machine code of the loops that others call, by symbol, as it is in this process."""


class MachineCode:
    """What numba asks for, and gives to keep, when it compiles a loop.

    A loop that others call is not compiled into each of them anew: they are linked to it.

    Parameters
    ----------
    function : callable
        The loop.
    called : bool
        Whether other loops call it, rather than Python.
    """

    def __init__(self, function: Callable[..., Any], *, called: bool) -> None:
        self._called = called
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._code = function.__code__.co_code
        self.cache_path = str(folders()[0]) if folders() else None

    def load_overload(self, signature: Any, target: Any) -> CompileResult | None:
        """Return what was compiled before; None where it is not there, or not whole."""
        rtsys.initialize(target)  # all that a loop needs: what compiles is loaded when one is
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
                stored, called, reduced = pickle.loads(data)
                if stored == key:
                    return self._loaded(called, reduced, target)
        return None

    def _loaded(
        self, called: dict[str, bytes], reduced: tuple[Any, ...], target: Any
    ) -> CompileResult:
        _link(called, target.codegen())
        (name, kind, code), described, *others = reduced
        state = name, kind, code
        if described.llvm_func_name in _code:  # because another calls it, it is here already
            state = name, "bitcode", _nothing(target.codegen()).as_bitcode()
        loaded = cast(CompileResult, CompileResult._rebuild(target, state, described, *others))
        if self._called:
            _note(loaded, called, code[0])
        return loaded

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled, in the first folder that takes it."""
        if compiled.lifted or compiled.library.has_dynamic_globals:
            return
        key = self._key(signature, compiled.codegen)
        called = {symbol: _code[symbol] for symbol in _called_by(compiled.library)}
        if self._called:
            _note(compiled, called, compiled.library._get_compiled_object())
        *reduced, environments = compiled._reduce()
        # Those of numba's own functions do nothing here, and to load them is to load all of numba.
        own = tuple(one for one in environments if not _is_numbas(one))
        data = dumps((key, called, (*reduced, own)))
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


def _is_numbas(environment: Any) -> bool:
    return bool(environment.globals["__name__"].startswith("numba."))


def _called_by(library: Any) -> Iterator[str]:
    """Yield the symbols of the loops that one calls, each after those that it calls itself."""
    for one in library._linking_libraries:  # without symbols: a part, which is compiled in
        yield from getattr(one, "symbols", None) or _called_by(one)


def _note(loop: Any, called: Iterable[str], code: bytes) -> None:
    """Let others be linked to a loop that is in this process."""
    symbol = loop.fndesc.llvm_func_name
    loop.library.symbols = (*called, symbol)
    loop.library._shared_module = _nothing(loop.codegen)
    _code[symbol] = code


def _link(called: dict[str, bytes], codegen: Any) -> None:
    """Put loops that are called where those that call them find them, unless they are there."""
    for symbol, code in called.items():
        if symbol not in _code:
            codegen._engine._ee.add_object_file(llvm.ObjectFileRef.from_data(code))
            _code[symbol] = code


def _nothing(codegen: Any) -> Any:
    """Return an empty module: what of a loop is compiled into those that are linked to it."""
    return llvm.parse_assembly(str(codegen._create_empty_module("nothing")))


@cache
def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    sweep_away(folder)
