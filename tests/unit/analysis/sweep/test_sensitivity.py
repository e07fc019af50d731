"""Indices of what is known, and a study from its design to its figures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.sweep import Study, summary, sweep
from sim.analysis.sweep import sensitivity as analysis
from sim.analysis.sweep.sensitivity import DUMMY, noise_of, pawn, sensitivity, unsettled
from sim.analysis.sweep.summary import effects, lenth
from sim.errors import InputError

Write = Callable[..., Path]

TEXT = """\
scenarios: training-first
organisation: small-firm
weeks: 6
uncertainties: {b_0: [-3, 2], b_norm: , threshold_mean: }
design: {saltelli: 16}
replicates: 4
outcomes: [weekly_users_w6, access_w6, week_half_habitual]
"""


def ishigami(unit: np.ndarray) -> np.ndarray:
    """The usual test function; its Sobol indices are known in closed form."""
    x = np.pi * (2 * unit - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


class Known:
    """A study whose means are a function of its points."""

    def __init__(self, unit: np.ndarray, design: str, size: dict[str, object]) -> None:
        self.unit, self.folder = unit, Path("known")
        self.factors = ("x1", "x2", "x3")
        self.manifest = {"design": design, "size": size}


def test_sobol_of_ishigami() -> None:
    from SALib.sample import sobol

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    unit = sobol.sample(problem, 2048, calc_second_order=True, seed=1)
    study: object = Known(unit, "saltelli", {"second_order": True})
    found = analysis._sobol(study, ishigami(unit), 0)  # type: ignore[arg-type]
    values = {(name, measure): (value, low, high) for name, measure, value, low, high in found}
    known = {
        ("x1", "first"): 0.3139, ("x2", "first"): 0.4424, ("x3", "first"): 0.0,
        ("x1", "total"): 0.5576, ("x2", "total"): 0.4424, ("x3", "total"): 0.2437,
        ("x1 × x3", "second"): 0.2437,
    }  # fmt: skip
    for key, value in known.items():
        assert values[key][0] == pytest.approx(value, abs=0.05), key
        assert values[key][1] < values[key][0] < values[key][2]


def test_morris_of_a_plane() -> None:
    from SALib.sample import morris

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    unit = morris.sample(problem, 20, num_levels=4, seed=1)
    study: object = Known(unit, "morris", {"levels": 4})
    found = analysis._morris(study, unit @ [4.0, -2.0, 0.0], 0)  # type: ignore[arg-type]
    values = {(name, measure): value for name, measure, value, *_ in found}
    assert values["x1", "mu_star"] == pytest.approx(4)
    assert values["x2", "mu_star"] == pytest.approx(2)
    assert values["x2", "mu"] == pytest.approx(-2)
    assert values["x3", "mu_star"] == pytest.approx(0)
    assert values["x1", "sigma"] == pytest.approx(0, abs=1e-9)


def test_pawn_is_that_of_salib() -> None:
    from SALib.analyze import pawn as reference

    unit = np.random.default_rng(0).random((800, 3))
    values = ishigami(unit)
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    known = reference.analyze(problem, unit, values, S=8, seed=1)["median"]
    assert pawn(unit, values) == pytest.approx(known, abs=0.01)


@pytest.mark.slow
def test_the_dummy_gets_what_chance_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "FEW_RESAMPLES", 2)
    unit = np.random.default_rng(0).random((200, 3))
    study: object = Known(unit, "monte carlo", {})
    for method in (analysis._pawn, analysis._delta):
        found = method(study, 5 * unit[:, 0] + unit[:, 1], 0)  # type: ignore[arg-type]
        values = {(name, measure): value for name, measure, value, *_ in found}
        measure = found[0][1]
        assert values["x1", measure] > 2 * values[DUMMY, measure]
        assert abs(values["x3", measure] - values[DUMMY, measure]) < 0.08
    for _, _, value, low, high in found:  # of delta, even to both sides
        assert value - low == pytest.approx(high - value)


def test_noise_is_what_was_put_in() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(0, 2, (400, 1))
    replicates = points + rng.normal(0, 1, (400, 20))
    noise = noise_of(replicates)
    assert noise.of_worlds == pytest.approx(1 / 5, abs=0.04)
    assert noise.of_means == pytest.approx(1 / 20 / (4 + 1 / 20), abs=0.004)
    shared = points + rng.normal(0, 1, (1, 20))  # chance that all points share moves no ranking
    assert noise_of(shared).of_means == pytest.approx(0, abs=1e-12)
    assert noise_of(shared).of_worlds > 0.1
    replicates[5, 3:] = np.nan
    assert noise_of(replicates).of_means == pytest.approx(noise.of_means, rel=0.1)
    assert np.isnan(noise_of(points).of_worlds)


@pytest.fixture
def study(study_file: Write, tmp_path: Path) -> Study:
    """A study with Saltelli's design, made."""
    return sweep(study_file(TEXT), tmp_path / "out", workers=1)


