"""Folders with something wrong in one of their files: every command that reads them says so."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import inputs
from sim.cli import main

SHORT = f"{inputs.SHORT} --threads 1"
SEARCH = "--runs 100 --worlds 20 --threads 1"
MADE = {
    "study": ("sweep study.yaml --out study --workers 1",
              "sensitivity study --method pawn"),
    "compared": (f"compare order-training-first order-trust-first {SHORT} --out compared",),
    "plan": (f"plan plan.yaml {SEARCH} --out plan",),
    "fit": ("calibrate pilot.yaml --out fit --threads 1",),
    "stopped": ("calibrate pilot.yaml --out stopped --threads 1",),
    "firm": ("import hr.csv --out firm",),
    "diagnosis": ("diagnose firm --usage observed.csv --out diagnosis --threads 1",),
}  # fmt: skip
"""How the folders come about; ``stopped`` is a calibration without its result."""

READ = {
    "study": (
        "results DIR",
        "results DIR --csv",
        "results DIR --sql select(count(*))from(runs)",
        "sensitivity DIR --method pawn",
        "discover DIR --where order_training_first.weekly_users_w6>0.3",
        "reproduce DIR --runs 1 --threads 1",
        "report DIR --out out.html --force -n 2 --threads 1",
        "sweep study.yaml --out DIR --workers 1",
    ),
    "compared": (
        "reproduce DIR --threads 1",
        "report DIR --out out.html --force --threads 1",
        f"compare order-training-first order-trust-first {SHORT} --out DIR --force",
    ),
    "plan": (
        f"replan DIR --observed observed.csv --anyway {SEARCH}",
        "report DIR --out out.html --force -n 4 --threads 1",
        f"plan plan.yaml {SEARCH} --out DIR --force",
    ),
    "fit": ("plan plan.yaml --estimate --posterior DIR/posterior.csv", "reproduce DIR"),
    "stopped": ("calibrate pilot.yaml --out DIR --threads 1",),
    "firm": ("describe DIR", "values DIR", f"run everything {SHORT} --organisation DIR",
             "import DIR/people.csv --mapping DIR/mapping.yaml --out out",
             "diagnose DIR --usage observed.csv --threads 1",
             "track DIR --usage observed.csv --plan everything --sets 16 --weeks 4 --threads 1"),
    "diagnosis": (f"report everything {SHORT} --diagnosis DIR --out out.html --force",),
}  # fmt: skip
"""Every command that reads a folder, by the kind of folder."""

Call = Callable[[str], tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process; gives its exit code and what it says as an error."""

    def run(words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        return int(str(ended.value.code or 0)), capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders, and what the commands read beside them."""
    place = inputs.written(tmp_path_factory.mktemp("made"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        from sim.report import calibration

        for name, commands in MADE.items():
            if name == "stopped":  # killed before its result was there
                patch.setattr(calibration, "finish_calibration", lambda *_, **__: [])
                patch.setattr("sim.cli.calibrate.echo", lambda *_, **__: None)
            for words in commands:
                with pytest.raises(SystemExit) as ended:
                    main(words.split())
                assert ended.value.code == 0, words
    return place


STRANGE: tuple[Any, ...] = (
    None, [], {}, 0, -1, 10**30, 1e300, True, "x", "", "x\"; COPY (SELECT 7) TO 'injected'; --",
    "../../etc/passwd", "\ud800", [None], {"a": None}, "é\0", float("nan"), float("inf"),
)  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return a file with something wrong in it: cut, overwritten, replaced, another value."""
    kind = rng.randrange(4)
    place, length = rng.randrange(len(data) or 1), rng.randrange(1, 40)
    try:
        content = json.loads(data)
    except ValueError:
        content = None
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + rng.randbytes(length) + data[place + length :]
    if kind == 2 or content is None:
        inserted = (b"", b"\0", b"9" * 400, b'"', b"\x1b[31m", b"a,b\n", b"null", b"[" * 5000)
        return data[:place] + rng.choice(inserted) + data[place + length :]
    places: list[tuple[Any, Any]] = []
    _note_places(content, places)
    holder, key = rng.choice(places)
    if rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = rng.choice(STRANGE)
    return json.dumps(content).encode()


def _note_places(content: Any, places: list[tuple[Any, Any]]) -> None:
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        places.append((content, key))
        if isinstance(content[key], dict | list):
            _note_places(content[key], places)


PICTURES = (".png", ".svg", ".html", ".md", ".txt", ".xlsx", ".ics", ".xml")
"""Files for people, which nothing reads back, but for the roadmap in a report."""


def read_back(folder: Path) -> list[Path]:
    """Return the files of a folder that a command may read."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and (file.suffix not in PICTURES or file.name == "roadmap.svg")
    )


def survive(made: Path, work: Path, call: Call, kind: str, times: range) -> None:
    """Damage each file of a folder in turn; see that each command ends with a short message."""
    wrong = []
    for file in read_back(made / kind):
        for seed in times:
            rng = random.Random(f"{file.name} {seed}")
            bad = mutated(file.read_bytes(), rng)
            for words in READ[kind]:
                os.chdir(made)  # a folder that is removed and made anew is another one
                shutil.rmtree(work, ignore_errors=True)
                shutil.copytree(made, work)
                os.chdir(work)
                (work / kind / file.relative_to(made / kind)).write_bytes(bad)
                assert Path(kind).is_dir(), "commands would not see the folder"
                code, err = call(words.replace("DIR", kind))
                lines = [line for line in err.splitlines() if not line.startswith("Note: ")]
                if code not in (0, 1, 2) or (code == 2 and not 1 <= len(lines) <= 6):
                    wrong.append((kind, file.name, seed, words, code, err[-600:]))
    assert not wrong, wrong[:5]


@pytest.mark.parametrize(("kind", "one"), [(kind, one) for kind in READ for one in READ[kind]])
def test_what_is_undamaged_is_read(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str, one: str
) -> None:
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    code, err = call(one.replace("DIR", kind))
    assert code == (2 if (kind, one) == ("fit", "reproduce DIR") else 0), err


@pytest.mark.parametrize("kind", READ)
def test_damaged_folders_are_said(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    survive(made, work, call, kind, range(2))


@pytest.mark.soak
@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("tens", range(0, 200, 10))
def test_two_hundred_mutations_of_every_file(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str, tens: int
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    survive(made, work, call, kind, range(tens, tens + 10))
