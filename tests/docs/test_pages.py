"""Links lead somewhere, generated pages are current, sources exist, and .ci/run runs the README."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
KEY = re.compile(r"\[([A-Z][A-Za-z]+\d\d|Gartner|Viva)\]")


def anchors(page: Path) -> set[str]:
    """Return the anchors that a heading gets on a rendered page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = HEADING.findall(text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in found}


def broken_links(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page, page.read_text("utf-8"))) == []


def test_a_broken_link_is_found() -> None:
    text = "[a](nowhere.md) [b](docs/limits.md#no-such) [c](docs/limits.md#your-data)"
    assert list(broken_links(ROOT / "README.md", text)) == [
        "nowhere.md",
        "docs/limits.md#no-such",
    ]


@pytest.mark.parametrize(
    "name", ["rules.md", "parameters.md", "interventions.md", "outcomes.md", "cli.md"]
)
def test_reference_is_current(generator: ModuleType, repository: Path, name: str) -> None:
    written = (repository / "docs" / "reference" / name).read_text("utf-8")
    assert written == generator.page(name), "run: python docs/generate.py"


@pytest.mark.parametrize("kind", ["scenario", "study", "plan", "calibration"])
def test_json_schemas_are_current(generator: ModuleType, repository: Path, kind: str) -> None:
    written = (repository / generator.SCHEMAS[kind]).read_text("utf-8")
    assert written == generator.schema_text(kind), "run: python docs/generate.py"


def test_every_page_of_the_reference_is_generated(generator: ModuleType, repository: Path) -> None:
    pages = {page.name for page in (repository / "docs" / "reference").glob("*.md")}
    assert pages == set(generator.PAGES)


def test_every_source_is_in_the_evidence(repository: Path) -> None:
    evidence = repository / "docs" / "evidence.md"
    known = set(re.findall(r"^### (\w+)$", evidence.read_text("utf-8"), re.MULTILINE))
    claims = set(re.findall(r"^\| (C\d+) \|", evidence.read_text("utf-8"), re.MULTILINE))
    cited: set[str] = set()
    for file in (repository / "sim").rglob("*.py"):
        text = file.read_text("utf-8")
        cited |= set(KEY.findall(text))
        for listed in re.findall(r"claims? ((?:C\d+(?:, )?)+)", text):
            assert set(listed.split(", ")) <= claims, file
    assert len(cited) > 20
    assert cited <= known


def test_every_decision_is_listed(repository: Path) -> None:
    folder = repository / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert listed == {page.name for page in folder.glob("0*.md")}


def test_ci_runs_the_readme(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    found = re.search(r"^tests=\$\((.*)\)$", script.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    command = subprocess.run(
        ["bash", "-c", found[1]], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert command in (repository / "README.md").read_text("utf-8").splitlines()
    assert command.endswith(".venv/bin/python -m pytest -n 2 --dist worksteal")


def test_every_pin_is_for_every_python(repository: Path) -> None:
    pins: dict[str, list[str]] = {}
    for line in (repository / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            found = re.fullmatch(r'([a-z0-9.-]+)==[\w.]+(?: ; python_version (\S+) "3\.12")?', line)
            assert found is not None, line
            pins.setdefault(found[1], []).append(found[2] or "any")
    assert all(signs in (["any"], ["<", ">="]) for signs in pins.values())
    assert {"numpy", "mesa", "numba", "ruff", "mypy"} <= set(pins)
