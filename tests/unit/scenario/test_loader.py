import re
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario import DecisionRule, Scenario, load, loads
from sim.theories import Decision

GOOD = """
name: A plan
purpose: To see.
organisation: firm.yaml
weeks: half a year
parameters: {tool_quality: 0.75, b_trust: 2}
mechanisms: {influence: false, norm: true}
timeline:
  - generic training: {start: week 3, lasts: 3 weeks, hours: 6}
  - loyalty conversation:
      start: month 2
      audience: {managers: true, minus: {teams: [Legal]}}
      sincerity: 0.9
"""


def problems(text: str, **sources: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        loads(text, "f.yaml", sources={f"{name}.yaml": text for name, text in sources.items()})
    return [str(problem) for problem in caught.value.problems]


def test_a_scenario() -> None:
    scenario = loads(GOOD, "f.yaml")
    assert (scenario.name, scenario.purpose, scenario.weeks) == ("A plan", "To see.", 26)
    assert scenario.organisation == Path("firm.yaml")
    assert scenario.parameters == scenario.overrides() == {"tool_quality": 0.75, "b_trust": 2.0}
    assert scenario.mechanisms == {"influence": False, "norm": True}
    assert scenario.switched_off() == ("influence",)
    assert scenario.decision.rule is Decision.LOGIT
    training, loyalty = (placed.intervention for placed in scenario.timeline)
    assert (training.kind, training.start, training.lasts) == ("generic training", 3, 3)
    assert (loyalty.kind, loyalty.start) == ("loyalty conversation", 5)
    assert sum(one.intervention.total_hours(scenario.weeks) for one in scenario.timeline) == 8
    assert scenario.text == GOOD
    assert scenario.where["parameters", "b_trust"] == "f.yaml:6:43"
    assert scenario.timeline[1].where[()] == "f.yaml:10:5"
    assert scenario.timeline[1].path == "timeline[1].loyalty conversation"


def test_defaults() -> None:
    scenario = loads("timeline:\nparameters:\n", "plans/training-first.yaml")
    assert scenario.name == "training first"
    assert (scenario.weeks, scenario.timeline, scenario.organisation) == (52, (), None)
    assert loads("{}").name == "text"


def test_a_scenario_can_be_changed_in_code() -> None:
    shorter = loads(GOOD).model_copy(update={"weeks": 13})
    assert isinstance(shorter, Scenario)
    assert shorter.weeks == 13


def test_all_problems_at_once_each_with_its_place_and_its_mend() -> None:
    text = """
nam: x
weeks: 6 month
purpose: 3
organisation: ../x
parameters: {tool_qualty: 0.75, b_trust: 99, b_norm: .nan, b_0: x, b_habit: .inf}
mechanisms: {influnce: false, norm: no}
decision: {threshold: shar, one_for_all: -1}
timeline:
  - generic trainig: {start: week 3}
  - access:
    start: week 1
  - access:
  - access
  - {}
  - access: {}
  - loyalty conversation:
      start: year 2
      dosage: 1
      dose: 7
      lasts: until the end
      audience: {managers: 1, minus: {teamz: [Legal], level: 0}, informal leaders: {share: 0}}
  - job-security account: {start: 1, style: platitudes, audience: [managrs, {shre: 1}, [{id: []}]]}
  - mandate: {start: 1, every: 2, times: 1.5, audience: {}}
  - mandate: {start: 1, audience: [], dose: "1", label: ""}
  - access: {start: 1, audience: {share: 0.1, count: 3, roles: [~]}}
"""
    assert problems(text) == [
        "f.yaml:2:1 nam: is not a key here — did you mean name?",
        "f.yaml:4:10 purpose: is 3 — text",
        "f.yaml:5:15 organisation: leads out of the folder (..) — a path inside the scenario's "
        "folder; another one by --organisation",
        "f.yaml:6:14 parameters.tool_qualty: is not a key here — did you mean tool_quality?",
        "f.yaml:6:42 parameters.b_trust: is 99 — a number from 0 to 6",
        "f.yaml:6:54 parameters.b_norm: is nan — a number that is finite from 0 to 8",
        "f.yaml:6:65 parameters.b_0: is 'x' — a number from -8 to 2",
        "f.yaml:6:77 parameters.b_habit: is inf — a number that is finite from 0 to 8",
        "f.yaml:7:14 mechanisms.influnce: is not a key here — did you mean influence?",
        "f.yaml:7:37 mechanisms.norm: is 'no' — true or false",
        "f.yaml:8:23 decision.threshold: is 'shar' — did you mean share?",
        "f.yaml:8:42 decision.one_for_all: is -1 — a number from 0 to 1000000",
        "f.yaml:10:5 timeline[0].generic trainig: is not a key here — did you mean generic "
        "training?",
        "f.yaml:11:5 timeline[1]: holds access and start side by side — one intervention an "
        "entry; its levers indented under it, or {…} after it",
        "f.yaml:13:5 timeline[2].access: is empty — a mapping such as {start: week 1}",
        "f.yaml:14:5 timeline[3]: is the bare word 'access' — access: {start: week 1}",
        "f.yaml:15:5 timeline[4]: is an empty mapping — an intervention such as access: "
        "{start: week 1}",
        "f.yaml:16:5 timeline[5].access.start: is missing — first week, such as 3, week 3, "
        "month 2 or after 6 weeks",
        "f.yaml:18:14 timeline[6].loyalty conversation.start: is week 53, beyond the run's 26 "
        "weeks — a week from 1 to 26, or a longer run (weeks)",
        "f.yaml:19:7 timeline[6].loyalty conversation.dosage: is not a key here — did you mean "
        "dose?",
        "f.yaml:20:13 timeline[6].loyalty conversation.dose: is 7 — a number from 0 to 5",
        "f.yaml:21:14 timeline[6].loyalty conversation.lasts: is until the end, but its dose is "
        "spread over its length — a length such as 3, 3 weeks, 2 months, a quarter or 1 year",
        "f.yaml:22:28 timeline[6].loyalty conversation.audience.managers: is 1 — true or false",
        "f.yaml:22:39 timeline[6].loyalty conversation.audience.minus.teamz: is not a key here "
        "— did you mean team?",
        "f.yaml:22:62 timeline[6].loyalty conversation.audience.minus.level: is 0 — a "
        "number from 1 to 255",
        "f.yaml:22:92 timeline[6].loyalty conversation.audience.informal leaders.share: is 0 — "
        "a number above 0 and at most 1",
        "f.yaml:23:45 timeline[7].job-security account.style: is 'platitudes' — did you mean "
        "platitude?",
        "f.yaml:23:68 timeline[7].job-security account.audience[0]: is 'managrs' — did you mean "
        "managers?",
        "f.yaml:23:78 timeline[7].job-security account.audience[1].shre: is not a key here — "
        "did you mean share?",
        "f.yaml:23:90 timeline[7].job-security account.audience[2][0].id: is an empty list — "
        "one name or several",
        "f.yaml:24:32 timeline[8].mandate.every: is 2 weeks, but one round lasts until the end "
        "— rounds that do not overlap: a shorter lasts or a longer every",
        "f.yaml:24:42 timeline[8].mandate.times: is 1.5 — a whole number from 1 to 1040",
        "f.yaml:24:47 timeline[8].mandate.audience: names nobody — everyone, managers, informal "
        "leaders, a mapping such as {teams: [Sales]}, or a list",
        "f.yaml:25:25 timeline[9].mandate.audience: is an empty list — everyone, managers, "
        "informal leaders, a mapping such as {teams: [Sales]}, or a list",
        "f.yaml:25:45 timeline[9].mandate.dose: is '1' — a number from 0 to 5",
        "f.yaml:25:57 timeline[9].mandate.label: is '' — text that is not empty",
        "f.yaml:26:54 timeline[10].access.audience.count: stands beside share — either share "
        "or count",
        "f.yaml:26:57 timeline[10].access.audience.roles: holds None — names: text, in quotes "
        "where it looks like more",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1", "f.yaml:1:1: is [1] — a mapping"),
        ("plan", "f.yaml:1:1: is 'plan' — a mapping"),
        ("timeline: 3", "f.yaml:1:11 timeline: is 3 — a list"),
        (
            "timeline: {access: {start: 1}}",
            "f.yaml:1:1 timeline: is {'access': {'start': 1}} — a list",
        ),
        ("timeline: [3]", "f.yaml:1:12 timeline[0]: is 3 — a mapping"),
        ("weeks: 0", "f.yaml:1:8 weeks: is 0 — from 1 to 1040 weeks"),
        ("weeks: 1.5", "f.yaml:1:8 weeks: is 1.5 — a length such as 3"),
        ("weeks: until the end", "f.yaml:1:8 weeks: is 'until the end' — a length such as"),
        ("weeks: 3 Weeks", "f.yaml:1:8 weeks: is '3 Weeks' — did you mean 3 weeks?"),
        ("name: ''", "f.yaml:1:7 name: is '' — text that is not empty"),
        ("name: no\nname: yes", "f.yaml:2:1 name: the key stands here a second time"),
        (f"name: {'x' * 101}", "xx… — shorter text (100 characters at most)"),
        ("timeline: [access: {start: 1, money: -1}]", "money: is -1 — a number 0 or more"),
        ("timeline: [access: {start: 1, label: [x]}]", "label: is ['x'] — text"),
        ("organisation: /firm", "f.yaml:1:15 organisation: is an absolute path"),
        ("organisation: C:\\firm", "f.yaml:1:15 organisation: is an absolute path"),
        ("organisation: ' '", "f.yaml:1:15 organisation: is not a path"),
        ("organisation: a/../../b", "f.yaml:1:15 organisation: leads out of the folder (..)"),
        ("organisation: 3", "f.yaml:1:15 organisation: is 3 — text"),
        ("decision: logic", "f.yaml:1:11 decision: is 'logic' — did you mean logit?"),
        ("decision: {one_for_all: 1}", "one_for_all: stands without threshold — threshold:"),
        ("decision: {threshold: share, one_for_all: 1, sd: 1}", "sd: stands beside one_for_all"),
        ("decision: {threshold: share, bass: {}}", "bass: stands beside threshold — one of"),
        (
            "timeline: [access: {start: 1, dose: 0,5}]",
            "access.5: is not a key here — a point where a comma cuts a number in two, as in 0.5",
        ),
        ("decision: {bass: {p: 2}}", "f.yaml:1:22 decision.bass.p: is 2 — a number from 0 to 1"),
        (
            "decision: true",
            "f.yaml:1:11 decision: is True — logit, bass, hazard, {threshold: share}",
        ),
        ("timeline: [access: {start: 1, audience: false}]", "is False — everyone, managers"),
        ("timeline: [access: {start: 1, audience: 3}]", "access.audience: is 3 — a mapping"),
        ("remove: x", "f.yaml:1:9 remove: stands without extends — extends: another file"),
        ("extends: 3", "f.yaml:1:10 extends: is 3 — text"),
        ("extends: ../a.yaml", "f.yaml:1:10 extends: leads out of the folder (..) — another"),
        ("extends: a/~/../b", "leads out of the folder"),
        ("extends: ~", None),
        ("decision: bass", None),
        ("decision: {}", None),
        ("timeline: [access: {start: 1, audience: {informal leaders: true}}]", None),
        (
            "timeline: [access: {start: 1, audience: {informal leaders: yes}}]",
            "is 'yes' — true, or a",
        ),
        ("timeline: [access: {start: 1, audience: {ids: [1, 07, '8']}}]", None),
    ],
)
def test_one_problem(text: str, said: str | None) -> None:
    if said is None:
        loads(text, "f.yaml")
        return
    (problem,) = problems(text)
    assert said in problem


