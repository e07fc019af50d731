"""The picture of a plan, also where there is hardly anything to show."""

from __future__ import annotations

from io import BytesIO

import numpy as np

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
