"""What commands read, so small that every one of them ends in a blink."""

from __future__ import annotations

from pathlib import Path

SHORT = "--organisation small-firm -n 2 --weeks 4"
"""Options that make a run short."""

STUDY = """\
name: tiny
scenarios: [order-training-first, order-trust-first]
organisation: small-firm
weeks: 6
uncertainties: {b_trust: , b_norm: }
outcomes: [habitual_w6, weekly_users_w6]
design: {latin hypercube: 40}
replicates: 2
"""
PLAN = """\
name: Few plans
organisation: small-firm
weeks: 4
interventions:
  - loyalty conversation: {label: loyalty, latest: week 3, doses: [0, 1]}
timeline:
  - access: {start: week 2}
objective: {what: share, of: weekly_users, at: week 4}
step: 2
"""
PILOT = """\
purpose: Which sets agree with a pilot?
seed: 5
effort: {chains: 1, sets: 16, first: 2, sweeps: 1, last_sweeps: 4, checks: 1, reach: 2}
parameters: [b_0, b_habit]
settings:
  pilot: {purpose: a pilot, people: 20, weeks: 4, replicates: 2, arms: {plain: plain.yaml}}
targets:
  users: {target: P, says: a third use it, source: ASSUMPTION, setting: pilot, measure: share,
          of: weekly_users, arms: [plain], weeks: [3, 4], observed: 0.33, error: 0.3}
"""
PEOPLE = "id,team,value_family,value_work\n" + "".join(
    f"p{i},T{i // 5},{i % 5 / 4},{i % 3 / 2}\n" for i in range(20)
)
TIES = "source,target\n" + "".join(f"p{i},p{i * 7 % 20}\n" for i in range(1, 20) if i % 5)
FILES = {
    "study.yaml": STUDY,
    "plan.yaml": PLAN,
    "pilot.yaml": PILOT,
    "plain.yaml": "timeline: [{access: {start: week 1}}]",
    "observed.csv": "week,weekly_users\n1,0.0\n2,0.1\n3,0.15\n",
    "hr.csv": PEOPLE,
    "people/people.csv": PEOPLE,
    "people/ties.csv": TIES,
}
"""A study, a problem, a calibration and its plan, observed use, an export, an organisation."""


def written(folder: Path) -> Path:
    """Write all of it into a folder."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder
