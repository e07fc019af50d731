"""Folders with something wrong in one of their files: every command that reads them says so.

With ``pytest -m soak`` each file that a command reads is damaged 200 times: 57 of the 62 commands
took 32 minutes of one processor for 30,000 mutations, those that draw or simulate the most.
Besides, all that somebody would do to it by hand: 72,000 changes, about 50 minutes.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest

import inputs
from by_hand import Change, changes
from damage import damaged
from sim.cli import COMMANDS, main, uptake
from sim.web import server, socket

SHORT = f"{inputs.SHORT} --threads 1"
PEOPLE = SHORT.replace("--organisation small-firm", "--organisation DIR")
SEARCH = "--runs 100 --worlds 20 --threads 1"
SETS = f"{SHORT} --posterior DIR/posterior.csv"
USE = "--usage observed.csv"
TRACK = f"{USE} --sets 16 --weeks 4 --threads 1"
OBSERVED = "--observed observed.csv --anyway"
PAGE = "--no-browser --port 0 -n 2 --weeks 4 --threads 1"
SMALL = f"{PAGE} --organisation small-firm"
REPORT = "--out out.html --force"
PLANS = "order-training-first order-trust-first"
DESIGNS = {"steps": "morris: 4", "pairs": "saltelli: {base: 4, second order: true}",
           "fraction": "fractional factorial: 4"}  # fmt: skip
MADE = {
    "study": ("sweep study.yaml --out study --workers 1",
              "sensitivity study --method pawn"),
    **{one: (f"sweep {one}.yaml --out {one} --workers 1",) for one in DESIGNS},
    "compared": (f"compare {PLANS} {SHORT} --out compared",),
    "plan": (f"plan plan.yaml {SEARCH} --out plan",),
    "fit": ("calibrate pilot.yaml --out fit --threads 1",),
    "stopped": ("calibrate pilot.yaml --out stopped --threads 1",),
    "firm": ("import hr.csv --out firm",),
    "lived": (f"run everything {PEOPLE.replace('DIR', 'firm')} --out lived",),
    "diagnosis": (f"diagnose firm {USE} --out diagnosis --threads 1",),
}  # fmt: skip
"""How the folders come about; ``stopped`` is a calibration without its result."""

READ = {
    "study": (
        "results DIR",
        "results DIR --csv",
        "results DIR --sql select(count(*))from(runs)",
        "sensitivity DIR --method pawn",
        "discover DIR --where order_training_first.weekly_users_w6>0.37",
        "reproduce DIR --runs 1 --threads 1",
        f"report DIR {REPORT} -n 2 --threads 1",
        "sweep study.yaml --out DIR --workers 1",
        "sweep study.yaml --merge DIR --out merged",
        "sweep DIR/study.yaml --out again --workers 1",
        "validate DIR/study.yaml",
    ),
    "steps": ("sensitivity DIR",),
    "pairs": ("sensitivity DIR",),
    "fraction": ("results DIR",),
    "compared": (
        "reproduce DIR --threads 1",
        f"report DIR {REPORT} --threads 1",
        f"compare {PLANS} {SHORT} --out DIR --force",
    ),
    "plan": (
        f"replan DIR {OBSERVED} {SEARCH}",
        f"replan DIR {OBSERVED} --carried-out plan-2.yaml --estimate",
        f"replan DIR {OBSERVED} --actual DIR/best.yaml --problem DIR/plan.yaml --estimate",
        f"report DIR {REPORT} -n 4 --threads 1",
        f"plan plan.yaml {SEARCH} --out DIR --force",
        "plan DIR/plan.yaml --estimate",
        "plan plan.yaml --start-from DIR/best.yaml --estimate",
        f"compare DIR/best.yaml DIR/plan-2.yaml {SHORT}",
        f"run DIR/best.yaml {SHORT}",
        f"report DIR/best.yaml {SHORT} {REPORT}",
        f"serve DIR/best.yaml {SMALL}",
        f"track people --plan DIR/best.yaml {TRACK}",
        f"diagnose people --plan DIR/best.yaml {USE} --threads 1",
        "validate DIR/best.yaml DIR/plan.yaml",
    ),
    "fit": (
        "reproduce DIR",
        f"compare {PLANS} {SETS} --uncertainty parameters",
        f"run everything {SETS}",
        f"report everything {SETS} {REPORT}",
        f"serve {SMALL} --posterior DIR/posterior.csv",
        f"demo {SMALL} --posterior DIR/posterior.csv",
        f"diagnose people --posterior DIR/posterior.csv {USE} --threads 1",
        "sweep sets.yaml --posterior DIR/posterior.csv --out again --workers 1",
        "plan plan.yaml --estimate --posterior DIR/posterior.csv",
        f"replan plan {OBSERVED} --estimate --posterior DIR/posterior.csv",
        f"track people --plan everything --posterior DIR/posterior.csv {TRACK}",
    ),
    "stopped": ("calibrate pilot.yaml --out DIR --threads 1",),
    "pilot": ("calibrate DIR --out out --threads 1", "validate DIR/study.yaml"),
    "firm": (
        "describe DIR",
        "values DIR",
        "import DIR/people.csv DIR/ties.csv --mapping DIR/mapping.yaml --out out",
        "validate DIR/organisation.yaml",
        "validate everything --organisation DIR",
        f"run everything {PEOPLE}",
        f"compare {PLANS} {PEOPLE}",
        f"report everything {PEOPLE} {REPORT}",
        f"serve {PAGE} --organisation DIR",
        f"demo {PAGE} --organisation DIR",
        "plan plan.yaml --organisation DIR --estimate",
        f"replan plan --organisation DIR {OBSERVED} --estimate",
        "reproduce lived --organisation DIR --threads 1",
        f"diagnose DIR {USE} --threads 1",
        f"track DIR --plan everything {TRACK}",
    ),
    "diagnosis": (
        f"report everything {SHORT} {REPORT} --diagnosis DIR",
        f"serve {SMALL} --diagnosis DIR",
        f"demo {SMALL} --diagnosis DIR",
    ),
    "walk": (f"serve {SMALL} --walk DIR", f"demo {SMALL} --walk DIR"),
}  # fmt: skip
"""Every command that reads a folder, by the kind of folder."""

WRITTEN = frozenset({"out", "key", "questionnaire"})
OF_USERS = frozenset({"usage", "survey", "observed", "brand"})
WORDS = frozenset(
    {"assignments", "margin", "name", "names", "words", "sheets", "scheduler", "host", "sql",
     "outcomes", "where", "carried_out"}
)  # fmt: skip
"""What is no folder that another command has made: what is written, what users write, words."""

REFUSED = {("fit", "reproduce DIR")}
"""A calibration is no run."""

SHARE = 0.2
"""Of what is tried on a kind of folder, so much is noticed at least: else nothing was read."""

KEEPS_INSIDE = frozenset({"study", *DESIGNS, "compared", "plan", "stopped"})
"""Folders out of which no link and no path leads; from others, and from a file that is named by
itself, they may, as people lay out their own."""

Call = Callable[[str], tuple[int, str]]
Damages = Callable[[Path, bytes], dict[str, Change]]
"""Given a file's place and content, what damages it, by name."""

