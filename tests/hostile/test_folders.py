"""Results are replaced all or none; what systems drop is left alone; the dead leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inputs import SHORT
from sim import files
from sim.analysis.plan.result import plan_folder
from sim.errors import InputError
from sim.files import (
    _began,
    entries,
    is_dropped_by_system,
    replaced,
    sweep_away,
    unfinished_name,
    write_whole,
)
from sim.report.calibration import calibration_folder
from sim.results.key import Key
from sim.results.store import output_folder

DROPPED = (
    ".DS_Store", "._summary.csv", "Thumbs.db", "desktop.ini", "~$summary.xlsx",
    ".~lock.summary.csv#", ".nfs000001", "Icon\r", ".directory", ".gitkeep", ".summary.csv.swp",
    "summary.csv~", "report.html.crdownload", ".goutputstream-1",
)  # fmt: skip
OLD = {"manifest": "old", "table": "old", "gone": "old"}
NEW = {"manifest": "new", "table": "new", "added": "new"}


def put(folder: Path, content: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in content.items():
        (folder / name).write_text(text)


def held(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def replace(path: Path, content: dict[str, str] = NEW) -> None:
    with replaced(path, lambda name: name in OLD | NEW, "manifest") as work:
        put(work, content)


def no_exchange(one: Path, other: Path) -> None:
    raise OSError("no exchange here")


@pytest.fixture(params=["at once", "file by file", "inside"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways in which a folder is replaced, as the system allows."""
    if request.param == "at once" and not sys.platform.startswith("linux"):
        pytest.skip("folders can be exchanged on Linux only")
    if request.param != "at once":
        monkeypatch.setattr(files, "_exchange", no_exchange)
    if request.param == "inside":  # a mounted volume
        monkeypatch.setattr(os.path, "ismount", lambda path: True)
    return str(request.param)


def test_files_are_replaced_and_others_stay(way: str, tmp_path: Path) -> None:
    results = tmp_path / "results"
    put(results, {**OLD, ".DS_Store": "mac", "notes": "mine"})
    results.chmod(0o700)
    replace(results)
    assert held(results) == {**NEW, ".DS_Store": "mac", "notes": "mine"}
    assert results.stat().st_mode & 0o777 == 0o700
    (results / "folder").mkdir()
    replace(results, OLD)
    assert held(results) == {**OLD, ".DS_Store": "mac", "notes": "mine"}
    assert (results / "folder").is_dir()
    assert list(tmp_path.iterdir()) == [results]
    assert len(list(results.iterdir())) == 6


def test_a_file_that_is_held_open_loses_nothing(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    put(results, {**OLD, "notes": "mine"})
    rename = os.rename

    def held_open(source: Path, target: Path) -> None:
        if Path(source).name == "table":
            raise PermissionError(13, "Permission denied", str(source))
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", held_open)
        for _ in range(2):
            with pytest.raises(InputError, match=r"results/table: cannot be replaced: is in use"):
                replace(results)
            assert held(results) == {**OLD, "notes": "mine"}
    assert list(tmp_path.iterdir()) == [results]
    replace(results)
    assert held(results) == {**NEW, "notes": "mine"}


def test_a_folder_that_nobody_may_rename_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "results", OLD)
    (tmp_path / "results" / "added").mkdir()
    with pytest.raises(InputError, match="results/added: cannot be replaced"):
        replace(tmp_path / "results")
    assert held(tmp_path / "results") == OLD


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize("when", range(9))
def test_a_kill_at_any_rename_leaves_old_or_new(way: str, when: int, tmp_path: Path) -> None:
    results = tmp_path / "results"
    put(results, OLD)
    (results / "work").mkdir()
    put(results / "work" / "inside", {"kept": "mine"})
    child = os.fork()
    if not child:
        left, rename = [when], os.rename

        def killed(source: Path, target: Path) -> None:
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            rename(source, target)

        os.rename = killed  # type: ignore[assignment]
        replace(results)
        os._exit(0)
    os.waitpid(child, 0)
    if way == "at once":
        assert held(results) in (OLD, NEW)
    sweep_away(tmp_path)
    sweep_away(results)
    found = held(results)
    assert found in (OLD, NEW) or {**found, **OLD} == found  # put back, beside what is new
    replace(results, {"manifest": "third"})
    assert held(results) == {"manifest": "third"}
    assert held(results / "work" / "inside") == {"kept": "mine"}
    assert list(tmp_path.iterdir()) == [results]


