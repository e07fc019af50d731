from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.analysis.attribution import Change, Worth
from sim.contrast import Difference, rule
from sim.numbers import share
from sim.outcomes import Outcome
from sim.page.words import change_segments, compared, leading, next_part, sentence
from sim.results import Comparison
from sim.results.verdict import line_of, ruled, verdict
from sim.scenario import loads


def shifted(
    comparison: Comparison, by: np.ndarray, outcome: Outcome = Outcome.weekly_users
) -> Comparison:
    """Return a comparison whose second plan is the first, with another outcome."""
    weekly = np.repeat(comparison.records.weekly[:1], 2, axis=0)
    weekly[1, ..., outcome] += by
    return replace(comparison, records=replace(comparison.records, weekly=weekly))


def between(low: float, high: float) -> Difference:
    return Difference((low + high) / 2, low, high, 0.6, 0.0, 0.4, 200)


def mirrored(d: Difference) -> Difference:
    return Difference(-d.mean, -d.high, -d.low, d.behind, d.level, d.ahead, d.replicates)


@pytest.mark.parametrize(
    ("low", "high", "margin", "said"),
    [
        (0.02, 0.04, 0.01, "ahead"),
        (0.001, 0.021, 0.01, "ahead"),  # beyond chance, and the mean at least the margin
        (0.001, 0.019, 0.01, "ahead"),  # just the margin
        (0.001, 0.011, 0.01, "open"),  # beyond chance, the mean below the margin
        (0.002, 0.009, 0.01, "same"),  # beyond chance, but all of it too small to matter
        (-0.005, 0.009, 0.01, "same"),
        (-0.01, 0.01, 0.01, "same"),
        (-0.005, 0.015, 0.01, "open"),
        (-0.05, 0.09, 0.01, "open"),
        (0.02, 0.04, 0.05, "same"),
        (0.001, 0.002, 0.0, "ahead"),
        (-0.001, 0.002, 0.0, "open"),
        (0.0, 0.0, 0.0, "same"),
        (float("nan"), float("nan"), 0.01, "open"),
    ],
)
def test_the_three_ways_to_rule_with_both_signs(
    low: float, high: float, margin: float, said: str
) -> None:
    d = between(low, high)
    assert rule(d, margin) == said
    assert rule(mirrored(d), margin) == {"ahead": "behind"}.get(said, said)
    if said == "ahead":
        assert ruled(mirrored(d), "B", "A", margin) == ruled(d, "A", "B", margin)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.02, 0.04, "A is ahead of B by 3.0 points (95% interval 2.0 to 4.0)"),
        (-0.04, -0.02, "B is ahead of A by 3.0 points (95% interval 2.0 to 4.0)"),
        (
            -0.009, -0.002,
            "A and B are practically the same: the 95% interval, 0.2 to 0.9 points more under B, "
            "is within 1 point",
        ),
        (
            -0.003, 0.005,
            "A and B are practically the same: the 95% interval, 0.3 points more under B to 0.5 "
            "more under A, is within 1 point",
        ),
        (
            -0.03, 0.005,
            "A and B are too close to call: the 95% interval reaches from 3.0 points more under B "
            "to 0.5 more under A (least that matters: 1 point)",
        ),
    ],
)  # fmt: skip
def test_the_three_ways_in_words(low: float, high: float, words: str) -> None:
    assert ruled(between(low, high), "A", "B", 0.01) == words


def test_ranges_are_named_for_what_they_are(comparison: Comparison) -> None:
    text = verdict(comparison)
    assert "middle 80% of 8 replicates: chance in the model, not doubt about its par" in text


@pytest.mark.parametrize("sign", [1, -1])
def test_the_terminal_the_page_and_the_line_say_the_same(comparison: Comparison, sign: int) -> None:
    steady = np.linspace(0.09, 0.11, 8)[None, :, None]
    names = comparison.names[::sign]
    said = f"{names[1]} is ahead of {names[0]} by 10.0 points (95% interval "
    found = shifted(comparison, sign * steady)
    assert said in verdict(found)
    assert said in "".join(part["text"] for part in sentence(found))
    assert said in line_of(found, comparison.names)
    wide = replace(found, margin=0.2)
    for text in (verdict(wide), "".join(p["text"] for p in sentence(wide))):
        assert "are practically the same: the 95% interval" in text
        assert "is within 20 points" in text
        assert "is ahead of" not in text


def test_weekly_use_leads_and_habit_has_its_definition(comparison: Comparison) -> None:
    lines = verdict(comparison).split("\n")
    assert [line.split(":")[0] for line in lines[:4]] == ["Level", "Area", "Speed", "Habit"]
    assert "weekly use, mean of weeks 27–30" in lines[0]
    assert "at least 9 of the last 12 weeks; zero for the first eight weeks by def" in lines[3]


