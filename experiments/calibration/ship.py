"""Ship the recorded calibration: its sample becomes package data, its central set the defaults.

uptake calibrate experiments/calibration --out experiments/calibration/result
python experiments/calibration/ship.py [--defaults]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

from sim.posterior import POSTERIOR_FILE, read_sets
from sim.results.manifest import file_hash

RESULT = Path(__file__).resolve().parent / "result"
DECLARED = Path(__file__).resolve().parents[2] / "sim" / "parameters.py"


def ship_sample() -> None:
    """Copy the posterior sample into the package; refuse one that is not the manifest's."""
    manifest = json.loads((RESULT / "manifest.json").read_text("utf-8"))
    source = RESULT / "posterior.csv"
    if file_hash(source) != manifest["files"][source.name]:
        raise SystemExit(f"{source} is not the file of its manifest: calibrate again")
    shutil.copyfile(source, POSTERIOR_FILE)
    print(f"{len(read_sets(POSTERIOR_FILE))} sets shipped")


def set_defaults() -> None:
    """Write the most central set, to three digits, into the declaration of the parameters.

    All fitted parameters of that one set: they answer the targets together.
    """
    manifest = json.loads((RESULT / "manifest.json").read_text("utf-8"))
    row = read_sets(RESULT / "posterior.csv")[manifest["central"]]
    text = DECLARED.read_text("utf-8")
    for name in manifest["fitted"]:
        value = f"{float(row[name]):.3g}"
        pattern = rf'(\("{name}", )[^,]*(?:\([^)]*\)[^,]*)*(, )'
        text, count = re.subn(pattern, rf"\g<1>{value}\g<2>", text, count=1)
        if count != 1:
            raise SystemExit(f"{name} was not found in {DECLARED}")
    DECLARED.write_text(text, "utf-8")
    print(f"{len(manifest['fitted'])} defaults written into {DECLARED.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--defaults", action="store_true", help="also replace the defaults")
    ship_sample()
    if parser.parse_args().defaults:
        set_defaults()
