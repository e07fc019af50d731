"""The command ``uptake sweep``."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import call

TEXT = """\
scenarios: licences-only
organisation: small-firm
weeks: 2
uncertainties: {b_trust: }
design: {sobol: 4}
replicates: 2
"""


@pytest.fixture
def study(tmp_path: Path) -> str:
    """A very small study."""
    file = tmp_path / "study.yaml"
    file.write_text(TEXT)
    return str(file)


def test_from_estimate_to_results(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("sweep", study, "--dry-run") == 0
    said = capsys.readouterr().err
    assert "study: 8 runs, 4 points, 0.0 million person-weeks; about 1 s on" in said
    assert "on disk" in said
    out = str(tmp_path / "out")
    assert call("sweep", study) == 2
    assert "says nowhere to write — --out DIR" in capsys.readouterr().err
    assert call("sweep", study, "--out", out, "--workers", "1", "--shard", "1/2") == 0
    captured = capsys.readouterr()
    assert f"4 of 8 runs are stored in {out}" in captured.out
    assert "4 are missing: the other shards will add them." in captured.err
    assert call("sweep", study, "--out", out, "--workers", "1") == 0
    assert "8 of 8 runs are stored" in capsys.readouterr().out
    assert call("results", out) == 0


def test_shards_are_checked(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("3/2", "0/2", "1", "a/b"):
        assert call("sweep", study, "--out", "x", "--shard", wrong) == 2
        assert "is no shard: i/n with i from 1 to n" in " ".join(capsys.readouterr().err.split())


def test_an_interrupt_says_what_is_stored(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.analysis.sweep import driver, work

    monkeypatch.setattr(driver, "PERSON_WEEKS_A_CHUNK", 1)
    real = work.run_chunk
    recorded = []

    def interrupted(chunk: object) -> object:
        if len(recorded) == 3:
            raise KeyboardInterrupt
        recorded.append(chunk)
        return real(chunk)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "run_chunk", interrupted)
    out = str(tmp_path / "out")
    assert call("sweep", study, "--out", out, "--workers", "1") == 130
    said = capsys.readouterr().err
    assert f"Interrupted: 3 of 8 runs are stored in {out}; the same command goes on." in said
    monkeypatch.setattr(work, "run_chunk", real)
    assert call("sweep", study, "--out", out, "--workers", "1") == 0
    assert "8 of 8 runs are stored" in capsys.readouterr().out