def test_a_study_to_its_indices(study: Study) -> None:
    found = sensitivity(study)
    assert found.method == "sobol"
    total = {i.factor: i.value for i in found.indices if i.measure == "total"}
    assert total["b_0"] > 0.5
    assert total["threshold_mean"] == 0  # thresholds are not in force: it does nothing
    assert {i.outcome for i in found.indices} == {"weekly_users_w6"}
    assert "access_w6 under training-first does not vary" in found.notes
    assert (
        "week_half_habitual under training-first is not a number in every replicate" in found.notes
    )
    assert 0 < found.noise[0].of_means < 0.5
    assert sensitivity(study).indices == found.indices
    given = sensitivity(study, ["weekly_users_w6"], "pawn")
    assert [i.factor for i in given.indices][-1] == DUMMY


def test_what_does_not_fit_is_said(study: Study, study_file: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"morris needs another design than saltelli — design: "):
        sensitivity(study, method="morris")
    with pytest.raises(InputError, match="is no method — did you mean sobol"):
        sensitivity(study, method="soboll")
    with pytest.raises(InputError, match="was not kept"):
        sensitivity(study, ["habitual_w6"])
    with pytest.raises(InputError, match="has no outcome that varies"):
        sensitivity(study, ["access_w6"])
    few = sweep(study_file(design="design: {monte carlo: 20}"), tmp_path / "few", workers=1)
    with pytest.raises(InputError, match="has 20 points with a result — 40 or more"):
        sensitivity(few, ["trust_w8"])
    next((study.folder / "runs").iterdir()).unlink()
    with pytest.raises(InputError, match=r"points have no result|nothing to explain"):
        sensitivity(Study(study.folder), ["weekly_users_w6"])


