"""``uptake doctor`` and completion in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.catalogues import _say_cache


def test_doctor_says_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    assert not end.value.code
    out = capsys.readouterr().out
    for said in ("uptake ", "numba ", "processors: ", "plugins: ", "cache: ", "runs a second"):
        assert said in out


@pytest.mark.parametrize(
    ("typed", "offered"), [("sens", "sensitivity"), ("sensitivity --meth", "--method")]
)
def test_completion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, offered: str
) -> None:
    monkeypatch.setenv("_UPTAKE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"uptake {typed}")
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split())))
    with pytest.raises(SystemExit):
        main([])
    assert offered in capsys.readouterr().out


def test_doctor_names_the_cache_that_is_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    bases = tmp_path / "file" / "kernels-1", tmp_path / "temporary" / "kernels-1"
    monkeypatch.setattr("sim.engine.compiling.folders", lambda: bases)
    _say_cache()
    assert capsys.readouterr().out.startswith(f"cache: {tmp_path / 'temporary'}, 0 MB")
    monkeypatch.setattr("sim.engine.compiling.folders", lambda: bases[:1])
    _say_cache()
    assert "so every start compiles anew" in capsys.readouterr().out
