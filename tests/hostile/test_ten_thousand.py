"""Eight kinds of input from anybody: each is read as is right, or refused in a message.

Forty of each kind; with ``pytest -m soak`` ten thousand, in ten parts.
"""

from __future__ import annotations

from typing import Any

import pytest

from kinds import KINDS, hold


@pytest.mark.parametrize("kind", KINDS)
def test_anything_is_read_or_refused(kind: str, subject: Any) -> None:
    hold(kind, 40, subject)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_are_read_or_refused(kind: str, part: int, subject: Any) -> None:
    hold(kind, 1000, subject)
