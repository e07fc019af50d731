"""Outcomes and readers of files that packages bring: there wherever the shipped ones are."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.results.series import own_outcomes, variables, wrong_with_outcome

Call = Callable[..., subprocess.CompletedProcess[str]]
Offered = Callable[..., Path]
HOURS = '''"""An outcome."""
import numpy as np


def hours_won(use_days, hours):
    """Hours won by use so far, less those spent.

    Unit : hours/person
    """
    return 0.5 * np.cumsum(use_days, axis=-1) - hours


def steady(weekly_users):
    """Least share of weekly users so far.

    Unit : share
    """
    return np.minimum.accumulate(weekly_users, axis=-1)
'''
STUDY = """\
scenarios: [licences-only, everything]
organisation: small-firm
weeks: 6
replicates: 2
design: {saltelli: 4}
uncertainties: {b_trust: [0, 2], b_norm: [0, 2]}
outcomes: [hours_won_w6, "hours_won_w4: everything less licences-only"]
record: {weeks: true}
"""
PLAN = """\
name: Few plans
organisation: small-firm
weeks: 8
interventions:
  - loyalty conversation: {label: loyalty, latest: week 5, doses: [0, 1]}
timeline:
  - access: {start: week 2}
objective: OBJECTIVE
step: 2
"""


@pytest.fixture(scope="module")
def site(offered: Offered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a package that brings two outcomes."""
    folder = tmp_path_factory.mktemp("outcomes")
    for name in ("hours_won", "steady"):
        offered(folder, name, HOURS, group="outcomes")
    return folder


IN_PYTHON = """
import numpy as np
import sim
from sim.results.tables import table
from sim.testing import check_outcome

check_outcome("hours_won")
plans = [sim.load_scenario(name) for name in ("licences-only", "everything")]
plans = [plan.model_copy(update={"name": name}) for plan, name in zip(plans, "ab")]
both = sim.compare(plans, organisation="small-firm", replicates=3, weeks=6, record_teams=True)
by_hand = 0.5 * np.cumsum(both["use_days"], axis=-1) - both["hours"]
assert np.array_equal(both["hours_won"], by_hand)
assert np.array_equal(both.measure("hours_won_w4"), by_hand[..., 3])
less = both.measure("hours_won_w6: b less a")
assert np.array_equal(less, by_hand[1, ..., 5] - by_hand[0, ..., 5])
teams = 0.5 * np.cumsum(both.team("use_days"), axis=-2) - both.team("hours")
assert np.allclose(both.team("hours_won"), teams)
weekly = {variable.name: values for variable, values in table(both, "weekly").columns}
assert np.array_equal(weekly["hours_won"], by_hand.ravel())
assert {"hours_won", "steady"} <= {quantity.name for quantity in both.quantities}

from sim.analysis.plan.objective import Objective
from sim.case import Case, run_cases
from sim.engine.compiled import Record
from sim.randomness import replicate_seeds
from sim.results.measure import Measure
from sim.results.series import needed
people = sim.load_organisation("small-firm")
case = Case.of(sim.load_scenario("everything"), people, 6)
records = run_cases([case], replicate_seeds(0, 2, sets=1), record=Record(teams=needed(["steady"])))
worst = Measure("worst team", "worst team", "steady").of(records, people)
assert np.array_equal(worst, records.of_teams("weekly_users").min(axis=3).min(axis=-1))
none = np.zeros(1)
wanted = Objective.model_validate({"what": "share", "of": "steady", "at": 4})
found = wanted.values(records, people, none, none)
assert np.array_equal(found, np.minimum.accumulate(records.weekly[..., 6], axis=-1)[..., 3])
"""


CALIBRATION = """\
purpose: Which sets win as many hours as our pilot did?
effort: {chains: 1, sets: 16, first: 3, sweeps: 2, last_sweeps: 4, checks: 1, reach: 2}
parameters: [b_0, b_habit]
settings:
  pilot: {purpose: a pilot, people: 30, weeks: 8, replicates: 3, arms: {plain: plain.yaml}}
targets:
  won: {target: P, says: most of a day each, source: ASSUMPTION, setting: pilot, measure: level,
        of: hours_won, arms: [plain], weeks: [8, 8], observed: 6, error: 0.5}
"""


