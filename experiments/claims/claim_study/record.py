"""What is recorded of a claim: its result with a manifest, and its row in the shipped table."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claim_study.evaluate import Sizes
from claim_study.places import Place
from claim_study.study import Study
from sim.extensions import uptake_version
from sim.organisation import organisation_hash
from sim.results.manifest import LIBRARIES

__all__ = ["described", "manifest_of", "shipped_row"]


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
                "content_hash": organisation_hash(place.organisation),
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
