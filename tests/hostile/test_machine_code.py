"""Kept machine code that is damaged, foreign, or cannot be kept: made anew, with no word lost."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.compiler import numba
from sim.engine import compiling
from sim.engine.compiling import entry_point

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

Loop = Callable[[int], int]


def twice(number: int) -> int:
    return 2 * number


def made(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> tuple[int, int]:
    """Return whether a loop was read, and whether it was compiled, in a program begun anew."""
    monkeypatch.setattr(compiling, "folders", lambda: folders)
    compiling._make.cache_clear()
    loop = entry_point(twice)
    assert loop(21) == 42
    stats = loop.stats  # type: ignore[attr-defined]
    return len(stats.cache_hits), len(stats.cache_misses)


def flipped(content: bytes) -> bytes:
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


def told_by_another(content: bytes) -> bytes:
    """A pickle that would run something, with a checksum that is right."""

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.putenv, ("UPTAKE_EVIL", "1"))

    data = pickle.dumps(("another key", Evil()))
    return compiling.blake2b(data, digest_size=32).digest() + data


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "a bit": flipped,
    "of another tool": lambda content: pickle.dumps("0.1") + content,
    "longer": lambda content: content + b"\0",
    "of another key": told_by_another,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_made_anew_once(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert made(monkeypatch, tmp_path / "kept") == (0, 1)
    assert made(monkeypatch, tmp_path / "kept") == (1, 0)
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert made(monkeypatch, tmp_path / "kept") == (0, 1)
    assert made(monkeypatch, tmp_path / "kept") == (1, 0)
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_takes_nothing_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    shut, last = tmp_path / "file" / "kept", tmp_path / "last"
    assert made(monkeypatch, shut, last) == (0, 1)
    assert made(monkeypatch, shut, last) == (1, 0)
    assert made(monkeypatch, shut) == (0, 1)
    assert made(monkeypatch) == (0, 1)


@pytest.mark.skipif(os.name == "nt", reason="who may write is told by other means")
def test_what_others_may_write_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all, own = tmp_path / "open", tmp_path / "own"
    assert made(monkeypatch, open_to_all) == (0, 1)
    open_to_all.chmod(0o777)
    assert made(monkeypatch, open_to_all, own) == (0, 1)
    assert len(list(own.iterdir())) == 1
    if os.geteuid() == 0:
        own.chmod(0o700)
        os.chown(own, 65534, 65534)
        assert made(monkeypatch, own) == (0, 1)


def test_leftovers_of_the_dead_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.files import unfinished_name

    folder = tmp_path / "kept"
    folder.mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    name = unfinished_name("act.act").replace(f"-{os.getpid()}-", f"-{dead.pid}-")
    (folder / name).touch()
    made(monkeypatch, folder)
    assert [file.suffix for file in folder.iterdir()] == [".nbc"]


def test_folders_are_whole_paths_even_without_a_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "somewhere/relative")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.chdir(tmp_path)
    found = compiling.folders.__wrapped__()
    assert found
    assert all(folder.is_absolute() for folder in found)


@pytest.mark.parametrize("given", ["/dev/null", "a file", "a file/in/it"])
def test_what_is_no_folder_keeps_nothing_from_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", given)
    assert len(compiling.folders.__wrapped__()) > 1


def test_a_run_whose_machine_code_was_emptied(
    uptake: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """The largest loop is made anew of parts that are kept; the others would take half a minute."""
    words = ("run", "everything", "-n", "2", "--weeks", "4", "--organisation", "small-firm")
    kept = compiling.folders()[0]
    expected = uptake(*words, NUMBA_CACHE_DIR=str(kept.parent))
    mine = tmp_path / "kept" / kept.name
    mine.mkdir(parents=True)
    for file in kept.glob("*.nbc"):
        (mine / file.name).write_bytes(b"" if "advance_runs" in file.name else file.read_bytes())
    done = uptake(*words, NUMBA_CACHE_DIR=str(mine.parent))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected.stdout
    of_loop = mine.glob("*advance_runs*")  # one for each kind of record; this run needs one
    assert any(file.stat().st_size for file in of_loop)