@pytest.mark.slow
def test_an_outcome_is_a_target_of_a_calibration(call: Call, site: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("timeline: [{access: {start: week 1}}]\n", "utf-8")
    study = tmp_path / "own.yaml"
    study.write_text(CALIBRATION, "utf-8")
    done = call("-m", "sim", "calibrate", "own.yaml", "--out", "own", more=site)
    assert done.returncode == 0, done.stderr + done.stdout
    with (tmp_path / "own" / "targets.csv").open(encoding="utf-8") as file:
        (won,) = csv.DictReader(file)
    low, high, before, after = (
        float(won[key]) for key in ("low", "high", "prior_50", "posterior_50")
    )
    assert low + high == pytest.approx(12.0)  # in hours, not in logits
    assert low < after < high
    assert before < low
    assert won["verdict"] == "met"
    study.write_text(
        CALIBRATION.replace("level", "share").replace("observed: 6", "observed: 0.3"), "utf-8"
    )
    refused = call("-m", "sim", "calibrate", "own.yaml", "--out", "no", more=site)
    assert refused.returncode == 2
    assert "is share, but hours_won is in hours/person — measure: level" in refused.stderr
    unknown = call("-m", "sim", "--no-plugins", "calibrate", "own.yaml", "--out", "no")
    assert "hours_won is neither an outcome nor an answer" in unknown.stderr


@pytest.mark.slow
def test_an_outcome_stands_wherever_a_measure_may(call: Call, site: Path) -> None:
    done = call("-c", IN_PYTHON, more=site)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_outcome_in_a_study_and_in_the_tables_of_compare(
    call: Call, site: Path, tmp_path: Path
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY, "utf-8")
    done = call("-m", "sim", "sweep", "study.yaml", "--out", "out", "--workers", "2", more=site)
    assert done.returncode == 0, done.stderr
    done = call("-m", "sim", "sensitivity", "out", "--outcome", "hours_won_w6", more=site)
    assert done.returncode == 0, done.stderr
    done = call(
        "-m", "sim", "compare", "licences-only", "everything", "--organisation", "small-firm",
        "--replicates", "4", "--weeks", "6", "--out", "compared", "--details", more=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Hours won") == 2  # among the levels, and among the differences
    with (tmp_path / "compared" / "summary.csv").open(encoding="utf-8") as file:
        assert "hours_won" in {cell for row in csv.reader(file) for cell in row}
    noted = json.loads((tmp_path / "compared" / "manifest.json").read_text("utf-8"))["plugins"]
    assert "uptake-own" in {one["distribution"] for one in noted}


@pytest.mark.slow
@pytest.mark.parametrize(
    "objective", ["hours_won_w8", "{what: worst team, of: steady, at: week 8}"]
)
def test_a_plan_is_judged_by_an_outcome(
    call: Call, site: Path, tmp_path: Path, objective: str
) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN.replace("OBJECTIVE", objective), "utf-8")
    words = ["plan", "plan.yaml", "--runs", "100", "--replicates", "20", "--out", "out"]
    done = call("-m", "sim", *words, more=site)
    assert done.returncode == 0, done.stderr
    assert ("hours won" if "hours" in objective else "steady") in done.stdout


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("hours_won", "", "", ""),
        ("hours_won_w6", "", "", "has a name that is not lower-case words"),
        ("habitual", "", "", "is the name of an outcome that is there already"),
        ("hours_won", "    Unit : hours/person\n", "", "has a docstring that does not say"),
        ("hours_won", "use_days", "used", "asks for used, which is no recorded outcome"),
        ("hours_won", "axis=-1", "axis=0", "gives something else of a replicate beside others"),
        ("hours_won", "- hours\n", "- hours.mean()\n", "gives something else of a replicate"),
        ("hours_won", "- hours\n", "- hours.nothing\n", "fails with AttributeError"),
        ("hours_won", "0.5 * np.cumsum(use_days, axis=-1)", "use_days.sum()", ""),
        ("hours_won", "0.5 * np.cumsum(use_days, axis=-1) - hours", "use_days.sum(axis=-1)",
         "does not give an array of the shape of its arguments"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_outcome(name: str, old: str, new: str, said: str) -> None:
    spaces: dict[str, Any] = {}
    exec(HOURS.replace(old, new) if old else HOURS, spaces)
    found = wrong_with_outcome(name, spaces["hours_won"])
    if new == "use_days.sum()":
        said = "gives something else of a replicate"
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_without_packages_there_are_only_the_recorded_ones() -> None:
    assert not own_outcomes()
    assert "habitual" in variables()


ROSTER = "# roster\na @ Sales\nb @ Sales\nc @ Finance\na > b\nc > a\n"
READER = '''"""A reader."""


def recognise(name, opening):
    return opening.startswith(b"# roster")


def read(name, data):
    people, ties = [], []
    for line in data.decode().splitlines()[1:]:
        if "@" in line:
            person, team = line.split("@")
            people.append({"id": person.strip(), "team": team.strip()})
        elif ">" in line:
            asks, asked = line.split(">")
            ties.append({"source": asks.strip(), "target": asked.strip()})
    return {"people": people, "ties": ties}
'''


def reader(offered: Offered, folder: Path, old: str = "", new: str = "") -> Path:
    site = offered(folder, "roster", READER.replace(old, new) if old else READER, group="importers")
    about = site / "uptake_own-1.0.dist-info" / "entry_points.txt"
    about.write_text("[uptake.importers]\nroster = uptake_own\n")
    return site


@pytest.mark.slow
def test_a_reader_in_import_and_as_an_organisation(
    call: Call, offered: Offered, tmp_path: Path
) -> None:
    site = reader(offered, tmp_path / "site")
    (tmp_path / "team.yaml").write_text(ROSTER, "utf-8")  # whatever its ending
    done = call("-m", "sim", "import", "team.yaml", "--out", "firm", more=site)
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "firm" / "people.csv").read_text("utf-8").splitlines()
    assert rows == ["id,team", "a,Sales", "b,Sales", "c,Finance"]
    assert len((tmp_path / "firm" / "ties.csv").read_text("utf-8").splitlines()) == 3
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "team.md").write_text(ROSTER, "utf-8")
    for where in ("team.yaml", "exports"):
        done = call("-m", "sim", "describe", where, more=site)
        assert done.returncode == 0, done.stderr
        assert "3 people" in done.stdout
    refused = call("-m", "sim", "--no-plugins", "import", "team.yaml", "--out", "no", more=site)
    assert refused.returncode == 2
    assert not (tmp_path / "no").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def read(", "def reads(", "has no function read"),
        ("startswith(b", "begins(b", "fails to recognise team.roster: AttributeError"),
        ('line.split("@")', 'line.split("|")', "fails on team.roster: ValueError"),
        ('"people": people', '"persons": people', "of team.roster gives a table 'persons': "),
        ('"team": team', '"teams": team', "of team.roster gives people a column 'teams': did you"),
        ('return {"people": people, "ties": ties}', "return people", "gives no tables by kind"),
        ('"ties": ties}', '"ties": []}', "of team.roster gives no row of ties"),
    ],
)
def test_a_broken_reader_is_one_error(
    call: Call, offered: Offered, tmp_path: Path, old: str, new: str, said: str
) -> None:
    site = reader(offered, tmp_path / "site", old, new)
    (tmp_path / "team.roster").write_text(ROSTER, "utf-8")
    done = call("-m", "sim", "import", "team.roster", "--out", "firm", more=site)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("plugin uptake-own 1.0 uptake.importers roster: "), line
    assert said in line
    assert not (tmp_path / "firm").exists()
