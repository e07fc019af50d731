"""What was asked of the engine and of whole jobs, and what was reached: ``asked.py`` writes it.

Nothing is measured: figures come from the records of ``run.py``, ``steps.py``, ``jobs.py``,
``page.py`` and ``ratios.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jobs import ASKED as JOBS
from ratios import ASKED as RATIOS

HERE = Path(__file__).resolve().parent
MARK, END = "<!-- asked.py writes what follows -->", "<!-- end of asked -->"
READING = "reading neighbours and managers"
BETWEEN = "calls, and waiting for memory between steps"
WEEK, YARDSTICK = "a week in all", "merely reading a number of each neighbour"
PAGE = "2,000 people, 20 replicates, let go"
TIMES = "only reading a number of each neighbour, over one thread"


def _records() -> dict[str, Any]:
    files = {name: HERE / f"{name}.json" for name in ("result", "steps", "jobs", "page", "ratios")}
    return {
        name: json.loads(file.read_text("utf-8")) if file.is_file() else {}
        for name, file in files.items()
    }


def figures() -> list[tuple[str, float, float | None, str]]:
    """Return what was asked, how much, what was reached, and whether at most or at least."""
    records = _records()
    result, jobs = records["result"], records["jobs"]["jobs"]
    seconds, memory = result["seconds"], result["bytes a person beyond the ties"]
    ratios = records["ratios"].get("times as fast", {})
    found: list[tuple[str, float, float | None, str]] = [
        (
            f"times as fast as 83adbef, {people:,} people",
            asked,
            ratios.get(str(people), {}).get("processor, one thread", {}).get("least"),
            "least",
        )
        for people, asked in RATIOS.items()
    ]
    return [
        *found,
        ("times the reading of one number of each neighbour", 8, result["times as fast"][TIMES],
         "most"),
        ("bytes a person beyond the ties, one lane", 260, memory["in all"], "most"),
        ("first compile, s", 8, seconds["first compile"], "most"),
        *((f"{name}, s", asked, jobs[name], "most") for name, asked in JOBS.items()),
        ("the page, 2,000 people × 20 replicates, let go, ms", 100,
         records["page"]["milliseconds"][PAGE]["median"], "most"),
    ]  # fmt: skip


def table() -> str:
    """Return what was asked and reached as a table, and what bounds a week."""
    lines = ["| | asked | reached | |", "| --- | ---: | ---: | --- |"]
    for name, asked, reached, most in figures():
        said = "not recorded" if reached is None else f"{reached:,.4g}"
        there = reached is not None and (reached <= asked if most == "most" else reached >= asked)
        lines.append(f"| {name} | at {most} {asked:,} | {said} | {'yes' if there else 'no'} |")
    week = _records()["steps"]["nanoseconds a person and week"]
    saved = week[READING] - week[YARDSTICK] + week[BETWEEN]
    best = week[WEEK] / (week[WEEK] - saved)
    said = (
        f"Of a week's {week[WEEK]} ns at 500 people, {week[READING]} are reading neighbours and "
        f"{week[BETWEEN]} calls and waiting. Were reading as quick as the yardstick "
        f"({week[YARDSTICK]} ns) and nothing lost between steps, a week would be {best:.2f} times "
        "as quick: the rest is the rules' own arithmetic, and what is recorded."
    )
    return "\n".join([*lines, "", said])


def main() -> None:
    """Write the table into the README."""
    readme = HERE / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition(MARK)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{mark}\n\n{table()}\n\n{END}{after}", "utf-8")
    print(table())


if __name__ == "__main__":
    main()
