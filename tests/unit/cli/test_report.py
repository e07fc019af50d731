"""``uptake report``: of scenarios, of results, of a plan, of a study."""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
from pathlib import Path

import pytest

from commands import call

QUICK = ("--organisation", "small-firm", "--replicates", "3", "--weeks", "8")
PLAN = """
name: A small plan
weeks: 8
interventions:
  - loyalty conversation: {label: loyalty, latest: week 4}
  - access: {latest: week 4}
budget: {hours: 900}
objective: {what: share, of: weekly_users, at: week 8}
step: 3
"""
STUDY = """
name: A small study
question: Does <b>trust</b> decide?
scenarios: [training-first, licences-only]
organisation: small-firm
weeks: 6
uncertainties: {trust_start: [0.2, 0.6]}
design: {latin hypercube: 4}
replicates: 2
outcomes: [weekly_users_w6]
"""


def outer(text: str) -> str:
    return re.sub(r'srcdoc="[^"]*"', "", text)


def test_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.html"
    assert call("report", "mandate", "everything", *QUICK, "--out", str(out)) == 0
    assert "it opens offline" in capsys.readouterr().out
    text = out.read_text("utf-8")
    assert "uptake report mandate everything --replicates 3 --seed 0 --weeks 8" in text
    assert list(tmp_path.iterdir()) == [out]
    assert call("report", "mandate", "everything", *QUICK, "--out", str(out)) == 2
    assert "exists — another name, or --force to replace it" in capsys.readouterr().err


@pytest.mark.slow
def test_results_agree_with_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "results", tmp_path / "report.html"
    assert call("compare", "mandate", "everything", *QUICK, "--out", str(folder)) == 0
    capsys.readouterr()
    assert call("report", str(folder), "--out", str(out)) == 0
    assert "came out the same, to the bit" in capsys.readouterr().err
    (address,) = re.findall(r'href="data:application/zip;base64,([^"]+)"', out.read_text())
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(address))) as tables:
        assert tables.read("summary.csv") == (folder / "summary.csv").read_bytes()
    assert call("report", str(folder), "--seed", "3", "--out", str(out), "--force") == 2
    assert "--seed: is what the folder says" in capsys.readouterr().err


@pytest.mark.slow
def test_a_client_s_folder_is_told_as_the_client_s(tmp_path: Path) -> None:
    example, folder, out = tmp_path / "firm", tmp_path / "results", tmp_path / "report.html"
    assert call("example", "--out", str(example)) == 0
    on = (*QUICK, "--organisation", str(example))
    assert call("compare", "mandate", "everything", *on, "--out", str(folder)) == 0
    assert call("report", str(folder), "--out", str(out)) == 0
    said = outer(out.read_text("utf-8"))
    assert ": files of the client: people.csv and ties.csv." in said
    assert "No real" not in said


@pytest.mark.slow
def test_a_changed_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "results"
    assert call("compare", "mandate", "everything", *QUICK, "--out", str(folder)) == 0
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1'))
    capsys.readouterr()
    assert call("report", str(folder), "--out", str(tmp_path / "report.html")) == 2
    assert "does not come out again" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


@pytest.mark.slow
def test_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "problem.yaml").write_text(PLAN)
    folder, out = tmp_path / "planned", tmp_path / "report.html"
    quick = ("--organisation", "small-firm", "--runs", "100", "--worlds", "20", "--threads", "1")
    assert call("plan", str(tmp_path / "problem.yaml"), *quick, "--out", str(folder)) == 0
    capsys.readouterr()
    assert call("report", str(folder), "--organisation", "small-firm", "-n", "6",
                "--out", str(out)) == 0  # fmt: skip
    text = outer(out.read_text("utf-8"))
    assert "What the search found" in text
    assert "Search for a rollout: A small plan" in text
    assert 'src="data:image/svg+xml;base64,' in text
    best = (folder / "plans.csv").read_text().splitlines()[1].split(",")
    assert any(f'<data value="{cell}">' in text for cell in best if cell)
    assert "in this report: 3 of the parameter sets, other replicates" in text


def test_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    folder, out = tmp_path / "swept", tmp_path / "report.html"
    assert call("sweep", str(tmp_path / "study.yaml"), "--out", str(folder), "--workers", "1") == 0
    capsys.readouterr()
    assert call("report", str(folder), "-n", "3", "--out", str(out)) == 0
    text = outer(out.read_text("utf-8"))
    assert "What the study found" in text
    assert html.escape("Does <b>trust</b> decide?") in text
    assert "4 points, 16 of 16 runs" in text
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.summary import levels

    for one in levels(Study(folder), "weekly_users_w6"):
        assert f'<data value="{one.median}">' in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trainig-first",), "did you mean training-first"),
        (("training-first", "--out", "report.pdf"), "is no HTML file's name"),
        (("training-first", "--set", "b_trsut=1"), "did you mean b_trust"),
        (("tests", "scenarios"), "a folder stands beside others — one folder alone"),
        (("tests",), "has no manifest.json"),
    ],
)
def test_errors_say_what_would_be_right(
    arguments: tuple[str, ...],
    said: str,
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(repository)
    if "--out" not in arguments:
        arguments = (*arguments, "--out", str(tmp_path / "report.html"))
    assert call("report", *arguments) == 2
    assert said in capsys.readouterr().err


def test_without_a_browser_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    out = tmp_path / "report.html"
    assert call("report", "mandate", "everything", *QUICK, "--out", str(out), "--pdf") == 2
    assert "no Chromium or Chrome" in capsys.readouterr().err
    assert not out.exists()
