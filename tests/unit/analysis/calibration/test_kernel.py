from pathlib import Path

import numpy as np
import pytest

from sim.analysis.calibration.kernel import (
    covariance,
    distances,
    errors,
    log_kernel,
    observed,
    seen_once,
)
from sim.analysis.calibration.reading import load_study
from sim.errors import InputError

NAMES = ["users", "seen", "often", "highest", "again"]


def at_the_targets(study):
    return np.array([observed(target) for target in study.targets.values()])


def test_two_correlated_figures_are_weighed_together(study_folder: Path) -> None:
    """Errors 0.3 and 0.5, correlation 0.5, figures 0.3 and -0.5 off: one error each, apart.

    By hand: for one error each of opposite sign, (1 + 1 + 2 · 0.5) / (1 - 0.5²) = 4; of the
    same sign (1 + 1 - 2 · 0.5) / (1 - 0.5²) = 4/3; of users alone 1 / (1 - 0.5²) = 4/3.
    """
    study = load_study(study_folder)
    assert list(study.targets) == NAMES
    figures = np.tile(at_the_targets(study), (3, 1))
    figures[0, [0, 2]] += [0.3, -0.5]
    figures[1, [0, 2]] += [0.3, 0.5]
    figures[2, [0, 1]] += [0.3, 0.1]  # no block holds both users and seen
    found = -2.0 * log_kernel(study, figures, np.zeros(5))
    assert found == pytest.approx([4.0, 4 / 3, 4 / 3 + 1])
    assert np.abs(distances(study, figures, np.zeros(5))[0]) == pytest.approx([1, 0, 1, 0, 0])


def test_chance_stands_on_the_diagonal(study_folder: Path) -> None:
    study = load_study(study_folder)
    chance = np.array([0.01, 0.02, 0.03, 0.04, 0.05])
    whole = covariance(study, chance)
    assert np.diag(whole) == pytest.approx(errors(study) ** 2 + chance)
    assert whole[0, 2] == whole[2, 0] == pytest.approx(0.5 * 0.3 * 0.5)
    assert whole[0, 1] == whole[3, 4] == 0
    figures = (at_the_targets(study) + 1.0)[None]
    assert distances(study, figures, chance)[0] == pytest.approx(1 / np.sqrt(np.diag(whole)))


def test_opposed_figures_err_to_other_sides(study_folder: Path) -> None:
    change(study_folder, "of: [users, often]", "of: [users], opposed: [often, again]")
    whole = covariance(load_study(study_folder), np.zeros(5))
    assert whole[0, 2] == pytest.approx(-0.5 * 0.3 * 0.5)
    assert whole[2, 4] == pytest.approx(0.5 * 0.5 * 0.6)
    assert (np.linalg.eigvalsh(whole) > 0).all()


def test_lower_is_as_good_where_a_target_says_so(study_folder: Path) -> None:
    change(study_folder, "observed: 0.7, error: 0.6", "observed: 0.7, error: 0.6, at_most: true")
    study = load_study(study_folder)
    figures = np.tile(at_the_targets(study), (2, 1))
    figures[0, 4] -= 3.0
    figures[1, 4] += 1.2
    assert -2.0 * log_kernel(study, figures, np.zeros(5)) == pytest.approx([0.0, 4.0])


@pytest.mark.parametrize(("said", "once"), [("", False), ("true", True), ("false", False)])
def test_a_setting_says_whether_it_was_seen_once(study_folder: Path, said: str, once: bool) -> None:
    if said:
        change(study_folder, "    replicates: 3\n", f"    replicates: 3\n    once: {said}\n")
    assert seen_once(load_study(study_folder), "pilot") == once


def test_company_changes_no_distance(study_folder: Path) -> None:
    study = load_study(study_folder)
    figures = np.random.default_rng(1).normal(size=(7, 5))
    chance = np.full(5, 0.02)
    whole = log_kernel(study, figures, chance)
    assert [log_kernel(study, figures[k : k + 1], chance)[0] for k in range(7)] == whole.tolist()


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "study.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[users, often], correlation: 0.5", "[users, often, again], correlation: -0.6",
         r"blocks.survey.correlation: is -0.6: 3 figures cannot all differ so — above -0.5"),
        ("correlation: 0.5", "correlation: 1", "blocks.survey.correlation"),
        ("[users, often]", "[users, offen]", "offen is not among the targets — did you mean often"),
        ("[users, often]", "[users, users]", "users stands in a block twice"),
        ("correlation: 0.5}", "correlation: 0.5}\n  more: {of: [often, again], correlation: 0.1}",
         "often stands in a block twice — once, in survey or in more"),
        ("observed: 0.2, error: 0.5", "observed: 0.2, error: 0.5, at_most: true",
         "often is met wherever it is lower"),
    ],
)  # fmt: skip
def test_a_block_that_makes_no_covariance_is_refused(
    study_folder: Path, old: str, new: str, said: str
) -> None:
    change(study_folder, old, new)
    with pytest.raises(InputError, match=said):
        load_study(study_folder)
