"""Parameter sets of one's own, in every command that takes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.sweep import load_study, sweep
from sim.analysis.sweep.reproduction import rerun_study
from sim.cli import main
from sim.cli.options import base_from
from sim.posterior import DRAWN, central, posterior, read_sets, use

STUDY = """\
scenarios: [licences-only]
organisation: small-firm
weeks: 4
uncertainties: SETS
design: {full factorial: {levels: 2}}
replicates: 1
outcomes: [weekly_users_w4]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Five sets of the shipped posterior, each with another level of use."""
    rows = posterior(5, seed=4)
    rows["b_0"] = [-2.0, -1.0, 0.0, 1.0, 2.0]
    file = tmp_path / "own.csv"
    lines = [",".join(DRAWN)]
    lines += [",".join(repr(float(row[name])) for name in DRAWN) for row in rows]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def ran(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return int(end.value.code or 0)


@pytest.mark.parametrize("command", ["run", pytest.param("compare", marks=pytest.mark.slow)])
def test_a_run_is_over_the_sets_of_the_file(own: Path, tmp_path: Path, command: str) -> None:
    plans = ["licences-only"] if command == "run" else ["licences-only", "order-trust-first"]
    out = tmp_path / "out"
    asked = ["--posterior", str(own), "--weeks", "4", "--organisation", "small-firm"]
    assert ran(command, *plans, *asked, "-n", "1", "--out", str(out)) == 0
    sets = json.loads((out / "manifest.json").read_text("utf-8"))["parameter_sets"]
    assert sorted(one["b_0"] for one in sets) == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert ran("reproduce", str(out)) == 0


USED = {
    "track": ("track small-firm --usage USAGE --plan PLAN --sets 16 --weeks 6", "track.json"),
    "plan": ("plan PROBLEM --organisation small-firm --runs 100 --replicates 20", "answer.json"),
    "diagnose": ("diagnose small-firm --usage USAGE", "diagnosis.json"),
    "report": ("report licences-only --organisation small-firm -n 2 --weeks 4", ""),
}
PROBLEM = """\
name: Small
weeks: 6
interventions: [{access: {latest: week 4}}, {generic training: {latest: week 4}}]
objective: {what: share, of: weekly_users, at: week 6}
"""


@pytest.mark.slow
@pytest.mark.parametrize("command", USED)
def test_every_other_command_rests_on_the_file_and_names_it(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("sim.analysis.diagnosis.pool.MOST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.pool.LEAST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.causes.DRAWN", 4)
    files = {
        "USAGE": "week,weekly_users\n" + "".join(f"{w},0.{w}\n" for w in range(1, 5)),
        "PLAN": "name: Access\nweeks: 6\ntimeline: [{access: {start: 1, audience: everyone}}]\n",
        "PROBLEM": PROBLEM,
    }
    line, record = USED[command]
    for name, text in files.items():
        file = tmp_path / f"{name.lower()}.{'csv' if name == 'USAGE' else 'yaml'}"
        file.write_text(text, "utf-8")
        line = line.replace(name, str(file))
    texts = []
    for given in ([], ["--posterior", str(own)]):
        out = tmp_path / ("own" if given else "shipped") / ("r.html" if not record else "")
        out.parent.mkdir(exist_ok=True)
        assert ran(*line.split(), *given, "--out", str(out)) == 0
        use(None)
        texts.append((out / record if record else out).read_text("utf-8"))
    shipped, mine = texts
    assert shipped != mine
    named = own.name if command == "report" else "own, 5 sets, sha256"
    assert named in mine
    assert named not in shipped
    if record:
        assert json.loads(shipped)["posterior"] == "shipped, 288 sets"
        assert json.loads(mine)["posterior"].startswith(named)


def test_samples_alone_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("run", "licences-only", "--samples", "5") == 2
    assert "--posterior FILE beside it" in capsys.readouterr().err


def test_a_file_that_is_no_sample_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sets.csv"
    file.write_text("b_zero\n1\n")
    assert ran("run", "licences-only", "--posterior", str(file)) == 2
    assert "b_zero: is not a parameter" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["{posterior: own.csv}", "posterior"])
def test_a_study_varies_the_sets_of_the_file(own: Path, tmp_path: Path, said: str) -> None:
    (tmp_path / "study.yaml").write_text(STUDY.replace("SETS", said), "utf-8")
    given = own if said == "posterior" else None
    read = load_study(tmp_path / "study.yaml", posterior=given)
    assert read.n_points == 5
    done = sweep(read, tmp_path / "out", workers=1)
    users = done.frame()["weekly_users_w4"].to_numpy()
    assert len(users) == 5
    assert users[-1] > users[0]  # the more the constant of use, the more use
    own.unlink()
    _, checks = rerun_study(tmp_path / "out", workers=1)
    assert all(check.same for check in checks)


def test_the_page_and_the_report_begin_with_a_real_set_of_the_file(own: Path) -> None:
    base = base_from(own)
    rows = read_sets(own)
    assert base.shape == (1,)
    assert (base == central(rows)).all()
    assert base["b_0"][0] in rows["b_0"]
    assert np.isin(posterior()["b_0"], rows["b_0"]).all()
    assert base_from(None) is None
