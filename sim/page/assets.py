"""The page's ES modules and style sheet: for ``/static``, or inlined into one file.

Modules import each other by bare names (``uptake/network``). An import map points the
names to ``/static/network.js`` on the live page, and to ``data:`` addresses in a report;
so the same files serve both, with no build step.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOTS = ("page", "payload")
"""Modules from which the page and a report begin; no module that these import needs a server."""


def static_folder() -> Path:
    """Return the folder of the modules and the style sheet."""
    return Path(__file__).resolve().parent / "static"


@cache
def all_modules() -> tuple[str, ...]:
    """Return the names of all modules; ``main`` starts the live page."""
    return tuple(sorted(file.stem for file in static_folder().glob("*.js")))


@cache
def modules() -> tuple[str, ...]:
    """Return ``ROOTS`` and all that they import: what a report carries."""
    found, left = set[str](), [*ROOTS]
    while left:
        if (name := left.pop()) not in found:
            found.add(name)
            left += re.findall(r'from "uptake/(\w+)"', module_source(name))
    return tuple(sorted(found))


@cache
def module_source(name: str) -> str:
    """Return the text of a module.

    Raises ValueError for a name that is not among ``all_modules``.
    """
    if name not in all_modules():
        raise ValueError(f"there is no module {name}")
    return (static_folder() / f"{name}.js").read_text("utf-8")


@cache
def css() -> str:
    """Return the style sheet."""
    return (static_folder() / "page.css").read_text("utf-8")


def import_map(prefix: str = "/static") -> str:
    """Return the import map of the live page, as JSON."""
    imports = {f"uptake/{name}": f"{prefix}/{name}.js" for name in all_modules()}
    return json.dumps({"imports": imports})


def inline_import_map() -> str:
    """Return an import map that carries ``modules`` themselves, in ``data:`` addresses.

    ``//# sourceURL`` keeps traces readable.
    """
    imports = {}
    for name in modules():
        text = f"{module_source(name)}\n//# sourceURL=uptake/{name}.js\n"
        data = base64.b64encode(text.encode()).decode()
        imports[f"uptake/{name}"] = f"data:text/javascript;base64,{data}"
    return json.dumps({"imports": imports})


def csp_hash(text: str) -> str:
    """Return the source expression by which a Content-Security-Policy allows an inline text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


Array = NDArray[Any]


def as_json(value: Any) -> str:
    r"""Return ``value`` as JSON, arrays in it deflated and in base64.

    Bytes over weeks (uint8, two dimensions) are stored as differences from the week before,
    modulo 256, which deflate far better. ``<`` is escaped, so that the text may stand in a
    script element.

    >>> as_json({"a": np.zeros(2, np.uint8), "b": "</script>"})
    '{"a":{"array":"u1","shape":[2],"deflate":"Y2AAAA=="},"b":"\\u003c/script>"}'
    """
    text = json.dumps(
        _mapped(value, _deflated), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def as_frame(value: Any) -> bytes:
    """Return ``value`` as one binary frame: length of the head, JSON head, then raw arrays.

    Each array starts at a multiple of eight bytes, so that a typed array can be laid over it.
    """
    parts: list[bytes] = []
    offset = 0

    def placed(array: Array) -> dict[str, Any]:
        nonlocal offset
        data = array.tobytes()
        padding = -len(data) % 8
        where = {"array": _code(array), "shape": list(array.shape), "at": offset}
        parts.append(data + b"\0" * padding)
        offset += len(data) + padding
        return where

    head = json.dumps(
        _mapped(value, placed), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode("utf-8", "replace")  # half a character becomes a question mark
    head += b" " * (-(len(head) + 4) % 8)
    return b"".join([struct.pack("<I", len(head)), head, *parts])


def from_frame(frame: bytes) -> Any:
    """Return what a frame carries; the inverse of ``as_frame``.

    Raises ValueError where it is no frame.
    """
    if len(frame) < 4:
        raise ValueError("a frame is four bytes or longer")
    (length,) = struct.unpack_from("<I", frame)
    if 4 + length > len(frame):
        raise ValueError("the frame is cut off")
    start = 4 + length

    def restored(value: Any) -> Any:
        if isinstance(value, dict):
            if "array" in value and "at" in value:
                dtype = np.dtype(f"<{value['array']}")
                count = int(np.prod(value["shape"], dtype=np.int64))
                flat = np.frombuffer(frame, dtype, count, start + int(value["at"]))
                return flat.reshape(value["shape"])
            return {key: restored(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [restored(inner) for inner in value]
        return value

    try:
        return restored(json.loads(frame[4:start]))
    except (TypeError, KeyError, OverflowError, RecursionError) as error:
        raise ValueError(f"the frame cannot be read ({error})") from None


def _code(array: Array) -> str:
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def _deflated(array: Array) -> dict[str, Any]:
    entry: dict[str, Any] = {"array": _code(array), "shape": list(array.shape)}
    if array.dtype == np.uint8 and array.ndim == 2:
        array = np.diff(array, axis=0, prepend=np.zeros((1, array.shape[1]), np.uint8))
        entry["differences"] = True
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(array.tobytes()) + packed.flush()
    return {**entry, "deflate": base64.b64encode(data).decode()}


def _mapped(value: Any, change: Callable[[Array], Any]) -> Any:
    """Return ``value`` with every array replaced; NaN and infinity among plain floats by None."""
    if isinstance(value, np.ndarray):
        return change(np.ascontiguousarray(value, value.dtype.newbyteorder("<")))
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
