"""How long a large export takes to come in, and how much memory.

python experiments/speed/imports.py [--record] [--use 100000] [--mails 3000000]

A Viva person query and a mail log are made, and each is imported by a process of its own beside a
list of the people: wall time, processor time and the most memory that it held.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from machine import about, stolen

HERE = Path(__file__).resolve().parent
RESULT = HERE / "imports.json"
MARK = "<!-- imports.py --record writes what follows -->"
PEOPLE = 2_000
IMPORT = """
import sys
from pathlib import Path
from sim.importing.importer import Options, import_files
made = import_files([Path(one) for one in sys.argv[1:]], Options())
use = made.files.get("usage.csv", "").count(chr(10))
print(made.organisation.n_people, made.organisation.n_ties, use)
"""


def main() -> None:
    """Measure, print, and where asked write imports.json and the README's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--use", type=int, default=100_000, help="rows of the usage export")
    parser.add_argument("--mails", type=int, default=3_000_000, help="rows of the mail log")
    said = parser.parse_args()
    result = measure(said.use, said.mails)
    print(shown(result))
    if said.record:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        readme = HERE / "README.md"
        before, mark, rest = readme.read_text("utf-8").partition(MARK)
        after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
        readme.write_text(f"{before}{mark}\n\n{shown(result)}{after}", "utf-8")


def measure(use: int, mails: int) -> dict[str, Any]:
    """Return seconds and memory of each import, and on what it was measured."""
    result: dict[str, Any] = {"figures": {}}
    with tempfile.TemporaryDirectory() as work, stolen(result):
        folder = Path(work)
        staff = _staff(folder)
        for name, file in (
            (f"usage export of {use:,} rows", _use(folder, use)),
            (f"mail log of {mails:,} rows", _mails(folder, mails)),
        ):
            result["figures"][name] = _imported(staff, file)
    return {**about("numpy"), **result}


def shown(result: dict[str, Any]) -> str:
    """Return the table of the README."""
    lines = ["| imported | wall, s | processor, s | memory, MiB | people | ties | rows of use |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for name, one in result["figures"].items():
        cells = (f"{one['wall, s']:.1f}", f"{one['processor, s']:.1f}", f"{one['memory, MiB']:,}",
                 *(f"{one[k]:,}" for k in ("people", "ties", "rows of use")))  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    rest = ", ".join(f"{k} {v}" for k, v in result.items() if k != "figures")
    return "\n".join([*lines, "", f"On: {rest}.", ""])


def _staff(folder: Path) -> Path:
    file = folder / "hr.csv"
    with file.open("w", encoding="utf-8") as stream:
        stream.write("Employee ID,Email,Department,Manager ID\n")
        for k in range(PEOPLE):
            boss = "" if k == 0 else k // 12
            stream.write(f"{k},p{k}@firm.example,Team {k // 12},{boss}\n")
    return file


def _use(folder: Path, rows: int) -> Path:
    file, draw = folder / "query.csv", random.Random(1)
    with file.open("w", encoding="utf-8") as stream:
        stream.write("PersonId,MetricDate,Total_Copilot_active_days,Total_Copilot_enabled_days\n")
        for k in range(rows):
            week = date(2026, 1, 5) + timedelta(weeks=k // PEOPLE)
            stream.write(f"p{k % PEOPLE}@firm.example,{week},{draw.randrange(6)},5\n")
    return file


def _mails(folder: Path, rows: int) -> Path:
    file, draw = folder / "mails.csv", random.Random(2)
    with file.open("w", encoding="utf-8") as stream:
        stream.write("Message ID,From,To,Date,Subject\n")
        for k in range(rows):
            one = draw.randrange(PEOPLE)
            other = (one + draw.randrange(1, 40)) % PEOPLE
            day = date(2026, 1, 5) + timedelta(days=k * 180 // rows)
            stream.write(f"m{k},p{one}@firm.example,p{other}@firm.example,{day} 09:00,x\n")
    return file


def _imported(*files: Path) -> dict[str, Any]:
    """Import files in a process of its own; return what it took, and what came of it."""
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, *map(str, files)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    people, ties, use = map(int, process.stdout.read().split())
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    wall = perf_counter() - began
    return {
        "wall, s": round(wall, 1),
        "processor, s": round(used.ru_utime + used.ru_stime, 1),
        "memory, MiB": round(used.ru_maxrss / 1024),
        "people": people,
        "ties": ties,
        "rows of use": max(0, use - 1),
    }


if __name__ == "__main__":
    main()
