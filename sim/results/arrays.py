"""Arrays that a command has kept in a folder to go on from, checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.sources import kind_of_path

__all__ = ["read_arrays"]

_KINDS = {"number": "fiu", "text": "U"}


def read_arrays(
    path: Path, right: str, shapes: Mapping[str, tuple[int | str, ...]], texts: tuple[str, ...] = ()
) -> dict[str, NDArray[Any]]:
    """Return the arrays in a file of NumPy, each of the shape that is asked for.

    Parameters
    ----------
    right : str
        What would be right, for errors.
    shapes : dict of str to tuple of int or str
        Shape of each array by its name; lengths of the same name are equal.
    texts : tuple of str
        Names of arrays of texts; the others hold numbers.

    Raises
    ------
    InputError
        Where the file cannot be read, lacks an array, or has one of another kind or shape.
    """
    try:
        if kind_of_path(path) != "file":
            raise ValueError("it is no regular file")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: np.asarray(stored[name]) for name in shapes}
    except MemoryError:
        raise
    except Exception as error:  # whatever a decoder trips over, the file cannot be read
        said = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError([Problem(str(path), "", f"cannot be read: {said}", right)]) from None
    lengths: dict[str, int] = {}
    for name, shape in shapes.items():
        found = arrays[name]
        wanted = _KINDS["text" if name in texts else "number"]
        same = found.dtype.kind in wanted and found.ndim == len(shape)
        for length, asked in zip(found.shape, shape, strict=False):
            same &= length == (
                asked if isinstance(asked, int) else lengths.setdefault(asked, length)
            )
        if not same:
            raise InputError([Problem(str(path), name, "is of another kind or shape", right)])
    return arrays
