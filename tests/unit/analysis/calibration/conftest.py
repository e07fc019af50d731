"""A small study that takes a few seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

STUDY = """\
purpose: Which sets agree with a pilot?
seed: 5
effort: {chains: 2, sets: 24, first: 3, sweeps: 2, last_sweeps: 6, checks: 1, reach: 2}
parameters: [b_0, b_expect, b_habit, sigma_person, b_mistake]
leave_out: [alarm_job, champion_credibility]
settings:
  pilot:
    purpose: a pilot
    people: 30
    weeks: 8
    replicates: 3
    arms: {plain: plain.yaml, unseen: unseen.yaml}
  firms:
    purpose: firms that differ
    people: 30
    organisations: 2
    weeks: 6
    arms: {plain: plain.yaml}
    firms: {count: 5, differ_in: [b_0, trust_start], spread: "uniform(0.2, 1.5)"}
targets:
  users: {target: P, says: a third use it, source: ASSUMPTION, setting: pilot, measure: share,
          of: weekly_users, arms: [plain], weeks: [5, 8], observed: 0.33, error: 0.3}
  seen: {target: P, says: fear costs a tenth, source: ASSUMPTION, setting: pilot, measure: ratio,
         of: use_days, arms: [plain], against: [unseen], weeks: [1, 8], observed: 0.9, error: 0.1}
  often: {target: P, says: some use it often, source: ASSUMPTION, setting: pilot, measure: share,
          of: frequent, arms: [plain], observed: 0.2, error: 0.5}
  highest: {target: P, says: up to 70%, source: ASSUMPTION, setting: firms, measure: firm,
            firm: highest, of: weekly_users, arms: [plain], weeks: [4, 6], observed: 0.7,
            error: 0.5}
  again: {target: P, says: most use it again, source: ASSUMPTION, setting: pilot, measure: share,
          of: repeat, within: 2, arms: [plain], weeks: [1, 6], observed: 0.7, error: 0.6}
blocks:
  survey: {of: [users, often], correlation: 0.5}
"""

PLAIN = "timeline: [{access: {start: week 1}}]\n"
UNSEEN = "mechanisms: {mistake_fear: false}\n" + PLAIN


@pytest.fixture
def study_folder(tmp_path: Path) -> Path:
    """A folder with a small study and its two scenarios."""
    folder = tmp_path / "pilot"
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY, "utf-8")
    (folder / "plain.yaml").write_text(PLAIN, "utf-8")
    (folder / "unseen.yaml").write_text(UNSEEN, "utf-8")
    return folder