def test_a_difference_within_chance_is_too_close_to_call(comparison: Comparison) -> None:
    wild = np.array([0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.05, -0.05])[None, :, None]
    text = verdict(shifted(comparison, wild))
    assert "are too close to call: the 95% interval reaches from" in text
    assert "is ahead of" not in text


def test_replicates_are_counted(comparison: Comparison) -> None:
    by = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0, -0.1])[None, :, None]
    second = comparison.names[1]
    text = verdict(shifted(comparison, by))
    assert f"under {second} it is higher in 75% of replicates, lower in 12%, equal in 12%" in text


@pytest.mark.parametrize(
    ("until", "after", "said"),
    [
        (13, 0.0, "Earlier they differ: in week 13 {} has 10.0 points more weekly users."),
        (26, 0.0, "Earlier they differ: in week 13 {} has 10.0 points more weekly users."),
        (13, -0.1, "Earlier it is the other way round: in week 13 {} has 10.0 points more"),
        (12, 0.0, ""),
        (12, 0.1, ""),
    ],
)
def test_an_earlier_lead_is_said_from_the_first_week_that_is_reported(
    comparison: Comparison, until: int, after: float, said: str
) -> None:
    by = np.where(np.arange(1, 31) <= until, 0.1, after)
    level = verdict(shifted(comparison, by)).split("\n")[0]
    assert ("Earlier" in level) == bool(said)
    assert said.format(comparison.names[1]) in level


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (0.2, "takes 0.2 hours a person more."),
        (-0.2, "takes 0.2 hours a person fewer."),
        (0.04, ""),
        (0.0501, "takes 0.1 hours a person more."),
    ],
)
def test_hours_are_said_from_where_a_decimal_shows_them(
    comparison: Comparison, by: float, said: str
) -> None:
    lines = verdict(shifted(comparison, np.array(by), Outcome.hours)).split("\n")
    first, second = comparison.names
    expected = [f"Against {first}, {second} {said}"] if said else []
    assert [line for line in lines if line.startswith("Against")] == expected


def test_who_gets_there_sooner(comparison: Comparison) -> None:
    weekly = np.zeros_like(comparison.records.weekly)
    weekly[0, ..., 4:, Outcome.weekly_users] = 0.7
    weekly[1, ..., 9:, Outcome.weekly_users] = 0.7
    first, second = comparison.names
    found = replace(comparison, records=replace(comparison.records, weekly=weekly))
    assert (
        f"from week 5 under {first} and from week 10 under {second}. {first} gets there sooner in "
        f"100% of replicates, {second} in 0%."
    ) in verdict(found)
    tied = weekly.copy()
    tied[1, :, :4] = tied[0, :, :4]
    found = replace(comparison, records=replace(comparison.records, weekly=tied))
    assert f"{first} gets there sooner in 50% of replicates, {second} in 0%, at the same time " in (
        verdict(found)
    )
    neither = weekly.copy()
    neither[:, :, 0] = 0.0  # in the first replicate neither plan gets there
    found = replace(comparison, records=replace(comparison.records, weekly=neither))
    assert "at the same time, or neither ever, in" in verdict(found)
    never = weekly.copy()
    never[1] = 0.0
    found = replace(comparison, records=replace(comparison.records, weekly=never))
    assert f"from week 5 under {first} and at no time under {second}. {first} gets" in verdict(
        found
    )


def test_drivers_of_a_plain_rule_are_said_to_be_none_of_its_reasons() -> None:
    plain = loads("name: Plain\ndecision: bass\ntimeline: []\n", "plain.yaml")
    both = sim.compare(["licences-only", plain], organisation="small-firm", replicates=2, weeks=4)
    assert "Under Plain people decide by a plain rule; what holds back" in verdict(both)
    rich = sim.run("licences-only", organisation="small-firm", replicates=2, weeks=4)
    assert "plain rule" not in verdict(rich)


def test_many_plans_are_compared_down_the_order(comparison: Comparison) -> None:
    records = comparison.records
    four = replace(
        comparison,
        scenarios=comparison.scenarios * 2,
        records=replace(records, weekly=np.concatenate([records.weekly] * 2)),
    )
    assert verdict(four).count("are exactly the same in every replicate") == 2


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0%"), (0.0004, "<1%"), (0.9996, ">99%"), (1, "100%"), (0.5, "50%")]
)
def test_shares_are_never_rounded_to_a_certainty(value: float, text: str) -> None:
    assert share(value) == text


CHANCE = np.array([-0.07, -0.05, -0.03, -0.01, 0.01, 0.03, 0.05, 0.07])
"""Of eight replicates: the middle 80% is ±0.056."""


