"""Put all claims to the test: ``python experiments/claims/run.py``; ``--check`` only compares.

Every study is run over the posterior sample, on several organisations. What is found goes, with
a manifest, into ``result.json`` of the study's folder; its README, the table that ``uptake claims``
prints, the figures and docs/claims.md are written from these results.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from claim_study import Sizes, Study, evaluate, places
from claim_study.evaluate import summary_of
from claim_study.figures import claim_figure, claims_overview, save_figure
from claim_study.pages import readme_of
from claim_study.places import Place
from claim_study.record import described, manifest_of, shipped_row
from claim_study.runs import cells_of, run_arms, seeds_for
from claim_study.structure import without_each_mechanism
from sim.analysis.claims import RECORDED
from sim.numbers import rounded
from sim.posterior import posterior, prior_sample
from sim.randomness import replicate_seeds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = ROOT.parent / "shared" / "data"
FIGURES = ROOT / "docs" / "images" / "claims"
RESULT = "result.json"
TIMES = ("seconds",)


def folders() -> list[Path]:
    """Return the folders of all studies, in order."""
    return sorted(path.parent for path in HERE.glob("c[0-9]*/study.py"))


def study_in(folder: Path) -> Study:
    """Return the study that a folder declares."""
    spec = importlib.util.spec_from_file_location(f"claim_{folder.name}", folder / "study.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    study = module.STUDY
    assert isinstance(study, Study)
    return study


def prior_of(study: Study, place: Place, n: int, sizes: Sizes) -> dict[str, Any]:
    """Return how likely the claim is before any target is looked at, on one organisation."""
    rows = prior_sample(n, seed=1)
    n_seeds = seeds_for(place.organisation, sizes.replicates)
    seeds = replicate_seeds(sizes.seed, n_seeds, sets=len(rows))
    values = run_arms(study, place.organisation, rows, seeds, threads=sizes.threads)
    found = summary_of(study.primary.of(cells_of(study, values)), study.primary.margin)
    return {"sets": n, "organisation": place.name, **found}


def result_of(
    study: Study,
    there: tuple[Place, ...],
    skipped: dict[str, str],
    sizes: Sizes,
    n: dict[str, int],
) -> dict[str, Any]:
    """Return all that is recorded of a study."""
    rows = posterior(n["sets"])
    used = tuple(one for one in there if one.has_managers or not study.needs_managers)
    small = next(place for place in used if place.organisation.n_people == 120)
    return {
        "study": described(study),
        "found": evaluate(study, rows, there, sizes),
        "prior": prior_of(study, small, n["prior"], sizes),
        "structure": without_each_mechanism(
            study, rows[: n["structure"]], small, seed=sizes.seed, threads=sizes.threads
        ),
        "manifest": manifest_of(rows, "sim/posterior.csv", used, skipped, sizes),
    }


def record(folder: Path, result: dict[str, Any]) -> None:
    """Write a study's result, README and figure."""
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    part = folder / f"{RESULT}.part"
    part.write_text(text, "utf-8")
    part.replace(folder / RESULT)
    write_pages(folder, result)


def refresh(folder: Path, study: Study) -> None:
    """Write the pages of a recorded result again, with the study's words as they are now.

    Raises
    ------
    ValueError
        Where more than words has changed since: then the study must be run.
    """
    result = json.loads((folder / RESULT).read_text("utf-8"))
    now = described(study)
    effects = [(one["name"], one["margin"]) for one in result["found"]["effects"]]
    if any(
        now[key] != result["study"][key] for key in ("plans", "measures", "weeks")
    ) or effects != [(one.name, one.margin) for one in study.effects]:
        raise ValueError(f"{study.id} is not the study that was recorded: run it")
    record(folder, result | {"study": now})


def write_pages(folder: Path, result: dict[str, Any]) -> None:
    """Write what follows from a recorded result: README and figure."""
    (folder / "README.md").write_text(readme_of(result), "utf-8")
    FIGURES.mkdir(parents=True, exist_ok=True)
    save_figure(claim_figure(result), FIGURES / f"{result['study']['id'].lower()}.png")


def write_table() -> None:
    """Write the table that ships with Uptake, and the overview, from what is recorded."""
    files = [folder / RESULT for folder in folders() if (folder / RESULT).is_file()]
    results = [json.loads(file.read_text("utf-8")) for file in files]
    rows = [shipped_row(result) for result in results]
    RECORDED.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    save_figure(claims_overview(results), FIGURES / "overview.png")


def same(one: Any, other: Any) -> bool:
    """Return whether two results agree but for the time they took and where they were made."""
    if isinstance(one, dict) and isinstance(other, dict):
        skip = {*TIMES, "platform", "uptake"}
        keys = (one.keys() | other.keys()) - skip
        return all(k in one and k in other and same(one[k], other[k]) for k in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5 * max(1.0, abs(one))
    return bool(one == other)


def main() -> int:
    """Run the studies that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help="such as C2; all by default")
    parser.add_argument("--check", action="store_true", help="run and compare; write nothing")
    parser.add_argument("--pages", action="store_true", help="only write words and figures again")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of real organisations")
    parser.add_argument("--sets", type=int, default=100, help="parameter sets of the posterior")
    parser.add_argument("--prior", type=int, default=64, help="parameter sets of the prior")
    parser.add_argument("--structure", type=int, default=8, help="sets for mechanisms off")
    parser.add_argument("--replicates", type=int, default=2, help="replicates a set to begin with")
    parser.add_argument("--most", type=int, default=8, help="replicates a set at most")
    parser.add_argument("--threads", type=int, default=None)
    asked = parser.parse_args()
    there, skipped = places(asked.data)
    sizes = Sizes(asked.replicates, asked.most, threads=asked.threads)
    n = {"sets": asked.sets, "prior": asked.prior, "structure": asked.structure}
    differing, begun = 0, perf_counter()
    for folder in folders():
        study = study_in(folder)
        if asked.claims and study.id not in asked.claims:
            continue
        if asked.pages:
            refresh(folder, study)
            continue
        start = perf_counter()
        result = rounded(result_of(study, there, skipped, sizes, n))
        effect = result["found"]["effects"][0]
        said = f"{result['found']['verdict']} ({effect['for']:.0%} / {effect['against']:.0%})"
        if asked.check:
            agrees = same(result, json.loads((folder / RESULT).read_text("utf-8")))
            differing += not agrees
            said += ": as recorded" if agrees else ": DIFFERS from the record"
        else:
            record(folder, result)
        print(f"{study.id:4} {said}, {perf_counter() - start:.0f} s", flush=True)
    if not asked.check:
        write_table()
    print(f"{perf_counter() - begun:.0f} s in all")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
