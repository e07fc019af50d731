"""Compile once: a cache of machine code that an edited rule can never leave stale."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, wraps
from hashlib import blake2b
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar, cast

import numpy as np
from numba.core.compiler import CompileResult
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from sim.compiler import cgutils, intrinsic, ir, llvm, numba, register_jitable, types
from sim.extensions import extensions
from sim.files import sweep_away, write_whole

# Neighbouring quantities of one person are worked on side by side: half the time.
numba.config.SLP_VECTORIZE = 1

# Eight people at a time instead of four, where that does not slow the processor's clock.
_features = llvm.get_host_cpu_features()
if _features.get("avx512vbmi2") and numba.config.CPU_FEATURES is None:
    numba.config.CPU_FEATURES = f"{_features.flatten()},-prefer-256-bit"

_WORD = 8  # bytes

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a loop to machine code that releases the GIL, cached by the rules' sources.

    Only other compiled loops can call it: doors for Python are half of the work.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def part(function: F) -> F:
    """Compile a loop as a part of what calls it: for arrays of several types, as rules are."""
    return register_jitable(
        error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def entry_point(function: F) -> F:
    """Compile a loop as ``compiled`` does, for Python to call."""
    if not numba.config.DISABLE_JIT:
        return _compiled(function, no_cfunc_wrapper=True)

    @wraps(function)
    def plain(*arguments: Any) -> Any:
        with np.errstate(over="ignore"):  # as hashes do
            return function(*map(_readable, arguments))

    return cast(F, plain)


def _readable(value: Any) -> Any:
    """Let Python read the fields of records as attributes, as compiled loops do."""
    if isinstance(value, tuple):
        return type(value)(*map(_readable, value))
    structured = isinstance(value, np.ndarray) and value.dtype.names
    return value.view(np.recarray) if structured else value


@intrinsic
def _fetch(typing_context: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        room = context.make_array(array)(context, builder, arguments[0])
        at = cgutils.get_item_pointer(
            context, builder, array, room, [arguments[1]], wraparound=False
        )
        byte, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        at, last = builder.bitcast(at, byte), context.get_abi_sizeof(at.type.pointee) - 1
        for offset in (0, last) if last >= _WORD else (0,):  # it may lie across two lines
            place = builder.gep(at, [whole(offset)])
            # To read, and into the second cache: the first holds the block at hand.
            builder.call(call, [place, whole(0), whole(2), whole(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


fetch: Any = (lambda array, index: None) if numba.config.DISABLE_JIT else _fetch
"""Prefetch an element of an array into the cache, for a loop that reads it soon."""


def is_compiled(function: Callable[..., Any]) -> bool:
    """Return whether machine code of a loop is in the cache, or never will be."""
    if numba.config.DISABLE_JIT or not folders():
        return True
    return any(any(folder.glob(f"*.{function.__name__}-*.nbc")) for folder in folders())


def _compiled(function: F, **options: bool) -> F:
    compiled_function: F = numba.njit(
        nogil=True,
        error_model="numpy",
        _nrt=False,  # nothing is allocated inside: no reference counts, half the code
        **options,
    )(function)
    if not numba.config.DISABLE_JIT:
        dispatcher: Any = compiled_function
        dispatcher._cache = MachineCode(function, called=options.get("no_cpython_wrapper", False))
        dispatcher.compile = _uncollected()(_interruptible()(dispatcher.compile))
    return compiled_function


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage while a loop is compiled: a sixth of the time, and little is found."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for a Ctrl-C while a loop is compiled, whatever catches it inside.

    Python ignores, aloud, what is raised in a callback from C, and llvmlite has some; then numba
    goes on, or misses what the callback should have kept.
    """
    usual, aloud = signal.getsignal(signal.SIGINT), sys.unraisablehook
    if not callable(usual) or current_thread() is not main_thread():
        yield
        return
    raised: list[BaseException] = []

    def note(number: int, frame: FrameType | None) -> None:
        try:
            usual(number, frame)
        except BaseException as interrupt:
            raised.append(interrupt)
            raise

    signal.signal(signal.SIGINT, note)
    sys.unraisablehook = lambda ignored: None if raised else aloud(ignored)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = aloud
        if raised:
            raise raised[0] from None


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

    - ``function``: the loop.
    - ``called``: whether other loops call it, rather than Python.
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
        own = tuple(e for e in environments if not e.globals["__name__"].startswith("numba."))
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
