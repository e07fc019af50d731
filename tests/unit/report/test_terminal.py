import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from sim.contrast import Estimate
from sim.errors import InputError
from sim.numbers import figure, with_band
from sim.outcomes import DRIVERS
from sim.report.run import show
from sim.report.style import DRIVER_LABELS, DRIVER_WORDS
from sim.results import Comparison, Results
from sim.runner import compare, run
from sim.sources import COMPARED

STORY = ("licences-only", "mandate", "capability-first", "everything")


def shown(results: Results, width: int = 80, *, details: bool = True, by_team: bool = False) -> str:
    text = io.StringIO()
    show(results, Console(file=text, width=width), details=details, by_team=by_team)
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_everything_asked_for_is_there(comparison: Comparison, width: int) -> None:
    text = shown(comparison, width, by_team=True)
    for words in (
        "Weekly users", "Habitual users", "Trained", "Activated", "Regular", "own tools",
        "Confidence gap", "Hours a person", "Use days per hour", "50% habitual in week", "Peak",
        "higher", "equal", "lower", "Fear of visible mistakes",
        "Little know-how or benefit",
        "Level: weekly use", "Area: weekly use", "Speed: half use it",
        "Teams: habitual users", "chance in the model",
    ):  # fmt: skip
        assert words in text, words
    assert max(len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("plans", [COMPARED, STORY])
def test_without_details_the_answer_fits_one_screen(plans: tuple[str, ...]) -> None:
    results = compare(plans, replicates=8)
    text = shown(
        replace(results, remarks=("A remark of three lines: " + 2 * 80 * "x",)), details=False
    )
    lines = text.splitlines()
    assert len(lines) <= 37  # of 40: what was typed, where it was written
    assert max(map(len, lines)) <= 80
    assert text.index("Level:") < text.index("Effort") < text.index("--details")
    held = results.organisation_drivers[:, :, :, -1].mean(axis=(1, 2))
    row = next(line for line in lines if line.startswith(f"{results.names[1]}  "))
    hours = results.estimate("hours", 1).mean
    assert f" {hours:.1f} " in row
    assert row.split()[-3] == f"{100 * held[1].max():.1f}"


def test_figures_are_those_of_the_arrays(comparison: Comparison) -> None:
    line = next(line for line in shown(comparison).splitlines() if line.startswith("Trained"))
    for plan in (0, 1):
        assert f"{comparison['trained'][plan, ..., -1].mean():.0%}" in line


def test_every_driver_has_its_words() -> None:
    assert list(DRIVER_LABELS) == list(DRIVER_WORDS) == [driver.name for driver in DRIVERS]


def test_no_figure_about_a_team_under_five(client_folder: Path) -> None:
    text = shown(run("everything", organisation=client_folder, replicates=2, weeks=4), by_team=True)
    line = next(line for line in text.splitlines() if line.startswith("Few"))
    assert line.split() == ["Few", "<5", "–", "–"]


def test_names_are_not_markup(client_folder: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: '[red]x[/nothing]'\n")
    text = shown(run(plan, organisation=client_folder, replicates=2, weeks=4))
    assert "[red]x[/nothing]" in text


def test_many_plans_are_shown_in_parts() -> None:
    names = ["training-first", "mandate", "everything", "licences-only"]
    text = shown(compare(names, organisation="small-firm", replicates=2, weeks=4))
    assert text.count("What happens") == 2
    assert text.count("in the same replicates") >= 3


def test_teams_that_were_not_recorded_are_said(comparison: Comparison) -> None:
    without = replace(comparison, records=replace(comparison.records, teams=None))
    with pytest.raises(InputError, match="teams were not recorded"):
        shown(without, by_team=True)


def test_one_replicate_has_no_ranges() -> None:
    text = shown(run("everything", organisation="small-firm", replicates=1, weeks=4))
    assert "One replicate only" in text
    assert "nan" not in text


@pytest.mark.parametrize(
    ("estimate", "unit", "text"),
    [
        (Estimate(float("nan"), 0, 0, 20, 31.0, float("inf"), 9), "week", "31 (20 to never)"),
        (Estimate(12, 0, 0, 10, 12, 14, 9), "week", "12 (10–14)"),
        (Estimate(float("nan"), 0, 0, 0, 0, 0, 9), "days/hour", "–"),
        (Estimate(-0.004, 0, 0, -0.01, 0, 0.01, 9), "1", "0.00 (−0.01 to 0.01)"),
        (Estimate(6.04, 0, 0, 6.04, 6.04, 6.04, 9), "hours/person", "6.0"),
    ],
)
def test_figures_in_words(estimate: Estimate, unit: str, text: str) -> None:
    assert with_band(estimate, unit) == text


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    assert figure(-0.0001, "share", signed=True) == "0"
    assert figure(-0.0001, "1", signed=True) == "0.00"
    assert figure(float("nan"), "share", signed=True) == "–"
