"""A hook of MkDocs: links that lead out of docs/ become words, since the site stands alone."""

import os
import re
from pathlib import PurePosixPath
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.?/[^)#\s]*)(#[^)\s]*)?\)")

_SOURCE = re.compile(r"(?<!\[)\[([A-Z]\w+\d\d)\](?!\()")
"""A source in brackets that is no link, though another may follow it."""


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page, with the path beside the words of a link that leaves the folder."""
    folder = PurePosixPath(page.file.src_uri).parent

    def said(link: re.Match[str]) -> str:
        target = os.path.normpath(folder / link[2])
        if not target.startswith(".."):
            return link[0]
        path = target.removeprefix("../")
        return link[1] if path in link[1] else f"{link[1]} (`{path}`)"

    return _LINK.sub(said, _SOURCE.sub(r"\\[\1\\]", markdown))
