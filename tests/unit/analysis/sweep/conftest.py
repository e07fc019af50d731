"""Small studies of the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import InputError

STUDY = """\
name: Small
scenarios: [training-first, trust-before-tools]
organisation: small-firm
weeks: 8
uncertainties:
  b_trust:
  b_norm: [0.5, 3]
levers:
  timeline.course.dose: [0.5, 1, 2]
design: {latin hypercube: 6}
replicates: 3
"""


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a study; ``changes`` replace text in the small one, or ``text`` stands for it."""

    def write(text: str = STUDY, **changes: str) -> Path:
        for key, line in changes.items():
            lines = text.splitlines()
            place = next(i for i, one in enumerate(lines) if one.startswith(f"{key}:"))
            lines[place] = line
            text = "\n".join(lines) + "\n"
        file = tmp_path / "study.yaml"
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.fixture
def refused() -> Callable[[Path], str]:
    """Read a study that must be refused, and give what is said without the folder's name."""

    def read(file: Path) -> str:
        from sim.analysis.sweep import load_study

        with pytest.raises(InputError) as error:
            load_study(file)
        return str(error.value).replace(f"{file.parent}/", "")

    return read
