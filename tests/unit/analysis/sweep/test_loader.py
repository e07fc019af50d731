"""A study file says what is wrong with it, where, and what would be right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.sweep import load_study
from sim.parameters import PARAMETERS

Write = Callable[..., Path]
Refused = Callable[[Path], str]


def test_a_study_is_read_whole(study_file: Write) -> None:
    study = load_study(study_file())
    assert [f.name for f in study.factors] == ["b_trust", "b_norm", "timeline.course.dose"]
    assert (study.n_points, study.cells_a_point, study.n_runs) == (6, 2, 36)
    assert study.weeks == 8
    assert study.outcomes[0].name == "access_w8"
    prior = PARAMETERS["b_trust"].prior
    values = study.points.values["b_trust"]
    assert prior.low <= values.min() < values.max() <= prior.high
    assert set(study.points.values["timeline.course.dose"]) == {0.0, 1.0, 2.0}
    again = load_study(study_file())
    assert (again.points.unit == study.points.unit).all()


MISTAKEN = """\
scenarios: [licences-only, training-frist]
organisation: small-firm
weeks: 8
sede: 3
uncertainties: {b_0: [2, -1], b_nrom: , tool_quality: [0, 9]}
levers:
  timeline.cuorse.dose: [0, 1]
  timeline.access.start: [1, 20]
design: {saltelli: 0}
replicates: {until: habitual_w99, width: 0.02, at least: 1}
outcomes: [habitul_w8, weekly_users_w9]
record: {people: [9]}
"""


def test_all_mistakes_are_said_at_once(study_file: Write, refused: Refused) -> None:
    said = refused(study_file(MISTAKEN))
    for one in (
        "training-frist", "sede", "b_0: is an empty range", "b_nrom", "tool_quality: is 0 to 9",
        "cuorse is not on the timeline", "start: is week 20, beyond the run's 8 weeks",
        "saltelli: is 0", "habitual_w99", "at least: is 1", "habitul_w8", "weekly_users_w9",
        "people: has week 9",
    ):  # fmt: skip
        assert said.count(one) == 1, one
    assert said.count(" — ") == 13


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weeks": "week: 8"}, "study.yaml:4:1 week: is not a key here — did you mean weeks?"),
        ({"name": "name: ["}, "study.yaml:"),
        ({"design": ""}, "design: is missing — how points are chosen, such as {sobol: 256}"),
        ({"design": "design: latin hypercube"}, "one design with its size, of full factorial"),
        ({"design": "design: {sobol: 100}"}, "sobol: is 100 — a power of two, such as 64 or 128"),
        ({"design": "design: {latin hypercbe: 8}"}, "did you mean latin hypercube?"),
        ({"design": "design: {fractional factorial: 3}"},
         "has two levels of each, and timeline.course.dose has 3 — two values, a range, or full"),
        ({"design": "design: {morris: {trajectories: 4, levels: 3}}"}, "levels"),
        ({"scenarios": "scenarios: [training-frist]"}, "did you mean training-first"),
        ({"scenarios": "scenarios: [training-first, training-first]"}, "is named twice"),
        ({"scenarios": ""}, "scenarios: is missing — scenarios: files or shipped names"),
        ({"organisation": "organisation: small-frim"}, "small-frim"),
        ({"replicates": "replicates: 0"}, "replicates: is 0 — a whole number from 1 to 1000000"),
        ({"replicates": "replicates: {until: habitual_w8}"}, "does not say width"),
        ({"replicates": "replicates: {until: habitual_w9, width: 0.1}"},
         "habitual_w9 is beyond the run's 8 weeks — habitual_w8"),
        ({"replicates": "replicates: {until: habitual_w8, width: 0.1, at most: 4}"},
         "is 4, below at least 10 — 10 or more"),
        ({"replicates": "replicates: {until: habitual_w8, width: 0.1, at least: 2}"},
         "replicates.at least: is 2 — a number from 10 to"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    study_file: Write, refused: Refused, changes: dict[str, str], said: str
) -> None:
    assert said in refused(study_file(**changes))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  b_trsut:", "uncertainties.b_trsut: is not a key here — did you mean b_trust?"),
        ("  b_trust: [3, 1]", "study.yaml:6:3 uncertainties.b_trust: is an empty range, 3 to 1 — "),
        ("  b_trust: [1, 1]", "is an empty range, 1 to 1 — [low, high], low first"),
        ("  b_trust: [1, 99]", "is 1 to 99 — within 0 to 6 (trust)"),
        ("  b_trust: [1, 2, 3]", "has 3 values — two: [low, high]"),
        ("  b_trust: gaussian(1, 2)", "is no prior: fixed, uniform(low, high)"),
        ("  b_trust: fixed", "is fixed, so there is nothing to vary"),
        ("  b_trust: 2", "nothing (as declared), [low, high], or uniform(…)"),
    ],
)
def test_uncertainties(study_file: Write, refused: Refused, line: str, said: str) -> None:
    text = study_file().read_text().replace("  b_trust:", line)
    assert said in refused(study_file(text))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  timeline.coruse.dose: [1]", "coruse is not on the timeline — did you mean course?"),
        ("  timeline.course.dsoe: [1]", "is not a key here — did you mean dose?"),
        ("  timeline.course.dose: [1, 9]", "study.yaml:9:29 levers.timeline.course.dose: is 9"),
        ("  timeline.course.dose: [1, 1]", "has 1 twice — each value once"),
        ("  timeline.course.dose: []", "at least one"),
        ("  timeline.course.dose: 3", "a list of values, or {from: 1, to: 26, step: 1}"),
        ("  timeline.course.dose: {from: 2}", "does not say to"),
        ("  timeline.course.dose: {from: 2, to: 1}", "is an empty range, 2 to 1"),
        ("  timeline.course.dose: {from: 0, to: 9}", "is 9"),
        ("  timeline.course.audience: [{teams: [Moon]}]", "Moon"),
        ("  timeline[40].dose: [1]", "entries, and the first is [0]"),
        ("  timeline.course: [1]", "names a whole entry"),
        ("  tmeline.course.dose: [1]", "is not in a scenario — did you mean timeline?"),
        ("  mechanisms.nrom: [true, false]", "did you mean norm?"),
        ("  sequence: [[course, course]]", "names an entry twice"),
        ("  sequence: [[course, moon]]", "moon is not on the timeline"),
    ],
)
def test_levers(study_file: Write, refused: Refused, line: str, said: str) -> None:
    text = study_file().read_text().replace("  timeline.course.dose: [0.5, 1, 2]", line)
    assert said in refused(study_file(text))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["uncertainties: {x: [0, 1]}"], ["x: is not a key here"]),
        (["uncertainties: {b_trust: [2, 1]}", "design: {sobl: 4}"],
         ["did you mean sobol?", "an empty range"]),
        (["uncertainty: {b_trust: }"], ["did you mean uncertainties?"]),
        (["levers: 3"], ["levers: is 3 — a mapping (key: value)"]),
        (["uncertainties: {posterior: 0}"], ["posterior: is 0 — true or false or text"]),
        (["uncertainties: all", "design: {sobol: four}"], ["a mapping such as {points: 8}"]),
        (["uncertainties: all", "scenarios: 5"], ["scenarios: 5: there is no such scenario file"]),
    ],
)  # fmt: skip
def test_what_follows_from_a_fault_is_no_fault_of_its_own(
    study_file: Write, refused: Refused, lines: list[str], said: list[str]
) -> None:
    keys = {"scenarios": "[training-first]", "design": "{sobol: 4}"}
    keys |= dict(line.split(": ", 1) for line in lines)
    text = refused(study_file("".join(f"{key}: {value}\n" for key, value in keys.items())))
    assert [one for one in said if one not in text] == []
    assert text.count(" — ") == len(said)


def test_several_problems_are_said_at_once(study_file: Write, refused: Refused) -> None:
    text = study_file().read_text().replace("  b_trust:", "  b_trust: [3, 1]")
    text = text.replace("  b_norm: [0.5, 3]", "  b_norm: [0, 99]")
    assert len(refused(study_file(text)).splitlines()) == 2


def test_more_runs_than_can_be_counted(study_file: Write, refused: Refused) -> None:
    names = [n for n, p in PARAMETERS.items() if not p.prior.is_fixed][:40]
    lines = "".join(f"  {name}:\n" for name in names)
    text = (
        "scenarios: licences-only\nweeks: 4\nuncertainties:\n"
        f"{lines}design: {{full factorial: {{levels: 3}}}}\nreplicates: 5\n"
    )
    assert "runs, more than 2^63 — fewer levels, levers or points" in refused(study_file(text))
    text = text.replace("levels: 3", "levels: 2")
    assert "whose plan needs" in refused(study_file(text))


def test_points_from_a_list(study_file: Write, refused: Refused) -> None:
    text = """\
