from pathlib import Path

import pytest

from commands import call

QUICK = ("--organisation", "small-firm", "--replicates", "3", "--weeks", "15")


def test_a_shipped_plan_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "mandate", *QUICK, "--details") == 0
    captured = capsys.readouterr()
    assert "Level: weekly use, mean of weeks 12–15, is" in captured.out
    assert "less" not in captured.out.split("What happens")[0]
    assert captured.err == ""


def test_a_file_by_its_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.yaml").write_text("name: My plan\ntimeline: [{access: {start: 2}}]\n")
    assert call("run", str(tmp_path / "mine.yaml"), *QUICK) == 0
    assert "My plan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mandat",), "did you mean mandate?"),
        (("nowhere/plan.yaml",), "there is no such scenario file"),
        (("mandate", "--set", "b_trus=1"), "did you mean b_trust?"),
        (("mandate", "--set", "b_trust=99"), "is 99 — 0 to 6"),
        (("mandate", "--set", "b_trust=nan"), "nan is no number"),
        (("mandate", "--set", "b_trust=inf"), "inf is no number"),
        (("mandate", "--set", "b_trust=much"), "much is no number"),
        (("mandate", "--set", "b_trust"), "is no assignment"),
        (("mandate", "--set", "b_trust=1", "--set", "b_trust=2"), "is set twice"),
        (("mandate", "--organisation", "nowhere"), "there is no such organisation"),
        (("mandate", "--organisation", "small-frm"), "did you mean small-firm?"),
        (("mandate", "--replicates", "0"), "--replicates"),
        (("mandate", "--weeks", "0"), "--weeks"),
        (("mandate", "--seed", "-1"), "--seed"),
        (("mandate", "--threads", "0"), "--threads"),
        ((), "FILE"),
    ],
)
def test_wrong_input_is_said_and_ends_with_two(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("run", *arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_all_wrong_assignments_are_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "mandate", "--set", "b_trus=x", "--set", "b_norm=-1") == 2
    err = capsys.readouterr().err
    assert "x is no number" in err
    assert "did you mean b_trust?" in err
    assert "b_norm=-1: is -1" in err


def test_a_parameter_that_is_set_works(capsys: pytest.CaptureFixture[str]) -> None:
    call("run", "licences-only", *QUICK, "--set", "b_0=2")
    easy = capsys.readouterr().out
    call("run", "licences-only", *QUICK, "--set", "b_0=-8")
    assert easy != capsys.readouterr().out


def test_an_audience_that_is_empty_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("timeline: [{access: {start: 1, audience: {team: Finance, level: 1}}}]\n")
    code = call("run", str(plan), *QUICK)
    captured = capsys.readouterr()
    if code == 0:
        assert "is empty" in captured.err
    else:
        assert "did you mean" in captured.err or "one of" in captured.err


def test_the_profile_names_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "mandate", *QUICK, "--profile") == 0
    err = capsys.readouterr().err
    for stage in ("import", "load", "engine", "tables"):
        assert stage in err


def test_people_are_written_on_request(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    out = tmp_path / "out"
    assert call("run", "mandate", *QUICK, "--record", "people", "--out", str(out)) == 0
    people = pq.read_table(out / "people.parquet")
    assert people.num_rows == 3 * 15 * 60
    assert str(people.schema.field("trust").type) == "uint8"
    assert not (out / "differences.csv").exists()