MOST_LINES = 12
"""One for each thing wrong."""

SECONDS = 120
"""After so long a command hangs."""


def test_no_folder_is_left_out() -> None:
    read, context = set(), click.Context(uptake)
    for words in (words for kind in READ.values() for words in kind):
        name, *rest = words.split()
        command = uptake.get_command(context, name)
        given, _, _ = command.make_parser(click.Context(command)).parse_args(rest)
        read |= {(name, option) for option, value in given.items() if "DIR" in str(value)}
    taken = {
        (name, option.name)
        for name in COMMANDS
        for option in uptake.get_command(context, name).params
        if option.type.name in ("text", "path", "file", "directory")
        and option.name not in WRITTEN | OF_USERS | WORDS
    }
    assert taken - read == set()


def shown(state: Any, listening: Any, access: Any, **_: Any) -> None:
    """Answer what the page asks first, in place of a server that ends when it is told to."""
    listening.close()
    tab = socket.Tab(state)
    tab._work({"type": "hello"})
    tab._work({"type": "open"})


@contextmanager
def in_time() -> Iterator[None]:
    """End what hangs with an error, where the system has alarms."""

    def hangs(*_: object) -> None:
        raise TimeoutError(f"after {SECONDS} seconds")

    if os.name != "nt":
        signal.signal(signal.SIGALRM, hangs)
        signal.alarm(SECONDS)
    yield
    if os.name != "nt":
        signal.alarm(0)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command in this process; gives its exit code and what it says as an error."""
    monkeypatch.setattr(server, "serve", shown)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # charts are drawn here: quicker

    def run(words: str) -> tuple[int, str]:
        with in_time(), pytest.raises(SystemExit) as ended:
            main(words.split())
        return int(str(ended.value.code or 0)), capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders, and what the commands read beside them."""
    place = inputs.written(tmp_path_factory.mktemp("made"))
    study = inputs.STUDY.replace("{b_trust: , b_norm: }", "posterior")
    (place / "sets.yaml").write_text(study)
    for name, design in DESIGNS.items():
        study = inputs.STUDY.replace("latin hypercube: 40", design)
        (place / f"{name}.yaml").write_text(study)
    (place / "pilot").mkdir()
    shutil.copy(place / "pilot.yaml", place / "pilot" / "study.yaml")
    shutil.copy(place / "plain.yaml", place / "pilot")
    (place / "walk").mkdir()
    (place / "walk" / "01-alone.yaml").write_text("{title: Alone, words: A year., plans: [plain]}")
    shutil.copy(place / "plain.yaml", place / "walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        from sim.report import calibration

        for name, commands in MADE.items():
            if name == "stopped":  # killed before its result was there
                patch.setattr(calibration, "finish_calibration", lambda *_, **__: [])
                patch.setattr("sim.cli.options.echo", lambda *_, **__: None)
            for words in commands:
                with pytest.raises(SystemExit) as ended:
                    main(words.split())
                assert ended.value.code == 0, words
    return place


@contextmanager
def read_in(folder: Path) -> Iterator[set[Path]]:
    """Note which files of a folder are read, by whatever, and under whatever name they then are.

    The system tells when a file was last read, unless it was told not to.
    """
    files = [file for file in folder.rglob("*") if file.is_file()]
    opened = {file: os.open(file, os.O_RDONLY) for file in files}
    for number in opened.values():
        os.utime(number, ns=(0, time.time_ns()))
    seen: set[Path] = set()
    yield seen
    seen |= {file for file, number in opened.items() if os.fstat(number).st_atime_ns}
    for number in opened.values():
        os.close(number)


def held(folder: Path) -> dict[str, tuple[int, int]]:
    """Return when each entry of a folder was last written, and its size."""
    return {
        str(entry): (entry.lstat().st_mtime_ns, entry.lstat().st_size)
        for entry in folder.rglob("*")
    }


def laid_out(made: Path, work: Path, kind: str, words: str) -> None:
    """Copy what a command reads into the current folder, as it is undamaged."""
    os.chdir(made)  # a folder that is removed and made anew is another one
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for entry in made.iterdir():
        if entry.is_file():
            shutil.copy(entry, work)
        elif entry.name == kind or entry.name in words.split():
            shutil.copytree(entry, work / entry.name)
    os.chdir(work)


def read_back(made: Path, work: Path, call: Call, kind: str, words: str) -> list[Path]:
    """Return the files of a folder that a command reads, one of those that are named alike."""
    laid_out(made, work, kind, words)
    with read_in(work / kind) as seen:
        code, err = call(words.replace("DIR", kind))
    assert code == (2 if (kind, words) in REFUSED else 0), (words, err)
    alike: dict[str, Path] = {}
    for file in sorted(seen or (file for file in (work / kind).rglob("*") if file.is_file())):
        inside = file.relative_to(work)
        alike.setdefault(re.sub(r"[0-9a-f]{8,}|\d+", "#", str(inside)), inside)
    return list(alike.values())


KNOWN: dict[tuple[str, str], list[Path]] = {}
"""What ``read_back`` has found, by the folder's kind and the command."""


def by_chance(times: int) -> Damages:
    """Return what damages a file at random, so many times."""

    def damages(file: Path, data: bytes) -> dict[str, Change]:
        def write(seed: int, path: Path) -> None:
            rng = random.Random(f"{file.name} {seed}")
            path.write_bytes(damaged(data, file.name, rng))

        return {str(seed): partial(write, seed) for seed in range(times)}

    return damages


def by_hand(outside: Path, most: int | None = None) -> Damages:
    """Return what changes a file in every way of ``by_hand.py``, or in so many of them."""

    def damages(file: Path, data: bytes) -> dict[str, Change]:
        found = changes(data, file, outside)
        if most is not None:
            names = random.Random(str(file)).sample(sorted(found), most)
            found = {name: found[name] for name in names}
        return found

    return damages


def survive(
    made: Path, work: Path, call: Call, kind: str, words: str, damages: Damages
) -> list[bool]:
    """Damage each file that a command reads; see that it ends with a short message.

    Nothing beside the current folder is written, nor read where links out of it are refused.

    Returns
    -------
    list of bool
        Whether each damage was refused, or found where that is the answer.
    """
    wrong, noticed, outside = [], [], work.parent / "outside"
    if (kind, words) not in KNOWN:
        KNOWN[kind, words] = read_back(made, work, call, kind, words)
    for file in KNOWN[kind, words]:
        for name, damage in damages(file, (made / file).read_bytes()).items():
            laid_out(made, work, kind, words)
            shutil.rmtree(outside, ignore_errors=True)
            outside.mkdir()
            (outside / "secret.csv").write_text("id,team\nSECRET,T1\n")
            damage(work / file)
            with read_in(outside) as read:
                before = held(outside)
                code, err = call(words.replace("DIR", kind))
            lines = [line for line in err.splitlines() if not line.startswith("Note: ")]
            noticed.append(code == 2 or (code == 1 and words.startswith("reproduce ")))
            beside = held(outside) != before or {*work.parent.iterdir()} - {work, outside}
            if kind in KEEPS_INSIDE and "DIR" in words.split():
                beside = beside or read
            if code not in (0, 1, 2) or (code == 2 and not 1 <= len(lines) <= MOST_LINES) or beside:
                wrong.append((str(file), name, words, code, beside, err[-600:]))
    assert not wrong, wrong[:5]
    return noticed


LINKS = pytest.mark.skipif(os.name == "nt", reason="links need rights there, pipes are others")
COMMANDS_READING = [(kind, words) for kind in READ for words in READ[kind]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ)
def test_damaged_folders_are_said(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    noticed = []
    for words in READ[kind]:
        noticed += survive(made, tmp_path / "work", call, kind, words, by_chance(1))
    assert sum(noticed) >= SHARE * len(noticed) > 0


@LINKS
@pytest.mark.slow
@pytest.mark.parametrize("kind", READ)
def test_folders_made_by_hand_are_said(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in READ[kind]:
        damages = by_hand(tmp_path / "outside", 1)
        survive(made, tmp_path / "work", call, kind, words, damages)


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "words"), COMMANDS_READING)
def test_two_hundred_mutations_of_every_file(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], kind: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    noticed = survive(made, tmp_path / "work", call, kind, words, by_chance(200))
    with capsys.disabled():
        print(f" {kind}: {len(noticed)} tried, {sum(noticed)} noticed: {words}")
    assert sum(noticed) >= SHARE * len(noticed) > 0


@LINKS
@pytest.mark.soak
@pytest.mark.parametrize(("kind", "words"), COMMANDS_READING)
def test_every_change_by_hand(
    made: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], kind: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    damages = by_hand(tmp_path / "outside")
    noticed = survive(made, tmp_path / "work", call, kind, words, damages)
    with capsys.disabled():
        print(f" {kind}: {len(noticed)} tried, {sum(noticed)} noticed: {words}")
    assert any(noticed)
