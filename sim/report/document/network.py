"""The network as a still picture: who uses the tool, and who listens to whom, as SVG paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.organisation.leaders import in_strength
from sim.page.people import LEADER, MANAGER
from sim.page.replay import STAGES
from sim.report.document.draw import mark
from sim.report.organisation_figure import NetworkLayout, lay_out, wrapped

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["Picture"]

WIDTH = 760.0
"""Of every picture, in its own units."""

SMALL = 1.8
"""Marks of a smaller radius are squares, whoever they are of."""

LETTER = 6.6
"""Width of a letter of a team's name."""

MOST_TIES = 4000
_STAGE_BITS = 7
_SHAPES = {"lapsed": "D"}


class Picture:
    """Where everybody stands, and what is drawn of them.

    Parameters
    ----------
    organisation : Organisation
    part : dict
        ``organisation`` of ``sim.page.payload``: of each person the kind, and which teams may
        be named.
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

        Parameters
        ----------
        state : uint8 array, shape (n_people,)
            A week of ``sim.page.replay.planes``.
        """
        stage = state & _STAGE_BITS
        found = []
        for code, (name, label, _) in enumerate(STAGES):
            rows = np.flatnonzero(stage == code)
            if len(rows):
                found.append({"stage": name, "label": label, "count": str(len(rows)),
                              "path": self._marks(rows, _SHAPES.get(name, ""))})  # fmt: skip
        return found

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
