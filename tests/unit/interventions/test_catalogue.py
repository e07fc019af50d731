import re

import pytest

from sim.interventions.base import Activity, Intervention, Shock
from sim.interventions.effects import Effect
from sim.interventions.fields import UNTIL_THE_END
from sim.interventions.timeline import CATALOGUE, LABELS, facts

KINDS = list(CATALOGUE)

EFFECTS = {
    "loyalty conversation": ["REASSURE_TRUST", "REASSURE_JOB"],
    "identity conversation": ["REASSURE_IDENTITY", "SHOW_FIT"],
    "relationship conversation": ["TRAIN", "ACCESS", "SHOWCASE"],
    "capability conversation": ["TRAIN"],
    "generic training": ["TRAIN"],
    "role-specific practice": ["TRAIN"],
    "psychological safety ritual": ["RITUAL"],
    "manager coaching": ["COACH"],
    "showcase early adopters": ["SHOWCASE"],
    "access": ["ACCESS"],
    "usage policy": ["CLARIFY_PERMISSION"],
    "job-security account": ["REASSURE_JOB"],
    "mandate": ["COMPEL"],
    "layoff rumour": ["ALARM_JOB"],
    "layoff": ["ALARM_JOB"],
    "broken promise": ["BREAK_PROMISE"],
    "public mistake": ["ALARM_MISTAKE"],
    "media wave": ["HEARSAY"],
    "tool improves": ["TOOL_QUALITY"],
    "tool fails": ["TOOL_QUALITY"],
    "outside push": ["DRIVE"],
    "manager leaves": ["REPLACE_MANAGER"],
    "joins": [],
    "leaves": [],
    "ties change": [],
    "first adopters": ["ADOPT"],
}


def make(kind: str, **levers: object) -> Intervention:
    return CATALOGUE[kind].model_validate({"start": 1, **levers})


def test_every_intervention_of_the_model_is_there() -> None:
    assert set(EFFECTS) == set(CATALOGUE)


