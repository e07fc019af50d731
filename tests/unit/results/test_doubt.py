from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.contrast import parts_of_doubt
from sim.errors import InputError
from sim.parameters import MECHANISMS, PARAMETERS
from sim.posterior import posterior
from sim.results import Comparison
from sim.results.store import read_table
from sim.results.verdict import NOTHING_OFF, Structure, _structure, without_each
from sim.runner import compare


def drawn(sets: int, replicates: int, parameters: float, chance: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = 0.1 + parameters * rng.standard_normal((sets, 1))
    return means + chance * rng.standard_normal((sets, replicates))


@pytest.mark.parametrize(("parameters", "chance"), [(0.05, 0.02), (0.02, 0.05), (0.0, 0.05)])
def test_chance_and_parameters_are_told_apart(parameters: float, chance: float) -> None:
    values = drawn(2000, 4, parameters, chance, seed=1)
    parts = parts_of_doubt(values, np.zeros_like(values))
    assert parts.chance == pytest.approx(chance, rel=0.05)
    assert parts.parameters == pytest.approx(parameters, abs=0.008)
    assert (parts.sets, parts.replicates) == (2000, 4)
    assert parts.low < parts.median < parts.high


def test_one_replicate_a_set_cannot_tell_chance() -> None:
    parts = parts_of_doubt(drawn(50, 1, 0.05, 0.0, 2), np.zeros((50, 1)))
    assert np.isnan(parts.chance)
    assert parts.parameters == pytest.approx(0.05, rel=0.3)


def test_a_mechanism_that_makes_the_difference_is_found() -> None:
    rng = 0.01 * np.random.default_rng(3).standard_normal((20, 2))
    none, on, off = np.zeros((20, 2)), 0.1 + rng, -0.05 + rng
    structure = Structure(
        (NOTHING_OFF, "norm", "trust"), np.array([[none, on], [none, off], [none, on]])
    )
    with_all, (norm, trust) = without_each(structure, 1, 0)
    assert with_all.mean == pytest.approx(0.1, abs=0.01)
    assert norm.difference.high < 0 < with_all.low
    assert norm.change.mean == pytest.approx(-0.15)
    assert trust.change.mean == 0


@pytest.mark.parametrize(
    ("with_all", "without", "said"),
    [
        (0.1, -0.05, "against +10.0 with all on; it turns round without norm."),
        (-0.1, 0.05, "against −10.0 with all on; it turns round without norm."),
        (-0.1, -0.2, "against −10.0 with all on; none turns it round."),
        (0.1, 0.0, "none turns it round; it is no larger than chance without norm."),
        (0.1, 0.2, "against +10.0 with all on; none turns it round."),
        (0.0, 0.2, "no larger than chance; it is larger without norm."),
        (0.0, 0.0, "with all on, which is no larger than chance."),
    ],
)
def test_structure_is_said_in_whichever_direction(
    with_all: float, without: float, said: str
) -> None:
    rng = 0.01 * np.random.default_rng(4).standard_normal((20, 2))
    rng -= rng.mean()
    none = np.zeros((20, 2))
    rows = np.array([[none, with_all + rng], [none, without + rng]])
    assert _structure(Structure((NOTHING_OFF, "norm"), rows), 1, 0).endswith(said)


@pytest.fixture(scope="module")
def uncertain() -> Comparison:
    return compare(
        ["licences-only", "everything"],
        organisation="small-firm",
        replicates=2,
        weeks=20,
        parameter_sets=posterior(6),
        parameters={"b_cynicism": 0.5},
        structure=True,
        threads=1,
    )


def test_one_replicate_a_set_is_enough() -> None:
    from sim.analysis import attribution
    from sim.analysis.ranking import margins_without, over_posterior
    from sim.page.payload import payload

    both = compare(
        ["licences-only", "everything"], organisation="small-firm", replicates=1, weeks=14,
        parameter_sets=8, structure=True, threads=1,
    )  # fmt: skip
    assert both.seeds.shape == (8, 1)
    assert len(np.unique(both.seeds)) == 8
    assert np.isfinite(both.difference("habitual", 1).low)
    assert "Parameters: over 8 sets" in both.verdict()
    assert len(both.table("summary")) > 0
    assert np.unique(both.table("weekly")["seed"].to_numpy()).tolist() == sorted(both.seeds[:, 0])
    assert over_posterior(both).parts is not None
    assert margins_without(both, threads=1)[0].sets == 8
    team = attribution.team_of(both, both.organisation.teams[0])
    somebody = attribution.person_of(both, str(both.organisation.ids[0]))
    for subject in (team, somebody):
        said = attribution.why(both, 0, subject, replicates=8, threads=1)
        assert said.using.replicates == said.drivers[0].gain.replicates == 8
        assert np.isfinite(said.confidence.low)
    assert payload(both)["world"]["seed"] == str(int(both.seeds[0, 0]))


def test_a_comparison_runs_over_the_sets(uncertain: Comparison) -> None:
    assert uncertain["habitual"].shape == (2, 6, 2, 20)
    for rows in uncertain.parameters:
        assert (rows["b_trust"] == posterior(6)["b_trust"]).all()
        assert (rows["b_cynicism"] == 0.5).all()  # what the caller sets wins
    one = compare(
        ["licences-only", "everything"], organisation="small-firm", replicates=2, weeks=20,
        parameter_sets=posterior(6)[:1], parameters={"b_cynicism": 0.5},
    )  # fmt: skip
    assert (one["habitual"][:, 0] == uncertain["habitual"][:, 0]).all()
    assert uncertain.seeds.shape == (6, 2)
    assert len(np.unique(uncertain.seeds)) == 12, "every set has seeds of its own"
    assert (one.seeds[0] == uncertain.seeds[0]).all()


def test_each_mechanism_is_off_once(uncertain: Comparison) -> None:
    structure = uncertain.structure
    assert structure is not None
    assert structure.mechanisms == (NOTHING_OFF, *MECHANISMS)
    assert structure.habitual.shape == (1 + len(MECHANISMS), 2, 6, 2)
    assert (structure.habitual[0] == uncertain["habitual"][..., -1]).all()
    assert (structure.habitual[1:] != structure.habitual[0]).any(axis=(1, 2, 3)).sum() > 15


def test_the_first_sets_and_seeds_are_those_of_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.results.verdict.STRUCTURE_SETS", 2)
    monkeypatch.setattr("sim.results.verdict.STRUCTURE_SEEDS", 1)
    monkeypatch.setattr("sim.results.verdict.MECHANISMS", dict(list(MECHANISMS.items())[:1]))
    both = compare(
        ["licences-only", "everything"], organisation="small-firm", replicates=2, weeks=12,
        parameter_sets=posterior(4), structure=True, threads=1,
    )  # fmt: skip
    assert both.structure is not None
    assert both.structure.habitual.shape == (2, 2, 2, 1)
    assert (both.structure.habitual[0] == both["habitual"][:, :2, :1, -1]).all()
    assert np.unique(both["habitual"][1, ..., -1]).size > 1


def test_the_verdict_keeps_three_doubts_apart(uncertain: Comparison) -> None:
    said = uncertain.verdict()
    for kind in ("Chance: under one parameter set", "Parameters: over 6 sets", "Structure: with"):
        assert said.count(kind) == 1
    assert f"{len(MECHANISMS)} of them, 6 sets each, not calibrated again" in said
    plain = compare(
        ["licences-only", "everything"], organisation="small-firm", replicates=2, weeks=8
    )
    assert "Structure" not in plain.verdict()


@pytest.mark.slow
def test_the_command_writes_what_can_be_reproduced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "doubt"
    with pytest.raises(SystemExit) as end:
        main(
            ["compare", "licences-only", "everything", "--organisation", "small-firm", "--weeks",
             "12", "--uncertainty", "parameters", "--samples", "3", "--out", str(out)]
        )  # fmt: skip
    assert end.value.code == 0
    assert "over 3 sets" in " ".join(capsys.readouterr().out.split())
    assert read_table(out / "weekly.parquet").num_rows == 2 * 3 * 4 * 12
    lines = (out / "structure.csv").read_text().splitlines()
    assert len(lines) == 2 + len(MECHANISMS)
    with pytest.raises(SystemExit) as end:
        main(["reproduce", str(out)])
    assert end.value.code == 0


def test_samples_alone_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["compare", "--samples", "3"])
    assert end.value.code == 2
    assert "--uncertainty parameters or --posterior FILE beside it" in capsys.readouterr().err


def test_no_sets_and_no_structure_are_said() -> None:
    with pytest.raises(InputError, match=r"parameter_sets: is 0 — a whole number"):
        compare(replicates=1, weeks=2, parameter_sets=0)
    both = compare(replicates=1, weeks=2)
    with pytest.raises(InputError, match="structure: was not run"):
        both.table("structure")
    assert both.parameters[0]["b_0"][0] == PARAMETERS["b_0"].value