def of_levels(comparison: Comparison, *levels: float, apart: float = 0.002) -> Comparison:
    """Plans with these levels of weekly use; chance is shared but for a part of it."""
    weekly = np.repeat(comparison.records.weekly[:1], len(levels), axis=0)
    for plan, level in enumerate(levels):
        own = apart * plan * np.roll(CHANCE, plan)
        weekly[plan, ..., Outcome.weekly_users] = level + (CHANCE + own)[None, :, None]
    scenarios = tuple(
        comparison.scenarios[0].model_copy(update={"name": "ABCD"[k]}) for k in range(len(levels))
    )
    records = replace(comparison.records, weekly=weekly)
    return replace(comparison, scenarios=scenarios, records=records)


def text_of(segments: list[dict[str, object]]) -> str:
    return "".join(str(one["text"]) for one in segments)


def test_the_sentence_goes_down_the_order_with_bands_of_replicates(comparison: Comparison) -> None:
    three = of_levels(comparison, 0.2, 0.6, 0.4)
    said = text_of(sentence(three))
    assert said.startswith(
        "In weeks 27–30, B has about 60% weekly users (54–66%), C about 40% (34–46%) "
        "and A about 20% (14–26%); B is ahead of C by 20.0 points (95% interval "
    )
    assert said.endswith("; A is last, 40.0 points behind B.")
    assert [one["plan"] for one in sentence(three) if "plan" in one] == [1, 2, 0]
    assert leading(three) == 1
    close = text_of(sentence(of_levels(comparison, 0.395, 0.4, 0.405, apart=0.3)))
    assert "is last" not in close
    assert "; C and B are too close to call: " in close  # the higher one first
    two = of_levels(comparison, 0.2, 0.6)
    assert "is last" not in text_of(sentence(two))
    assert compared(two).startswith("B is ahead of A by 40.0 points")
    assert compared(of_levels(comparison, 0.6, 0.2)).startswith("A is ahead of B by 40.0 points")
    unsure = compared(of_levels(comparison, 0.4, 0.405, apart=0.3))
    assert unsure.startswith("B and A are too close to call")
    weekly = np.zeros_like(two.records.weekly)
    weekly[0, ..., Outcome.weekly_users] = 0.0004
    few = text_of(sentence(replace(two, records=replace(two.records, weekly=weekly))))
    assert "A has <1% weekly users" in few
    assert " B 0%" in few


def test_what_a_change_did_is_now_less_before(comparison: Comparison) -> None:
    more = change_segments(of_levels(comparison, 0.5, 0.4, apart=0.2), 3)
    assert more[0] == {"text": "A", "plan": 3}
    # They differ by a standard deviation of 0.98 points: 2.365 · 0.98 / √8 to either side.
    assert text_of(more) == "A with the change: +10.0 points (+9.2 to +10.8)."
    assert not change_segments(of_levels(comparison, 0.4, 0.4, apart=0), 0)
    swapped = of_levels(comparison, 0.5, 0.5, apart=0)
    swapped.records.weekly[:, ..., Outcome.weekly_users] = 0.5
    swapped.records.weekly[1, 0, ::2, :, Outcome.weekly_users] += 0.25
    swapped.records.weekly[1, 0, 1::2, :, Outcome.weekly_users] -= 0.25
    assert change_segments(swapped, 0), "other people, as many: something has changed"
    same = text_of(change_segments(of_levels(comparison, 0.4, 0.4), 0))
    assert same.endswith(", practically the same.")
    unsure = text_of(change_segments(of_levels(comparison, 0.41, 0.4, apart=0.5), 0))
    assert "practically" not in unsure


def test_changes_worth_naming_matter_beyond_chance(comparison: Comparison) -> None:
    def change(said: str, low: float, high: float) -> Worth:
        made = Change(said, "added", said, 9, comparison.scenarios[0].timeline)
        return Worth(made, between(low, high), 20.0, 300.0, np.zeros((1, 8)))

    found = tuple(
        change(*one)
        for one in (
            ("a", 0.06, 0.08), ("unsure", -0.01, 0.12), ("b", 0.03, 0.05), ("c", 0.02, 0.04),
            ("d", 0.01, 0.03), ("small", 0.001, 0.003), ("worse", -0.05, -0.02),
        )
    )  # fmt: skip
    part = next_part(comparison, 1, found, 50.0)
    assert [one["said"] for one in part["changes"]] == ["a", "b", "c"]
    assert (part["plan"], part["tried"], part["stopped"]) == (1, 7, False)
    first = part["changes"][0]
    assert (first["gain"], first["low"], first["high"]) == pytest.approx((0.07, 0.06, 0.08))
    assert first["cost"] == {"hours": 20.0, "money": 300.0 + 50.0 * 20.0}
    assert len(first["timeline"]) == len(comparison.scenarios[0].timeline)
    assert next_part(comparison, 0, None, 0.0)["stopped"]
