"""A firm's own data as targets: curves, dates, priors, a start; what is out of reach; the check."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from sim.analysis.calibration.check import check, fitted_to, informed, judged
from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import SEARCH, answers, fit, hash_of, sets_of
from sim.analysis.calibration.kernel import (
    columns_of,
    covariance,
    errors,
    goal,
    labels,
    log_kernel,
)
from sim.analysis.calibration.observe import observe
from sim.analysis.calibration.reading import load_study
from sim.case import Case, Record, run_cases
from sim.cli import main
from sim.errors import InputError
from sim.organisation import template, to_csv
from sim.parameters import parameter_rows
from sim.posterior import posterior, read_sets
from sim.randomness import replicate_seeds
from sim.runner import load_organisation, load_scenario

PLAN = "weeks: 10\ntimeline: [{access: {start: week 1}}]\n"
STUDY = """\
purpose: Which sets agree with our pilot?
seed: 5
effort: {chains: 2, sets: 32, first: 4, sweeps: 2, last_sweeps: 6, checks: 1, reach: 2}
settings:
  firm:
    purpose: the pilot
    organisation: firm
    weeks: 10
    replicates: 2
    arms: {done: plan.yaml}
"""
OWN = "parameters: [b_0, b_expect, sigma_person]\n"
USAGE = "usage:\n  pilot: {file: usage.csv, setting: firm, arm: done}\n"
TRUE_B_0 = 0.5


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A firm of 60, its plan, and its use by team under one known parameter set."""
    folder = tmp_path_factory.mktemp("pilot")
    to_csv(template(60, seed=2), folder / "firm")
    (folder / "plan.yaml").write_text(PLAN, "utf-8")
    people = load_organisation(folder / "firm")
    case = Case.of(
        load_scenario(folder / "plan.yaml"), people,
        parameters=parameter_rows({"b_0": TRUE_B_0}),
    )  # fmt: skip
    record = Record(teams=("weekly_users",), drivers=False)
    use = run_cases([case], replicate_seeds(77, 1), record=record).of_teams("weekly_users")[0, 0, 0]
    sizes = np.diff(people.team_start)
    rows = ["week,team,people,weekly_users"]
    rows += [
        f'{w + 1},"{t}",{n},{round(float(use[w, k]) * n)}'
        for w in range(10)
        for k, (t, n) in enumerate(zip(people.teams, sizes, strict=True))
    ]
    (folder / "usage.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


def study(folder: Path, text: str, name: str = "own.yaml") -> CalibrationStudy:
    (folder / name).write_text(text, "utf-8")
    return load_study(folder / name)


def test_weeks_may_be_dates(pilot: Path) -> None:
    """As the page on fitting has it; YAML gives a day as text."""
    rows = (pilot / "usage.csv").read_text("utf-8").splitlines()
    days = [date(2026, 2, 2) + timedelta(weeks=int(row.split(",")[0]) - 1) for row in rows[1:]]
    dated = [f"{day},{row.partition(',')[2]}" for day, row in zip(days, rows[1:], strict=True)]
    (pilot / "dated.csv").write_text("\n".join([rows[0], *dated]) + "\n", "utf-8")
    text = STUDY + OWN + USAGE.replace("usage.csv", "dated.csv")
    for day in ("2026-02-02", "'2026-02-04'"):
        one = study(pilot, text.replace("arm: done}\n", f"arm: done, start: {day}}}\n"))
        assert (goal(one) == goal(study(pilot, STUDY + OWN + USAGE))).all()
    with pytest.raises(InputError, match="start: is '2026-02-30' — a day such as 2027-01-04"):
        study(pilot, text.replace("arm: done}\n", "arm: done, start: 2026-02-30}\n"))


def test_a_check_counts_what_is_measured(pilot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study(pilot, STUDY + OWN + USAGE)
    with pytest.raises(SystemExit) as end:
        main(["validate", str(pilot / "own.yaml")])
    assert end.value.code == 0
    assert "10 figures to meet, 3 unknowns" in capsys.readouterr().out


def test_a_curve_errs_as_one(pilot: Path) -> None:
    one = study(pilot, STUDY + OWN + USAGE)
    assert columns_of(one) == ["firm"] * 10  # the teams are under twenty: the whole alone counts
    assert labels(one)[2] == "pilot: weekly_users, week 3"
    assert goal(one)[3] == pytest.approx(np.arcsin(np.sqrt(one.curves["pilot"].observed.values[3])))
    whole = covariance(one, np.zeros(10), 0.05)
    assert whole[0, 1] == pytest.approx(0.05**2 * np.exp(-1 / 8))
    assert whole[0, 0] == pytest.approx(0.05**2 + 0.01**2)
    assert errors(one) == pytest.approx(np.full(10, np.hypot(0.025, 0.01)))


def test_how_far_the_model_may_be_off_is_weighed_by_the_data(pilot: Path) -> None:
    """A mixture of four normals, each the less likely beforehand the wider it is."""
    one, chance = study(pilot, STUDY + OWN + USAGE), np.full(10, 0.01**2)
    figures = goal(one) + np.outer([0.0, 0.02, 0.1, 0.3], np.ones(10))
    parts = [
        multivariate_normal(goal(one), covariance(one, chance, scale)).logpdf(figures)
        - scale / 0.05
        for scale in (0.0, 0.025, 0.05, 0.1)
    ]
    right = np.logaddexp.reduce(parts, axis=0)
    found = log_kernel(one, figures, chance)
    assert found - found[0] == pytest.approx(right - right[0])


def test_chance_of_a_mean_is_that_of_its_replicates(pilot: Path) -> None:
    one = study(pilot, STUDY + OWN + USAGE)
    points = np.full((2, len(one.priors)), 0.5)
    figures, chance = answers(one, points, SEARCH, replicates=3, threads=1)
    seed = hash_of(one.seed, SEARCH, 0)
    seen = observe(one, "firm", sets_of(one, points), None, seed, replicates=3, threads=1)
    at = seen.curve(one.curves["pilot"])
    assert at.shape == (2, 6, 10)
    assert figures == pytest.approx(at.mean(axis=1))
    assert chance == pytest.approx(at.var(axis=1, ddof=1) / 6)


def test_dates_of_adoption_become_curves(pilot: Path) -> None:
    people = load_organisation(pilot / "firm")
    ids = people.ids.tolist()
    lines = ["id,first_use", *(f"{one},{1 + k % 5}" for k, one in enumerate(ids[:30]))]
    (pilot / "adopted.csv").write_text("\n".join([*lines, f"{ids[30]},"]), "utf-8")
    usage = "usage:\n  who: {adoptions: adopted.csv, setting: firm, arm: done, by: whole}\n"
    one = study(pilot, STUDY + OWN + usage).curves["who"].observed
    assert set(one.outcomes) == {"activated"}
    assert one.values.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert [tuple(note)[:2] for note in one.notes] == [
        ("people not in the table taken as not having begun", 29)
    ]
    (pilot / "adopted.csv").write_text(f"id,first_use\n{ids[0]},soon\n", "utf-8")
    with pytest.raises(InputError, match="first_use: is soon"):
        study(pilot, STUDY + OWN + usage)


def test_the_search_may_begin_from_the_posterior_or_from_own_priors(pilot: Path) -> None:
    began = study(pilot, STUDY + "start_from: posterior\n" + USAGE)
    rows = sets_of(began, np.random.default_rng(1).random((4000, len(began.priors))))
    for name in ("b_0", "b_norm", "trust_start"):
        shipped = posterior()[name]
        assert rows[name].mean() == pytest.approx(shipped.mean(), abs=0.15 * shipped.std())
        assert rows[name].std() == pytest.approx(shipped.std(), rel=0.1)
    own = study(pilot, STUDY + OWN + "priors: {b_0: 'normal(1, 0.1)'}\n" + USAGE)
    rows = sets_of(own, np.random.default_rng(1).random((500, len(own.priors))))
    assert rows["b_0"].mean() == pytest.approx(1.0, abs=0.02)
    with pytest.raises(InputError) as caught:
        study(pilot, STUDY + OWN + "start_from: posterior\npriors: {b_job: 'normal(1)'}\n" + USAGE)
    for said in ("stands beside start_from", "b_job is not among the parameters fitted"):
        assert said in str(caught.value)


def test_a_pilot_is_fitted_drawn_and_used(
    pilot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = OWN + "priors: {b_0: 'uniform(-3, 2)'}\n" + USAGE
    study(pilot, STUDY + own)
    out = tmp_path / "result"
    with pytest.raises(SystemExit) as end:
        main(["calibrate", str(pilot / "own.yaml"), "--out", str(out)])
    assert end.value.code == 0
    names = {file.name for file in out.iterdir()}
    assert {"posterior.csv", "predictive.png", "predictive.csv", "curves.csv"} <= names
    rows = read_sets(out / "posterior.csv")
    assert rows["b_0"].std() < 0.8 * 5 / 12**0.5  # of the even prior
    assert rows["b_0"].mean() > -0.5  # the prior's middle is -0.5, what is true 0.5
    text = (out / "report.md").read_text("utf-8")
    assert "## Measured use" in text
    assert "R-hat" in text
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["run", str(pilot / "plan.yaml"), "--organisation", str(pilot / "firm"),
              "--posterior", str(out / "posterior.csv"), "-n", "1", "--samples", "5"])  # fmt: skip
    assert end.value.code == 0


def test_what_no_set_reaches_leaves_no_posterior(
    pilot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = (
        "targets:\n  all: {target: P, says: everybody at once, source: ASSUMPTION, setting: firm,"
        " measure: share, of: weekly_users, arms: [done], weeks: [1, 1], observed: 0.97,"
        " error: 0.1}\n"
    )
    study(pilot, STUDY.replace("sets: 32, first: 4", "sets: 16, first: 2") + OWN + target)
    out = tmp_path / "result"
    with pytest.raises(SystemExit) as end:
        main(["calibrate", str(pilot / "own.yaml"), "--out", str(out)])
    assert end.value.code == 1
    assert "Out of every set's reach: all" in capsys.readouterr().out
    assert not (out / "posterior.csv").exists()
    assert "**This is no posterior.**" in (out / "report.md").read_text("utf-8")
    with pytest.raises(InputError, match="did not reach"):
        read_sets(out / "out-of-reach.csv")


PILOT = """\
purpose: A pilot of sixty, three weekly shares
seed: 3
parameters: [b_0, b_expect, sigma_person]
settings:
  pilot: {purpose: a pilot, people: 60, weeks: 8, replicates: 4, arms: {done: plan.yaml}, ONCE}
targets:
  two: {target: P, says: x, source: ASSUMPTION, setting: pilot, measure: share, of: weekly_users,
        arms: [done], weeks: [2, 2], observed: 0.3, error: 0.25}
  four: {target: P, says: x, source: ASSUMPTION, setting: pilot, measure: share, of: weekly_users,
         arms: [done], weeks: [4, 4], observed: 0.3, error: 0.25}
  eight: {target: P, says: x, source: ASSUMPTION, setting: pilot, measure: share, of: weekly_users,
          arms: [done], weeks: [8, 8], observed: 0.3, error: 0.25}
"""


@pytest.mark.slow
def test_bands_of_an_own_pilot_hold_the_truth(tmp_path: Path) -> None:
    """With the firm's own chance 86% to 94%; without, the check finds out that they do not."""
    (tmp_path / "plan.yaml").write_text(PLAN, "utf-8")
    with_chance = check(study(tmp_path, PILOT.replace("ONCE", "once: true")), truths=150, table=800)
    assert with_chance.holds, with_chance.found
    without = check(study(tmp_path, PILOT.replace(", ONCE", "")), truths=150, table=800)
    assert without.coverage < with_chance.coverage - 0.05
    assert max(without.chance.values()) > 1


@pytest.mark.slow
def test_bands_of_a_measured_curve_hold_the_truth(pilot: Path) -> None:
    found = check(study(pilot, STUDY + OWN + USAGE), truths=150, table=800)
    assert found.holds, found.found


def test_a_share_of_people_asked_errs_by_sampling(pilot: Path) -> None:
    text = (
        "targets:\n  asked: {target: P, says: x, source: ASSUMPTION, setting: firm,"
        " measure: share, of: daily, arms: [done], observed: 0.2, ASKED}\n"
    )
    one = study(pilot, STUDY + OWN + text.replace("ASKED", "asked: 48"))
    assert one.targets["asked"].standard_error == pytest.approx((48 * 0.2 * 0.8) ** -0.5)
    with pytest.raises(InputError, match="neither error nor asked"):
        study(pilot, STUDY + OWN + text.replace(", ASKED", ""))


@pytest.mark.slow
def test_arviz_reads_chains_predictions_and_data(pilot: Path, tmp_path: Path) -> None:
    pytest.importorskip("arviz")
    from sim.analysis.calibration.findings import inference_data

    small = STUDY.replace("sets: 32, first: 4", "sets: 12, first: 2")
    found = fit(study(pilot, small + OWN + USAGE), tmp_path / "kept")
    data = inference_data(found)
    assert data.posterior["b_0"].shape == (2, 12)
    assert data.posterior_predictive["pilot"].shape == (2, 12, 10)
    assert data.observed_data["pilot"].shape == (10,)
    assert str(data.posterior_predictive["pilot_value"].values[0]) == "pilot: weekly_users, week 1"


def test_bands_of_a_normal_posterior_hold_the_truth_in_nine_of_ten() -> None:
    """One unknown seen with an error as large as its spread, another not seen at all."""
    rng = np.random.default_rng(4)
    table, truths = rng.normal(size=(4000, 2)), rng.normal(size=(600, 2))
    told = truths[:, :1] + rng.normal(size=(600, 1))
    found = judged(table, table[:, :1], truths, told, np.eye(1))
    (seen,) = found["directions"]
    assert seen["width left"] == pytest.approx(1 / np.sqrt(2), abs=0.02)
    assert seen["coverage"] == found["coverage of 90% bands"] == pytest.approx(0.9, abs=0.03)
    assert sum(seen["ranks by tenths"]) == found["truths"] == 600
    assert seen["p of uniform ranks"] > 0.01
    error = np.sqrt(0.9 * 0.1 / 600)
    assert found["standard error of it"] == pytest.approx(error, rel=0.15)
    # About the middle, weights of half the variance among n sets are worth n √3 / 2 of them.
    assert found["effective sets, median"] == pytest.approx(4000 * np.sqrt(0.75), rel=0.25)
    assert found["effective sets, 10th percentile"] < found["effective sets, median"]
    narrow = judged(table, table[:, :1], truths, told, np.eye(1) / 9)
    assert narrow["coverage of 90% bands"] < 0.75
    wide = judged(table, table[:, :1], truths, told, np.eye(1), lambda i: np.zeros(4000))
    assert wide["coverage of 90% bands"] == pytest.approx(0.9, abs=0.03)  # all of the prior
    assert wide["effective sets, median"] == 4000


def test_directions_are_those_that_figures_narrow() -> None:
    """The sum of two unknowns is seen, with a third of its spread as the error."""
    table = np.random.default_rng(5).normal(size=(5000, 3)) * [1.0, 2.0, 1.0]
    total = table[:, :1] + table[:, 1:2]
    vectors, widths = informed(table, 3.0 * total / np.sqrt(5))
    assert widths == pytest.approx([1 / np.sqrt(10)], rel=0.02)
    along = table @ vectors[:, 0]
    assert abs(np.corrcoef(along, total[:, 0])[0, 1]) > 0.999
    assert along.std() == pytest.approx(1.0, rel=0.01)
    assert informed(table, 0.1 * total)[1].shape == (1,)  # the least wide, where none is told
    both = informed(table, np.column_stack([table[:, 0], table[:, 1] / 2]) * 1.5)[1]
    assert both == pytest.approx([1 / np.sqrt(1 + 1.5**2)] * 2, rel=0.05)


def test_figures_are_fitted_in_normal_scores() -> None:
    rng = np.random.default_rng(6)
    z, sought = rng.normal(size=(3000, 2)), rng.normal(size=(50, 2))

    def figures(scores: np.ndarray) -> np.ndarray:
        return np.column_stack([1 + 2 * scores[:, 0] + scores[:, 1] ** 2, 7 - scores[:, 1]])

    noise = rng.normal(size=(3000, 2)) * [0.3, 0.1]
    found, left = fitted_to(ndtr(z), figures(z) + noise, ndtr(sought))
    assert found == pytest.approx(figures(sought), abs=0.1)
    assert np.diag(left) == pytest.approx([0.09, 0.01], rel=0.1)
    own, left = fitted_to(ndtr(z[:20]), few := (figures(z) + noise)[:20], ndtr(z[:20]))
    assert left[0, 0] > 1.5 * (few - own)[:, 0].var()  # of sets that the fit never saw