def test_what_fails_leaves_no_folder_behind(tmp_path: Path) -> None:
    def fail() -> None:
        with replaced(tmp_path / "a" / "b" / "c", lambda name: True, "x") as work:
            (work / "x").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_whoever_stands_in_the_folder_still_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "results", OLD)
    monkeypatch.chdir(tmp_path / "results")
    replace(Path())
    assert held(Path.cwd()) == NEW


def left_by(pid: int, folder: Path, name: str, began: str | None = None) -> Path:
    own, other = (f"-{of}-{_began(of)}." for of in (os.getpid(), pid))
    return folder / unfinished_name(name).replace(
        own, other if began is None else f"-{pid}-{began}."
    )


def test_leftovers_of_the_dead_go_and_of_the_living_stay(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for pid in (dead.pid, os.getppid()):
        left_by(pid, tmp_path, ".results").mkdir()
        left_by(pid, tmp_path, "report.html").touch()
    elsewhere = tmp_path / ".results.unfinished-00000000-1-aa.aaaaaa"  # of another machine
    elsewhere.mkdir()
    before = len(list(tmp_path.iterdir()))
    replace(tmp_path / "results")
    assert len(list(tmp_path.iterdir())) == before - 2 + 1
    assert elsewhere.is_dir()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nobody tells when it began")
def test_leftovers_go_though_another_process_has_the_number_now(tmp_path: Path) -> None:
    left_by(os.getppid(), tmp_path, ".results", began="1").mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # gone, but nobody has asked for it
    left_by(dead.pid, tmp_path, "report.html", began="2").touch()
    sweep_away(tmp_path)
    dead.wait()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_go_though_what_is_ending_still_writes_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_by(os.getppid(), tmp_path, ".results", began="1")
    left.mkdir()
    late, rmdir = iter(range(3)), os.rmdir

    def emptied_too_early(*where: object, **how: object) -> None:
        for n in late:
            (left / f"{n}.png").touch()
            break
        rmdir(*where, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rmdir", emptied_too_early)
    sweep_away(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    for name in ("x" * 250, "ü" * 120):
        write_whole(tmp_path / name, "text")
        replace(tmp_path / f"{name}.d")
        assert held(tmp_path / f"{name}.d") == NEW


@pytest.mark.parametrize("name", DROPPED)
def test_what_systems_drop_is_known(name: str) -> None:
    assert is_dropped_by_system(name)
    assert not is_dropped_by_system(name.strip("._~$#\r") + "x")


def test_what_systems_drop_is_in_nobodys_way(tmp_path: Path) -> None:
    put(tmp_path / "out", dict.fromkeys(DROPPED, "dropped"))
    assert entries(tmp_path / "out") == set()
    with output_folder(tmp_path / "out") as work:
        (work / "manifest.json").touch()
    assert entries(tmp_path / "out") == {"manifest.json"}
    assert len(held(tmp_path / "out")) == len(DROPPED) + 1
    put(tmp_path / "plan", dict.fromkeys(DROPPED, "dropped"))
    key = Key.of("plan", 1, people=[], scenario=[], parameters=[], seed=0)
    with plan_folder(tmp_path / "plan", key):
        pass
    put(tmp_path / "fit", dict.fromkeys(DROPPED, "dropped"))
    calibration_folder(tmp_path / "fit")
    assert set(DROPPED) <= held(tmp_path / "plan").keys() & held(tmp_path / "fit").keys()


def test_the_commands(zygote: Any, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    words = f"run everything {SHORT} --out results"
    assert zygote.call(words, tmp_path)[0] == 0
    (tmp_path / "results" / ".DS_Store").touch()
    before = {
        file.name: file.read_bytes()
        for file in (tmp_path / "results").iterdir()
        if file.name != "summary.csv"
    }
    (tmp_path / "results" / "summary.csv").unlink()
    (tmp_path / "results" / "summary.csv").mkdir()
    for _ in range(2):
        code, _, said = zygote.call(f"{words} --seed 1 --force", tmp_path)
        assert code == 2
        assert "summary.csv: cannot be replaced: is in use" in said
        assert before == {
            file.name: file.read_bytes()
            for file in (tmp_path / "results").iterdir()
            if file.is_file()
        }
    (tmp_path / "results" / "summary.csv").rmdir()
    assert zygote.call(f"{words} --seed 1 --force", tmp_path)[0] == 0
    assert (tmp_path / "results" / ".DS_Store").is_file()
    assert (tmp_path / "results" / "summary.csv").is_file()
    assert {file.name for file in tmp_path.iterdir()} == {"results", "tmp"}
    assert not list((tmp_path / "tmp").iterdir())
