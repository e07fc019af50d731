"""What is said of an upload is what can be done in its dialog."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.web.asked import read_upload, with_lines
from sim.web.server_state import Limits

TIES = "source,target\n" + "".join(f"p{i},p{i + 1}\n" for i in range(1, 9))


def request(people: str) -> dict[str, Any]:
    return {
        name: np.frombuffer(text.encode(), np.uint8)
        for name, text in (("people", people), ("ties", TIES))
    }


def rows(head: str, each: str) -> str:
    return f"{head}\n" + "".join(f"{each.format(i=i)}\n" for i in range(1, 10))


@pytest.mark.parametrize(
    ("people", "remedy"),
    [
        (
            rows("id,team,start_trust", "p{i},A,4"),
            "tick “survey answers are on a five-point scale”",
        ),
        (rows("Personalnummer,team", "p{i},A"), "choose it under “files of any other kind”"),
        (rows("Personalnummer,Abteilung", "p{i},A"), "choose it under “files of any other kind”"),
        (rows("id,team,manager_id", "p{i},A,stranger"), "the id of a person, or empty"),
    ],
)
def test_no_remedy_names_a_file_that_an_upload_has_not(people: str, remedy: str) -> None:
    with pytest.raises(InputError) as raised:
        read_upload(request(people), Limits())
    told = with_lines(raised.value, request(people))
    assert any(remedy in one["right"] for one in told), told
    assert all("organisation.yaml" not in one["right"] for one in told)


def test_nor_does_what_is_said_of_its_data() -> None:
    found = read_upload(request(rows("id,team,level,manager", "p{i},A,{i},p1")), Limits())
    said = "; ".join(note.what for note in found.notes)
    assert "to have it read, choose it under “files of any other kind”" in said
    assert "organisation.yaml" not in said