@pytest.mark.parametrize(
    ("text", "rule", "parameters", "from_file"),
    [
        ("logit", Decision.LOGIT, {}, True),
        ("{threshold: share}", Decision.THRESHOLD_SHARE, {}, True),
        (
            "{threshold: share, one_for_all: 0.25}",
            Decision.THRESHOLD_SHARE,
            {"threshold_mean": 0.25, "threshold_sd": 0.0},
            False,
        ),
        (
            "{threshold: count, mean: 3, sd: 1}",
            Decision.THRESHOLD_COUNT,
            {"threshold_mean": 3.0, "threshold_sd": 1.0},
            False,
        ),
        (
            "{threshold: count, mean: 3, from_file: true}",
            Decision.THRESHOLD_COUNT,
            {"threshold_mean": 3.0},
            True,
        ),
        ("{bass: {p: 0.03, q: 0.38}}", Decision.BASS, {"bass_p": 0.03, "bass_q": 0.38}, True),
        ("bass", Decision.BASS, {}, True),
    ],
)
def test_decisions(
    text: str, rule: Decision, parameters: dict[str, float], from_file: bool
) -> None:
    scenario = loads(f"decision: {text}\nparameters: {{b_trust: 1}}")
    assert scenario.decision.rule is rule
    assert scenario.decision.uses_people_file is from_file
    assert scenario.overrides() == {"b_trust": 1.0, **parameters}


