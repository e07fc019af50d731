from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import uptake
from sim.errors import InputError
from sim.organisation.write import value_profile
from sim.state import VALUES

HEAD = "id," + ",".join(f"value_{value}" for value in VALUES) + "\n"


def people(n: int, answered: int) -> str:
    # family 5, growth 4, relationships 3, all others 2 of 5
    cells = {"family": "5", "growth": "4", "relationships": "3"}
    row = ",".join(cells.get(value, "2") for value in VALUES)
    return HEAD + "".join(f"p{k},{row if k < answered else ',' * 6}\n" for k in range(n))


def test_values_are_ranked_by_answers_alone(write_files: Callable[..., Path]) -> None:
    folder = write_files(people_csv=people(20, 8), organisation_yaml="scale: five-point\n")
    profile, n = value_profile(folder)
    assert n == 20
    assert [one.value for one in profile[:3]] == ["family", "growth", "relationships"]
    assert [one.mean for one in profile[:4]] == [1, 0.75, 0.5, 0.25]
    assert {one.answered for one in profile} == {8}
    assert (profile[0].leads, profile[1].leads, profile[2].leads) == (1, 1, 0)
    assert profile[0].global_rank == 1
    assert profile[1].speaks_for == "capability conversation"


def test_fewer_than_five_answers_are_no_profile(write_files: Callable[..., Path]) -> None:
    folder = write_files(people_csv=people(20, 4), organisation_yaml="scale: five-point\n")
    with pytest.raises(InputError, match="values of fewer than 5 people"):
        value_profile(folder)


def test_the_command_shows_a_table_a_picture_and_the_caveat(
    write_files: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_files(people_csv=people(20, 8), organisation_yaml="scale: five-point\n")
    picture = tmp_path / "values.svg"
    result = CliRunner().invoke(uptake, ["values", str(folder), "--out", str(picture)])
    assert result.exit_code == 0, result.output
    assert "Family matters most: it speaks for the loyalty conversation." in result.output
    assert "Ranks are not effect sizes" in result.output
    assert picture.read_bytes().startswith(b"<?xml")