def test_the_command(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    with pytest.raises(SystemExit) as end:
        main(["sensitivity", str(study.folder)])
    assert not end.value.code
    out = capsys.readouterr().out
    assert "weekly_users_w6, training-first on small-firm" in out
    assert "of the variance of single replicates" in out
    with (study.folder / "sensitivity" / "indices.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["factor"] for row in rows} == {"b_0", "b_norm", "threshold_mean"}
    assert (study.folder / "sensitivity" / "weekly_users_w6.png").stat().st_size > 5000
    assert "b_norm" in (study.folder / "sensitivity" / "weekly_users_w6.svg").read_text()


def test_a_difference_of_two_scenarios_hangs_on_what_it_hangs_on(tmp_path: Path) -> None:
    """Shared ups and downs cancel: of the difference only what the scenarios differ in is left."""
    text = """\
scenarios: [licences-only, training-first]
organisation: small-firm
weeks: 8
uncertainties: {b_0: [-2, 0], capability_start: }
design: {latin hypercube: 48}
replicates: 2
outcomes: [habitual_w8, hours_w8, weekly_users_w8]
"""
    (tmp_path / "study.yaml").write_text(text, "utf-8")
    study = sweep(tmp_path / "study.yaml", tmp_path / "out", workers=1)
    less = "weekly_users_w8: training-first less licences-only"
    found = sensitivity(study, [less], "pawn")
    assert {one.scenario for one in found.indices} == {"training-first less licences-only"}
    assert {one.outcome for one in found.indices} == {less}
    with pytest.raises(InputError, match="names training, which is no scenario"):
        sensitivity(study, ["weekly_users_w8: training less licences-only"], "pawn")


class Factorial:
    """A study of a factorial design whose levels are words, or ends of a range."""

    def __init__(self, unit: np.ndarray, levels: dict[str, list[str]], design: str) -> None:
        self.unit, self.factors = unit, tuple(levels)
        self.manifest = {
            "design": design, "size": {"levels": 2} if design[1] == "u" else {"resolution": 4},
            "factors": [
                {"name": name, "levels": said, "range": None if said else "uniform(0, 1)"}
                for name, said in levels.items()
            ],
        }  # fmt: skip


def test_effects_of_a_plane_with_a_product() -> None:
    grid = np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0], [0.0, 0.5, 1.0], indexing="ij"), -1)
    unit = grid.reshape(-1, 3)
    study: object = Factorial(unit, {"a": [], "b": [], "c": ["x", "y", "z"]}, "full factorial")
    a, b, c = unit.T
    plane = 2 * a + b + 4 * a * b + 6 * (c > 0.7)
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 50, 20)  # of a replicate, at all points alike: no effect feels it
    values = plane[:, None] + shared + rng.normal(0, 0.01, (12, 20))
    found = {name: value for name, _, *value in effects(study, values)}  # type: ignore[arg-type]
    known = {"a": 4.0, "b": 3.0, "c: y": 0.0, "c: z": 6.0, "a × b": 2.0}
    assert found.keys() == known.keys()
    for name, (value, low, high) in found.items():
        assert low <= value <= high
        assert value == pytest.approx(known[name], abs=0.02), name
        assert high - low < 0.05
    pairs = effects(Factorial(unit, {"a": [], "b": [], "c": []}, "fractional factorial"), values)  # type: ignore[arg-type]
    assert [name for name, *_ in pairs] == ["a", "b", "c"]  # pairs stand for one another there


