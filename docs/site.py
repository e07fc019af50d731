"""Hooks of MkDocs: notebooks become pages, and links that lead out of docs/ become words."""

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.?/[^)#\s]*)(#[^)\s]*)?\)")

_SOURCE = re.compile(r"(?<!\[)\[([A-Z]\w+\d\d)\](?!\()")
"""A source in brackets that is no link, though another may follow it."""


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each notebook, with the pictures that it drew."""
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        name = notebook.src_uri.removesuffix(".ipynb")
        content = json.loads(Path(notebook.abs_src_path).read_text("utf-8"))
        pictures: list[bytes] = []
        text = "\n\n".join(_shown(content["cells"], pictures, PurePosixPath(name).name))
        files.append(File.generated(config, f"{name}.md", content=text))
        for number, picture in enumerate(pictures):
            files.append(File.generated(config, f"{name}-{number}.png", content=picture))
    return files


def _shown(cells: list[Any], pictures: list[bytes], name: str) -> Iterator[str]:
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source.replace(".ipynb)", ".md)")
            continue
        yield f"```python\n{source}\n```"
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                yield f"![What the lines above draw]({name}-{len(pictures)}.png)"
                pictures.append(base64.b64decode("".join(data["image/png"])))
            else:
                said = "".join(output.get("text", data.get("text/plain", "")))
                yield f"```text\n{said.rstrip()}\n```"
    yield f"[The notebook]({name}.ipynb), to run and to change."


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page, with the path beside the words of a link that leaves the folder."""
    folder = PurePosixPath(page.file.src_uri).parent

    def said(link: re.Match[str]) -> str:
        target = os.path.normpath(folder / link[2])
        if not target.startswith(".."):
            return link[0]
        path = target.removeprefix("../")
        return link[1] if path in link[1] else f"{link[1]} (`{path}`)"

    if page.file.src_uri == "gallery/index.md":
        markdown = markdown.replace(".ipynb)", ".md)")
    return _LINK.sub(said, _SOURCE.sub(r"\\[\1\\]", markdown))
