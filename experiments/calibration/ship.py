"""Ship the recorded calibration: its sample becomes package data, its medians the defaults.

uptake calibrate experiments/calibration --out experiments/calibration/result
python experiments/calibration/ship.py [--defaults]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import answers
from sim.analysis.calibration.kernel import distances
from sim.analysis.calibration.reading import load_study
from sim.parameters import ASSUMPTION, FILE, PARAMETERS, TIED
from sim.posterior import POSTERIOR_FILE, read_sets
from sim.results.manifest import file_hash

HERE = Path(__file__).resolve().parent
RESULT = HERE / "result"
BESIDE = 64
"""Sets of the sample that the defaults are held against."""
FRESH_REPLICATES = 777
"""Key of replicates that neither the search nor its check has seen."""
Floats = NDArray[np.float64]


def ship_sample() -> None:
    """Copy the posterior sample into the package; refuse one that is not the manifest's."""
    manifest = json.loads((RESULT / "manifest.json").read_text("utf-8"))
    source = RESULT / "posterior.csv"
    if file_hash(source) != manifest["files"][source.name]:
        raise SystemExit(f"{source} is not the file of its manifest: calibrate again")
    shutil.copyfile(source, POSTERIOR_FILE)
    print(f"{len(read_sets(POSTERIOR_FILE))} sets shipped")


def misfits(study: CalibrationStudy, points: Floats) -> Floats:
    """Return how far sets are from the targets: squared standard errors in all, shape (n,)."""
    figures, _ = answers(study, points, FRESH_REPLICATES, replicates=4)
    apart = distances(study, figures, np.zeros(figures.shape[1]))
    return (apart**2).sum(axis=1)


def set_defaults() -> None:
    """Write the sample's medians, to three digits, into the declaration of the parameters.

    What has a source that gives its value keeps it. Medians need not answer the targets
    together, as sets do: how the defaults do, beside real sets in the same new replicates, goes
    into defaults.json.
    """
    study = load_study(HERE)
    assumed = [name for name in study.parameters if ASSUMPTION in PARAMETERS[name].source]
    table = pd.read_csv(RESULT / "parameters.csv", index_col="name")
    sets = pd.read_csv(RESULT / "posterior.csv")
    unknowns = [*study.parameters, *(name for name in table.index if name.startswith("spread of"))]
    typical = table.loc[unknowns, "share_50"].to_numpy(copy=True)
    points = np.tile(typical, (BESIDE, 1))
    shares = np.linspace(0, 1, 10_001)
    for k, (name, prior) in enumerate(zip(study.parameters, study.priors, strict=False)):
        points[:, k] = np.interp(sets[name][:BESIDE], prior.quantile(shares), shares)
        if name not in assumed:
            typical[k] = np.interp(PARAMETERS[name].value, prior.quantile(shares), shares)
    found = misfits(study, np.vstack([typical, points]))
    better = float((found[0] < found[1:]).mean())
    said = {
        "misfit of the defaults": found[0],
        "misfit of sets, 10th percentile": np.quantile(found[1:], 0.1),
        "misfit of sets, median": np.median(found[1:]),
        "misfit of sets, 90th percentile": np.quantile(found[1:], 0.9),
        "sets that the defaults beat": better,
        "sets": BESIDE,
    }
    said = {name: float(f"{value:.4g}") for name, value in said.items()}
    (RESULT / "defaults.json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    text = FILE.read_text("utf-8")
    written = {name: table.loc[name, "posterior_50"] for name in assumed}
    written |= {
        name: ratio * written.get(base, PARAMETERS[base].value)
        for name, (base, ratio) in TIED.items()
    }
    for name, number in written.items():
        value = f"{number:.3g}"
        text, count = re.subn(rf"(?m)^({name} = \[)[-0-9][^,]*", rf"\g<1>{value}", text)
        if count != 1:
            raise SystemExit(f"{name} was not found in {FILE}")
    FILE.write_text(text, "utf-8")
    print(f"{len(written)} defaults written; all together beat {better:.0%} of the sets")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--defaults", action="store_true", help="also replace the defaults")
    ship_sample()
    if parser.parse_args().defaults:
        set_defaults()
