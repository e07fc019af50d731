"""Write, small, what every part of Uptake gives: ``python tests/regression/outputs.py FOLDER``.

For a change that is meant to change no number: run it before and after, then ``diff -r`` the two
folders. Manifests and keys, which tell versions, are left out.
"""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

import sim
from sim.analysis.attribution import reruns, team_of, to_json, why
from sim.cli import uptake
from sim.page.payload import payload
from sim.report.document.build import build
from sim.report.document.report_data import gather

HERE = Path(__file__).parent
UNIT = HERE.parent / "unit"

SWEEP = """
name: sweep
scenarios: [licences-only, training-first]
organisation: small-firm
weeks: 13
uncertainties: {b_0: , b_norm: , tool_quality: }
design: {saltelli: 4}
replicates: 3
outcomes: [habitual_w13, weekly_users_w6, hours_w13, week_half_weekly]
"""


def hashed(values: Any) -> str:
    """Return the hash of an array's bytes, or of a tree's JSON with arrays hashed."""
    if isinstance(values, np.ndarray):
        return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def tree(value: Any) -> Any:
    """Return plain data in which arrays are their hashes."""
    if isinstance(value, dict):
        return {str(key): tree(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [tree(one) for one in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()[:16]
    return hashed(value) if isinstance(value, np.ndarray) else value


def command(*words: str) -> str:
    """Run a command and return what it prints; fail where it fails."""
    found = CliRunner().invoke(uptake, words, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def main(out: Path) -> None:
    """Write everything."""
    out.mkdir(parents=True, exist_ok=True)

    def write(name: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(tree(value), indent=1, default=str)
        (out / name).write_text(text + "\n", "utf-8")

    results = sim.compare(
        ["training-first", "everything"], organisation="small-firm", replicates=4, weeks=30,
        seed=3, parameters={"b_0": -1.0}, parameter_sets=5, structure=True, record_people=True,
    )  # fmt: skip
    write("arrays.json", {
        name: getattr(results.records, name) for name in ("weekly", "teams", "drivers", "people")
    } | {"structure": results.structure.habitual})  # fmt: skip
    write("verdict.txt", results.verdict())
    write("report.html", build(gather(results)))
    write("page.json", payload(results))
    team = team_of(results, results.organisation.teams[2])
    write("why.json", to_json(why(results, 1, team), reruns(results, 1, team)))

    work = out / "work"
    work.mkdir(exist_ok=True)
    (work / "sweep.yaml").write_text(SWEEP, "utf-8")
    command("sweep", str(work / "sweep.yaml"), "--out", str(work / "sweep"))
    write("sweep.csv", sim.Study(work / "sweep").frame().to_csv())
    write("sweep.txt", command("results", str(work / "sweep")))
    write("sensitivity.txt", command("sensitivity", str(work / "sweep")))

    problem = runpy.run_path(str(UNIT / "plan" / "conftest.py"))["TEXT"]
    (work / "plan.yaml").write_text(problem, "utf-8")
    plan = work / "plan"
    said = command("plan", str(work / "plan.yaml"), "--out", str(plan), "--runs", "400",
                   "--worlds", "20", "--organisation", "small-firm")  # fmt: skip
    write("plan.txt", said)
    for file in sorted(plan.rglob("*")):
        if file.suffix in (".csv", ".yaml", ".md", ".txt"):
            write(f"plan-{file.name}", file.read_text("utf-8"))
    command("report", str(plan), "--out", str(work / "plan.html"), "--replicates", "4",
            "--organisation", "small-firm")  # fmt: skip
    write("plan.html", (work / "plan.html").read_text("utf-8"))

    texts = runpy.run_path(str(UNIT / "analysis" / "calibration" / "conftest.py"))
    pilot = work / "pilot"
    pilot.mkdir(exist_ok=True)
    for name in ("STUDY", "PLAIN", "UNSEEN"):
        (pilot / f"{name.lower()}.yaml").write_text(texts[name], "utf-8")
    command("calibrate", str(pilot), "--out", str(work / "calibration"))
    for file in sorted((work / "calibration").rglob("*")):
        if file.suffix in (".csv", ".md"):
            write(f"calibration-{file.name}", file.read_text("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
