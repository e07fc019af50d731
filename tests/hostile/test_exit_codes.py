"""Exit codes: 0 done, 1 the answer is no, 2 cannot, 70 nobody foresaw it; and a log file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import rich_click as click

from sim.cli import main, uptake
from sim.cli.surroundings import expanded
from sim.errors import obeys


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A command with a mistake in it, and where its log goes."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in the\nmiddle \x1b[31m")

    monkeypatch.setattr("sim.cli.run.carry_out", fail)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sim.cli.surroundings._folders", lambda: iter([tmp_path / "log"]))
    return tmp_path / "log"


def test_what_nobody_foresaw_is_one_line_and_a_log(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert call("run", "mandate", "--seed", "3") == 70
    out, err = capsys.readouterr()
    (log,) = broken.iterdir()
    assert out == ""
    assert err.count("\n") == 1
    assert "ZeroDivisionError: in the middle ?[31m" in err
    assert "OMP_NUM_THREADS=many" in err
    assert str(log) in err
    text = log.read_text("utf-8")
    assert "uptake run mandate --seed 3" in text
    assert "Traceback" in text
    assert "Traceback" not in err


@pytest.mark.parametrize("words", ["--debug run mandate", "run mandate --debug"])
def test_debug_shows_the_traceback(
    words: str, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words.split()) == 70
    assert "Traceback" in capsys.readouterr().err


def test_few_logs_are_kept(broken: Path) -> None:
    broken.mkdir()
    for number in range(30):
        (broken / f"error-20000101-0000{number:02}-1.log").touch()
    call("run", "mandate")
    assert len(list(broken.iterdir())) == 20


def test_a_log_that_cannot_be_written_loses_nothing(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.touch()
    assert call("run", "mandate") == 70
    assert "--debug shows the traceback" in capsys.readouterr().err


def test_a_pipe_that_breaks_inside_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sim.cli.run.carry_out", fail)
    assert call("run", "mandate") == 2


HOME = os.path.expanduser("~")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--out=~/r", f"--out={HOME}/r"),
        ("~/r", f"{HOME}/r"),
        ("$HOME/r", f"{HOME}/r"),
        ("--organisation=${HOME}/a b", f"--organisation={HOME}/a b"),
        ("--out=~", f"--out={HOME}"),
        ("--set=b_trust=~1", "--set=b_trust=~1"),
        ("a/~/b", "a/~/b"),
        ("$HOMER/r", "$HOMER/r"),
        ("training-first", "training-first"),
    ],
)
def test_the_home_folder_is_meant_by_its_short_names(given: str, meant: str) -> None:
    assert expanded(given) == meant


def test_paths_into_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert call("schema", "--out=~/a.json") == 0
    assert call("schema", "--out", "$HOME/b.json") == 0
    assert {file.name for file in tmp_path.iterdir()} == {"a.json", "b.json"}
    assert call("schema", "--out=~nobody-of-this-name/c.json") == 2
    assert "there is no home folder ~nobody-of-this-name" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
@pytest.mark.parametrize(
    "words", ["schema --out", "describe small-firm --out", "diagnose --questionnaire"]
)
@pytest.mark.parametrize("out", ["pipe.png", ""])
def test_no_output_takes_the_place_of_a_pipe_or_folder(
    words: str, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.png")
    assert call(*words.split(), out) == 2
    assert [file.is_fifo() for file in tmp_path.iterdir()] == [True]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["run", ""], "an argument"),
        (["run", "everything", "--organisation", ""], "--organisation"),
        (["compare", "--organisation="], "--organisation"),
        (["report", "--diagnosis", "", "--out", "x.html"], "--diagnosis"),
        (["diagnose", ""], "an argument"),
        (["run", "-n", "", "everything"], "-n"),
    ],
)
def test_an_empty_text_is_no_default(
    words: list[str], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    assert capsys.readouterr().err.startswith(f"{where}: is an empty text — ")


def test_a_shell_that_nobody_knows_completes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_UPTAKE_COMPLETE", "nope")
    assert call("run", "everything") == 2
    assert capsys.readouterr().err.startswith("_UPTAKE_COMPLETE: is 'nope' — bash_source")


IN_A_CIRCLE = (
    "run everything -n 2 --weeks 2 --organisation small-firm --out",
    "example --out",
    "new-plugin nice --out",
    "schema --out",
    "diagnose --questionnaire",
    "import hr.csv --out",
    "import hr.csv --pseudonyms --out made --key",
    "describe hr.csv --out",
    "report everything --brand brand.yaml --out x.html --organisation",
)


@pytest.mark.skipif(os.name == "nt", reason="making links takes a right there")
@pytest.mark.parametrize("words", IN_A_CIRCLE)
def test_links_in_a_circle_are_said(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("circle").symlink_to("circle")
    Path("hr.csv").write_text("id,team\na,X\nb,X\nc,X\nd,X\ne,X\n")
    Path("brand.yaml").write_text("logo: circle")
    assert call(*words.split(), "circle") == 2
    assert "circle" in capsys.readouterr().err.splitlines()[-1]
    assert Path("circle").is_symlink()
    assert {file.name for file in tmp_path.iterdir()} == {"circle", "hr.csv", "brand.yaml"}


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_nothing_waits_for_a_pipe_in_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, name in {"walk": "01-scene.yaml", "firm": "organisation.yaml"}.items():
        Path(folder).mkdir()
        os.mkfifo(Path(folder, name))
    Path("firm", "people.csv").write_text("id\na\nb\n")
    Path("firm", "ties.csv").write_text("source,target\na,b\n")
    assert call("demo", "--no-browser", "--port", "0", "--walk", "walk") == 2
    assert call("describe", "firm") == 2
    assert capsys.readouterr().err.count("a pipe") == 2


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("file/in", "file: stands where a folder is to be"),
        ("file/in/it", "leads through a file"),
        ("x" * 300, "is longer than names here may be"),
    ],
)
def test_a_place_that_cannot_be_is_said(
    out: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert call("example", "--out", out) == 2
    assert said in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def numbers_asked_for() -> list[click.Parameter]:
    """Return every option and argument of every command that takes a number."""
    context = click.Context(uptake)
    return [
        asked
        for name in uptake.list_commands(context)
        for asked in uptake.get_command(context, name).params  # type: ignore[union-attr]
        if asked.type.name.startswith(("integer", "float"))
    ]


def test_a_number_is_in_digits_whatever_python_would_read() -> None:
    asked = numbers_asked_for()
    assert {"--seed", "--weeks", "--hour-cost", "--port"} <= {o for one in asked for o in one.opts}
    for one in asked:
        for text in ("1_0", "\u0661\u0662", "nan", "inf", "1e999", "0x10", "", "one"):
            with pytest.raises(click.BadParameter, match="in digits"):
                one.type.convert(text, one, None)
        assert one.type.convert(" +100 ", one, None) == 100
    (cost,) = {one.type for one in asked if "--hour-cost" in one.opts}
    assert [cost.convert(text, None, None) for text in ("2.5", ".5", "1e2")] == [2.5, 0.5, 100]


@pytest.mark.parametrize("words", ["--set b_trust=1_0", "--margin 1_0", "--margin nan"])
def test_other_numbers_are_in_digits_too(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", *words.split()) == 2
    assert words.split()[1] in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("interventions", "x", "\x1b]0;a\a"), ("run", "--\x1b[31m"), ("\x1b[31m",),
        ("run", "--seed", "\x1b[31m"), ("run", "\u202egpj.yaml"), ("sweep", "x", "\x9b31m"),
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_typed_is_shown_and_not_obeyed(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    assert not obeys("".join(capsys.readouterr()))


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
@pytest.mark.parametrize(
    "words",
    ["run {}.yaml", "compare mandate {}.yaml", "describe {}", "serve --walk {}", "sweep x --out {}",
     "plan plan.yaml --organisation {}", "import hr.csv --out={}"],
)  # fmt: skip
def test_a_name_that_is_no_text_is_said(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"d\xff")
    with pytest.raises(SystemExit) as ended:
        main(words.format(name).split())
    err = capsys.readouterr().err
    assert (ended.value.code, err.count("\n")) == (2, 1)
    assert "is no text in UTF-8" in err
