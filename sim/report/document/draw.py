"""Numbers of the report in words, and geometry of its charts: SVG paths and places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.contrast import Difference, Estimate
from sim.numbers import between, figure, points, points_with_band, share, with_band
from sim.organisation.organisation import in_strength
from sim.page.replay import LEADER, MANAGER, STAGES
from sim.report.organisation_figure import NetworkLayout, lay_out, wrapped

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation


@dataclass(frozen=True, slots=True)
class LinearScale:
    """A straight scale from values to pixels.

    >>> LinearScale(0, 1, 10, 110)(0.5)
    60.0
    """

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        span = (self.high - self.low) or 1.0
        return round(self.first + (value - self.low) / span * (self.last - self.first), 1)


def placed(d: Difference | None, scale: LinearScale) -> dict[str, Any]:
    """Return where a mean difference and its interval are drawn, where there is one."""
    if d is None:
        return {}
    low, high = (d.low, d.high) if math.isfinite(d.low) else (d.mean, d.mean)
    return {"x": scale(d.mean), "low": scale(low), "high": scale(high), "sure": d.beyond_chance}


def line(
    x: LinearScale, y: LinearScale, across: Sequence[float], values: Sequence[float] | Floats
) -> str:
    """Return the path of a line.

    >>> line(LinearScale(0, 1, 0, 10), LinearScale(0, 1, 10, 0), [0, 1], [0, 1])
    'M0 10L10 0'
    """
    return "M" + "L".join(f"{x(a):g} {y(float(v)):g}" for a, v in zip(across, values, strict=True))


def area(x: LinearScale, y: LinearScale, across: Sequence[float], low: Floats, high: Floats) -> str:
    """Return the path of a band between two lines."""
    there = line(x, y, across, high)
    back = line(x, y, list(across)[::-1], low[::-1])
    return f"{there}L{back[1:]}Z"


MARKS = {
    "o": "M{l} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
    "s": "M{l} {t}h{d}v{d}h-{d}z",
    "^": "M{x} {t}l{r} {d}h-{d}z",
    "D": "M{x} {t}l{r} {r}l-{r} {r}l-{r} -{r}z",
    "v": "M{l} {t}h{d}l-{r} {d}z",
}
"""Paths of the marks that plans have, by their name in ``sim.report.style``."""


def mark(kind: str, x: float, y: float, r: float = 4.5) -> str:
    """Return the path of a mark; what has no path of its own is drawn as a diamond.

    >>> mark("s", 10, 10, 2)
    'M8 8h4v4h-4z'
    """
    places = {"x": x, "y": y, "l": x - r, "t": y - r, "r": r, "d": 2 * r}
    return MARKS.get(kind, MARKS["D"]).format(**{k: f"{round(v, 1):g}" for k, v in places.items()})


def heat(value: float, most: float, steps: int = 6) -> int:
    """Return the step of a shade, 0 for nothing up to ``steps``.

    >>> heat(0.0, 0.3), heat(0.3, 0.3), heat(0.14, 0.3)
    (0, 6, 3)
    """
    if most <= 0 or not value > 0:
        return 0
    return min(steps, int(np.ceil(value / most * steps)))


def week_ticks(weeks: int) -> list[int]:
    """Return the weeks that an axis names.

    >>> week_ticks(52), week_ticks(20), week_ticks(104)
    ([1, 13, 26, 39, 52], [1, 5, 10, 15, 20], [1, 26, 52, 78, 104])
    """
    step = 13 if 39 <= weeks <= 65 else max(1, round(weeks / 4))
    return sorted({1, *range(step, weeks + 1, step)})


WIDTH = 760.0
"""Of every picture, in its own units."""
SMALL = 1.8
"""Marks of a smaller radius are squares, whoever they are of."""
LETTER = 6.6
"""Width of a letter of a team's name."""

MOST_TIES = 4000
STILL_WEEKS = (13, 26, 39, 52)
"""Weeks that the print shows of the replay."""

