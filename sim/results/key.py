"""The key of stored numbers: a hash of each ingredient that they hang on.

What a plan, a calibration or a sweep has stored is taken up again only under the same key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import cache
from hashlib import blake2b
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from sim.extensions import identity

__all__ = ["Key", "hash_of", "libraries_hash", "model_hash"]

_MODEL = (
    "case.py",
    "contrast.py",
    "rules/*.py",
    "engine/*.py",
    "interventions/*.py",
    "organisation/*.py",
    "tables/*.py",
    "scenario/*.py",
    "document.py",
    "outcomes.py",
    "parameters.py",
    "priors.py",
    "randomness.py",
    "results/measure.py",
    "results/series.py",
    "schedule.py",
    "state.py",
    "theories.py",
)

_STUDIES = {
    "sweep": ("cells", "factors", "work"),
    "plan": ("evaluate", "layout", "loader", "objective", "problem", "replicate_source", "rollout",
             "check", "schema"),
    "calibration": ("chain", "fit", "kernel", "measures", "observe", "own", "own_data", "reach",
                    "smc", "definition", "firm/kernel", "firm/observed", "firm/simulated"),
}  # fmt: skip
"""Modules between the engine and the numbers that a study stores."""


_LIBRARIES = ("numpy", "numba", "llvmlite", "scipy")
"""Libraries whose version can move the last bits of a number."""

_SIM = Path(__file__).resolve().parents[1]


def model_hash(study: str) -> str:
    """Return the hash of the sources that the numbers of a study depend on, plugins included.

    Parameters
    ----------
    study : str
        ``sweep``, ``plan`` or ``calibration``.
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
    """Return the hash of parts in order; where one ends and the next begins counts.

    Examples
    --------
    >>> hash_of(["ab", "c"]) == hash_of(["a", "bc"])
    False
    """
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _is_here(library: str) -> bool:
    return find_spec(library) is not None


@cache
def libraries_hash() -> str:
    """Return the hash of the versions of the libraries that numbers are computed by."""
    return hash_of(f"{name} {metadata.version(name)}" for name in _LIBRARIES if _is_here(name))


@dataclass(frozen=True, slots=True)
class Key:
    """All that stored numbers hang on, each ingredient by its hash.

    Parameters
    ----------
    form : str
        The study's kind, and the version of what it stores.
    model : str
        Sources of the rules, of the engine, and of what makes the study's numbers of them.
    libraries : str
        Versions of the libraries that compute.
    people : str
        Organisations: people with all that is known of them, and ties.
    scenario : str
        What is simulated, with all that it extends.

    Examples
    --------
    >>> one = Key.of("plan", 1, people=["a"], scenario=["b"], parameters=[], seed=0)
    >>> other = Key.of("plan", 1, people=["c"], scenario=["b"], parameters=[], seed=1)
    >>> one.unlike(str(one)), one.unlike(str(other))
    ('', 'other people or ties, another seed')
    """

    form: str
    model: str
    libraries: str
    people: str
    scenario: str
    parameters: str
    seed: str

    @classmethod
    def of(
        cls,
        study: str,
        version: int,
        *,
        people: Iterable[str | bytes],
        scenario: Iterable[str | bytes],
        parameters: Iterable[str | bytes],
        seed: int | str,
    ) -> Key:
        """Return the key of a study.

        Parameters
        ----------
        study : str
            ``sweep``, ``plan`` or ``calibration``.
        version : int
            Of the form in which it is stored.
        people : iterable of str or bytes
            Content hashes of the organisations.
        scenario, parameters : iterable of str or bytes
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
            other = json.loads(stored)
            found = [_WORDS[f.name] for f in fields(self) if other[f.name] != getattr(self, f.name)]
        except (ValueError, KeyError, TypeError, RecursionError):
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
