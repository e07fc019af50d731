from pathlib import Path

import pytest

from sim.analysis.calibration.reading import load_study
from sim.errors import InputError


def test_a_study_says_what_is_fitted(study_folder: Path) -> None:
    study = load_study(study_folder)
    assert study.parameters == ("sigma_person", "b_0", "b_expect", "b_habit", "b_mistake")
    assert study.unknowns[5:] == ("spread of firms", "alarm_job", "champion_credibility")
    assert len(study.priors) == len(study.unknowns)
    assert str(study.priors[5]) == "uniform(0.2, 1.5)"
    assert [len(study.organisations[name]) for name in study.settings] == [1, 2]


def test_the_fingerprint_follows_study_and_scenarios(study_folder: Path) -> None:
    first = load_study(study_folder).fingerprint
    assert load_study(study_folder / "study.yaml").fingerprint == first
    plain = study_folder / "plain.yaml"
    plain.write_text(plain.read_text() + "weeks: 51\n")
    assert load_study(study_folder).fingerprint != first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("b_expect", "b_expct", r"study.yaml:4:\d+ parameters.1: b_expct is no parameter in doubt "
         "— did you mean b_expect"),
        ("setting: pilot, measure: ratio", "setting: plot, measure: ratio",
         "targets.seen.setting: plot is not among the settings — did you mean pilot"),
        ("of: frequent", "of: frequently", "did you mean frequent"),
        ("of: weekly_users, arms: [plain], weeks: [5, 8]", "of: weekly_users, arms: [plain]",
         "weekly_users stands without weeks"),
        ("of: weekly_users, arms: [plain], weeks: [5, 8]", "of: weekly_users_w9, arms: [plain]",
         "of: weekly_users_w9 is beyond the run's 8 weeks — weekly_users_w8"),
        ("of: weekly_users, arms", "of: weekly_users_w8, arms",
         "weeks: stands beside weekly_users_w8, which says when"),
        ("of: weekly_users, arms: [plain], weeks: [5, 8]", "of: week_half_weekly, arms: [plain]",
         "week_half_weekly is no number in a run that does not come to it"),
        ("of: weekly_users, arms: [plain], weeks: [5, 8]", "of: use_days_in_all, arms: [plain]",
         "is share, but use_days_in_all is in days/person — measure: level"),
        ("of: weekly_users, arms: [plain], weeks: [5, 8]", "of: habitual_w8",
         "habitual_w8 stands without arms"),
        ("of: use_days, arms: [plain], against: [unseen], weeks: [1, 8]",
         "of: 'habitual_w8: plain less unsen'",
         "targets.seen.of: unsen is no arm of pilot — did you mean unseen"),
        ("measure: ratio", "measure: share", "is share, which is taken against no other arms"),
        ("weeks: [5, 8]", "weeks: [5, 9]", r"is \[5, 9\] — two weeks in order, from 1 to 8"),
        ("against: [unseen], ", "", "measures a ratio without against"),
        ("arms: [plain], against", "arms: [plane], against", "plane is no arm of pilot — did you"),
        ("observed: 0.33", "observed: 33", "is 33 — a share between 0 and 1"),
        ("observed: 0.9", "observed: 0", "is 0 — a ratio above 0"),
        ("error: 0.3}", "error: 0}", "a number above 0"),
        ("setting: firms, measure", "setting: pilot, measure", "asks for a firm, but pilot has"),
        ('"uniform(0.2, 1.5)"', "wide", "is wide — 'wide' is no prior: fixed, uniform"),
        ("unseen: unseen.yaml", "unseen: unsen.yaml", "there is no such scenario file"),
        ("    people: 30\n    weeks: 8", "    weeks: 8", "has neither people nor organisation"),
        ("people: 30\n    weeks: 8", "people: 30\n    organisation: small-firm\n    weeks: 8",
         "has both people and organisation"),
        ("people: 30\n    weeks: 8", "organisation: smal-firm\n    weeks: 8",
         "did you mean small-firm"),
        ("measure: ratio", "measure: ration", "did you mean ratio"),
        ("of: repeat, within: 2, ", "of: repeat, ", "repeat stands without within"),
        ("within: 2, arms: [plain], weeks: [1, 6]", "within: 3, arms: [plain], weeks: [1, 6]",
         r"is \[1, 6\] — first uses so early that 3 of 8 weeks follow"),
        ("within: 2, arms: [plain], weeks: [1, 6]", "within: 2, arms: [plain]",
         "repeat stands without weeks"),
        ("of: frequent,", "of: frequent, disclosed: true,",
         "disclosed: is not asked with frequent"),
        ("of: frequent,", "of: frequent, within: 2,", "is not asked with frequent"),
        ("measure: share,\n          of: repeat", "measure: spread,\n          of: repeat",
         "is spread of repeat — measure: spread with of: differences"),
        ("seed: 5", "sede: 5", "did you mean seed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    study_folder: Path, old: str, new: str, said: str
) -> None:
    file = study_folder / "study.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=said):
        load_study(study_folder)


def test_all_problems_come_at_once(study_folder: Path) -> None:
    file = study_folder / "study.yaml"
    file.write_text(file.read_text().replace("of: frequent", "of: x").replace("0.33", "33"))
    with pytest.raises(InputError) as error:
        load_study(study_folder)
    assert len(error.value.problems) == 2


def test_a_missing_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_study(tmp_path / "none.yaml")