def test_the_default_decision_is_the_rich_model() -> None:
    assert DecisionRule().rule is Decision.LOGIT


BASE = """
name: Base
purpose: To stand on.
organisation: firm.yaml
weeks: 40
parameters: {b_trust: 1, b_norm: 1}
decision: {threshold: share}
timeline:
  - access: {start: 1, label: licences}
  - generic training: {start: 2, label: course}
  - mandate: {start: 3}
"""


def test_extending() -> None:
    scenario = loads(
        """
extends: base.yaml
remove: mandate
parameters: {b_norm: 2}
decision: bass
timeline:
  - layoff rumour: {start: 9}
  - generic training: {start: 5, label: course}
""",
        "child.yaml",
        sources={"base.yaml": BASE},
    )
    assert (scenario.name, scenario.purpose, scenario.weeks) == ("child", "", 40)
    assert scenario.organisation == Path("firm.yaml")
    assert scenario.parameters == {"b_trust": 1.0, "b_norm": 2.0}
    assert scenario.decision.rule is Decision.BASS
    assert [(p.kind, p.intervention.start) for p in scenario.timeline] == [
        ("access", 1),
        ("generic training", 5),
        ("layoff rumour", 9),
    ]
    assert scenario.sources == {"base.yaml": BASE}
    assert scenario.timeline[0].where[()] == "base.yaml:9:5"
    assert scenario.timeline[1].where["start",] == "child.yaml:8:31"


