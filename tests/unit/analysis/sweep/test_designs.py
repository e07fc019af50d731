"""Designs hold what their names promise."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.sweep import load_study
from sim.analysis.sweep.schema import DESIGNS
from sim.analysis.sweep.specification import (
    Factor,
    design_problem,
    fractional_factorial,
    n_points,
    unit_points,
)
from sim.analysis.sweep.user_points import uniform
from sim.document import parse

RANGES = tuple(Factor(f"x{i}", False, uniform(0, 1)) for i in range(4))
WORDS = Factor("word", True, levels=tuple(parse("[a, b, c]", "x").items or ()))
SIZES = {
    "full factorial": {"levels": 3},
    "fractional factorial": {"resolution": 4},
    "monte carlo": {"points": 64},
    "latin hypercube": {"points": 64},
    "sobol": {"points": 64},
    "morris": {"trajectories": 10},
    "saltelli": {"base": 16},
}


@pytest.mark.parametrize("kind", DESIGNS)
def test_a_design_is_counted_and_repeats(kind: str) -> None:
    size = DESIGNS[kind].model_validate(SIZES[kind])
    assert design_problem(kind, size, RANGES) is None
    unit = unit_points(kind, size, RANGES, seed=0)
    assert unit.shape == (n_points(kind, size, RANGES), 4)
    assert unit.min() >= 0
    assert unit.max() <= 1
    assert (unit_points(kind, size, RANGES, seed=0) == unit).all()
    if "factorial" not in kind:
        assert not (unit_points(kind, size, RANGES, seed=1) == unit).all()


def test_a_latin_hypercube_has_one_point_a_slice() -> None:
    unit = unit_points("latin hypercube", DESIGNS["latin hypercube"](points=50), RANGES, 3)
    for column in unit.T:
        assert sorted((column * 50).astype(int)) == list(range(50))


def test_a_morris_trajectory_changes_one_thing_at_a_time() -> None:
    unit = unit_points("morris", DESIGNS["morris"](trajectories=6), RANGES, 0).reshape(6, 5, 4)
    assert ((np.diff(unit, axis=1) != 0).sum(axis=2) == 1).all()


@pytest.mark.parametrize("resolution", [3, 4, 5])
@pytest.mark.parametrize("k", [1, 2, 5, 7, 8, 11, 15])
def test_a_fraction_keeps_effects_apart(k: int, resolution: int) -> None:
    """No product of fewer columns than the resolution is constant: by brute force."""
    design = fractional_factorial(k, resolution)
    runs = len(design)
    assert runs & (runs - 1) == 0
    for size in range(1, min(resolution, k + 1)):
        for columns in combinations(range(k), size):
            assert abs(design[:, columns].prod(axis=1).sum()) == 0, columns
    if k == 7 and resolution == 3:
        assert runs == 8
        whole = design[:, (0, 1, 2)].prod(axis=1).sum() or design.prod(axis=1).sum()
        assert any(
            abs(design[:, c].prod(axis=1).sum()) == runs for c in combinations(range(7), 3)
        ) or abs(whole) == runs  # fmt: skip


def test_known_sizes_of_fractions() -> None:
    """The smallest two-level designs of the textbooks (Box, Hunter and Hunter)."""
    assert [len(fractional_factorial(k, 3)) for k in (3, 7, 15)] == [4, 8, 16]
    assert [len(fractional_factorial(k, 4)) for k in (4, 8, 16)] == [8, 16, 32]
    assert [len(fractional_factorial(k, 5)) for k in (5, 6, 8)] == [16, 32, 64]


def test_levels_are_met_equally_often() -> None:
    size = DESIGNS["full factorial"](levels=2)
    unit = unit_points("full factorial", size, (*RANGES[:2], WORDS), 0)
    assert len(unit) == 12
    codes = WORDS.at(unit[:, 2])
    assert np.unique(codes, return_counts=True)[1].tolist() == [4, 4, 4]
    assert WORDS.shown(codes)[0] == "a"
    assert WORDS.at(np.array([0.0, 1.0])).tolist() == [0, 2]


def test_a_design_that_does_not_fit() -> None:
    assert design_problem("morris", DESIGNS["morris"](trajectories=4), (*RANGES, WORDS)) == (
        "takes steps up and down, and word has no order", "numbers, or saltelli",
    )  # fmt: skip
    assert design_problem("saltelli", DESIGNS["saltelli"](base=8), RANGES[:1])
    assert design_problem("sobol", DESIGNS["sobol"](points=8), ())


def test_levels_and_ranges_by_hand() -> None:
    at = np.array([0.0, 0.33, 0.34, 0.66, 0.67, 1.0])
    assert WORDS.at(at).tolist() == [0, 0, 1, 1, 2, 2]
    assert WORDS.unit_levels(0) == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert WORDS.at(WORDS.unit_levels(0)).tolist() == [0, 1, 2]
    wide = Factor("wide", False, uniform(2, 6))
    assert wide.at(wide.unit_levels(3)) == pytest.approx([2, 4, 6])
    assert wide.at(wide.unit_levels(1)) == pytest.approx([4])
    signs = fractional_factorial(4, 4)
    size = DESIGNS["fractional factorial"](resolution=4)
    assert (unit_points("fractional factorial", size, RANGES, 0) == (signs + 1) / 2).all()
    plain = DESIGNS["saltelli"].model_validate({"base": 16, "second order": False})
    assert len(unit_points("saltelli", plain, RANGES, 0)) == n_points("saltelli", plain, RANGES)


@pytest.mark.parametrize(
    "design", ["full factorial: {levels: 3}", "fractional factorial: 3", "morris: 20"]
)
def test_a_grid_ends_where_a_normal_is_still_likely(
    study_file: Callable[..., Path], design: str
) -> None:
    """Not at the bounds of the parameter, which may be many standard deviations away."""
    file = study_file(design=f"design: {{{design}}}")
    text = file.read_text("utf-8").replace("b_trust:", "readiness_start: normal(0.4, 0.1)")
    file.write_text(text.replace("dose: [0.5, 1, 2]", "dose: [0.5, 1]"), "utf-8")
    values = load_study(file).points.values
    assert values["readiness_start"].min() == pytest.approx(0.4 - 0.196, abs=1e-3)
    assert values["readiness_start"].max() == pytest.approx(0.4 + 0.196, abs=1e-3)
    assert (values["b_norm"].min(), values["b_norm"].max()) == (0.5, 3.0)


def test_a_sample_reaches_into_the_tails_of_a_normal(study_file: Callable[..., Path]) -> None:
    file = study_file(design="design: {latin hypercube: 400}")
    text = file.read_text("utf-8").replace("b_trust:", "readiness_start: normal(0.4, 0.1)")
    file.write_text(text, "utf-8")
    seen = load_study(file).points.values["readiness_start"]
    assert seen.min() < 0.15 < 0.65 < seen.max()
    assert seen.std() == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize(
    ("kind", "size", "few", "many"),
    [
        ("sobol", "points", 32, 64), ("monte carlo", "points", 30, 50),
        ("morris", "trajectories", 5, 10), ("saltelli", "base", 16, 32),
    ],
)  # fmt: skip
def test_more_points_are_added_to_those_there_are(
    kind: str, size: str, few: int, many: int
) -> None:
    """As the page on studies says; not of a Latin hypercube, whose slices change."""
    one, other = (
        {tuple(row) for row in unit_points(kind, DESIGNS[kind](**{size: n}), RANGES, 0).tolist()}
        for n in (few, many)
    )
    assert one < other
