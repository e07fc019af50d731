"""A page with the logo, the client and the colour of those it is by and for."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

JS = (Path(__file__).parent / "layout.js").read_text("utf-8")


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (400, 80), "#7a1f5c").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def test_the_page_shows_whose_it_is(
    browser: Browser, serving: Callable[..., Any], opened: Callable[..., Page]
) -> None:
    client = "<b>A client</b> with a name that is as long as such a name may be, or nearly so"
    brand = {"client": client, "author": "An author", "date": "28 November 2026", "title": "",
             "accent": "#7a1f5c", "dark_accent": "#e6b3d3", "logo": picture()}  # fmt: skip
    url, end = serving(brand=brand)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    complaints: list[str] = []
    try:
        page = opened(context, f"{url}#stage=presets", complaints)
        assert page.locator(".brand-client").text_content() == client, "a text stays a text"
        assert page.title() == f"{client} · Uptake"
        assert page.locator(".brand-logo").evaluate("one => one.naturalWidth") == 400
        colour = "one => getComputedStyle(one).backgroundColor"
        assert page.locator(".play").evaluate(colour) == "rgb(122, 31, 92)"
        page.keyboard.press("d")
        assert page.locator(".play").evaluate(colour) == "rgb(230, 179, 211)"
        for width, height in ((1280, 720), (1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(f"({JS.partition(chr(10))[2].rstrip()}).beside()") == [], width
        assert complaints == []
    finally:
        context.close()
        end()
