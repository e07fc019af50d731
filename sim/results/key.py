"""The key of stored numbers, a hash of each ingredient, and the store of arrays under a key.

What a plan, a calibration or a sweep has stored is taken up again only under the same key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from hashlib import blake2b
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.document import from_json
from sim.errors import InputError, Problem
from sim.extensions import identity
from sim.files import sweep_away, whole
from sim.sources import inside, kind_of_path

_MODEL = (
    "case.py", "contrast.py", "rules/*.py", "engine/*.py", "interventions/*.py",
    "organisation/*.py", "tables/*.*", "scenario/*.py", "document.py", "outcomes.py",
    "parameters.*", "randomness.py", "results/measure.py", "results/series.py", "state.py",
    "theories.py",
)  # fmt: skip

_STUDIES = {
    "sweep": ("run_list", "specification", "work"),
    "plan": ("evaluate", "layout", "loader", "objective", "problem", "check", "schema", "placing"),
    "calibration": ("fit", "kernel", "observe", "reading", "reach", "smc", "definition",
                    "firm/kernel", "firm/observed"),
}  # fmt: skip
"""Modules between the engine and the numbers that a study stores."""


_LIBRARIES = ("numpy", "numba", "llvmlite", "scipy")
"""Libraries whose version can move the last bits of a number."""

_SIM = Path(__file__).resolve().parents[1]


def model_hash(study: str) -> str:
    """Return the hash of the sources that a study's numbers depend on, plugins included.

    The study is ``sweep``, ``plan`` or ``calibration``.
    """
    own = _own_hash(study)
    return hash_of([own, *plugins]) if (plugins := identity()) else own


def sources_of(study: str) -> list[str]:
    """Return the files of a study's own that its numbers depend on; see ``model_hash``."""
    return [
        f"analysis/{name}.py" if "/" in name else f"analysis/{study}/{name}.py"
        for name in _STUDIES[study]
    ]


@cache
def _own_hash(study: str) -> str:
    own = sources_of(study)
    parts: list[str | bytes] = []
    for pattern in (*_MODEL, *own):
        for source in sorted(_SIM.glob(pattern)):
            parts += [
                source.relative_to(_SIM).as_posix(),
                source.read_bytes().replace(b"\r\n", b"\n"),
            ]
    return hash_of(parts)


def hash_of(parts: Iterable[str | bytes]) -> str:
    """Return the hash of parts in order; where one ends and the next begins counts."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


@cache
def libraries_hash() -> str:
    """Return the hash of the versions of the libraries that numbers are computed by."""
    return hash_of(f"{name} {metadata.version(name)}" for name in _LIBRARIES if find_spec(name))


@dataclass(frozen=True, slots=True)
class Key:
    """All that stored numbers hang on, each ingredient by its hash.

    >>> one = Key.of("plan", 1, people=["a"], scenario=["b"], parameters=[], seed=0)
    >>> other = Key.of("plan", 1, people=["c"], scenario=["b"], parameters=[], seed=1)
    >>> one.unlike(str(one)), one.unlike(str(other))
    ('', 'other people or ties, another seed')
    """

    form: str
    """The study's kind, and the version of what it stores."""
    model: str
    """Sources of the rules, of the engine, and of what makes the study's numbers of them."""
    libraries: str
    """Versions of the libraries that compute."""
    people: str
    """Organisations: people with all that is known of them, and ties."""
    scenario: str
    """What is simulated, with all that it extends."""
    parameters: str
    seed: str

    @classmethod
    def of(
        cls, study: str, version: int, *, people: Iterable[str | bytes],
        scenario: Iterable[str | bytes], parameters: Iterable[str | bytes], seed: int | str,
    ) -> Key:  # fmt: skip
        """Return the key of a study.

        Of a ``sweep``, ``plan`` or ``calibration``, stored in this ``version`` of its form, on
        organisations with these content hashes (``people``).
        """
        return cls(
            f"{study} {version}", model_hash(study), libraries_hash(), hash_of(people),
            hash_of(scenario), hash_of(parameters), str(seed),
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """The key as a name: 32 hexadecimal digits."""
        return hash_of([str(self)])

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    def unlike(self, stored: str) -> str:
        """Return in words what differs from a key that was stored as text; empty if nothing."""
        try:
            other = from_json(stored)
            found = [_WORDS[f.name] for f in fields(self) if other[f.name] != getattr(self, f.name)]
        except (ValueError, KeyError, TypeError):
            found = [_WORDS["form"]]
        return ", ".join(found)


_WORDS = {
    "form": "another version of Uptake",
    "model": "other rules, another engine or other plugins",
    "libraries": "other versions of numpy, numba, llvmlite or scipy",
    "people": "other people or ties",
    "scenario": "another scenario",
    "parameters": "other parameters",
    "seed": "another seed",
}


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
    """What an array is when it is read; another is refused."""

    shape: tuple[int | str, ...]
    """Lengths; those of the same name are equal in a file."""
    low: float = -LARGEST
    high: float = LARGEST
    """``low``, ``high``: range of the numbers; none is ever NaN."""
    kind: Literal["number", "whole", "text"] = "number"
    """What it holds."""

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
    """A folder of files of arrays, each whole or not there, whenever the computation is killed."""

    folder: Path
    """Made when the first file is written; it is no link elsewhere, and none in it leads out."""
    key: Key
    """Of the computation; it stands in every file, and files with another are refused."""
    right: str
    """What would be right where a file is refused, for errors."""
    part: str = ""
    """The folder in it where these files are."""

    def swept(self) -> KeptArrays:
        """Return this store, without what processes that are gone left unfinished in it."""
        if (place := self.place()).is_dir():
            sweep_away(place)
        return self

    def within(self, name: str) -> KeptArrays:
        """Return the store in a folder of this one."""
        return replace(self, part=f"{self.part}/{name}".strip("/"))

    def names(self, pattern: str = "*") -> list[str]:
        """Return the sorted names of what is kept."""
        return sorted(file.stem for file in self.place().glob(f"{pattern}.npz"))

    def place(self, name: str = "") -> Path:
        """Return the folder where the files are, or a file in it, there or not.

        Raises InputError where a link leads out of the folder.
        """
        within = str(PurePath(self.part, name))
        inside(self.folder.parent, self.folder.name)
        inside(self.folder, within)
        return self.folder / within

    def path(self, name: str) -> Path:
        """Return the file of a name, there or not."""
        return self.place(f"{name}.npz")

    def write(self, name: str, **arrays: NDArray[Any]) -> None:
        """Write arrays with the key."""
        content = {_KEY: np.frombuffer(str(self.key).encode(), np.uint8), **arrays}
        content[_DIGEST] = _digest(content)
        self.place().mkdir(parents=True, exist_ok=True)
        with whole(self.path(name)) as stream:
            np.savez(stream, allow_pickle=False, **content)

    def read(self, name: str, forms: Mapping[str, Form]) -> dict[str, NDArray[Any]]:
        """Return arrays that were written, each of the form that is asked for.

        Raises InputError where the file cannot be read, lacks an array, has one of another kind,
        shape or content than was written, or hangs on anything else than the computation does.
        """
        file = self.path(name)
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
        self, name: str, forms: Mapping[str, Form],
        compute: Callable[[], Mapping[str, NDArray[Any]]],
    ) -> Mapping[str, NDArray[Any]]:  # fmt: skip
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