def test_extending_twice_and_without_own_entries() -> None:
    middle = "extends: base.yaml\nweeks: 30\nremove: [licences]"
    scenario = loads("extends: b.yaml", "c.yaml", sources={"b.yaml": middle, "base.yaml": BASE})
    assert scenario.weeks == 30
    assert [placed.kind for placed in scenario.timeline] == ["generic training", "mandate"]
    assert set(scenario.sources) == {"b.yaml", "base.yaml"}
    again = loads(scenario.text, "c.yaml", sources=scenario.sources)
    assert again.timeline == scenario.timeline


@pytest.mark.parametrize(
    ("child", "base", "said"),
    [
        ("remove: licenses", BASE, "f.yaml:2:9 remove: licenses is not among the inherited "),
        ("remove: licenses", BASE, "did you mean licences?"),
        ("remove: [a]", "timeline: []", "a is not among the inherited entries — nothing is left"),
        ("remove: a", "{}", "f.yaml:2:9 remove: a is not among the inherited entries"),
        ("weeks: 2", BASE, "base.yaml:11:22 timeline[2].mandate.start: is week 3, beyond"),
        ("", "timeline: 3", "base.yaml:1:11 timeline: is 3 — a list"),
        ("", "- 3", "base.yaml:1:1: is not a mapping — key: value"),
        ("", "a: b: c", "base.yaml:1:5: a colon stands"),
        ("", "extends: f.yaml", "goes in a circle (f.yaml → base.yaml → f.yaml)"),
        ("", "extends: bass.yaml", "bass.yaml its text is not given — did you mean base.yaml?"),
        (
            "timeline: [access: {start: 1, label: a}, mandate: {start: 1, label: a}]",
            BASE,
            "f.yaml:2:69 timeline[1].mandate.label: a stands a second time — each label once",
        ),
        (
            "timeline: [access: {start: 1, label: mandate}]",
            BASE,
            "f.yaml:2:38 timeline[0].access.label: mandate is the name of an intervention",
        ),
        ("parameters: 3", BASE, "f.yaml:2:13 parameters: is 3 — a mapping"),
        ("timeline: 3", BASE, "f.yaml:2:11 timeline: is 3 — a list"),
    ],
)
def test_what_is_wrong_with_extending(child: str, base: str, said: str) -> None:
    assert said in "\n".join(problems(f"extends: base.yaml\n{child}", base=base))


