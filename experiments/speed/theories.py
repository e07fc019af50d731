"""What a theory of a plugin costs beside the model's own: python experiments/speed/theories.py.

The plugin is the model's own theories of take-up and of choice, their very source, offered by a
package of its own. Runs with it and without take turns; what is reported is the median of the
ratios of pairs, in processor time, and whether all numbers have the same bits.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import thread_time
from typing import Any

import numpy as np
from machine import about, stolen

import sim
from run import HERE, SCENARIO, organisation_of
from sim import rules
from sim.case import Case
from sim.engine.compiled import Records, run_cases
from sim.randomness import replicate_seeds
from sim.scenario import loads
from sim.scenario.text import to_yaml
from sim.theories import SLOTS, theory_of

RESULT = Path(HERE) / "theories.json"
MARK, END = "<!-- theories.py --record writes what follows -->", "<!-- end of theories -->"
PEOPLE, WEEKS, RUNS = 500, 52, 20
DECISIONS = {"own": "logit", "plugin": "{takeup: same-take-up, choice: same-choice}"}


def offer(folder: Path) -> None:
    """Write what installing a package with the model's own theories leaves."""
    texts, entries = [], []
    for decides in SLOTS:
        rule = rules.RULES[theory_of(decides).rule].function
        text = inspect.getsource(rule).replace("@rule\n", "", 1)
        texts.append(re.sub(r"( +)Equation", rf"\1Decides  : {decides}\n\1Equation", text, count=1))
        entries.append(f"same-{decides} = same_theories:{rule.__name__}")
    (folder / "same_theories.py").write_text("\n\n".join(texts), "utf-8")
    about_it = folder / "same_theories-1.0.dist-info"
    about_it.mkdir()
    (about_it / "METADATA").write_text("Metadata-Version: 2.1\nName: same-theories\nVersion: 1.0\n")
    lines = ["[uptake.decisions]", *entries]
    (about_it / "entry_points.txt").write_text("\n".join(lines) + "\n")


def measure(pairs: int) -> dict[str, Any]:
    """Return the ratio of pairs, where the package is found."""
    people = organisation_of(PEOPLE)
    base = to_yaml(sim.load_scenario(SCENARIO))
    seeds = replicate_seeds(0, RUNS)

    def timed(case: Case) -> tuple[float, Records]:
        began = thread_time()
        records = run_cases([case], seeds, weeks=WEEKS, threads=1)
        return thread_time() - began, records

    cases = {
        name: Case.of(loads(f"{base}decision: {said}\n"), people, WEEKS)
        for name, said in DECISIONS.items()
    }
    own, plugin = (timed(case)[1] for case in cases.values())
    ratios = []
    for k in range(pairs):
        order = list(cases) if k % 2 else list(reversed(cases))
        spent = {name: timed(cases[name])[0] for name in order}
        ratios.append(spent["plugin"] / spent["own"])
    return {
        "ratio": round(median(ratios), 3),
        "middle half": [round(float(q), 3) for q in np.quantile(ratios, (0.25, 0.75))],
        "pairs": pairs,
        "same bits": bool(np.array_equal(own.weekly, plugin.weekly)),
    }


def shown(result: dict[str, Any]) -> str:
    """Return the record as text."""
    low, high = result["middle half"]
    bits = "the same bits" if result["same bits"] else "OTHER BITS"
    rest = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    return (
        f"With the plugin, a run takes {result['ratio']:.3f} of the time (middle half of "
        f"{result['pairs']} pairs: {low:.3f} to {high:.3f}), with {bits}.\n\nOn: {rest}."
    )


def main() -> None:
    """Measure in a process that finds the package, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=41)
    parser.add_argument("--record", action="store_true", help="write theories.json and the README")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measure(options.pairs)))
        return
    result: dict[str, Any] = {
        "about": about("numba", "numpy") | {"scenario": SCENARIO, "people": PEOPLE, "weeks": WEEKS}
    }
    with tempfile.TemporaryDirectory() as folder, stolen(result["about"]):
        offer(Path(folder))
        paths = [folder, *filter(None, [os.environ.get("PYTHONPATH", "")])]
        done = subprocess.run(
            [sys.executable, __file__, "--inside", "--pairs", str(options.pairs)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    result |= json.loads(done.stdout)
    print(shown(result))
    if options.record:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        readme = Path(HERE) / "README.md"
        before, mark, after = readme.read_text("utf-8").partition(MARK)
        _, end, after = after.partition(END)
        readme.write_text(f"{before}{mark}\n\n{shown(result)}\n\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
