"""The notebooks of the gallery run, and print what they are kept with."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from scripts import module_of

pytest.importorskip("nbclient", reason="there is no nbclient")
pytest.importorskip("ipykernel", reason="there is no kernel for notebooks")

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "gallery"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    return module_of(FOLDER.with_suffix(".py"))


def test_there_are_eight_and_the_index_names_them() -> None:
    named = re.findall(r"\((\d[\w-]+)\.ipynb\)", (FOLDER / "index.md").read_text("utf-8"))
    assert named == [file.stem for file in NOTEBOOKS]
    assert len(named) == 8


@pytest.mark.slow
@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in NOTEBOOKS])
def test_a_notebook_prints_what_it_is_kept_with(
    gallery: ModuleType, file: Path, tmp_path: Path
) -> None:
    import nbformat

    kept = nbformat.read(file, 4)
    assert gallery.printed(gallery.executed(file, tmp_path)) == gallery.printed(kept)


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in NOTEBOOKS])
def test_a_notebook_says_question_answer_and_what_not_to_conclude(file: Path) -> None:
    import nbformat

    kept = nbformat.read(file, 4)
    text = "\n".join(cell.source for cell in kept.cells if cell.cell_type == "markdown")
    for said in ("**Question.**", "**Answer.**", "**What not to conclude.**"):
        assert text.count(said) == 1
    outputs = [output for cell in kept.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" for output in outputs)
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    for link in re.findall(r"\]\((?![a-z]+:)([^)#]+)", text):
        assert (FOLDER / link).is_file(), link
