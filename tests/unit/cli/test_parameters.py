import json

import pytest

from commands import call
from sim.parameters import PARAMETERS


def test_every_parameter_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("parameters") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in PARAMETERS)


def test_json_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("parameters", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == list(PARAMETERS)
    assert listed[0]["value"] == next(iter(PARAMETERS.values())).value


def test_words_choose(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("parameters", "HABIT", "lost") == 0
    out = capsys.readouterr().out
    assert "habit_decay" in out
    assert "b_norm" not in out


def test_nothing_found_suggests(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("parameters", "b_trus7") == 2
    assert "did you mean b_trust?" in capsys.readouterr().err
