"""Compile once: a cache of machine code that an edited rule can never leave stale."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar, cast

import numpy as np

from sim.compiler import cgutils, intrinsic, ir, llvm, numba, register_jitable, types
from sim.engine.cache import MachineCode, folders

__all__ = ["compiled", "entry_point", "fetch", "is_compiled", "part"]

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
    compiled_in: F = register_jitable(
        error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)
    return compiled_in


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


def _fetch_nothing(array: Any, index: Any) -> None:
    pass


fetch: Any = _fetch_nothing if numba.config.DISABLE_JIT else _fetch
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
