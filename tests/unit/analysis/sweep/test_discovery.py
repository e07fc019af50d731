"""What leads to what is asked about, where that is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.sweep import Study, sweep
from sim.analysis.sweep.discovery import _box, boxes_of, discover, points_with
from sim.cli import main
from sim.errors import InputError

Write = Callable[..., Path]

TEXT = """\
scenarios: [training.yaml, trust.yaml]
organisation: small-firm
weeks: 6
uncertainties: {b_0: [-3, 2], threshold_mean: }
levers:
  timeline.licences.audience: [everyone, managers]
  timeline.licences.start: [week 1]
design: {latin hypercube: 150}
replicates: 2
outcomes: [weekly_users_w6, trust_w6]
"""

PLAN = """\
mechanisms: {take_up: false, first_use: false}  # use follows the choice alone, and soon
timeline:
  - access: {label: licences, start: 1}
  - FIRST: {start: 1, lasts: 3 weeks}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study in which few use the tool where b_0 is low, or only managers have it."""
    folder = tmp_path_factory.mktemp("discovery")
    (folder / "study.yaml").write_text(TEXT)
    for name, first in (("training", "generic training"), ("trust", "loyalty conversation")):
        (folder / f"{name}.yaml").write_text(PLAN.replace("FIRST", first))
    return sweep(folder / "study.yaml", folder / "out", workers=1)


@pytest.mark.slow
def test_the_combination_is_found(study: Study) -> None:
    pytest.importorskip("ema_workbench")
    found = discover(study, "weekly_users_w6 > 0.6")
    assert found.points == 300
    first = found.boxes[0]
    limits = {limit.factor: limit for limit in first.limits}
    assert limits["b_0"].said.startswith("above")
    assert limits["timeline.licences.audience"].said == "everyone"
    assert limits["b_0"].quasi_p < 0.01
    assert "threshold_mean" not in limits or limits["threshold_mean"].quasi_p > 0.01
    assert "timeline.licences.start" not in limits  # a lever of one level explains nothing
    assert first.density > 0.8
    assert first.coverage > 0.7


def test_scenarios_against_each_other(study: Study) -> None:
    table = points_with(study, "training.trust_w6 < trust.trust_w6")
    assert len(table) == 150
    frame = study.frame().groupby(["point", "scenario"], observed=True)["trust_w6"].mean().unstack()
    ahead = (frame["training"] < frame["trust"]).to_numpy()
    assert (table["case"].to_numpy() == ahead).all()
    by_difference = points_with(study, "trust_w6: training less trust < 0")
    assert (by_difference["case"].to_numpy() == ahead).all()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("weekly_users_w7 < 1", "weekly_users_w6"),
        ("weekly_users_w6 <", "syntax error"),
        ("weekly_users_w6 < 2", "holds at every point of 300"),
        ("weekly_users_w6 < -2", "holds at none of 300"),
    ],
)
def test_what_is_wrong_is_said(study: Study, where: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        discover(study, where)


@pytest.mark.slow
def test_the_commands(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ema_workbench")
    with pytest.raises(SystemExit) as end:
        main(["discover", str(study.folder), "--where", "weekly_users_w6 > 0.6"])
    assert not end.value.code
    assert "of the points inside are cases" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main(["results", str(study.folder)])
    out = capsys.readouterr().out
    assert "600 of 600 runs are there." in out
    assert "Less training, at the same points" in out
    with pytest.raises(SystemExit):
        main(["results", str(study.folder), "--csv", "--sql", "select count(*) as n from runs"])
    assert capsys.readouterr().out == "n\n600\n"
    with pytest.raises(SystemExit) as end:
        main(["results", str(study.folder), "--outcome", "trust_w7"])
    assert end.value.code == 2
    assert "was not kept — did you mean trust_w6?" in capsys.readouterr().err


def test_a_box_is_the_step_that_covers_and_is_dense_and_its_limits_are_said() -> None:
    x = pd.DataFrame({
        "x0": [0.0, 0.5, 1.0], "x1": [0.0, 0.5, 1.0], "x2": [0.0, 0.5, 1.0], "x3": [0.0, 0.5, 1.0],
        "x4": pd.Categorical(["a", "b", "c"]),
    })  # fmt: skip
    limits = pd.DataFrame({
        "x0": [0.25, 1.0], "x1": [0.0, 0.75], "x2": [0.25, 0.75], "x3": [0.0, 1.0],
        "x4": [{"c", "a"}, {"c", "a"}],
    })  # fmt: skip
    steps = pd.DataFrame({
        "coverage": [1.0, 0.8, 0.2], "density": [0.4, 0.7, 1.0], "mass": [1.0, 0.5, 0.1],
    })  # fmt: skip
    quasi = {"x0": [0.3, 0.2], "x1": [-1.0, 0.01], "x2": [-1.0, -1.0], "x4": [0.5]}
    box = SimpleNamespace(peeling_trajectory=steps, box_lims=[None, limits], qp=[{}, quasi])
    names = {f"x{k}": name for k, name in enumerate(("p", "q", "r", "s", "word"))}
    found = _box(box, x, names)
    assert (found.coverage, found.density, found.mass) == (0.8, 0.7, 0.5)
    assert [(one.factor, one.said) for one in found.limits] == [
        ("q", "below 0.75"), ("p", "above 0.25"), ("word", "a or c"), ("r", "0.25 to 0.75"),
    ]  # fmt: skip
    assert [one.quasi_p for one in found.limits[:3]] == [0.01, 0.2, 0.5]
    assert np.isnan(found.limits[3].quasi_p)
    assert (found.limits[0].low, found.limits[0].high) == (-np.inf, 0.75)
    assert (found.limits[1].low, found.limits[1].high) == (0.25, np.inf)


@pytest.mark.slow
def test_of_a_lever_the_values_inside_are_said() -> None:
    """Not "above 6" where 6 is the highest there is, and inside."""
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"start": np.repeat([2, 4, 6], 100), "b": rng.uniform(size=300)})
    (late, *_) = boxes_of(x, (x["start"] == 6).to_numpy())
    assert [(one.factor, one.said) for one in late.limits] == [("start", "6")]
    (soon, *_) = boxes_of(x, (x["start"] < 6).to_numpy())
    assert ("start", "2 or 4") in [(one.factor, one.said) for one in soon.limits]
    (few, *_) = boxes_of(x, (x["b"] > 0.7).to_numpy())
    assert few.limits[0].said.startswith("above 0.")
