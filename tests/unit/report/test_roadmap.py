"""The picture of a plan, also where there is hardly anything to show."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from sim.analysis.plan.problem import Blackout
from sim.analysis.plan.roadmap import Gauge, Roadmap
from sim.report.roadmap import draw_roadmap


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
