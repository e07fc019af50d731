"""How long whole jobs take, as a user waits for them: ``python experiments/speed/jobs.py``.

Each is a command of its own, with everything compiled; the reference calibration, which takes
minutes, only with ``--calibration`` (without it, the record keeps what was measured last).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from machine import about, stolen

import sim
from run import organisation_of, seconds
from sim.case import Case, run_cases
from sim.randomness import replicate_seeds

HERE = Path(__file__).resolve().parent
RESULT = HERE / "jobs.json"
MARK, END = "<!-- jobs.py --record writes what follows -->", "<!-- end of jobs -->"
SWEEP = """
name: Ten thousand runs
scenarios: [order-training-first, order-trust-first]
organisation: services-firm
weeks: 52
uncertainties: {b_trust: , b_norm: , b_habit: }
outcomes: [weekly_users_w52]
design: {latin hypercube: 500}
replicates: 10
"""
CALIBRATION = "the reference calibration"
ENGINE = "one run of 1,000,000 people, 52 weeks, the engine alone"
PLAN = HERE.parent / "planning" / "tight.yaml"
JOBS: dict[str, tuple[float, tuple[str, ...]]] = {
    "uptake compare": (1.5, ("compare",)),
    "a sweep of 10,000 runs, 240 people, 52 weeks": (10, ("sweep", "study.yaml", "--out", "out")),
    "a plan of six interventions in up to four waves, 240 people": (
        90, ("plan", str(PLAN), "--out", "out")
    ),
    CALIBRATION: (1200, ("calibrate", str(HERE.parent / "calibration"), "--out", "out")),
}  # fmt: skip
"""What is asked for, in seconds, and the words after ``uptake``."""
ASKED = {ENGINE: 4.0} | {name: asked for name, (asked, _) in JOBS.items()}


def engine() -> float:
    """Return the seconds of one run of a million people, its arrays made anew."""
    people, seeds = organisation_of(1_000_000), replicate_seeds(0, 1)
    case = Case.of(sim.load_scenario("everything"), people, 52)
    return seconds(lambda: run_cases([case], seeds))


def job(words: tuple[str, ...]) -> float:
    """Carry out one command; return the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "study.yaml").write_text(SWEEP, "utf-8")
        arguments = [sys.executable, "-m", "sim", *words]
        return seconds(
            lambda: subprocess.run(arguments, cwd=folder, check=True, capture_output=True)
        )


def table(result: dict[str, Any]) -> str:
    """Return the record as a table."""
    lines = ["| job | asked for, s | took, s |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {ASKED[name]:,} | {took:,} |" for name, took in result["jobs"].items()]
    where = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    return "\n".join([*lines, "", f"On: {where}."])


def record(result: dict[str, Any]) -> None:
    """Write jobs.json, and the table of the README from it."""
    if RESULT.is_file():
        result["jobs"] = json.loads(RESULT.read_text("utf-8"))["jobs"] | result["jobs"]
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition(MARK)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{mark}\n\n{table(result)}\n\n{END}{after}", "utf-8")


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="write jobs.json and the README")
    parser.add_argument("--calibration", action="store_true", help="the reference calibration too")
    parser.add_argument("--only", help="only jobs whose name holds this")
    said = parser.parse_args()
    subprocess.run([sys.executable, "-m", "sim", "compare", "-n", "2"], capture_output=True)
    result: dict[str, Any] = {"about": about("numba", "numpy"), "jobs": {}}
    with stolen(result["about"]):
        for name in ASKED:
            if said.calibration if name == CALIBRATION else (said.only or "") in name:
                print(name, file=sys.stderr)
                took = engine() if name == ENGINE else job(JOBS[name][1])
                result["jobs"][name] = float(f"{took:.3g}")
    print(table(result))
    if said.record:
        record(result)


if __name__ == "__main__":
    main()