def test_too_long_a_row_of_files() -> None:
    files = {f"f{i}": f"extends: f{i + 1}.yaml" for i in range(20)}
    assert "at most 10 files" in problems("extends: f0.yaml", **files)[0]


def test_files(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "base.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    (tmp_path / "below" / "b.yaml").write_text("extends: c.yaml", encoding="utf-8")
    (tmp_path / "below" / "c.yaml").write_text("weeks: 7", encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text("extends: base.yaml", encoding="utf-8")
    scenario = load(child)
    assert scenario.organisation == tmp_path / "firm.yaml"
    assert scenario.timeline[0].where[()].startswith(f"{tmp_path / 'base.yaml'}:9")
    child.write_text("extends: below/b.yaml", encoding="utf-8")
    assert load(str(child)).weeks == 7
    assert set(load(child).sources) == {"below/b.yaml", "below/c.yaml"}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("extends: bass.yaml", encoding="utf-8")
    (tmp_path / "base.yaml").write_bytes("a: é".encode("utf-16"))
    with pytest.raises(InputError, match=r"bass\.yaml does not exist — did you mean base\.yaml\?"):
        load(tmp_path / "plan.yaml")
    with pytest.raises(InputError, match=r"base\.yaml:1:1: is not UTF-8 text — save"):
        load(tmp_path / "base.yaml")
    with pytest.raises(InputError, match=r"plam\.yaml: does not exist — did you mean plan\.yaml"):
        load(tmp_path / "plam.yaml")
    with pytest.raises(InputError, match="is a folder — a scenario file"):
        load(tmp_path)
    with pytest.raises(InputError, match="does not exist — the path of a scenario file"):
        load(tmp_path / "nowhere" / "x.yaml")
    with pytest.raises(InputError, match="is not a regular file"):
        load("/dev/null")
    with pytest.raises(InputError, match=r"cannot be read|does not exist"):
        load("a\0b.yaml")
    with pytest.raises(InputError, match=r"cannot be read|does not exist"):
        load("x" * 5000)
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="is too large for a scenario file — at most 1,000 kB"):
        load(tmp_path / "large.yaml")


def test_a_link_may_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.yaml").write_text("weeks: 3", encoding="utf-8")
    (inside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (inside / "plan.yaml").write_text("extends: link.yaml", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape("link.yaml lies outside the folder")):
        load(inside / "plan.yaml")
