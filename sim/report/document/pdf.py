"""The report on paper: printed by a browser that is there, without a window or a network."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sim.errors import InputError, Problem
from sim.files import scratch, write_whole

__all__ = ["BROWSERS", "browser", "write_pdf"]

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "msedge", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
"""Programs that can print, the first that is found."""

SECONDS = 300
"""How long the browser may take: it needs a few, on a busy machine many more."""


def browser(names: Sequence[str] = BROWSERS) -> str:
    """Return the browser that prints.

    Raises
    ------
    InputError
        Where none of them is found.
    """
    for name in names:
        if found := shutil.which(name):
            return found
    what = "there is no Chromium or Chrome on the path that could print"
    right = "install one, or open the HTML file in any browser and print it from there"
    raise InputError([Problem("--pdf", "", what, right)])


def write_pdf(html: Path, pdf: Path, *, program: str | None = None) -> None:
    """Print a report.

    Parameters
    ----------
    html, pdf : Path
        The report, and the file to write, which is there in whole or not at all.
    program : str, optional
        The browser; see ``browser``.

    Raises
    ------
    InputError
        Where there is no browser, or it fails.
    """
    program = program or browser()
    with scratch() as work:
        made = work / "report.pdf"
        command = [
            program, "--headless=new", "--disable-gpu", "--no-first-run",
            "--disable-extensions", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={work}/profile",
            "--no-pdf-header-footer", "--virtual-time-budget=8000",
            f"--print-to-pdf={made}", html.resolve().as_uri(),
        ]  # fmt: skip
        if getattr(os, "geteuid", lambda: 1)() == 0:  # it refuses root otherwise
            command.insert(1, "--no-sandbox")
        try:
            ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise _failed(program, f"took longer than {SECONDS} seconds") from None
        except OSError as error:
            raise _failed(program, str(error).splitlines()[0]) from None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            said = ended.stderr.decode(errors="replace").strip().splitlines()
            raise _failed(program, said[-1] if said else f"ended with code {ended.returncode}")
        write_whole(pdf, made.read_bytes())


def _failed(program: str, why: str) -> InputError:
    right = "print the HTML file from a browser; it was written"
    return InputError([Problem("--pdf", "", f"{program} failed: {why[:200]}", right)])
