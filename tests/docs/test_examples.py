"""Every example in the README and the documents runs.

``bash`` blocks run in a scratch folder with the shipped scenarios in it; ``bash fails`` must end
with code 2. A block after "Save as `name`:" is saved under that name first. ``python`` blocks are
doctests. A page's blocks run in order, in one folder, and in 8 replicates rather than 200. Those of
the README begin in processes of their own, those of the other pages in one that has begun.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from warm import CLIENT

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
WARM = ROOT / "tests/helpers/warm.py"
SAVED = re.compile(r"[Ss]ave as `([\w./-]+)`:\n+\Z")
REAL = f"""#!/bin/sh
exec {sys.executable} {WARM} "$@"
"""


class Block(NamedTuple):
    """A fenced block: its language, its text, and the name to save it under."""

    language: str
    text: str
    name: str | None


def blocks_of(text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        saved = SAVED.search(text[: match.start()])
        yield Block(match[1], match[2], saved[1] if saved else None)


def runnable(text: str) -> str:
    """Return a bash block without installing: that is what .ci/run does for real."""
    lines = []
    for line in text.splitlines():
        if "pip install" in line:
            line = "" if "pytest" in line or "&&" not in line else line.rpartition("&&")[2]
        lines.append(line.replace(".venv/bin/uptake", "uptake"))
    return "\n".join(lines)


def with_examples(page: Path) -> bool:
    return any(
        block.language.startswith(("bash", "python")) for block in blocks_of(page.read_text())
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The text of a program ``uptake`` that has begun already."""
    place = str(tmp_path_factory.mktemp("warm") / "place")
    warm = subprocess.Popen(
        [sys.executable, str(WARM), "--serve", place],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert warm.stdout is not None
    assert warm.stdout.readline() == b"ready\n"
    yield CLIENT.format(python=sys.executable, place=place)
    warm.communicate()


@pytest.fixture
def scratch(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """A folder with the shipped scenarios, and the command ``uptake`` on the path."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "work" / "scenarios")
    command = tmp_path / "bin" / "uptake"
    command.parent.mkdir()
    real = page == ROOT / "README.md"
    command.write_text(REAL if real else request.getfixturevalue("client"))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.mark.skipif(os.name == "nt", reason="the examples are for a POSIX shell")
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.name) for page in PAGES if with_examples(page)],
)
def test_examples_run(page: Path, scratch: Path) -> None:
    names: dict[str, object] = {}
    for block in blocks_of(page.read_text("utf-8")):
        if block.name is not None:
            file = scratch / block.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
        elif block.language.startswith("bash"):
            run_bash(block)
        elif block.language == "python":
            run_doctest(block, names, page)


def run_bash(block: Block) -> None:
    script = f"set -euo pipefail\n{runnable(block.text)}"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    expected = 2 if block.language == "bash fails" else 0
    assert ended.returncode == expected, f"{block.text}\n{ended.stdout}\n{ended.stderr}"
    assert "Traceback" not in ended.stderr


def run_doctest(block: Block, names: dict[str, object], page: Path) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, names, page.name, str(page), 0)
    assert test.examples, f"a python block of {page.name} has no >>>"
    said: list[str] = []
    failed, _ = doctest.DocTestRunner().run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    assert not failed, "".join(said)


def test_a_failing_example_is_found() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_doctest(Block("python", ">>> 1 + 1\n3\n", None), {}, ROOT / "README.md")
    with pytest.raises(AssertionError):
        run_bash(Block("bash", "false\ntrue\n", None))


def test_every_block_is_of_a_known_kind() -> None:
    kinds = {"bash", "bash fails", "python", "py", "yaml", "csv", ""}
    for page in PAGES:
        for block in blocks_of(page.read_text("utf-8")):
            assert block.language in kinds, f"{page.name}: {block.language}"
            if block.language in {"py", "yaml", "csv"}:
                assert block.name, f"{page.name}: nothing says how to save\n{block.text}"
