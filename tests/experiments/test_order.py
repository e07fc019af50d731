"""Whether order matters: that the experiment runs, and says what its record says."""

from __future__ import annotations

import json
from pathlib import Path

from scripts import module_of

FOLDER = Path(__file__).parents[2] / "experiments" / "order_seldom_matters"


def test_it_runs_with_fewer_points(tmp_path: Path) -> None:
    script = module_of(FOLDER / "run.py")
    found, means = script.measure(tmp_path, 20, 1)
    assert {len(less) for less in means.values()} == {20}
    recorded = json.loads((FOLDER / "result.json").read_text("utf-8"))
    assert found.keys() == recorded.keys()
    assert found["manifests"].keys() == recorded["manifests"].keys()
    assert script.text(recorded) in (FOLDER / "README.md").read_text("utf-8")
