"""``uptake doctor`` and completion in a shell."""

from __future__ import annotations

import pytest

from sim.cli import main


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
