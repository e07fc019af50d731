"""The picture of a plan, also where there is hardly anything to show."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from sim.analysis.plan.problem import Blackout
from sim.analysis.plan.roadmap import Gauge, Roadmap
from sim.report.roadmap import _percent, draw_roadmap


def test_a_plan_that_places_nothing_is_drawn() -> None:
    nothing = Roadmap(
        name="Nothing", organisation="small firm", note="", weeks=1, bars=(), waves=(),
        blackouts=(), gauges=(Gauge("hours", np.zeros(1), None, False),),
        curves={"weekly_users": np.zeros((3, 1))}, checkpoints=(), observed={}, now=1,
        begins=None, marked="", line=None,
    )  # fmt: skip
    picture = BytesIO()
    draw_roadmap(nothing).savefig(picture, format="png")
    assert picture.getvalue().startswith(b"\x89PNG")


def test_no_line_of_its_heading_leaves_the_picture() -> None:
    long = "A firm with a name as long as names of firms may be, in two countries, 240 people"
    again = Roadmap(
        name="Again", organisation=long, note="", weeks=30, bars=(),
        waves=(", ".join(f"Customer Service North {k}" for k in range(12)),),
        blackouts=(Blackout(8, 8),), gauges=(), curves={"weekly_users": np.zeros((3, 30))},
        checkpoints=(), observed={"weekly_users": ((10,), (0.1,))}, now=12, begins=None,
        marked="", line=np.zeros(30),
    )  # fmt: skip
    figure = draw_roadmap(again)
    figure.canvas.draw()
    places = [text.get_window_extent() for text in figure.texts if text.get_text()]
    assert len(places) >= 5
    for k, one in enumerate(places):
        assert 0 <= one.x0 <= one.x1 <= figure.bbox.x1
        assert not any(one.overlaps(other) for other in places[k + 1 :])


def test_what_there_is_begins_with_what_is_ahead() -> None:
    limit = np.array([9.0, 1.0, 4.0, 4.0])  # less what has begun takes
    again = Roadmap(
        name="Again", organisation="small firm", note="", weeks=4, bars=(), waves=(),
        blackouts=(), gauges=(Gauge("money", np.array([0, 0, 0, 2.0]), limit, True),),
        curves={"weekly_users": np.zeros((3, 4))}, checkpoints=(), observed={}, now=2,
        begins=None, marked="", line=None,
    )  # fmt: skip
    axes = draw_roadmap(again).axes[1]
    (line,) = [one for one in axes.patches if hasattr(one, "get_data")]
    assert line.get_data().edges.tolist() == [2.5, 3.5, 4.5]
    said = {text.get_text() for text in axes.texts}
    assert {"Money from now on", "2 from now on", "left 4"} <= said


def test_marks_of_a_share_are_whole_percentages() -> None:
    for wide in (0.004, 0.03, 0.07, 0.19, 0.43, 1.04):
        step = 100 * _percent(0.4, 0.4 + wide)
        assert abs(step - round(step)) < 1e-9
        assert wide * 100 / step <= 7 + 1e-9
