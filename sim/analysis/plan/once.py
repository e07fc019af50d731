"""Finding out once what is asked of a layout again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from sim.analysis.plan.layout import Layout

__all__ = ["remembered"]

P = ParamSpec("P")
T = TypeVar("T")


def remembered(
    find: Callable[Concatenate[Layout, P], T],
) -> Callable[Concatenate[Layout, P], T]:
    """Let a function of a layout find things out once, by what else it is asked."""

    @wraps(find)
    def found(layout: Layout, *asked: Any) -> T:
        known = layout.known.get(find)
        if known is None:
            known = layout.known[find] = cache(partial(find, layout))
        return cast(T, known(*asked))

    return cast("Callable[Concatenate[Layout, P], T]", found)
