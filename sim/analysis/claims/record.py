"""What is recorded of a claim: its result with a manifest, and the table that Uptake ships."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.claims.evaluate import Sizes
from sim.analysis.claims.places import Place
from sim.analysis.claims.study import Study
from sim.errors import InputError, Problem
from sim.results.manifest import LIBRARIES, uptake_version

__all__ = ["RECORDED", "described", "manifest_of", "read_recorded", "rounded", "shipped_row"]

RECORDED = Path(__file__).with_name("recorded.json")
"""The table of all claims that ``uptake claims`` prints."""


def described(study: Study) -> dict[str, Any]:
    """Return a study's words and plans as plain data."""
    return {
        "id": study.id,
        "title": study.title,
        "claim": study.claim,
        "hypothesis": study.hypothesis,
        "method": study.method,
        "could_fail": study.could_fail,
        "built_in": study.built_in,
        "informed_by": list(study.informed_by),
        "note": study.note,
        "twin_says": study.twin_says,
        "weeks": study.weeks,
        "shown": list(study.shown or study.arms),
        "measures": {
            name: {"meaning": measure.meaning, "unit": measure.unit}
            for name, measure in study.measures.items()
        },
        "plans": json.loads(json.dumps(dict(study.arms))),
    }


def manifest_of(
    rows: NDArray[np.void],
    sample: str,
    places: Sequence[Place],
    skipped: Mapping[str, str],
    sizes: Sizes,
) -> dict[str, Any]:
    """Return all it takes to repeat a study, and hashes that tell whether it is the same."""
    return {
        "uptake": uptake_version(),
        "command": "python experiments/claims/run.py",
        "seed": sizes.seed,
        "replicates": [sizes.replicates, sizes.most],
        "sample": {
            "name": sample,
            "sets": len(rows),
            "sha256": hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest(),
        },
        "organisations": {
            place.name: {
                "people": place.organisation.n_people,
                "ties": place.organisation.n_ties,
                "managers": int(place.organisation.is_manager.sum()),
                "real": place.real,
                "content_hash": place.organisation.content_hash(),
            }
            for place in places
        },
        "skipped": dict(skipped),
        "platform": {
            "machine": platform.machine(),
            "python": platform.python_version(),
            "libraries": {name: metadata.version(name) for name in LIBRARIES},
        },
    }


def rounded(value: Any, digits: int = 6) -> Any:
    """Return plain data with its floats rounded to so many significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one, digits) for one in value]
    return value


def shipped_row(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``uptake claims`` needs of a recorded result."""
    study, found = result["study"], result["found"]
    words = ["id", "title", "claim", "hypothesis", "could_fail", "built_in", "informed_by", "note"]
    keys = ("name", "unit", "margin", "mean", "low", "high", "for", "neither", "against")
    return {
        **{key: study[key] for key in words},
        "verdict": found["verdict"],
        "sets": found["sets"],
        "organisations": len(found["stops"]),
        "effects": [{key: effect[key] for key in keys} for effect in found["effects"]],
        "prior_for": result["prior"]["for"],
        "at_bounds": found["at_bounds"],
        "region": found["region"],
        "structure": result["structure"],
        "controls": found["controls"],
        "stops": found["stops"],
        "sample": result["manifest"]["sample"],
    }


def read_recorded(path: Path = RECORDED) -> list[dict[str, Any]]:
    """Return the recorded claims that ship with Uptake, in the order of their numbers.

    Raises
    ------
    InputError
        Where the file is not there or cannot be read.
    """
    right = "run python experiments/claims/run.py in a clone of the repository"
    try:
        content: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(path.name, "", "no claims are recorded yet", right)]) from None
    except (OSError, ValueError) as error:
        raise InputError([Problem(path.name, "", f"cannot be read: {error}", right)]) from None
    return content
