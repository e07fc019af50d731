from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.files import replaced, scratch, sweep_away, whole, write_whole


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "kept.txt"
    write_whole(file, "first – ü\n")
    assert file.read_bytes() == "first – ü\n".encode()
    with pytest.raises(TypeError), whole(file) as stream:
        stream.writelines([b"sec", "ond"])  # type: ignore[list-item]
    assert file.read_text("utf-8") == "first – ü\n"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_no_file_takes_the_place_of_what_is_none(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for path, said in ((pipe, "is no file but a device"), (folder, "is a folder"),
                       (Path(), "is a folder"), (Path("/"), "is a folder")):  # fmt: skip
        with pytest.raises(OSError, match=said):
            write_whole(path, "text")
    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [folder, pipe]


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_a_kill_while_writing_loses_nothing_and_is_swept_away(tmp_path: Path) -> None:
    file = tmp_path / "kept.txt"
    write_whole(file, b"first")
    child = os.fork()
    if not child:
        with whole(file) as stream:
            stream.write(b"x" * 1_000_000)
            stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert file.read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 2
    with whole(file) as stream:  # what a living process writes is left alone
        sweep_away(tmp_path)
        stream.write(b"second")
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"second"


def test_a_folder_in_passing_has_a_path_as_short_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 200)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with scratch() as work:
        assert work.parent == long
    with scratch(longest=60) as work:
        assert len(os.fsencode(work)) <= 60
        assert work.is_dir()
    assert not work.exists()
    with pytest.raises(OSError, match="TMPDIR set to a short path"), scratch(longest=10):
        pass


@pytest.mark.parametrize("earlier", [False, True])
def test_what_another_command_writes_meanwhile_is_not_lost(tmp_path: Path, earlier: bool) -> None:
    place = tmp_path / "out"

    def write(said: str, *then: str) -> None:
        with replaced(place, {"last"}.__contains__, "last") as work:
            (work / "last").write_text(said)
            for quick in then:
                write(quick)

    if earlier:
        write("of before")
    with pytest.raises(InputError, match="out: was written by another command meanwhile"):
        write("of the slow one", "of the quick one")
    assert (place / "last").read_text() == "of the quick one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