scenarios: training-first
organisation: small-firm
weeks: 4
design:
  list:
    - {b_trust: 1, timeline.course.start: week 1}
    - {b_trust: 2, timeline.course.start: 3}
    - {b_trust: 3, timeline.course.start: 3}
replicates: 2
"""
    study = load_study(study_file(text))
    assert study.points.values["b_trust"].tolist() == [1, 2, 3]
    assert study.factors[1].labels == ("week 1", "3")
    assert study.points.values["timeline.course.start"].tolist() == [0, 1, 1]
    assert "does not say b_trust" in refused(study_file(text.replace("{b_trust: 2, ", "{")))
    assert "b_trust: is 99 — from 0 to 6" in refused(
        study_file(text.replace("trust: 2", "trust: 99"))
    )
    assert "did you mean b_trust?" in refused(study_file(text.replace("b_trust", "b_trus")))


def test_points_from_a_table(study_file: Write, refused: Refused, tmp_path: Path) -> None:
    text = "scenarios: training-first\nweeks: 4\ndesign: {table: points.csv}\nreplicates: 1\n"
    file = study_file(text)
    assert "points.csv: there is no such file" in refused(file)
    (tmp_path / "points.csv").write_text("b_trust,timeline.course.dose\n1.5,1\n2.5,0.5\n")
    study = load_study(file)
    assert study.points.values["b_trust"].tolist() == [1.5, 2.5]
    (tmp_path / "points.csv").write_text("b_trust,timeline.course.dose\n1.5,1\nhigh,0.5\n")
    assert "points.csv:3:1 b_trust: is 'high' — a number from 0 to 6" in refused(file)
    (tmp_path / "points.csv").write_text("b_trust,b_trust\n1.5,1\n")
    assert "points.csv:1:1 b_trust: column stands twice" in refused(file)


def test_the_posterior_is_an_uncertainty(study_file: Write) -> None:
    text = (
        "scenarios: training-first\norganisation: small-firm\nweeks: 2\n"
        "uncertainties: posterior\ndesign: {monte carlo: 5}\nreplicates: 1\n"
    )
    study = load_study(study_file(text))
    assert [f.name for f in study.factors] == ["posterior"]
    everything = load_study(study_file(text.replace("posterior", "all")))
    assert len(everything.factors) > 40
    assert np.isfinite(everything.points.values["b_norm"]).all()
