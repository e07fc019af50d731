"""What a long computation keeps to go on from: arrays under the key of all that they hang on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.files import sweep_away, whole
from sim.results.key import Key
from sim.sources import inside, kind_of_path

__all__ = ["Form", "KeptArrays"]

_KINDS: dict[str, tuple[str, type]] = {
    "number": ("fiu", np.float64), "whole": ("iu", np.int64), "text": ("U", np.str_)
}  # fmt: skip
"""By kind: what arrays of it are in a file, as numpy's letters, and what they are read as."""

LARGEST = 1e15
"""What numbers come to at most: the squares of larger ones are no use."""

_KEY, _DIGEST = "study", "digest"
"""The arrays that hold the key, and a digest of all others, in every file."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an array is when it is read; another is refused.

    Parameters
    ----------
    shape : tuple of int or str
        Lengths; those of the same name are equal in a file.
    low, high : float
        Range of the numbers; none is ever NaN.
    kind : str
        What it holds.
    """

    shape: tuple[int | str, ...]
    low: float = -LARGEST
    high: float = LARGEST
    kind: Literal["number", "whole", "text"] = "number"

    def stray(self, array: NDArray[Any]) -> str:
        """Return what is wrong with the first number out of range; empty if there is none."""
        if self.kind == "text":
            return ""
        within = (array >= self.low) & (array <= self.high)
        if within.all():
            return ""
        return f"holds {array[~within][0]:g}, no number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class KeptArrays:
    """A folder of files of arrays, each whole or not there, whenever the computation is killed.

    Parameters
    ----------
    folder : Path
        Made when the first file is written.
    key : Key
        Of the computation; it stands in every file, and files with another are refused.
    right : str
        What would be right where a file is refused, for errors.
    """

    folder: Path
    key: Key
    right: str

    def swept(self) -> KeptArrays:
        """Return this store, without what processes that are gone left unfinished in it."""
        if self.folder.is_dir():
            sweep_away(self.folder)
        return self

    def within(self, name: str) -> KeptArrays:
        """Return the store in a folder of this one."""
        return KeptArrays(self.folder / name, self.key, self.right)

    def names(self, pattern: str = "*") -> list[str]:
        """Return the sorted names of what is kept."""
        return sorted(file.stem for file in self.folder.glob(f"{pattern}.npz"))

    def path(self, name: str) -> Path:
        """Return the file of a name, there or not."""
        return self.folder / f"{name}.npz"

    def write(self, name: str, **arrays: NDArray[Any]) -> None:
        """Write arrays with the key."""
        content = {_KEY: np.frombuffer(str(self.key).encode(), np.uint8), **arrays}
        content[_DIGEST] = _digest(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole(self.path(name)) as stream:
            np.savez(stream, allow_pickle=False, **content)

    def read(self, name: str, forms: Mapping[str, Form]) -> dict[str, NDArray[Any]]:
        """Return arrays that were written, each of the form that is asked for.

        Raises
        ------
        InputError
            Where the file cannot be read, lacks an array, has one of another kind, shape or
            content than was written, or hangs on anything else than the computation does.
        """
        file = self.path(name)
        inside(self.folder, file.name)
        arrays = self._loaded(file, (_KEY, *forms))
        key = arrays.pop(_KEY)
        unlike = self.key.unlike(key.tobytes().decode(errors="replace"))
        if unlike:
            what = "belongs to another study, or to an earlier version of this one"
            raise self.refused(name, f"{what}: {unlike}")
        if wrong := _of_another_kind(arrays, forms):
            raise self.refused(name, "is of another kind or shape", wrong)
        for one, form in forms.items():
            if what := form.stray(arrays[one]):
                raise self.refused(name, what, one)
        return {one: arrays[one].astype(_KINDS[form.kind][1]) for one, form in forms.items()}

    def once(
        self,
        name: str,
        forms: Mapping[str, Form],
        compute: Callable[[], Mapping[str, NDArray[Any]]],
    ) -> Mapping[str, NDArray[Any]]:
        """Return arrays that are kept; where they are not, compute and keep them."""
        if self.path(name).is_file():
            return self.read(name, forms)
        arrays = compute()
        self.write(name, **arrays)
        return arrays

    def _loaded(self, file: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        try:
            if kind_of_path(file) != "file":
                raise ValueError("it is no regular file")
            with np.load(file, allow_pickle=False) as stored:
                if sum(one.file_size for one in stored.zip.infolist()) > file.stat().st_size:
                    raise ValueError("it is packed, and was not written so")
                content = {name: np.asarray(stored[name]) for name in {*names, *stored.files}}
        except MemoryError:
            raise
        except Exception as error:  # whatever a decoder trips over, the file cannot be read
            said = " ".join(str(error).split())[:100] or type(error).__name__
            raise self.refused(file.stem, f"cannot be read: {said}") from None
        if not np.array_equal(content.pop(_DIGEST, np.zeros(0)), _digest(content)):
            raise self.refused(file.stem, "holds other numbers than were written")
        return {name: content[name] for name in names}

    def refused(self, name: str, what: str, where: str = "") -> InputError:
        """Return the error that says what is wrong with a file."""
        return InputError([Problem(str(self.path(name)), where, what, self.right)])


def _digest(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Return a digest of the names, types, shapes and contents of arrays."""
    found = blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        found.update(array.tobytes())
    return np.frombuffer(found.digest(), np.uint8)


def _of_another_kind(arrays: Mapping[str, NDArray[Any]], forms: Mapping[str, Form]) -> str:
    """Return the name of the first array of another kind or shape; empty if there is none."""
    lengths: dict[str, int] = {}
    for name, form in forms.items():
        found = arrays[name]
        same = found.dtype.kind in _KINDS[form.kind][0] and found.ndim == len(form.shape)
        for length, asked in zip(found.shape, form.shape, strict=False):
            same &= length == (
                asked if isinstance(asked, int) else lengths.setdefault(asked, length)
            )
        if not same:
            return name
    return ""
