"""An example firm of sixty, made up: its organisation, and the exports that a client would send.

Who is in it comes from the rules of a template; what they answer is drawn; how they use the tool
is a run of the model over ``WEEKS`` weeks, after a rollout in two waves. Nobody in it is real.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sim.arrays import Bools, Ints
from sim.document import parse
from sim.importing.sheet import AGREEMENT, FORM, PULSE, csv_text, pulse_csv
from sim.organisation.generate import template
from sim.organisation.load import load_bytes
from sim.organisation.organisation import Organisation

PEOPLE, SEED, WEEKS = 60, 7, 16
FIRST = date(2026, 2, 2)
"""Monday of week 1."""
SECOND_WAVE = 5
"""Week in which the second half of the teams gets access."""
ANSWER = 0.75
"""Share of people who answer the questionnaire."""

_FILE = Path(__file__).with_name("example.yaml")
_READ: dict[str, Any] = parse(_FILE.read_text("utf-8"), _FILE.name).plain()


def example_files() -> dict[str, str]:
    """Return the text of each file by its name, the same every time."""
    firm = template(PEOPLE, SEED)
    ids = [f"E{k + 101}" for k in range(PEOPLE)]
    new = dict(zip(firm.ids.tolist(), ids, strict=True))
    managers = [ids[m] if m >= 0 else "" for m in firm.people["manager"].tolist()]
    teams = [firm.teams[t] for t in firm.people["team"].tolist()]
    roles = [firm.roles[r] for r in firm.people["role"].tolist()]
    mails = [f"{one.lower()}@firm.example" for one in ids]
    answers = _answers(firm)
    starts = [f"start_{name}" for name in PULSE]
    given = [[f"{k / 4:g}" if a else "" for a, k in zip(answered, row, strict=True)]
             for answered, row in answers]  # fmt: skip
    people = csv_text(
        ["id", "team", "manager_id", "role", *starts],
        ([*who, *cells] for *who, cells in zip(ids, teams, managers, roles, given, strict=True)),
    )
    source, ties = firm.tie_source, firm.ties
    pairs = [
        [new[str(firm.ids[a])], new[str(firm.ids[b])], f"{w:.4f}"]
        for a, b, w in zip(source, ties.target, ties.weight, strict=True)
    ]
    network = csv_text(["source", "target", "weight"], pairs)
    hr = [["Employee ID", "Email", "Department", "Manager ID", "Job title", "Date of birth"]]
    hr += [[*row, "1980-01-01"] for row in map(list, zip(ids, mails, teams, managers, roles,
                                                         strict=True))]  # fmt: skip
    named = load_bytes(people.encode(), network.encode(), name="Example firm")
    return {
        "README.md": _READ["readme"],
        "people.csv": people,
        "ties.csv": network,
        "organisation.yaml": "kind: organisation\nname: Example firm, made up\n"
        "notes: [made up by a script, with everybody in it]\n",
        "questionnaire.csv": pulse_csv(),
        "rollout.yaml": _rollout(named),
        "exports/hr.csv": csv_text(hr[0], hr[1:], ";"),
        "exports/copilot.csv": _copilot(named, mails),
        "exports/pulse.csv": _pulse(answers, mails),
        "exports/network.csv": network,
    }


def _answers(firm: Organisation) -> list[tuple[Bools, Ints]]:
    """Return of each person which statements were answered, and how, from 0 to 4."""
    rng = np.random.default_rng(SEED)
    by_team = rng.normal(0, 0.4, (firm.n_teams, len(PULSE)))
    medians = np.array([_READ["medians"][name] for name in PULSE])
    found = []
    for team in firm.people["team"].tolist():
        logit = np.log(medians / (1 - medians)) + by_team[team] + rng.normal(0, 0.8, len(PULSE))
        steps = np.rint(4 / (1 + np.exp(-logit))).astype(np.int64)
        said = np.full(len(PULSE), rng.random() < ANSWER) & (rng.random(len(PULSE)) < 0.98)
        found.append((said, steps))
    return found


def _waves(firm: Organisation) -> tuple[list[str], list[str]]:
    teams = list(firm.teams)
    return teams[::2], teams[1::2]


def _rollout(firm: Organisation) -> str:
    first, second = _waves(firm)
    lines = [
        "# What was done in the example firm: access in two waves, and nothing else.",
        "name: Access in two waves",
        f"weeks: {WEEKS}",
        "timeline:",
    ]
    for week, teams in ((1, first), (SECOND_WAVE, second)):
        names = ", ".join(f'"{team}"' for team in teams)
        lines.append(f"  - access: {{label: from week {week}, start: {week}, "
                     f"audience: {{teams: [{names}]}}}}")  # fmt: skip
    return "\n".join(lines) + "\n"


def _copilot(firm: Organisation, mails: Sequence[str]) -> str:
    """Return the person query of a run: blank is no licence, 0 a licence that is not used."""
    from sim.case import Case, Record, run_cases
    from sim.scenario import loads

    case = Case.of(loads(_rollout(firm), "rollout.yaml"), firm, WEEKS)
    records = run_cases([case], np.array([SEED], np.uint64), record=Record(people=True))
    assert records.people is not None
    days = records.people[0, 0, 0, :, :, 0]
    late = np.isin(firm.people["team"], [firm.teams.index(t) for t in _waves(firm)[1]])
    place = {one: k for k, one in enumerate(firm.ids.tolist())}
    columns = ["PersonId", "MetricDate", "Total_Copilot_active_days",
               "Total_Copilot_enabled_days", "Organization"]  # fmt: skip
    rows = []
    for week in range(WEEKS):
        for mail in mails:
            k = place[mail.split("@")[0].upper()]
            there = week + 1 >= SECOND_WAVE or not late[k]
            cells = [int(days[week, k]), 5] if there else ["", ""]
            when = (FIRST + timedelta(weeks=week)).isoformat()
            rows.append([mail, when, *cells, firm.teams[int(firm.people["team"][k])]])
    return csv_text(columns, rows)


def _pulse(answers: Sequence[tuple[Bools, Ints]], mails: Sequence[str]) -> str:
    when = f"{FIRST.month}/{FIRST.day}/26 9:00"
    rows: list[list[object]] = []
    for mail, (said, steps) in zip(mails, answers, strict=True):
        if said.any():
            cells = [AGREEMENT[k] if yes else "" for yes, k in zip(said, steps, strict=True)]
            rows.append([len(rows) + 1, when, when, mail, "", *cells])
    return csv_text([*FORM, *PULSE.values()], rows)


def write_example(folder: Path) -> list[str]:
    """Write the example firm into an empty folder; return the names of its files."""
    files = example_files()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="")
    return list(files)