_STAGE_BITS = 7
_SHAPES = {"lapsed": "D"}


def still_weeks(weeks: int) -> list[int]:
    """Return the weeks of the stills: quarters of a year, or of a shorter run; never week 1.

    >>> still_weeks(52), still_weeks(20)
    ([13, 26, 39, 52], [5, 10, 15, 20])
    """
    if weeks >= STILL_WEEKS[-1]:
        return list(STILL_WEEKS)
    return sorted({max(1, round(weeks * part / 4)) for part in (1, 2, 3, 4)} - {1}) or [weeks]


class Picture:
    """Where everybody stands, and what is drawn of them.

    - ``part``: ``organisation`` of ``sim.page.payload``: of each person the kind, and which teams
      may be named.
    """

    def __init__(self, organisation: Organisation, part: dict[str, Any]) -> None:
        self.organisation, self.kind = organisation, part["people"]["kind"]
        self.named: NDArray[np.uint8] = part["teams"]["shown"]
        layout = lay_out(organisation, in_strength(organisation))
        self.scale = WIDTH / layout.width
        self.height = round(layout.height * self.scale, 1)
        self.x = layout.person[:, 0] * self.scale
        self.y = -layout.person[:, 1] * self.scale
        self.radius = float(np.clip(0.4 * self.scale, 0.8, 6.5))
        self.labels = self._labels(layout)
        self.top = min([0.0, *(label["y"] - 12 for label in self.labels)])

    @property
    def frame(self) -> dict[str, Any]:
        """Place and size of the view, and the names of teams: what all pictures share."""
        height = round(self.height - self.top, 1)
        return {"width": WIDTH, "top": self.top, "height": height, "labels": self.labels}

    def _labels(self, layout: NetworkLayout) -> list[dict[str, Any]]:
        """Return the names of teams above them, where there is room for any."""
        found = []
        for row, name in enumerate(self.organisation.teams):
            if not self.named[row]:
                continue
            low, high = self.organisation.team_start[row : row + 2]
            top = float(self.y[low:high].min()) - self.radius
            room = 2 * (max(float(layout.radius[row]), 1.5) + 0.7) * self.scale
            if room < 6 * LETTER:
                return []
            lines = wrapped(name, int(room / LETTER))[:2]
            x = round(float(layout.centre[row, 0]) * self.scale, 1)
            found += [
                {"x": x, "y": round(top - 4 - 11.5 * (len(lines) - 1 - i), 1), "text": line}
                for i, line in enumerate(lines)
            ]
        return found

    def at(self, state: NDArray[np.uint8]) -> list[dict[str, str]]:
        """Return the marks of people in one week, a path a stage.

        - ``state``, shape (n_people,): a week of ``sim.page.replay.planes``.
        """
        stage = state & _STAGE_BITS
        found = []
        for code, (name, label, _) in enumerate(STAGES):
            rows = np.flatnonzero(stage == code)
            if len(rows):
                found.append({"stage": name, "label": label, "count": str(len(rows)),
                              "path": self._marks(rows, _SHAPES.get(name, ""))})  # fmt: skip
        return found

    def stills(self, shown: dict[str, Any], leading: int) -> dict[str, Any]:
        """Return networks of some weeks under every plan, and the last one under the leading.

        - ``shown``: what ``sim.page.payload`` gives.
        """
        plans = [(plan["name"], plan["replay"]["state"]) for plan in shown["plans"]]
        last = self.at(plans[leading][1][-1])
        return {
            **self.frame,
            "ties": self.ties(),
            "rings": self.rings,
            "last": {"plan": leading, "week": shown["weeks"], "marks": last},
            "stills": [
                {"plan": plan, "name": name, "week": week, "marks": self.at(state[week - 1])}
                for week in still_weeks(shown["weeks"]) for plan, (name, state) in enumerate(plans)
            ],
            "stages": [
                {"stage": name, "label": label} for name, label, _ in STAGES if name != "hidden"
            ],
        }  # fmt: skip

    @property
    def rings(self) -> str:
        """A ring around each manager."""
        rows = np.flatnonzero(self.kind == MANAGER)
        return "".join(mark("o", self.x[i], self.y[i], self.radius + 2) for i in rows)

    def _marks(self, rows: NDArray[np.intp], shape: str = "") -> str:
        small = self.radius < SMALL
        return "".join(
            mark("s" if small else shape or ("s" if self.kind[i] == LEADER else "o"),
                 float(self.x[i]), float(self.y[i]), self.radius * (1.3 if shape == "D" else 1))
            for i in rows
        )  # fmt: skip

    def ties(self) -> str:
        """Return the strongest ties, each once; of very many none."""
        ties, source = self.organisation.ties, self.organisation.tie_source
        target = ties.target.astype(np.int64)
        order = np.argsort(-ties.weight, kind="stable")[:MOST_TIES]
        return self._lines(source[order], target[order])

    def reach(self) -> dict[str, str]:
        """Return informal leaders, those who listen to one of them, all others, and the ties."""
        target = self.organisation.ties.target.astype(np.int64)
        leads = self.kind == LEADER
        to_leader = leads[target]
        listens = np.zeros(len(self.kind), np.bool_)
        listens[self.organisation.tie_source[to_leader]] = True
        listens &= ~leads
        return {
            "ties": self._lines(self.organisation.tie_source[to_leader], target[to_leader]),
            "leaders": self._marks(np.flatnonzero(leads)),
            "listeners": self._marks(np.flatnonzero(listens)),
            "others": self._marks(np.flatnonzero(~listens & ~leads)),
            "listening": str(int(listens.sum())),
        }

    def _lines(self, source: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]]) -> str:
        x, y = np.round(self.x).astype(int), np.round(self.y).astype(int)
        return "".join(
            f"M{x[a]} {y[a]}L{x[b]} {y[b]}" for a, b in zip(source, target, strict=True) if a != b
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in words, and the number itself."""

    text: str
    value: float | None
    """None where it is not defined."""


def _shown(text: str, value: float) -> Shown:
    return Shown(text, float(value) if math.isfinite(value) else None)


def level(e: Estimate, unit: str = "share") -> Shown:
    """Return a mean with its band (weeks: a median), such as ``61% (55–66%)``.

    >>> level(Estimate(0.61, 0.6, 0.62, 0.55, 0.61, 0.66, 200))
    Shown(text='61% (55–66%)', value=0.61)
    """
    return _shown(with_band(e, unit), e.median if unit == "week" else e.mean)


def plain_share(value: float) -> Shown:
    """Return a share in whole percent, ``–`` where it is not defined."""
    return _shown(share(value), value)


def plain_points(value: float) -> Shown:
    """Return a part of the chance of use in points."""
    return _shown(points(value), value)


def band(e: Estimate) -> str:
    """Return the middle 80% of replicates of a share, such as ``55–66%``."""
    return between(e.band_low, e.band_high, "share")


def mean_points(e: Estimate) -> Shown:
    """Return a part of the chance of use in points with its band, such as ``17.1 (8.6 to 22.6)``.

    >>> mean_points(Estimate(0.171, 0.1, 0.2, 0.086, 0.17, 0.226, 20)).text
    '17.1 (8.6 to 22.6)'
    """
    return _shown(points_with_band(e), e.mean)


def change(d: Difference, unit: str = "share") -> Shown:
    """Return a mean difference with its sign, points for shares, such as ``+14.2``."""
    return _shown(figure(d.mean, unit, signed=True), d.mean)


def interval(d: Difference, unit: str = "share") -> str:
    """Return the interval of a mean difference, such as ``+9.1 to +19.0``."""
    return between(d.low, d.high, unit, signed=True)
