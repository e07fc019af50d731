"""Timers: ``profile`` collects the seconds spent in every ``stage``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

__all__ = ["profile", "stage"]

_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time spent inside to the stage ``name`` of the profile that listens, if any.

    Examples
    --------
    >>> with profile() as seconds, stage("engine"):
    ...     pass
    >>> list(seconds)
    ['engine']
    """
    start = perf_counter()
    try:
        yield
    finally:
        seconds = _seconds.get()
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + perf_counter() - start


@contextmanager
def profile() -> Iterator[dict[str, float]]:
    """Collect the seconds of every ``stage`` that is run inside, by name."""
    seconds: dict[str, float] = {}
    token = _seconds.set(seconds)
    try:
        yield seconds
    finally:
        _seconds.reset(token)
