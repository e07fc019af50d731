"""Measure how the live page feels, in a real browser: ``python experiments/speed/page.py``.

The server is ``uptake serve`` as anybody starts it, in a process of its own. A bar of plan B is
dragged back and forth with the pointer; the page itself notes how long each answer took, from the
change to the last mark moved on the screen. Playing is counted in frames of the browser.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from chromium import Browser, Page, chromium
from machine import about, stolen

from sim.sources import organisation_file

HERE = Path(__file__).resolve().parent
RECORD = HERE / "page.json"
BEGIN = "<!-- page.py --record writes what follows -->"
END = "<!-- up to here -->"
BAR = '.one-bar[data-plan="1"][data-bar="0"] .bar'
AT_ONCE = 10
"""Weeks that a bar is dragged before it is let go."""

ANSWERED = """(start, whole) => new Promise((done, fail) => {
  const { page, timings } = window.uptake, late = performance.now() + 60000;
  const look = () => {
    const { bars, provisional } = page.model.plans[1];
    if (bars[0].start === start && !(whole && provisional)) done(timings.at(-1).ms);
    else if (performance.now() > late) fail(`the bar never came to week ${start}`);
    else setTimeout(look, 4);
  };
  look();
})"""
PLACE = """(selector) => {
  const bar = document.querySelector(selector), { x } = window.uptake.page.deck.scales;
  bar.scrollIntoView({ block: "nearest" });
  const { left, top } = bar.getBoundingClientRect();
  return [left, top, x(2) - x(1)];
}"""
FRAMES = """(seconds) => new Promise((done) => {
  const times = [], { page } = window.uptake;
  page.clock.seek(1);
  page.store.set({ speed: "normal" });
  page.clock.play();
  const note = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(note);
    else {
      page.clock.pause();
      done(times);
    }
  };
  requestAnimationFrame(note);
})"""


@contextmanager
def served(n_people: int, replicates: int) -> Iterator[str]:
    """Serve the shipped comparison on the shipped firm's template; give the address."""
    text = organisation_file("services-firm").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "firm.yaml"
        file.write_text(text.replace("n_people: 240", f"n_people: {n_people}"), "utf-8")
        words = ["serve", "--organisation", str(file), "--replicates", str(replicates)]
        program = [sys.executable, "-m", "sim", *words, "--port", "0", "--no-browser"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            program, stdout=subprocess.PIPE, text=True, env=environment
        ) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+", server.stdout.readline())
                assert found is not None, "the server did not say where it is"
                yield found[0]
            finally:
                server.terminate()


def opened(browser: Browser, address: str) -> Page:
    """Return the page, loaded and at rest."""
    page = Page(browser, f"{address}#stage=presets")
    page.wait_for(".one-bar")
    return page


def answers(page: Page, moves: int) -> dict[str, list[float]]:
    """Drag a bar by single weeks, then move it by keys; return milliseconds by kind of answer."""
    left, top, week = page.evaluate(f"({PLACE})({json.dumps(BAR)})")
    x, y = left + 4, top + 3
    found: dict[str, list[float]] = {"dragged": [], "let go": [], "key": []}

    def wait(kind: str, start: int) -> None:
        whole = str(kind != "dragged").lower()
        found[kind].append(page.evaluate(f"({ANSWERED})({start}, {whole})"))

    for _ in range(0, moves, AT_ONCE):
        page.pointer("mouseMoved", x, y)
        page.pointer("mousePressed", x, y)
        for k in range(1, AT_ONCE + 1):
            page.pointer("mouseMoved", x + week * k, y)
            wait("dragged", 1 + k)
        page.pointer("mouseReleased", x + week * AT_ONCE, y)
        wait("let go", 1 + AT_ONCE)
        for k in range(AT_ONCE // 2, 0, -1):
            page.press("ArrowLeft")
            wait("key", AT_ONCE // 2 + k)
        page.press("Home")
        wait("key", 1)
    return found


def frames(page: Page, seconds: float) -> dict[str, float]:
    """Play what is shown; return frames a second and how long the slower ones took."""
    times = page.evaluate(f"({FRAMES})({seconds})")
    gaps = np.diff(times)
    return {
        "frames a second": 1000 * len(gaps) / (times[-1] - times[0]),
        "90th percentile, ms a frame": float(np.quantile(gaps, 0.9)),
    }


def measure(browser: Browser, sizes: list[tuple[int, int]], large: int, seconds: float) -> Any:
    """Return all figures: milliseconds of answers by size, frames of the stage and of many."""
    result: dict[str, Any] = {"milliseconds": {}}
    for n_people, moves in sizes:
        with served(n_people, 20) as address:
            page = opened(browser, address)
            answers(page, AT_ONCE)
            for kind, values in answers(page, moves).items():
                name = f"{n_people:,} people, 20 replicates, {kind}"
                result["milliseconds"][name] = {
                    "median": float(np.median(values)),
                    "90th percentile": float(np.quantile(values, 0.9)),
                    "answers": len(values),
                }
            if n_people == sizes[0][0]:
                page.evaluate("window.uptake.page.store.set({ large: 0 })")
                page.pause(0.5)
                result[f"the large view, {n_people:,} people"] = frames(page, seconds)
            page.close()
    with served(large, 2) as address:
        page = opened(browser, address)
        result[f"two networks of {large:,} people"] = frames(page, seconds)
        page.close()
    return result


def table(result: dict[str, Any]) -> str:
    """Return what was measured as Markdown."""
    lines = ["| milliseconds to an answer | median | 90th percentile |", "| --- | ---: | ---: |"]
    for name, one in result["milliseconds"].items():
        lines.append(f"| {name} | {one['median']:.0f} | {one['90th percentile']:.0f} |")
    lines += ["", "| playing | |", "| --- | ---: |"]
    for group, figures in result.items():
        if group.startswith(("two networks", "the large view")):
            lines += [f"| {group}: {name} | {value:.0f} |" for name, value in figures.items()]
    made = ", ".join(f"{name} {value}" for name, value in result["on"].items())
    return "\n".join([*lines, "", f"On: {made}."])


def record(result: dict[str, Any]) -> None:
    """Write the figures, and the table in the README."""
    RECORD.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n\n{table(result)}\n\n{END}{after}", "utf-8")


def main() -> None:
    """Measure, print, and record where wished."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--record", action="store_true", help="write page.json and the README")
    parser.add_argument("--drags", type=int, default=60)
    given = parser.parse_args()
    with chromium() as browser:
        made = about() | {"chromium": browser.version}
        sizes = [(60, AT_ONCE)] if given.quick else [(300, given.drags), (2000, given.drags)]
        with stolen(made):
            result = measure(browser, sizes, *((300, 1) if given.quick else (5000, 8)))
        result["on"] = made
    print(table(result))
    if given.record:
        record(result)


if __name__ == "__main__":
    main()
