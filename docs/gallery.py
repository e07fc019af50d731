"""Run the notebooks of docs/gallery anew and save them: python docs/gallery.py [NAME …].

A notebook is kept with what it printed and drew, so that it can be read without being run.
``tests/docs/test_gallery.py`` runs them too, and compares what is printed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).with_name("gallery")
SECONDS = 300
DRAWN = """\
%config InlineBackend.figure_formats = ["png"]
%config InlineBackend.print_figure_kwargs = {"dpi": 90, "metadata": {"Software": None}}
"""


def executed(file: Path, folder: Path) -> Any:
    """Return a notebook as it comes out when run from the top, in a folder."""
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        cell.pop("outputs", None)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(DRAWN))
    notebook.metadata.kernelspec.name = "python3"
    client = NotebookClient(
        notebook, timeout=SECONDS, record_timing=False, resources={"metadata": {"path": folder}}
    )
    root = str(FOLDER.parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    client.execute(env={**os.environ, "PYTHONPATH": path})
    del notebook.cells[0]
    for number, cell in enumerate(one for one in notebook.cells if one.cell_type == "code"):
        cell.execution_count = number + 1
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number + 1
    return notebook


def printed(notebook: Any) -> list[str]:
    """Return what each cell of code printed or gave back, pictures aside."""
    return ["".join(map(_text, cell.outputs)) for cell in notebook.cells if "outputs" in cell]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    data = output.get("data", {})
    return "" if "image/png" in data else str(data.get("text/plain", ""))


def main(names: list[str]) -> None:
    """Run the notebooks named, or all, and save them in place."""
    for file in sorted(FOLDER.glob("*.ipynb")):
        if not names or file.stem in names:
            nbformat.write(executed(file, FOLDER), file)
            print(file)


if __name__ == "__main__":
    main(sys.argv[1:])