def test_intervals_of_effects_cover() -> None:
    """A null effect is outside its 95% interval in about one study of twenty."""
    unit = np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0], indexing="ij"), -1).reshape(-1, 2)
    study: object = Factorial(unit, {"a": [], "b": []}, "full factorial")
    rng, inside = np.random.default_rng(2), []
    for _ in range(2000):
        for _, _, _, low, high in effects(study, rng.normal(size=(4, 5))):  # type: ignore[arg-type]
            inside.append(low <= 0 <= high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


def test_lenth_of_noise_alone_and_with_an_effect() -> None:
    noise = np.random.default_rng(3).normal(size=(2000, 15))
    plain = np.array([lenth(one) for one in noise])
    assert 0.95 < np.mean(np.abs(noise) <= plain[:, None]) < 0.98  # on the safe side
    noise[:, 0] += 20
    assert np.mean([lenth(one) for one in noise]) < 1.5 * plain.mean()
    assert np.isnan(lenth(np.array([1.0, 2.0])))


def test_a_factorial_study_is_told_by_effects(study_file: Write, tmp_path: Path) -> None:
    text = TEXT.replace("{saltelli: 16}", "fractional factorial").replace(
        "scenarios: training-first", "scenarios: [training-first, licences-only]"
    )
    made = sweep(study_file(text), tmp_path / "out", workers=1)
    found = sensitivity(made, ["weekly_users_w6"])
    assert found.method == "effects"
    frame = made.frame()
    for one in found.indices:
        if one.scenario == "licences-only" and one.factor == "b_0":
            here = frame[frame["scenario"] == one.scenario]
            means = here.groupby("b_0")["weekly_users_w6"].mean()
            assert one.value == pytest.approx(means.iloc[-1] - means.iloc[0])
            assert one.low < one.value < one.high
    less_than = "weekly_users_w6: training-first less licences-only"
    less = {i.factor: i.value for i in sensitivity(made, [less_than]).indices}
    by = {(i.scenario, i.factor): i.value for i in found.indices}
    for name, value in less.items():
        assert value == pytest.approx(by["training-first", name] - by["licences-only", name])


def test_indices_that_have_not_settled_are_told(study: Study) -> None:
    warnings = sensitivity(study).warnings
    assert "a base of 16 is a first look" in warnings[0]
    good = [("a", "first", 0.9, 0.8, 1.0), ("a", "total", 1.0, 0.9, 1.1)]
    assert not unsettled(good, "y")
    low = [("a", "first", 0.1, 0.0, 0.2), ("a", "total", 0.17, 0.0, 0.3)]
    assert unsettled(low, "y") == ["y: the total effects add up to 0.17, and cannot be below 1"]
    above = [("a", "first", 0.9, 0.8, 1.0), ("a", "total", 0.5, 0.4, 0.6),
             ("b", "first", 0.1, 0.0, 0.2), ("b", "total", 0.6, 0.5, 0.7)]  # fmt: skip
    assert unsettled(above, "y") == ["y: the first-order effect of a is above the total effect"]


def test_noise_by_hand() -> None:
    """Means 1, 4 and 11 differ with a variance of 79/3; inside a point it is 2.

    What is left of a replicate, less what all points share of it, sums to 16/3 in squares.
    """
    values, between = np.array([[0.0, 2.0], [5.0, 3.0], [10.0, 12.0]]), 79 / 3
    found = noise_of(values, ("y", "s", "o"))
    left = 16 / 3 / ((3 - 1) * (2 - 1)) / 2
    assert found.of_means == pytest.approx(left / between)
    assert found.of_worlds == pytest.approx(2 / (2 + between - left))
    one_more = np.concatenate([values, [[100.0, np.nan]]])  # a single run tells nothing
    assert noise_of(one_more, ("y", "s", "o")) == found
    some = np.array([[0.0, 2.0, np.nan], [5.0, 3.0, 4.0], [10.0, 12.0, 11.0]])
    found = noise_of(some)
    left = 16 / 3 / (1 + 2 + 2) * (1 / 2 + 1 / 3 + 1 / 3) / 3
    assert found.of_means == pytest.approx(left / between)
    within = (2 + 1 + 1) / 3
    assert found.of_worlds == pytest.approx(within / (within + between - left))
    assert found.replicates == pytest.approx(8 / 3)
    assert np.isnan(noise_of(some[:2]).of_means)


def test_small_errors_of_indices_are_not_worth_a_word() -> None:
    def said(first: float, total: float, other: float) -> int:
        found = [("a", "first", first, 0.0, 1.0), ("a", "total", total, 0.0, 1.0),
                 ("b", "first", 0.0, 0.0, 1.0), ("b", "total", other, 0.0, 1.0)]  # fmt: skip
        return len(unsettled(found, "y"))

    assert said(0.5, 0.5, 0.41) == said(0.54, 0.5, 0.5) == 0
    assert said(0.5, 0.5, 0.39) == said(0.56, 0.5, 0.5) == 1
    known: Any = [Known(np.zeros((1, 3)), "saltelli", {"base": base}) for base in (63, 64)]
    assert [len(analysis._small_base(one, "sobol")) for one in known] == [1, 0]


def test_pawn_of_values_that_are_often_equal() -> None:
    """The median over slices of the distance between their distribution and that of all."""
    from scipy.stats import ks_2samp

    unit = np.random.default_rng(0).random((400, 3))
    values = np.round(ishigami(unit) / 4)
    known = []
    for column in unit.T:
        ends = np.quantile(column, np.linspace(0, 1, 9))
        ends[0] = -1
        parts = [values[(column > a) & (column <= b)] for a, b in pairwise(ends)]
        known.append(np.median([ks_2samp(p, values, method="asymp").statistic for p in parts]))
    assert pawn(unit, values) == pytest.approx(known, abs=1e-9)


def test_only_the_spread_of_resamples_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resamples from 0.3 to 0.5, the indices at 0.2: 95% of them reach 0.095 to either side."""
    answers = iter([0.2, *np.linspace(0.3, 0.5, analysis.RESAMPLES)])
    monkeypatch.setattr(analysis, "pawn", lambda unit, means: np.full(4, next(answers)))
    study: Any = Known(np.random.default_rng(0).random((50, 3)), "monte carlo", {})
    found = analysis._pawn(study, np.arange(50.0), 0)
    assert [name for name, *_ in found] == ["x1", "x2", "x3", DUMMY]
    for _, _, value, low, high in found:
        assert (value, low, high) == pytest.approx((0.2, 0.2 - 0.095, 0.2 + 0.095), abs=1e-9)


def test_intervals_of_morris_are_those_of_salib() -> None:
    from SALib.analyze import morris as reference
    from SALib.sample import morris

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    unit = morris.sample(problem, 20, num_levels=4, seed=1)
    study: Any = Known(unit, "morris", {"levels": 4})
    found = analysis._morris(study, ishigami(unit), 0)
    known = reference.analyze(
        problem, unit, ishigami(unit), num_resamples=analysis.RESAMPLES, num_levels=4,
        seed=analysis._library_seed(0),
    )  # fmt: skip
    stars = [(value, low, high) for _, measure, value, low, high in found if measure == "mu_star"]
    for star, half, (value, low, high) in zip(
        known["mu_star"], known["mu_star_conf"], stars, strict=True
    ):
        assert half > 0
        assert (value, low, high) == pytest.approx((star, max(0, star - half), star + half))


def test_given_numbers_are_in_order_and_words_as_they_came() -> None:
    import pyarrow as pa

    numbers, words = pa.array([3.0, 1.0, 3.0, 2.0]), pa.array(["no", "a", "no", "a"])
    assert analysis._ranks(numbers) == pytest.approx([5 / 6, 1 / 6, 5 / 6, 1 / 2])
    assert analysis._ranks(words) == pytest.approx([0.25, 0.75, 0.25, 0.75])


def test_means_are_of_the_replicates_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.array([[1.0, 3.0], [4.0, np.nan], [5.0, 7.0], [np.nan, np.nan]])
    monkeypatch.setattr(analysis, "replicates", lambda study, outcome: {("s", "o"): values})
    seen: list[list[float]] = []

    def index(study: Study, means: np.ndarray, seed: int) -> list[Any]:
        seen.append(means.tolist())
        return [("x1", "pawn", 0.5, 0.4, 0.6)]

    monkeypatch.setitem(analysis._INDICES, "pawn", index)
    study: Any = Known(np.zeros((4, 3)), "monte carlo", {})
    study.stored, study.outcomes, study.differences = SimpleNamespace(key=[1]), ("y",), ()
    found = sensitivity(study)
    assert seen[0][:3] == [2.0, 4.0, 6.0]
    assert np.isnan(seen[0][3])
    (one,) = found.indices
    assert (one.outcome, one.scenario, one.organisation, one.low, one.high) == (
        "y", "s", "o", 0.4, 0.6,
    )  # fmt: skip


def test_levels_and_contrasts_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    nan = np.nan
    tables = {
        ("plain", "o"): np.array([[1.0, 3.0], [4.0, 4.0], [nan, nan], [0.0, 6.0], [2.0, nan]]),
        ("other", "o"): np.array([[2.0, 4.0], [5.0, 7.0], [1.0, 1.0], [3.0, 3.0], [0.0, 0.0]]),
        ("other", "p"): np.ones((5, 2)),
    }
    monkeypatch.setattr(summary, "replicates", lambda study, outcome: tables)
    study: Any = None
    plain, *_ = summary.levels(study, "y")
    assert (plain.scenario, plain.organisation, plain.points) == ("plain", "o", 4)
    assert (plain.low, plain.median, plain.high) == pytest.approx((2.0, 2.5, 3.7))
    assert plain.chance == pytest.approx(np.sqrt((2 + 0 + 18) / 3))  # of those with two or more
    (less,) = summary.contrasts(study, "y")  # on o alone: on p there is no plain
    assert (less.scenario, less.reference, less.points) == ("other", "plain", 4)
    # At the points: 1, 2, 0 and -2 more.
    assert (less.low, less.median, less.high) == pytest.approx((-1.4, 0.5, 1.7))
    assert less.ahead == 0.5


def test_effects_of_what_was_run_once_and_of_steps_in_order() -> None:
    unit = np.stack(np.meshgrid([0.0, 1.0], [0.0, 0.5, 1.0], indexing="ij"), -1).reshape(-1, 2)
    study: Any = Factorial(unit, {"a": [], "b": ["1", "5", "9"]}, "full factorial")
    plane = 2 * unit[:, 0] + np.where(unit[:, 1] == 0.5, 7.0, 3 * unit[:, 1])
    lacking = np.column_stack([plane, plane + 1, plane + np.where(unit[:, 1] > 0, np.nan, 9)])
    for name, _, value, low, high in effects(study, lacking):
        assert (low, value, high) == pytest.approx((dict(a=2.0, b=3.0)[name],) * 3)
    grid = np.stack(np.meshgrid(*[[0.0, 1.0]] * 3, indexing="ij"), -1).reshape(-1, 3)
    three = Factorial(grid, {"a": [], "b": [], "c": []}, "fractional factorial")
    three.manifest["size"] = {"resolution": 5}  # pairs stand apart from there on
    values = grid @ [8.0, 1.0, -1.0] + np.random.default_rng(1).normal(0, 0.1, 8)
    found = {name: one for name, _, *one in effects(three, values[:, None])}  # type: ignore[arg-type]
    assert list(found) == ["a", "b", "c", "a × b", "a × c", "b × c"]
    half = lenth(np.array([value for value, *_ in found.values()]))
    for value, low, high in found.values():
        assert (low, high) == pytest.approx((value - half, value + half))


def test_lenth_by_hand() -> None:
    """Half of the sizes are up to 2, so 7.5 is the cut: of those below, the median is 1.5."""
    from scipy.stats import t

    sizes = np.array([8.0, 1, -1, 1, -2, 3, -3, 0.5, 6])
    assert lenth(sizes) == pytest.approx(t.ppf(0.975, 3) * 1.5 * 1.5)
    assert lenth(np.zeros(5)) == 0


def test_runs_are_gathered_by_scenario_and_organisation() -> None:
    import pyarrow as pa

    plan = pa.table({
        "scenario": ["a", "a", "b", "b", "b"], "organisation": ["x", "y", "x", "y", "y"],
        "point": [1, 1, 1, 1, 2], "replicate": [1, 1, 1, 1, 2],
    })  # fmt: skip
    study: Any = SimpleNamespace(
        plan=plan, points=SimpleNamespace(num_rows=2), less_of=lambda text: None,
        columns=lambda name: {name: np.arange(1.0, 6.0)},
    )  # fmt: skip
    found, nan = summary.replicates(study, "y"), np.nan
    for key, table in {
        ("a", "x"): [[1, nan], [nan, nan]], ("a", "y"): [[2, nan], [nan, nan]],
        ("b", "x"): [[3, nan], [nan, nan]], ("b", "y"): [[4, nan], [nan, 5]],
    }.items():  # fmt: skip
        np.testing.assert_array_equal(found[key], table)
    assert len(found) == 4
