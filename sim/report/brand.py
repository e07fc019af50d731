"""Whose report it is: logo, colours, client, author and date, from a YAML file."""

from __future__ import annotations

import base64
import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from sim.document import MAX_BYTES, parse
from sim.errors import InputError, refusal
from sim.files import real
from sim.interventions.fields import Strict, wrong
from sim.numbers import fixed
from sim.scenario.text import problems_from
from sim.sources import read_regular, read_text_file

ACCENT = "#0b57a4"
"""Of lines, links and headings where no brand says another."""
LEAST_CONTRAST = 4.5
"""Of text on its ground, by WCAG 2.2 AA."""

PAPER, DARK_PAPER = "#ffffff", "#151c24"
MOST_LOGO, MOST_PIXELS, LOGO_SIDE = 1_000_000, 20_000_000, 1000
RIGHT = "a mapping with logo, colours, client, author, date"

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_ACTIVE = re.compile(
    r"<!(doctype|entity)|<\?xml-stylesheet|<[\w:]*script|<[\w:]*foreignobject|<[\w:]*iframe"
    r"|[\s\"'/]on\w+\s*=|javascript:|@import|url\(\s*[\"']?(?!#)"
    r"|(href|src)\s*=\s*[\"']?(?!#|[\"']|data:image/(png|jpeg))",
    re.IGNORECASE,
)
"""What a drawing needs only to act or to fetch."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that is safe to show."""

    kind: str
    """``png`` or ``svg+xml``."""
    content: bytes = field(repr=False)

    @property
    def address(self) -> str:
        """The picture as a ``data:`` address."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Brand:
    """What a report says of those it is by and for; empty where nothing is to be said."""

    client: str = ""
    author: str = ""
    date: str = ""
    title: str = ""
    accent: str = ACCENT
    dark_accent: str = "#8ecbff"
    """``accent``, ``dark_accent``: colour of lines, links and headings, on white and on a dark
    ground."""
    logo: Logo | None = None


class _Colours(Strict):
    """Colours, as ``#rrggbb``."""

    accent: str = Field(ACCENT, description="lines, links and headings")

    @field_validator("accent")
    @classmethod
    def _can_be_read(cls, colour: str) -> str:
        if not _HEX.fullmatch(colour):
            raise wrong(f"is {colour!r:.40}", 'six digits in quotes, as "#0b57a4"')
        found = contrast(colour, PAPER)
        if found < LEAST_CONTRAST:
            raise wrong(
                f"has a contrast of {fixed(found, 1)} to 1 on white",
                f"{LEAST_CONTRAST} to 1: a darker one",
            )
        return colour.lower()


class _File(Strict):
    """What a brand file may say."""

    logo: str = Field("", max_length=200, description="a PNG, JPEG or SVG beside this file")
    colours: _Colours = _Colours()
    client: str = Field("", max_length=80, description="whom it is for")
    author: str = Field("", max_length=80, description="whom it is by")
    date: str = Field("", max_length=40, description="as it is to be shown")
    title: str = Field("", max_length=80, description="in place of 'Rollout rehearsal'")


def load_brand(path: Path | str) -> Brand:
    """Return what a brand file says.

    Raises InputError with everything wrong in it: an unknown key, a colour that cannot be read on
    white, a logo that is no picture, is too large, lies elsewhere, or could act.
    """
    file = Path(path)
    root = parse(read_text_file(file, MAX_BYTES, RIGHT), str(file), right=RIGHT)
    try:
        said = _File.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(problems_from(error, _File, root)) from None
    words = ("client", "author", "date", "title")
    texts = {name: " ".join(getattr(said, name).split()) for name in words}
    logo = _logo(file.parent, said.logo, root.at(("logo",)).where) if said.logo else None
    accent = said.colours.accent
    return Brand(**texts, accent=accent, dark_accent=_lightened(accent), logo=logo)


def _logo(folder: Path, name: str, where: str) -> Logo:
    """Return the logo of a name, drawn anew where it is made of pixels."""
    right = "a PNG, JPEG or SVG beside the brand file"
    path = folder / name
    if not real(path).is_relative_to(real(folder)):
        raise refusal(where, "logo", f"{name!r:.80} lies outside the folder", right)
    data = read_regular(path, MOST_LOGO, right, what="a logo")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Logo("svg+xml", _drawing(data, path))
    return Logo("png", _pixels(data, path))


def _drawing(data: bytes, path: Path) -> bytes:
    right = "a plain drawing, without scripts and without anything from elsewhere"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(str(path), "", "is not UTF-8 text", right) from None
    if found := _ACTIVE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise refusal(f"{path}:{line}", "", f"holds {found[0].strip()!r:.40}", right)
    if not re.search(r"<([\w]+:)?svg[\s>]", text):
        raise refusal(str(path), "", "is no SVG", "a PNG, JPEG or SVG")
    return text.encode()


def _pixels(data: bytes, path: Path) -> bytes:
    from PIL import Image

    right = "a PNG or JPEG of at most 20 million pixels"
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # what Pillow has to say of odd pictures
            Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image,
        ):
            if image.width * image.height > MOST_PIXELS:
                what = f"has {image.width:,} × {image.height:,} pixels"
                raise refusal(str(path), "", what, right)
            small = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise refusal(str(path), "", "is no PNG, JPEG or SVG", right) from None
    small.thumbnail((LOGO_SIDE, LOGO_SIDE))
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _channels(colour)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightened(colour: str) -> str:
    """Return the colour mixed with so much white that it can be read on the dark ground."""
    for part in range(0, 101, 5):
        mixed = [round(c + (255 - c) * part / 100) for c in _channels(colour)]
        found = "#" + "".join(f"{c:02x}" for c in mixed)
        if contrast(found, DARK_PAPER) >= LEAST_CONTRAST + 1.5:
            break
    return found
