"""What may be chosen for one intervention: its start, dose, rounds and weeks between waves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from sim.analysis.plan.check import held_in
from sim.analysis.plan.layout import Layout


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen for one intervention; start 0 leaves it out."""

    start: int
    dose: float
    rounds: int
    gap: int


def options_of(layout: Layout, row: int, count: int, weeks: Iterable[int] | None = None,
               gaps: Sequence[int] | None = None) -> list[Option]:  # fmt: skip
    """Return every choice for an intervention that its own bounds, run and blackouts allow.

    Parameters
    ----------
    count : int
        Number of waves.
    weeks : iterable of int, optional
        Start weeks looked at; from its earliest to its latest by default.
    gaps : sequence of int, optional
        Weeks between waves; those that may be chosen by default.
    """
    problem, item = layout.problem, layout.problem.items[row]
    found: list[Option] = []
    if gaps is None:
        gaps = item.gaps or (problem.waves.gaps if problem.waves is not None else (0,))
    spread = item.waves and count > 1
    weeks = [*(weeks if weeks is not None else range(item.earliest, item.latest + 1))]
    free: dict[tuple[int, int], bool] = {}

    def is_free(week: int, rounds: int) -> bool:
        key = (week, rounds)
        if key not in free:
            free[key] = layout.fits_the_run(row, week, rounds) and not any(
                held_in(item, layout.windows(row, week, rounds), b.start, b.end)
                for b in problem.blackouts
            )
        return free[key]

    def may_be(starts: list[int], rounds: int) -> bool:
        return (
            (item.over_by is None or starts[-1] <= item.over_by)
            and all(w >= len(starts) or starts[w] == week for w, week in item.pinned.items())
            and all(is_free(week, rounds) for week in starts)
        )

    for dose, rounds in product(item.doses, item.rounds):
        if dose == 0:
            found += [Option(0, 0.0, 0, 0)] if rounds == item.rounds[0] else []
            continue
        for gap in gaps if spread else (0,):
            offsets = layout.offsets(row, count, gap)
            found += [
                Option(start, dose, rounds, gap)
                for start in weeks
                if may_be([start + offset for offset in offsets], rounds)
            ]
    return found