@pytest.mark.parametrize("kind", KINDS)
def test_effects(kind: str) -> None:
    assert [row.effect.name for row in make(kind).rows(52)] == EFFECTS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_docstring_says_everything(kind: str) -> None:
    said = facts(CATALOGUE[kind])
    assert tuple(said) == ("Summary", *LABELS)
    assert re.search(r"\[\w+\]|ASSUMPTION", said["Source"])
    assert re.fullmatch(r"[a-z-]+( [a-z-]+)*", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_docstring_names_every_lever_with_its_bounds(kind: str) -> None:
    text = facts(CATALOGUE[kind])["Levers"]
    base = {*Intervention.model_fields, *Activity.model_fields, *Shock.model_fields} - {"dose"}
    for name, field in CATALOGUE[kind].model_fields.items():
        assert field.description, name
        if name in base:
            continue
        assert name in text
        bounds = {}
        for item in field.metadata:
            bounds |= {key: getattr(item, key) for key in ("ge", "le") if hasattr(item, key)}
        if bounds:
            assert f"{name} [{bounds['ge']:g}, {bounds['le']:g}]" in text


@pytest.mark.parametrize("kind", KINDS)
def test_dose_zero_does_nothing_and_costs_nothing(kind: str) -> None:
    nothing = make(kind, dose=0)
    assert nothing.rows(52) == ()
    assert nothing.total_hours(52) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_hours_stand_on_the_first_row_of_a_round_only(kind: str) -> None:
    if not issubclass(CATALOGUE[kind], Activity):
        assert all(row.hours == 0 for row in make(kind).rows(52))
        return
    lasting = {} if CATALOGUE[kind].ongoing else {"lasts": 4}
    one = make(kind, hours=6, **lasting)
    rows = one.rows(52)
    assert rows[0].hours == (6 if one.ongoing else 1.5)
    assert all(row.hours == 0 for row in rows[1:])
    weeks = rows[0].end - rows[0].start + 1
    assert one.total_hours(52) == pytest.approx(rows[0].hours * weeks)


def test_a_dose_is_spread_over_the_weeks() -> None:
    (row,) = make("generic training", start=3, lasts=4, dose=2).rows(52)
    assert (row.start, row.end, row.every, row.dose) == (3, 6, 1, 0.5)


def test_an_ongoing_dose_is_for_each_week() -> None:
    (row,) = make("mandate", start=3, lasts=4, dose=2).rows(52)
    assert (row.start, row.end, row.dose) == (3, 6, 2)


def test_what_is_ongoing_lasts_until_the_end_of_the_run() -> None:
    (row,) = make("psychological safety ritual", start=3).rows(20)
    assert (row.start, row.end) == (3, 20)


def test_rounds() -> None:
    training = make("generic training", start=2, lasts=3, every="a quarter", times=3)
    assert training.rounds(52) == ((2, 4), (15, 17), (28, 30))
    assert training.rounds(16) == ((2, 4), (15, 16))
    assert [row.dose for row in training.rows(52)] == [pytest.approx(1 / 3)] * 3
    assert training.total_hours(52) == pytest.approx(24)


def test_rounds_back_to_back_and_without_number() -> None:
    assert make("generic training", lasts=3, times=2).rounds(52) == ((1, 3), (4, 6))
    assert make("access", every=26).rounds(60) == ((1, 1), (27, 27), (53, 53))


def test_rounds_of_a_week_of_what_is_ongoing_are_one_row() -> None:
    ritual = make("psychological safety ritual", start=2, lasts=1, every=2, times=5)
    (row,) = ritual.rows(52)
    assert (row.start, row.end, row.every) == (2, 10, 2)
    assert ritual.total_hours(52) == pytest.approx(5 * 0.25)


def test_rounds_of_training_are_separate_trainings() -> None:
    rows = make("generic training", lasts=1, every=2, times=3).rows(52)
    assert [row.start for row in rows] == [1, 3, 5]


def test_a_round_cut_at_the_end_keeps_its_weekly_dose() -> None:
    (row,) = make("generic training", start=50, lasts=6).rows(52)
    assert (row.end, row.dose) == (52, pytest.approx(1 / 6))
    assert make("generic training", start=53).rows(52) == ()


def test_the_relationship_conversation() -> None:
    by_effect = {
        row.effect: row
        for row in make(
            "relationship conversation", lasts=4, mandated=True, sharing=0.5, dose=2, relevance=0.6
        ).rows(52)
    }
    assert by_effect[Effect.TRAIN].dose == 0.5
    assert by_effect[Effect.TRAIN].relevance == 0.6
    assert by_effect[Effect.SHOWCASE].dose == 1.0
    assert Effect.CHAMPION in by_effect
    assert Effect.CHAMPION not in {row.effect for row in make("relationship conversation").rows()}


def test_levers_reach_the_rows() -> None:
    loyal = make("loyalty conversation", sincerity=0.3, specificity=0.4, commitment=0.5)
    for row in loyal.rows(52):
        assert (row.sincerity, row.specificity, row.costly) == (0.3, 0.4, 0.5)
    styles = {
        style: make("job-security account", style=style).rows(52)[0].specificity
        for style in ("specific", "platitude", "silence")
    }
    assert styles["specific"] > styles["platitude"] > styles["silence"] == 0
    assert make("tool fails", shift=0.2, dose=2).rows(52)[0].dose == -0.4
    assert make("tool improves", shift=0.2).rows(52)[0].end == 52
    assert make("tool improves", shift=0.2, dose=2).rows(52)[0].dose == 0.4
    assert make("outside push", shift=-1, dose=2).rows(52)[0].dose == -2
    rumour, layoff = (make(kind).rows(52)[0].dose for kind in ("layoff rumour", "layoff"))
    assert rumour < layoff == 1
    assert make("media wave", usefulness=0.1).rows(52)[0].relevance == 0.1
    assert make("usage policy", clarity=0.5).rows(52)[0].specificity == 0.5
    assert make("layoff rumour", reach=0.7).rows(52)[0].attendance == 0.7
    assert make("generic training").rows(52)[0].attendance == 0.85
    punished = make("public mistake", punished=True).rows(52)
    assert [row.effect for row in punished] == [Effect.ALARM_MISTAKE, Effect.PUNISH]
    broken = make("layoff", promised=True).rows(52)
    assert [row.effect for row in broken] == [Effect.ALARM_JOB, Effect.BREAK_PROMISE]


@pytest.mark.parametrize("kind", ["manager coaching", "manager leaves"])
def test_managers_by_default(kind: str) -> None:
    assert make(kind).audience.managers  # type: ignore[attr-defined]


def test_money() -> None:
    assert make("generic training", money=300).total_money(52) == pytest.approx(300)  # type: ignore[attr-defined]
    assert make("mandate", money=2, lasts=3).total_money(52) == pytest.approx(6)  # type: ignore[attr-defined]


def test_until_the_end_is_longer_than_any_run() -> None:
    assert make("mandate").lasts == UNTIL_THE_END


def test_parts_are_asked_of_each_kind() -> None:
    with pytest.raises(AttributeError, match="does"):
        Intervention.model_validate({"start": 1}).parts()
